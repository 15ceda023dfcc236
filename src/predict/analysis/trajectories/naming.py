"""Plain names for courses, from what their mean scores do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from predict.definitions.instruments import Scale

Array = NDArray[np.float64]
LITTLE = 0.25
LATE = 0.35
WORSE = -0.10


def class_names(means: Array, scale: Scale) -> tuple[str, ...]:
    """Return one name a class from its mean course in the first instrument.

    A course that gains less than a quarter of its first score shows little change; one that makes
    less than 35 % of its gain by the middle visit improves late. Equal names are numbered.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.definitions.instruments import load_instrument
    >>> means = np.array([[[16.0, 9.5, 6]], [[16.5, 16, 15.5]], [[16, 14.5, 7]]])
    >>> class_names(means, load_instrument("phq9").scale())
    ('improving', 'little change', 'improving late')
    """
    names = [_name(course, scale) for course in means[:, 0]]
    return tuple(_numbered(names))


def _name(course: Array, scale: Scale) -> str:
    badness = course if scale.better == "low" else scale.high + scale.low - course
    room = max(float(badness[0] - scale.low), 1e-9)
    gain = float(badness[0] - badness[-1])
    if gain / room < WORSE:
        return "worsening"
    if gain / room < LITTLE:
        return "little change"
    early = float(badness[0] - badness[(len(badness) - 1) // 2])
    return "improving late" if early / gain < LATE else "improving"


def _numbered(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if names.count(name) == 1 else f"{name} {seen[name]}")
    return out
