"""How many digits a difference needs before its sign, which is what it says, can be read."""

from __future__ import annotations

# A difference below half of the last of these digits is a computer's nought.
MOST = 9


def digits_that_show(*values: float | None, least: int = 3) -> int:
    """Return the digits behind the point at which none of these numbers is rounded to nought.

    A difference and the ends of its interval are printed with as many each: "better" beside
    -0.000 cannot be believed.

    Parameters
    ----------
    *values : float or None
        A difference and its ends; what is absent or exactly nought asks for no digit.
    least : int
        Digits that are printed at any rate.

    Examples
    --------
    >>> digits_that_show(-0.0004, -0.0009, -0.00002), digits_that_show(-0.02, 0.0, None)
    (5, 3)
    >>> digits_that_show(3e-17)
    3
    """
    known = [abs(value) for value in values if value is not None and value == value]
    real = [value for value in known if round(value, MOST) > 0]
    return next(
        digits for digits in range(least, MOST + 1) if all(round(v, digits) > 0 for v in real)
    )
