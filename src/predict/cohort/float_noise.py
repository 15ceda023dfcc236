"""Numbers that went through another program's floats, and the numbers that were meant.

Stata's single precision writes 3.8 as 3.799999952316284, SAS' transport files 0 as 5.4e-79. A
number within such a distance counts as the one it stands for, and is counted; 2.7 stays 2.7.
"""

from __future__ import annotations

import numpy as np

# A score this near to a whole number is it.
NEARLY_WHOLE = 1e-6
# Half a unit in the last place of a number in single precision, relative to it (IEEE 754: 2**-24).
SINGLE = 1.01 * 2.0**-24
# What a table means has few digits; single precision carries seven.
DIGITS = 6
# As many digits tell every number in single precision from the next one.
NINE = 9
# Two readings of one decimal in double precision are this near, relative to it.
DOUBLE = 1e-15
# The smallest number of IBM's hexadecimal floats, in which SAS' transport files are written.
SMALLEST = 1e-70


def settled(values: np.ndarray, *, whole: bool, score: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers meant, and which of them differ from those written.

    Parameters
    ----------
    values : array of float
    whole : bool
        Whether only whole numbers are allowed.
    score : bool
        Whether these are scores, of which the smallest steps are known; other measurements may be
        as small as a millionth.

    Examples
    --------
    >>> written = np.array([2.9999999, 5.4e-79, 2.7, 3.0])
    >>> meant, changed = settled(written, whole=True, score=True)
    >>> meant.tolist(), changed.tolist()
    ([3.0, 0.0, 2.7, 3.0], [True, True, False, False])
    >>> settled(np.array([3.799999952316284, 3.8, 1 / 3]), whole=False, score=True)[0].tolist()
    [3.8, 3.8, 0.3333333333333333]
    """
    nearest = np.rint(values)
    odd = (values != nearest) & np.isfinite(values)
    if not odd.any():
        return values, odd
    near = odd & (np.abs(values - nearest) <= (NEARLY_WHOLE if score else SMALLEST))
    meant = np.where(near, nearest, values)
    if not whole:
        rest = odd & ~near
        meant[rest] = _short(values[rest], score=score)
    return meant, (meant != values) & ~np.isnan(values)


def _short(values: np.ndarray, *, score: bool) -> np.ndarray:
    """The decimal of few digits that a number in single precision stands for; else the number.

    A score counts as its decimal anywhere within single precision; another number only where it is
    that decimal's own image in single precision, whole or written with the nine digits that tell
    such numbers apart. A decimal of nine digits may lie near one of six by chance.
    """
    size = np.floor(np.log10(np.abs(values)))
    # Powers up to 1e22 are exact in binary, so that the quotient is the decimal itself.
    scale = 10.0 ** np.clip(DIGITS - 1 - size, 0, 22)
    short = np.rint(values * scale) / scale
    images, limit = [short], SINGLE
    if not score:
        image = short.astype(np.float32).astype(np.float64)
        nine = 10.0 ** np.clip(NINE - 1 - size, 0, 22)
        images, limit = [image, np.rint(image * nine) / nine], DOUBLE
    same = np.any([np.abs(values - each) <= limit * np.abs(values) for each in images], axis=0)
    return np.where(same & (size < DIGITS), short, values)
