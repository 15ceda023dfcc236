"""Scores by visit, with the bands that would count as the outcome; never a line to the future."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from predict.drawing.svg import circle, line, num, picture, rect, text
from predict.reports.charts.visits import (
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Room,
    visits_axis,
    weeks_axis,
)  # fmt: skip
from predict.reports.wording import Catalogue

BAND_LABEL = 36.0  # room one band's two-line label needs


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
        *_grid(plot),
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
        css = "rem" if mark["name"] == "remission" else "res"
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
        name = mark["name"].capitalize()
        words = say.text(f"course.{side}", {"cut": mark["cut_text"]})
        marks.append(text(RIGHT + 8, place, name, "tl"))
        marks.append(text(RIGHT + 8, place + 16, words, "tn", key=f"course.marks.{index}.cut_text"))
    return marks


def _grid(plot: Plot) -> list[str]:
    marks = []
    for value in ticks(plot.low, plot.high):
        marks.append(line(LEFT, plot.y(value), RIGHT, plot.y(value), "gl"))
        marks.append(text(LEFT - 6, plot.y(value) + 5, f"{value:g}", "ts", "end"))
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
    """A grey bar for the middle half of similar people's end scores, while none is known here."""
    place, others = _place_of_others(facts), facts["others"]
    if place is None:
        return []
    x, median = plot.x(place), plot.y(others["median"])
    bar = line(x, plot.y(others["high"]), x, plot.y(others["low"]), "iqr")
    return [bar, line(x - 11, median, x + 11, median, "med")]


def _place_of_others(facts: Mapping[str, Any]) -> int | None:
    if not facts["others_shown"]:
        return None
    return [visit["label"] for visit in facts["visits"]].index(facts["others"]["label"])


def _scores(
    visits: Sequence[Mapping[str, Any]], plot: Plot, say: Catalogue, *, taken: int | None
) -> list[str]:
    known = [(place, visit) for place, visit in enumerate(visits) if "value" in visit]
    marks = []
    for (before, left), (after, right) in pairwise(known):
        if after == before + 1:
            ends = (plot.x(before), plot.y(left["value"]), plot.x(after), plot.y(right["value"]))
            marks.append(line(*ends, "ln"))
    room = Room()
    for place, visit in known:
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
    told = [say.text("course.desc_scores", facts)]
    told += [_told(visit, say) for visit in facts["visits"] if "value" in visit]
    side = "below" if facts["better"] == "low" else "above"
    for mark in facts["marks"]:
        cut = say.text(f"course.{side}", {"cut": mark["cut_text"]})
        told.append(say.text("course.desc_cut", {"name": mark["name"].capitalize(), "cut": cut}))
    if facts["others_shown"]:
        others = facts["others"]
        words = {k: others[f"{k}_text"] for k in ("low", "median", "high")}
        told.append(
            say.text("course.desc_others", {**words, "n": others["n"], "round": facts["round"]})
        )
    if facts["later"]:
        told.append(say.text("course.desc_later", {}))
    return " ".join(told)


def _told(visit: Mapping[str, Any], say: Catalogue) -> str:
    """A visit and its score in words, with its week where that is known."""
    words = {"label": visit["label"], "value": visit["text"]}
    if "week_text" not in visit:
        return say.text("course.desc_score", words)
    return say.text("course.desc_score_week", {**words, "week": visit["week_text"]})
