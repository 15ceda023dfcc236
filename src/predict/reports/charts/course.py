"""Scores by visit, with the bands that would count as the outcome; never a line to the future."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from predict.definitions.wording import Catalogue
from predict.drawing.frame import steps
from predict.drawing.svg import circle, line, num, picture, rect, text
from predict.reports.words import upper_first

WIDTH, LEFT, RIGHT, TOP, HEIGHT = 440.0, 34.0, 346.0, 34.0, 300.0
INSET, ROW = 28.0, 16.0
SPAN_LABEL = 74.0  # room one round's name needs
LONGEST_BAND = 10  # letters of a band's name that fit beside the drawing
BAND_LABEL = 36.0  # room one band's two-line label needs
Axis = tuple[tuple[float, ...], list[str], float]


@dataclass(frozen=True)
class Plot:
    """Where a score and a visit lie on the drawing."""

    low: float
    high: float
    places: tuple[float, ...]

    def y(self, score: float) -> float:
        """Height of a score; the axis always shows the whole range."""
        return TOP + HEIGHT * (self.high - score) / (self.high - self.low)

    def x(self, place: int) -> float:
        """Where a visit lies, counted from 0."""
        return self.places[place]


def course_chart(facts: Mapping[str, Any], say: Catalogue) -> str:
    """Return the chart of the scores so far; later visits are marked as due, never drawn."""
    visits = facts["visits"]
    axis = weeks_axis if facts.get("weeks") else visits_axis
    places, foot, bottom = axis(facts, say)
    plot = Plot(float(facts["low"]), float(facts["high"]), places)
    marks = [
        *_bands(facts, plot, say),
        *_grid(plot, say),
        text(4, 16, say.text("course.axis", facts), "ts"),
        *foot,
        *_others(facts, plot),
        *_scores(visits, plot, say, taken=_place_of_others(facts)),
    ]
    title = say.text("course.axis", facts)
    return picture("course", WIDTH, bottom + 6, "co", title, describe(facts, say), marks)


def _bands(facts: Mapping[str, Any], plot: Plot, say: Catalogue) -> list[str]:
    """The outcome's band and remission's, labelled at the right where nothing else is drawn."""
    falls = facts["better"] == "low"
    order = sorted(facts["marks"], key=lambda mark: -mark["cut"] if falls else mark["cut"])
    marks = []
    for mark in order:
        css = "rem" if mark["kind"] == "remission" else "res"
        top, foot = (mark["cut"], plot.low) if falls else (plot.high, mark["cut"])
        height = plot.y(foot) - plot.y(top)
        marks.append(rect(LEFT, plot.y(top), RIGHT - LEFT, height, css))
        marks.append(line(LEFT, plot.y(mark["cut"]), RIGHT, plot.y(mark["cut"]), "edge"))
    return marks + _band_labels(facts, plot, say, falls=falls)


def _band_labels(facts: Mapping[str, Any], plot: Plot, say: Catalogue, *, falls: bool) -> list[str]:
    """Labels kept apart: the innermost band keeps its place, the others make room."""
    inner = sorted(
        enumerate(facts["marks"]), key=lambda pair: pair[1]["cut"] if falls else -pair[1]["cut"]
    )
    step = -1 if falls else 1
    place = (TOP + HEIGHT - 18) if falls else TOP + 14
    marks, side = [], "below" if falls else "above"
    for count, (index, mark) in enumerate(inner):
        wanted = plot.y(mark["cut"]) + (14 if falls else -22)
        if count:
            place = min(wanted, place - BAND_LABEL) if step < 0 else max(wanted, place + BAND_LABEL)
        else:
            place = min(wanted, place) if falls else max(wanted, place)
        name = upper_first(mark["name"])
        words = say.text(f"course.{side}", {"cut": mark["cut_text"]})
        marks.append(_fitted(text(RIGHT + 8, place, name, "tl"), name))
        marks.append(text(RIGHT + 8, place + 16, words, "tn", key=f"course.marks.{index}.cut_text"))
    return marks


def _fitted(mark: str, words: str) -> str:
    """Squeeze a long name into the room at the right of the drawing, which would cut it."""
    squeezed = '<text textLength="84" lengthAdjust="spacingAndGlyphs"'
    return mark.replace("<text", squeezed, 1) if len(words) > LONGEST_BAND else mark


def _grid(plot: Plot, say: Catalogue) -> list[str]:
    marks = []
    for value in ticks(plot.low, plot.high):
        marks.append(line(LEFT, plot.y(value), RIGHT, plot.y(value), "gl"))
        marks.append(text(LEFT - 6, plot.y(value) + 5, say.plain(value), "ts", "end"))
    return marks


def ticks(low: float, high: float) -> list[float]:
    """Return the axis values: both ends, and round numbers between.

    Examples
    --------
    >>> ticks(0, 27), ticks(0, 6)
    ([0, 5, 10, 15, 20, 27], [0, 1, 2, 3, 4, 5, 6])
    """
    span = high - low
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50, 100) if span / s <= 6 or s == 100)
    first = math.ceil(low / step) * step
    between = [first + step * k for k in range(int(span / step) + 1)]
    inside = [value for value in between if low < value < high and high - value > 0.7 * step]
    return [_whole(low), *map(_whole, inside), _whole(high)]


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _others(facts: Mapping[str, Any], plot: Plot) -> list[str]:
    """A fan of what similar people scored, as shares of their start; drawn behind the scores."""
    if not facts["others_shown"]:
        return []
    labels = [visit["label"] for visit in facts["visits"]]
    begin = labels.index(facts["others"]["begin"])
    start = [facts["visits"][begin]["value"]] * len(facts["others"]["fan"][0]["at"])
    points = [(plot.x(begin), start)]
    points += [(plot.x(labels.index(at["label"])), at["at"]) for at in facts["others"]["fan"]]
    bands = [
        _band(points, plot, first, last, css) for first, last, css in ((0, 4, "fan"), (1, 3, "iqr"))
    ]
    middle = " ".join(f"{num(x)},{num(plot.y(at[2]))}" for x, at in points)
    return [*bands, f'<polyline class="med" points="{middle}"/>']


def _band(
    points: Sequence[tuple[float, Sequence[float]]], plot: Plot, first: int, last: int, css: str
) -> str:
    """The area between two shares of people, there along the one and back along the other."""
    there = [(x, plot.y(at[last])) for x, at in points]
    back = [(x, plot.y(at[first])) for x, at in reversed(points)]
    corners = " ".join(f"{num(x)},{num(y)}" for x, y in (*there, *back))
    return f'<polygon class="{css}" points="{corners}"/>'


def _place_of_others(facts: Mapping[str, Any]) -> int | None:
    if not facts["others_shown"]:
        return None
    return [visit["label"] for visit in facts["visits"]].index(facts["others"]["label"])


def _scores(
    visits: Sequence[Mapping[str, Any]], plot: Plot, say: Catalogue, *, taken: int | None
) -> list[str]:
    scored = [(place, visit) for place, visit in enumerate(visits) if "value" in visit]
    marks = []
    for (before, left), (after, right) in pairwise(scored):
        if after == before + 1:
            ends = (plot.x(before), plot.y(left["value"]), plot.x(after), plot.y(right["value"]))
            marks.append(line(*ends, "ln"))
    room = Room()
    for place, visit in scored:
        marks += _score(place, visit, plot, room)
    for place, visit in enumerate(visits):
        if "value" not in visit and place != taken:
            marks += _absent(place, visit, plot, say, room)
    return marks


def _score(place: int, visit: Mapping[str, Any], plot: Plot, room: Room) -> list[str]:
    x, y = plot.x(place), plot.y(visit["value"])
    words = visit["text"] + ("*" if visit.get("prorated") else "")
    above, below = y - 12, y + 24
    wanted = (below, above) if y - 14 < TOP + 4 else (above, below)
    key = f"course.visits.{place}.text"
    label = text(x, room.place(x, 9.0 * len(words), wanted), words, "tb", "middle", key)
    return [circle(x, y, 6, "pt"), label]


def _absent(
    place: int, visit: Mapping[str, Any], plot: Plot, say: Catalogue, room: Room
) -> list[str]:
    """A hollow mark for a visit that passed without a score; a small mark for one still due."""
    x, foot = plot.x(place), TOP + HEIGHT
    if not visit["missed"]:
        return [f'<path class="due" d="M{num(x)} {num(foot - 3)}l-5 -9h10z"/>']
    words = say.text("course.not_done", {})
    middle = TOP + HEIGHT / 2
    wanted = [middle + 24 + 20 * step for step in (0, 1, -3, 2, -4, 3, 4)]
    y = room.place(x, 7.5 * len(words), wanted)
    return [circle(x, y - 24, 6, "hollow"), text(x, y, words, "ts", "middle")]


def describe(facts: Mapping[str, Any], say: Catalogue) -> str:
    """Return the whole chart in words."""
    sentences = [say.text("course.desc_scores", facts)]
    sentences += [_told(visit, say) for visit in facts["visits"] if "value" in visit]
    side = "below" if facts["better"] == "low" else "above"
    for mark in facts["marks"]:
        cut = say.text(f"course.{side}", {"cut": mark["cut_text"]})
        sentences.append(
            say.text("course.desc_cut", {"name": upper_first(mark["name"]), "cut": cut})
        )
    if facts["others_shown"]:
        sentences.append(
            say.text("course.desc_others", {**facts["others"], "round": facts["round"]})
        )
    if facts["later"]:
        sentences.append(say.text("course.desc_later", {}))
    return " ".join(sentences)


def _told(visit: Mapping[str, Any], say: Catalogue) -> str:
    """A visit and its score in words, with its week where that is known."""
    words = {"label": visit["label"], "value": visit["text"]}
    if "week_text" not in visit:
        return say.text("course.desc_score", words)
    return say.text("course.desc_score_week", {**words, "week": visit["week_text"]})


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
    letters = max(6, int(room / gaps / 8))
    wraps = [_lines(visit, letters, say) for visit in visits]
    if _touch(wraps, room / gaps):
        wraps = [_lines(visit, max(6, letters - 1), say) for visit in visits]
    marks = [
        text(places[k], TOP + HEIGHT + 20 + ROW * row, words, "ts", "middle")
        for k, lines in enumerate(wraps)
        for row, words in enumerate(lines)
    ]
    return tuple(places), marks, TOP + HEIGHT + 8 + ROW * max(map(len, wraps))


def _touch(wraps: Sequence[Sequence[str]], apart: float) -> bool:
    """Return whether names of neighbours, about 7.6 a letter, leave no room between them."""
    pairs = [pair for left, right in pairwise(wraps) for pair in zip(left, right, strict=False)]
    return any(7.6 * (len(left) + len(right)) / 2 + 4 > apart for left, right in pairs)


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
        marks.append(text(x, foot + 20, say.plain(week), "ts", "middle"))
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
