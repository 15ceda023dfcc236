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

    A course that never strays from its first score by a quarter shows little change; one that does
    and comes back is named after its way. One that makes less than 35 % of its gain by the middle
    visit improves late. Equal names are numbered.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.definitions.instruments import load_instrument
    >>> means = np.array([[[16.0, 9.5, 6]], [[16.5, 16, 15.5]], [[16, 14.5, 7]]])
    >>> class_names(means, load_instrument("phq9").scale())
    ('improving', 'little change', 'improving late')
    >>> climbs = np.array([[[12.0, 19, 12]], [[16, 8, 15]], [[12, 17, 4]]])
    >>> class_names(climbs, load_instrument("phq9").scale())
    ('worse, then back', 'better, then back', 'worse, then improving')
    """
    names = [_name(course, scale) for course in means[:, 0]]
    return tuple(_numbered(names))


def _name(course: Array, scale: Scale) -> str:
    badness = course if scale.better == "low" else scale.high + scale.low - course
    room = max(float(badness[0] - scale.low), 1e-9)
    gain = float(badness[0] - badness[-1]) / room
    best, worst = (float(badness[0] - end) / room for end in (badness.min(), badness.max()))
    if gain < WORSE:
        return "better, then worse" if best >= LITTLE else "worsening"
    if gain < LITTLE:
        return _there_and_back(best, -worst)
    if -worst >= LITTLE:
        return "worse, then improving"
    early = float(badness[0] - badness[(len(badness) - 1) // 2]) / room
    return "improving late" if early / gain < LATE else "improving"


def _there_and_back(better: float, worse: float) -> str:
    """Return the name of a course that ends about where it began, by how far it strayed."""
    if max(better, worse) < LITTLE:
        return "little change"
    return "better, then back" if better >= worse else "worse, then back"


def _numbered(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if names.count(name) == 1 else f"{name} {seen[name]}")
    return out
