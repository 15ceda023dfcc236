"""Drawings with a row for each thing: its name above, so that no name is cut, its mark beneath."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from predict.definitions.wording import Catalogue
from predict.drawing.frame import Frame, steps
from predict.drawing.svg import circle, line, picture, rect, text

Block = Mapping[str, Any]
WIDTH, EDGE, ROW = 400.0, 6.0, 38.0
# Nearer to the edge than this a tick's number would be cut.
MARGIN = 22.0
# Of a name in its row; the number at the right of the same line takes the rest.
MOST_LETTERS = 40
# Of a name and the number beside it, with a gap between them.
LINE_LETTERS = 52
LINE = 18.0
# A part of the estimates wider than this is a box: where in it people stand is not told.
WIDEST_DOT = 0.101


def is_wide(row: Sequence[float]) -> bool:
    """Return whether a part of the estimates (its ends last) is too wide for a dot."""
    return row[-1] - row[-2] > WIDEST_DOT


def bars(block: Block, name: str, say: Catalogue) -> str:
    """Return a bar a row, its value at the right and, where there is one, its interval."""
    data = block["data"]
    ends = data.get("ends") or [None] * len(data["values"])
    widest = max([*data["values"], *(end[1] for end in ends if end), 1e-9])
    long = (WIDTH - 2 * EDGE) / widest
    marks = []
    y = 0.0
    for label, value, end in zip(data["labels"], data["values"], ends, strict=True):
        shown = say.fixed(value, 1)
        lines = _wrapped(label, shown)
        marks += _named(y, lines, shown)
        y += LINE * (len(lines) - 1)
        marks.append(rect(EDGE, y + 21, long * value, 12, "up", 2))
        if end:
            left, right = (EDGE + long * side for side in end)
            marks.append(line(left, y + 27, right, y + 27, "whisker"))
        y += ROW
    return picture("fig small", WIDTH, y + 4, name, block["title"], block["reading"], marks)


def _wrapped(label: str, value: str) -> list[str]:
    """Return a row's name in lines that leave room for its number.

    Examples
    --------
    >>> _wrapped("the mean of linear and boosted", "0.0007 (-0.0001 to 0.0016)")
    ['the mean of linear and', 'boosted']
    """
    return textwrap.wrap(label, min(MOST_LETTERS, LINE_LETTERS - len(value))) or [""]


def _named(y: float, lines: Sequence[str], value: str) -> list[str]:
    """Return a row's name at the left and its number at the right of the last line."""
    names = [text(EDGE, y + 15 + LINE * k, words, "tn") for k, words in enumerate(lines)]
    return [*names, text(WIDTH - EDGE, y + 15 + LINE * (len(lines) - 1), value, "tn", "end")]


def forest(block: Block, name: str, say: Catalogue) -> str:
    """Return estimates with intervals, a row each, and the line that means no difference."""
    data = block["data"]
    rows, reference = data["rows"], data["reference"]
    digits = data.get("digits", 2)
    ranged = [_ranged(say, value, low, high, digits) for _, value, low, high in rows]
    names = [_wrapped(row[0], shown) for row, shown in zip(rows, ranged, strict=True)]
    ends_at = np.cumsum([LINE * (len(lines) - 1) + ROW for lines in names]).tolist()
    foot = ends_at[-1] + 8
    span = _span([v for _, *ends in rows for v in ends if v is not None] + [reference])
    frame = Frame(span, (0, 1), WIDTH, foot + 44, EDGE, right=EDGE, top=2, bottom=44)
    x = frame.at(reference, 0)[0]
    ticks = [tick for tick in steps(*frame.x, 5) if MARGIN < frame.at(tick, 0)[0] < WIDTH - MARGIN]
    marks = [*_reference(x, ends_at), *frame.axes(data["axis"], "", ticks, [], say.plain)]
    for (_, value, low, high), lines, shown, end in zip(rows, names, ranged, ends_at, strict=True):
        y = end - ROW
        marks += _named(y - LINE * (len(lines) - 1), lines, shown)
        if low is not None and high is not None:
            left, right = frame.at(low, 0)[0], frame.at(high, 0)[0]
            marks.append(line(left, y + 27, right, y + 27, "whisker"))
        if value is not None:
            marks.append(circle(frame.at(value, 0)[0], y + 27, 5, "pt"))
    return picture("fig small", WIDTH, frame.height, name, block["title"], block["reading"], marks)


def _reference(x: float, ends_at: Sequence[float]) -> list[str]:
    """Return the dashed line in pieces, so that it crosses no name."""
    return [line(x, end - ROW + 19, x, end - 2, "ideal") for end in ends_at]


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = 0.06 * (high - low or 1)
    return low - pad, high + pad


def _ranged(
    say: Catalogue, value: float | None, low: float | None, high: float | None, digits: int
) -> str:
    if value is None:
        return say("cell.few")
    shown = say.fixed(value, digits)
    if low is None or high is None:
        return shown
    ends = {"low": say.fixed(low, digits), "high": say.fixed(high, digits)}
    return f"{shown} ({say('format.span', **ends)})"


def flow(block: Block, name: str, say: Catalogue) -> str:
    """Return the way of people through the study: who is left, who was lost on the way and why."""
    marks, y = [], 4.0
    for place, (label, n, lost) in enumerate(block["data"]["steps"]):
        if place:
            tall = 14.0 + 20 * max(len(lost), 1)
            marks.append(line(28, y, 28, y + tall, "tick"))
            for row, (why, count) in enumerate(lost):
                marks.append(line(28, y + 16 + 20 * row, 42, y + 16 + 20 * row, "tick"))
                marks.append(text(48, y + 21 + 20 * row, f"{why}: {count}", "tn"))
            y += tall
        marks.append(rect(4, y, WIDTH - 8, 32, "box", 6))
        marks.append(text(16, y + 21, label, "tl"))
        marks.append(text(WIDTH - 16, y + 21, n, "tn", "end"))
        y += 32
    return picture("fig small", WIDTH, y + 6, name, block["title"], block["reading"], marks)
