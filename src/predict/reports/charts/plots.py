"""Drawings of the model report, by kind: from a figure's data to inline SVG.

Every drawing is 400 units wide, so that its letters are legible on a telephone too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from predict.definitions.wording import Catalogue
from predict.drawing.frame import Frame, steps
from predict.drawing.joined import Point, runs
from predict.drawing.svg import circle, line, picture, rect, text
from predict.reports.charts.legends import RIVALS
from predict.reports.charts.rows import bars, flow, forest, is_wide

Plot = Callable[[Mapping[str, Any], str, Catalogue], str]
Block = Mapping[str, Any]
WIDTH, LEFT = 400.0, 58.0
TENS = tuple(20.0 * k for k in range(6))
# How tall the spread of estimates is beneath the curve of calibration.
BENEATH = 118.0
# The axis of net benefit reaches so far down at least, for acting on everybody goes far deeper.
FLOOR = -5.0
# So much of the range is left free at either side, for an interval there is not the axis.
ASIDE = 0.03


def calibration(block: Block, name: str, say: Catalogue) -> str:
    """Return what happened against what was estimated, and the spread by outcome beneath it."""
    data = block["data"]
    beneath = bool(data["spread"])
    frame = Frame((0, 100), (0, 100), WIDTH, 300, LEFT, bottom=26 if beneath else 52)
    below = "" if beneath else say("plot.estimate")
    marks = frame.axes(below, say("plot.happened"), TENS, TENS, say.plain)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    curve = [[100 * v for v in row] for row in data["curve"]]
    if curve:
        xs, middle, low, high = (list(column) for column in zip(*curve, strict=True))
        marks.append(frame.band(xs, low, high))
        marks.append(frame.path(list(zip(xs, middle, strict=True)), "curve"))
    wide = [row for row in data["bins"] if is_wide(row)]
    narrow = [row for row in data["bins"] if not is_wide(row)]
    marks += [_box(frame, row) for row in wide]
    marks += [_reach(frame, *row[4:], at=row[1]) for row in data["bins"]]
    marks += _whiskers(frame, [row[:4] for row in narrow], "whisker")
    if beneath:
        inner = _spread(data["spread"], say, height=BENEATH)
        marks.append(f'<g transform="translate(0 {frame.height:g})">{"".join(inner)}</g>')
    return _small(block, name, frame.height + (BENEATH if beneath else 0), marks)


def _whiskers(frame: Frame, rows: Iterable[Sequence[float]], css: str) -> list[str]:
    """Return a dot with its interval for each row: across, up, low, high (0 to 1)."""
    marks = []
    for across, up, low, high in rows:
        x, y = frame.at(100 * across, 100 * up)
        marks.append(line(x, frame.at(0, 100 * low)[1], x, frame.at(0, 100 * high)[1], css))
        marks.append(circle(x, y, 4, "pt"))
    return marks


def _box(frame: Frame, row: Sequence[float]) -> str:
    """Return a part too wide for a dot: nobody knows where in it the estimates lie."""
    (left, top), (right, foot) = (
        frame.at(100 * across, 100 * up) for across, up in ((row[4], row[3]), (row[5], row[2]))
    )
    return rect(left, top, right - left, foot - top, "part")


def _reach(frame: Frame, low: float, high: float, *, at: float) -> str:
    """Return which estimates a dot stands for."""
    (left, y), (right, _) = frame.at(100 * low, 100 * at), frame.at(100 * high, 100 * at)
    return line(left, y, right, y, "reach")


def _spread(parts: Sequence[Sequence[float]], say: Catalogue, *, height: float) -> list[str]:
    """Return how estimates are spread: upwards with the outcome, downwards without."""
    most = max([1, *(count for part in parts for count in part[2:])])
    frame = Frame((0, 100), (-1.12 * most, 1.12 * most), WIDTH, height, LEFT, top=8)
    marks = frame.axes(say("plot.estimate"), say("column.people"), TENS, [])
    sizes = steps(0, float(most), 3 if height > 2 * BENEATH else 1)
    for side in [*sizes, *(-size for size in sizes if size)]:
        x, y = frame.at(0, side)
        marks.append(line(x, y, frame.at(100, side)[0], y, "gl"))
        marks.append(text(x - 8, y + 5, say.plain(abs(side)), "ts", "end"))
    zero = frame.at(0, 0)[1]
    for low, high, yes, no in parts:
        left, right = frame.at(100 * low, 0)[0] + 1, frame.at(100 * high, 0)[0] - 1
        top, foot = frame.at(0, yes)[1], frame.at(0, -no)[1]
        marks.append(rect(left, top, right - left, zero - top, "up"))
        marks.append(rect(left, zero, right - left, foot - zero, "dn"))
    return marks


def distribution(block: Block, name: str, say: Catalogue) -> str:
    """Return how estimates are spread: upwards with the outcome, downwards without."""
    return _small(block, name, 280, _spread(block["data"]["spread"], say, height=280))


def roc(block: Block, name: str, say: Catalogue) -> str:
    """Return those rightly picked against those wrongly picked, at every estimate to act from."""
    data = block["data"]
    frame = Frame((0, 100), (0, 100), WIDTH, 360, LEFT, bottom=68)
    across, up = (say(f"column.{key}", **data) for key in ("wrongly_picked", "picked"))
    marks = frame.axes(across, up, TENS, TENS)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    marks.append(frame.path([(100 * x, 100 * y) for x, y in data["points"]], "curve"))
    marks += [circle(*frame.at(100 * x, 100 * y), 3, "pt") for x, y in data["points"]]
    return _small(block, name, frame.height, marks)


def decisions(block: Block, name: str, say: Catalogue) -> str:
    """Return net benefit by preference: of the model, of rivals, of everybody and of nobody.

    The axis holds the model's curve with its interval and the rivals'; a line joins neighbours.
    """
    data, keys = block["data"], ("threshold", "model", "low", "high")
    own = [[100 * v for v in row] for row in zip(*(data[key] for key in keys), strict=True)]
    rivals = [[(100 * t, 100 * v) for t, v in row["points"]] for row in data["rivals"]]
    values = [v for row in [*own, *(point for rival in rivals for point in rival)] for v in row[1:]]
    frame = _net_benefit([row[0] for row in own], [v for v in values if math.isfinite(v)])
    marks = _preferences(frame, say("plot.net_benefit"), say)
    step, everybody = 100 * data["step"], [(100 * t, 100 * v) for t, v in data["everybody"]]
    marks.append(frame.path(everybody, "rival"))
    marks.append(line(*frame.at(frame.x[0], 0), *frame.at(frame.x[1], 0), "nobody"))
    for points, css in zip(rivals, RIVALS, strict=False):
        marks += _joined(frame, points, step, *css)
    return _small(block, name, frame.height, marks + _own(frame, own, step))


def _net_benefit(xs: Sequence[float], values: Sequence[float]) -> Frame:
    """Return axes that hold these values, whole."""
    low, high = 1.08 * min([*values, FLOOR / 1.08]), 1.08 * max([*values, 5.0])
    aside = ASIDE * (max(xs) - min(xs))
    return Frame((min(xs) - aside, max(xs) + aside), (low, high), WIDTH, 310, LEFT, bottom=70)


def _own(frame: Frame, rows: Sequence[Sequence[float]], step: float) -> list[str]:
    """Return the model's curve: with its band where thresholds are neighbours, else a whisker."""
    marks = []
    for run in runs([row[0] for row in rows], step):
        xs, _, lows, highs = (list(c) for c in zip(*(rows[k] for k in run), strict=True))
        if len(run) > 1:
            marks.append(frame.band(xs, lows, highs))
        elif math.isfinite(lows[0] + highs[0]):
            marks.append(line(*frame.at(xs[0], lows[0]), *frame.at(xs[0], highs[0]), "whisker"))
    return marks + _joined(frame, [(row[0], row[1]) for row in rows], step, "curve", "pt")


def _joined(frame: Frame, points: Sequence[Point], step: float, css: str, dot: str) -> list[str]:
    """Return lines through neighbours, and a dot for each point that has none."""
    parts = [[points[k] for k in run] for run in runs([x for x, _ in points], step)]
    return [
        frame.path(part, css) if len(part) > 1 else circle(*frame.at(*part[0]), 4, dot)
        for part in parts
    ]


def gains(block: Block, name: str, say: Catalogue) -> str:
    """Return how much more net benefit the model has than each rival, with intervals."""
    rivals = [[[100 * v for v in row] for row in r["points"]] for r in block["data"]["rivals"]]
    rows = [row for points in rivals for row in points]
    ends = [v for row in rows for v in row[1:]] + [0.0]
    pad = 0.08 * (max(ends) - min(ends) or 1.0)
    low, high = (end(row[0] for row in rows) for end in (min, max))
    frame = Frame(
        (low - 2, high + 2), (min(ends) - pad, max(ends) + pad), WIDTH, 270, LEFT, bottom=70
    )
    marks = _preferences(frame, say("plot.gain"), say)
    zero = frame.at(0, 0)[1]
    marks.append(line(LEFT, zero, WIDTH - frame.right, zero, "ideal"))
    for place, points in enumerate(rivals):
        marks += _lead(frame, points, 5.0 * place, ("pt", "pt hollow")[place])
    return _small(block, name, frame.height, marks)


def _lead(frame: Frame, points: Sequence[Sequence[float]], aside: float, css: str) -> list[str]:
    marks = []
    for across, gap, low, high in points:
        x, y = frame.at(across, gap)
        ends = frame.at(0, low)[1], frame.at(0, high)[1]
        marks.append(line(x + aside, ends[0], x + aside, ends[1], "whisker"))
        marks.append(circle(x + aside, y, 4, css))
    return marks


def _preferences(frame: Frame, up: str, say: Catalogue) -> list[str]:
    return frame.axes(say("plot.preference"), up, steps(*frame.x), steps(*frame.y, 5), say.plain)


def instability(block: Block, name: str, say: Catalogue) -> str:
    """Return how far refitted models' estimates lie from the shipped ones."""
    frame = Frame((0, 100), (0, 100), WIDTH, 330, LEFT)
    marks = frame.axes(say("plot.shipped"), say("plot.refits"), TENS, TENS)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    rows = [(estimate, estimate, low, high) for estimate, low, high in block["data"]["bins"]]
    return _small(block, name, frame.height, marks + _whiskers(frame, rows, "whisker thick"))


def _small(block: Block, name: str, height: float, marks: Sequence[str]) -> str:
    return picture("fig small", WIDTH, height, name, block["title"], block["reading"], marks)


PLOTS: dict[str, Plot] = {
    "bars": bars,
    "calibration": calibration,
    "roc": roc,
    "distribution": distribution,
    "decisions": decisions,
    "gains": gains,
    "forest": forest,
    "instability": instability,
    "flow": flow,
}
