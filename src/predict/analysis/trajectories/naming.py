"""Plain names for courses, from what their mean scores do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.definitions.instruments import Scale

Array = NDArray[np.float64]
LITTLE = 0.25
LATE = 0.35
WORSE = 0.10
# Of the whole scale: near its floor a tenth or a quarter of the room is a fraction of a point.
LEAST_MOVE, LEAST_ELSEWHERE = 0.05, 0.025
HALF = 0.5


def class_names(means: Array, scales: Sequence[Scale]) -> tuple[str, ...]:
    """Return one name a class from its mean course in every instrument.

    Whether a mean course moves is judged by how far its first score lies from the best one. It is
    flat while it strays by less than a quarter of that (and of 5 % of the scale, where that is
    more); it turns where it goes back by as much. Up or down once: *worsening*, *improving*, and
    *improving late* with less than 35 % of the gain by the middle visit. Turned once: *better, then
    back*, and so on; twice or more: *up and down*. A rise of a tenth at the end is *worsening*
    already. Where two instruments go different ways the name tells both. Equal names are numbered.

    Parameters
    ----------
    means : array, classes x instruments x visits
        Mean scores, in the scales' points.
    scales : sequence of Scale
        One an instrument.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.definitions.instruments import load_instrument
    >>> phq9, gad7 = (load_instrument(name).scale() for name in ("phq9", "gad7"))
    >>> means = np.array([[[16.0, 9.5, 6]], [[16.5, 16, 15.5]], [[16, 14.5, 7]]])
    >>> class_names(means, [phq9])
    ('improving', 'little change', 'improving late')
    >>> climbs = np.array([[[12.0, 19, 12]], [[16, 8, 15]], [[12, 17, 4]], [[16, 6, 11]]])
    >>> class_names(climbs, [phq9])
    ('worse, then back', 'better, then back', 'worse, then improving', 'better, then partly back')
    >>> class_names(np.array([[[20.0, 20, 19], [15, 11, 9]]]), [phq9, gad7])
    ('little change (PHQ-9 total), improving (GAD-7 total)',)
    """
    names = [_of_class(courses, scales) for courses in means]
    return tuple(_numbered(names))


def _of_class(courses: Array, scales: Sequence[Scale]) -> str:
    names = [course_shape(course, scale) for course, scale in zip(courses, scales, strict=True)]
    if len(set(names)) == 1:
        return names[0]
    return ", ".join(f"{name} ({s.title})" for name, s in zip(names, scales, strict=True))


@dataclass(frozen=True)
class _Course:
    """A mean course, high is worse, with what counts as moving and as ending elsewhere."""

    scores: Array
    move: float
    elsewhere: float

    @property
    def net(self) -> float:
        """How much worse the end is than the start."""
        return float(self.scores[-1] - self.scores[0])

    def ending(self, better: str, same: str, worse: str) -> str:
        """Return the word for where it ended, compared with the start."""
        if abs(self.net) < self.elsewhere:
            return same
        return worse if self.net > 0 else better


def course_shape(scores: Array, scale: Scale) -> str:
    """Return the name of one mean course.

    Examples
    --------
    >>> import numpy as np
    >>> from predict.definitions.instruments import load_instrument
    >>> course_shape(np.array([16.0, 8, 15, 7]), load_instrument("phq9").scale())
    'up and down, better at the end'
    """
    high_is_worse = scores if scale.better == "low" else scale.high + scale.low - scores
    room = float(high_is_worse[0] - scale.low)
    whole = scale.high - scale.low
    move, elsewhere = (
        max(LITTLE * room, LEAST_MOVE * whole),
        max(WORSE * room, LEAST_ELSEWHERE * whole),
    )
    course = _Course(high_is_worse, move, elsewhere)
    moves = _moves(high_is_worse, course.move)
    if len(moves) < 2:
        return _straight(course, moves[0]) if moves else course.ending(*_FLAT)
    if len(moves) > 2:
        return course.ending(*_WAVES)
    return course.ending(*(_FELL_FIRST if moves[0] < 0 else _ROSE_FIRST))


# Ended better, about where it began, worse.
_FLAT = ("little change", "little change", "worsening")
_WAVES = ("up and down, better at the end", "up and down", "up and down, worse at the end")
_FELL_FIRST = ("better, then partly back", "better, then back", "better, then worse")
_ROSE_FIRST = ("worse, then improving", "worse, then back", "worse, then partly back")


def _straight(course: _Course, move: int) -> str:
    """Return the name of a course that moved one way, but for less than counts as a turn."""
    first, peak = course.scores[0], course.scores.min() if move < 0 else course.scores.max()
    kept = abs(course.net) >= course.move and course.net / (peak - first) > HALF
    if not kept:
        return course.ending(*(_FELL_FIRST if move < 0 else _ROSE_FIRST))
    if move > 0:
        return "worsening"
    middle = course.scores[(len(course.scores) - 1) // 2]
    return "improving late" if (middle - first) / course.net < LATE else "improving"


def _moves(scores: Array, step: float) -> list[int]:
    """Return the directions of a course in turn, 1 up and -1 down; less than a step is no move.

    >>> _moves(np.array([10.0, 4, 5, 12]), 3.0)
    [-1, 1]
    """
    moves: list[int] = []
    extreme = float(scores[0])
    for score in scores[1:]:
        way = 1 if score > extreme else -1
        if moves and way == moves[-1]:
            extreme = score
        elif abs(score - extreme) >= step:
            moves.append(way)
            extreme = score
    return moves


def _numbered(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if names.count(name) == 1 else f"{name} {seen[name]}")
    return out
