"""Where visits lie on the course chart: in weeks where these are known, else one after another."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from predict.drawing.frame import steps
from predict.drawing.svg import line, text
from predict.reports.wording import Catalogue

WIDTH, LEFT, RIGHT, TOP, HEIGHT = 440.0, 34.0, 346.0, 34.0, 300.0
INSET, ROW = 28.0, 16.0
SPAN_LABEL = 74.0  # room one round's name needs
Axis = tuple[tuple[float, ...], list[str], float]


@dataclass
class Room:
    """Places already taken by labels of one drawing, so that no two cover each other."""

    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def place(self, x: float, width: float, wanted: Sequence[float]) -> float:
        """Take and return the first wanted height that is free around ``x``; the last if none."""
        free = [y for y in wanted if not self._covered(x, width, y)]
        y = free[0] if free else wanted[-1]
        self.taken.append((x, y, width))
        return y

    def _covered(self, x: float, width: float, y: float) -> bool:
        return any(
            abs(x - other) < (width + wide) / 2 + 3 and abs(y - high) < ROW + 2
            for other, high, wide in self.taken
        )


def visits_axis(facts: Mapping[str, Any], say: Catalogue) -> Axis:
    """Return places one after another with the visits' names, and where the drawing ends."""
    visits = facts["visits"]
    room, gaps = RIGHT - LEFT - 2 * INSET, max(len(visits) - 1, 1)
    places = [LEFT + INSET + room * k / gaps for k in range(len(visits))]
    if len(visits) == 1:
        places = [LEFT + INSET + room / 2]
    wraps = [_lines(visit, max(6, int(room / gaps / 8)), say) for visit in visits]
    marks = [
        text(places[k], TOP + HEIGHT + 20 + ROW * row, words, "ts", "middle")
        for k, lines in enumerate(wraps)
        for row, words in enumerate(lines)
    ]
    return tuple(places), marks, TOP + HEIGHT + 8 + ROW * max(map(len, wraps))


def _lines(visit: Mapping[str, Any], letters: int, say: Catalogue) -> list[str]:
    """A visit's name cut into lines, with its week where that is known."""
    lines = textwrap.wrap(visit["label"], letters)
    if "week_text" in visit:
        lines.append(say.text("course.week", {"week": visit["week_text"]}))
    return lines


def weeks_axis(facts: Mapping[str, Any], say: Catalogue) -> Axis:
    """Return places by week, the weeks' ticks, and each round as a span under them."""
    weeks = [float(visit["week"]) for visit in facts["visits"]]
    scale = (RIGHT - LEFT - 2 * INSET) / weeks[-1]
    places = tuple(LEFT + INSET + scale * week for week in weeks)
    foot = TOP + HEIGHT
    marks = []
    for week in steps(0, weeks[-1], 6):
        x = LEFT + INSET + scale * week
        marks.append(line(x, foot, x, foot + 5, "tick"))
        marks.append(text(x, foot + 20, f"{week:g}", "ts", "middle"))
    middle = (LEFT + RIGHT) / 2
    marks.append(text(middle, foot + 38, say.text("course.weeks", facts), "ts", "middle"))
    spans, bottom = _spans(facts, places, foot + 50, say)
    return places, marks + spans, bottom


def _spans(
    facts: Mapping[str, Any], places: Sequence[float], top: float, say: Catalogue
) -> tuple[list[str], float]:
    """Each round as a line from its start to its end with its name; near names take turns."""
    marks, before, row = [], -SPAN_LABEL, 0
    for span in facts["spans"]:
        left, right = places[span["first"]], places[span["last"]]
        middle = (left + right) / 2
        row = 1 - row if middle - before < SPAN_LABEL else 0
        before = middle
        for x in (left + 1, right - 1):
            marks.append(line(x, top - 4, x, top + 4, "tick"))
        marks.append(line(left + 1, top, right - 1, top, "tick"))
        name = say.text("course.span", span)
        marks.append(text(middle, top + ROW + ROW * row, name, "ts", "middle"))
    rows = 1 + (row if marks else 0)
    return marks, top + ROW * rows + (2 if marks else -6)
