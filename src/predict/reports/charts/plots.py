"""Drawings of the model report, by kind: from a figure's data to inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from predict.definitions.wording import Catalogue
from predict.drawing.frame import Frame, steps
from predict.drawing.svg import circle, line, picture, rect, text

Plot = Callable[[Mapping[str, Any], str, Catalogue], str]
Block = Mapping[str, Any]


def bars(block: Block, name: str, say: Catalogue) -> str:
    """Return horizontal bars with their labels, values and, where there is one, interval."""
    labels, values = block["data"]["labels"], block["data"]["values"]
    ends = block["data"].get("ends") or [None] * len(values)
    widest = max([*values, *(end[1] for end in ends if end), 1e-9])
    marks = [line(300, 4, 300, 26 * len(values) + 4, "tick")]
    for place, (label, value, end) in enumerate(zip(labels, values, ends, strict=True)):
        y = 6 + 26 * place
        short = label if len(label) <= 40 else label[:39] + "…"
        marks.append(text(292, y + 15, short, "tn", "end"))
        marks.append(rect(300, y + 2, 320 * value / widest, 16, "up", 2))
        right = max(value, end[1] if end else value)
        if end:
            marks.append(
                line(
                    300 + 320 * end[0] / widest,
                    y + 10,
                    300 + 320 * end[1] / widest,
                    y + 10,
                    "whisker",
                )
            )
        marks.append(text(306 + 320 * right / widest, y + 15, say.fixed(value, 1), "tn"))
    return picture("fig", 690, 26 * len(values) + 12, name, block["title"], block["reading"], marks)


def calibration(block: Block, name: str, say: Catalogue) -> str:
    """Return the curve of what happened against what was estimated, with band and diagonal."""
    data = block["data"]
    frame = Frame((0, 100), (0, 100), height=430)
    curve = [[100 * v for v in row] for row in data["curve"]]
    tens = [20.0 * k for k in range(6)]
    marks = frame.axes(say("plot.estimate"), say("plot.happened"), tens, tens)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    if curve:
        xs, middle, low, high = (list(column) for column in zip(*curve, strict=True))
        marks.append(frame.band(xs, low, high))
        marks.append(frame.path(list(zip(xs, middle, strict=True)), "curve"))
    for estimate, observed, low_end, high_end in data["bins"]:
        x, y = frame.at(100 * estimate, 100 * observed)
        marks.append(
            line(x, frame.at(0, 100 * low_end)[1], x, frame.at(0, 100 * high_end)[1], "whisker")
        )
        marks.append(circle(x, y, 4, "pt"))
    marks.append(text(frame.width - 18, frame.at(0, 6)[1], say("plot.agreement"), "ts", "end"))
    return picture(
        "fig small", frame.width, frame.height, name, block["title"], block["reading"], marks
    )


def roc(block: Block, name: str, say: Catalogue) -> str:
    """Return those rightly picked against those wrongly picked, at every estimate to act from."""
    data = block["data"]
    frame = Frame((0, 100), (0, 100), width=480, height=430)
    tens = [20.0 * k for k in range(6)]
    across, up = (say(f"column.{key}", **data) for key in ("wrongly_picked", "picked"))
    marks = frame.axes(across, up, tens, tens)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    marks.append(frame.path([(100 * x, 100 * y) for x, y in data["points"]], "curve"))
    marks.append(text(frame.width - 18, frame.at(0, 6)[1], say("plot.chance"), "ts", "end"))
    return picture(
        "fig small", frame.width, frame.height, name, block["title"], block["reading"], marks
    )


def distribution(block: Block, name: str, say: Catalogue) -> str:
    """Return how estimates are spread: upwards with the outcome, downwards without."""
    data = block["data"]
    most = max([*data["with"], *data["without"], 1])
    frame = Frame((0, 100), (-1.12 * most, 1.12 * most), height=300)
    sizes = steps(0, float(most), 3)
    marks = frame.axes(say("plot.estimate"), say("column.people"), [20.0 * k for k in range(6)], [])
    for side in [*sizes, *(-size for size in sizes if size)]:
        x, y = frame.at(0, side)
        marks.append(line(x, y, frame.at(100, side)[0], y, "gl"))
        marks.append(text(x - 8, y + 5, f"{abs(side):g}", "ts", "end"))
    zero = frame.at(0, 0)[1]
    for low, high, yes, no in zip(
        data["low"], data["high"], data["with"], data["without"], strict=True
    ):
        left, right = frame.at(100 * low, 0)[0] + 1, frame.at(100 * high, 0)[0] - 1
        top, foot = frame.at(0, yes)[1], frame.at(0, -no)[1]
        marks.append(rect(left, top, right - left, zero - top, "up"))
        marks.append(rect(left, zero, right - left, foot - zero, "dn"))
    marks.append(text(frame.left + 8, 26, data["yes"], "tl"))
    marks.append(text(frame.left + 8, frame.height - frame.bottom - 8, data["no"], "tl"))
    return picture(
        "fig small", frame.width, frame.height, name, block["title"], block["reading"], marks
    )


def decisions(block: Block, name: str, say: Catalogue) -> str:
    """Return net benefit by preference, beside acting on everybody and on nobody."""
    data = block["data"]
    xs = [100 * t for t in data["threshold"]]
    values = [100 * v for v in (*data["model"], *data["high"], 0.0)]
    frame = Frame((min(xs), max(xs)), (-5.0, max([*values, 5.0]) * 1.08))
    marks = frame.axes(
        say("plot.preference"),
        say("plot.net_benefit"),
        steps(*frame.x),
        steps(*frame.y),
    )
    scaled = {key: [100 * v for v in data[key]] for key in ("model", "low", "high", "treat_all")}
    marks.append(frame.band(xs, scaled["low"], scaled["high"]))
    below = [(x, y) for x, y in zip(xs, scaled["treat_all"], strict=True) if y >= frame.y[0]]
    marks.append(frame.path(below, "rival"))
    marks.append(line(*frame.at(frame.x[0], 0), *frame.at(frame.x[1], 0), "nobody"))
    marks.append(frame.path(list(zip(xs, scaled["model"], strict=True)), "curve"))
    keys = (
        ("curve", say("plot.on_model")),
        ("rival", say("plot.on_everybody")),
        ("nobody", say("plot.on_nobody")),
    )
    for place, (css, words) in enumerate(keys):
        y = frame.top + 16 + 20 * place
        marks.append(line(frame.width - 196, y - 5, frame.width - 166, y - 5, css))
        marks.append(text(frame.width - 160, y, words, "tn"))
    return picture(
        "fig small", frame.width, frame.height, name, block["title"], block["reading"], marks
    )


def forest(block: Block, name: str, say: Catalogue) -> str:
    """Return estimates with intervals, a row each, and the line that means no difference."""
    rows, reference = block["data"]["rows"], block["data"]["reference"]
    values = [v for _, *ends in rows for v in ends if v is not None] + [reference]
    low, high = min(values), max(values)
    pad = 0.06 * (high - low or 1)
    frame = Frame(
        (low - pad, high + pad),
        (0, 1),
        width=690,
        left=250,
        height=28.0 * len(rows) + 62,
        bottom=48,
    )
    marks = frame.axes(block["data"]["axis"], "", steps(*frame.x), [])
    x, _ = frame.at(reference, 0)
    marks.append(line(x, frame.top - 6, x, frame.height - frame.bottom, "ideal"))
    for place, (label, value, start, end) in enumerate(rows):
        y = frame.top + 14 + 28 * place
        short = label if len(label) <= 32 else label[:31] + "…"
        marks.append(text(frame.left - 12, y + 5, short, "tn", "end"))
        if start is not None and end is not None:
            marks.append(line(frame.at(start, 0)[0], y, frame.at(end, 0)[0], y, "whisker"))
        if value is not None:
            marks.append(circle(frame.at(value, 0)[0], y, 5, "pt"))
    return picture("fig", frame.width, frame.height, name, block["title"], block["reading"], marks)


def instability(block: Block, name: str, say: Catalogue) -> str:
    """Return how far refitted models' estimates lie from the shipped ones."""
    frame = Frame((0, 100), (0, 100), height=400)
    tens = [20.0 * k for k in range(6)]
    marks = frame.axes(say("plot.shipped"), say("plot.refits"), tens, tens)
    marks.append(line(*frame.at(0, 0), *frame.at(100, 100), "ideal"))
    for estimate, low, high in block["data"]["bins"]:
        x, y = frame.at(100 * estimate, 100 * estimate)
        marks.append(
            line(x, frame.at(0, 100 * low)[1], x, frame.at(0, 100 * high)[1], "whisker thick")
        )
        marks.append(circle(x, y, 4, "pt"))
    return picture(
        "fig small", frame.width, frame.height, name, block["title"], block["reading"], marks
    )


def flow(block: Block, name: str, say: Catalogue) -> str:
    """Return the way of people through the study: who is left, who was lost on the way and why."""
    marks, y = [], 8.0
    steps_ = block["data"]["steps"]
    for place, (label, n, lost) in enumerate(steps_):
        if place:
            tall = 20.0 + 20 * max(len(lost), 1)
            marks.append(line(150, y, 150, y + tall, "tick"))
            for row, (why, count) in enumerate(lost):
                marks.append(line(150, y + 16 + 20 * row, 322, y + 16 + 20 * row, "gl"))
                marks.append(text(330, y + 21 + 20 * row, f"{why}: {count}", "tn"))
            y += tall
        marks.append(rect(10, y, 280, 44, "box", 6))
        marks.append(text(150, y + 19, label, "tl", "middle"))
        marks.append(text(150, y + 36, n, "tn", "middle"))
        y += 44
    return picture("fig", 690, y + 8, name, block["title"], block["reading"], marks)


PLOTS: dict[str, Plot] = {
    "bars": bars,
    "calibration": calibration,
    "roc": roc,
    "distribution": distribution,
    "decisions": decisions,
    "forest": forest,
    "instability": instability,
    "flow": flow,
}
