"""The estimate on the full line from 0 to 100, with its range and the group beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.definitions.wording import Catalogue
from predict.drawing.svg import circle, line, num, picture, rect, text

LEFT, WIDTH = 16.0, 528.0
EDGE = 558.0
CHARACTER, OWN_CHARACTER = 7.6, 8.6  # widths of a character, for keeping labels apart
MINI_LEFT, MINI_WIDTH = 4.0, 152.0


def scale_chart(facts: Mapping[str, Any], say: Catalogue) -> str:
    """Return the chart of the estimate: always the whole axis, every mark labelled directly."""
    percent, base = facts["percent"], facts.get("base")
    ranged = "low" in facts
    marks = [*_axis(say.text("estimate.scale_axis", facts)), rect(LEFT, 51, WIDTH, 8, "track", 4)]
    if ranged:
        left, right = _x(facts["low"]), _x(facts["high"])
        marks.append(rect(left, 43, right - left, 24, "rng", 4))
    if base is not None:
        marks.append(line(_x(base), 26, _x(base), 94, "basel"))
    marks.append(circle(_x(percent), 55, 10, "dot"))
    marks += _labels(facts, say)
    ending = "" if ranged else "_no_range"
    title = say.text(f"estimate.scale_title{ending}", facts)
    desc = say.text(f"estimate.scale_desc{ending}", facts) if base is not None else title
    return picture("scale", 560, 140, "sc", title, desc, marks)


def _x(percent: float) -> float:
    return LEFT + WIDTH * percent / 100


def _axis(words: str) -> list[str]:
    marks = [line(LEFT, 94, LEFT + WIDTH, 94, "tick")]
    for value in range(0, 101, 20):
        marks.append(line(_x(value), 94, _x(value), 101, "tick"))
        marks.append(text(_x(value), 117, str(value), "ts", "middle"))
    return [*marks, text(LEFT + WIDTH / 2, 136, words, "ts axt", "middle")]


def _labels(facts: Mapping[str, Any], say: Catalogue) -> list[str]:
    """The group's label above, the patient's below it and away from the group's line."""
    percent, base = facts["percent"], facts.get("base")
    own = say.text("estimate.this_patient", facts)
    marks = []
    if base is not None:
        words = say.text("estimate.all_patients", facts)
        side = "start" if base < 55 else "end"
        shift = 4.0 if base < 55 else -4.0
        marks.append(text(_x(base) + shift, 18, words, "ts all", side, "estimate.base_text"))
    marks.append(_own_label(own, _x(percent), None if base is None else _x(base)))
    return marks + (_range_labels(facts) if "low" in facts else [])


def _own_label(words: str, x: float, line_at: float | None) -> str:
    """The patient's label: beside the dot, away from the group's line, inside the chart."""
    width = OWN_CHARACTER * len(words)
    right = x >= line_at if line_at is not None else x < 280
    start = min(x + 12, EDGE - width) if right else max(x - 12 - width, 2.0)
    if line_at is not None and start - 4 < line_at < start + width + 4:
        start = line_at + 8 if line_at + 8 + width <= EDGE else max(line_at - 8 - width, 2.0)
    return text(start, 36, words, "tb", "start", "estimate.percent_text")


def _range_labels(facts: Mapping[str, Any]) -> list[str]:
    low, high = facts["low_text"], facts["high_text"]
    left, right = _x(facts["low"]), _x(facts["high"])
    if right - left < CHARACTER * (len(low) + len(high)) / 2 + 6:
        return [_one_label(facts, (left + right) / 2)]
    ends = (
        ("end", "start") if right - left < CHARACTER * (len(low) + len(high)) else ("middle",) * 2
    )
    left_end = "start" if left < CHARACTER * len(low) else ends[0]
    right_end = "end" if 560 - right < CHARACTER * len(high) else ends[1]
    return [
        text(left, 85, low, "tr", left_end, "estimate.low_text"),
        text(right, 85, high, "tr", right_end, "estimate.high_text"),
    ]


def _one_label(facts: Mapping[str, Any], middle: float) -> str:
    """Both ends of a narrow range as one label, kept inside the chart."""
    words = f"{facts['low_text']} – {facts['high_text']}"
    half = CHARACTER * len(words) / 2
    place = min(max(middle, half + 2), 558 - half)
    parts = (
        f'<tspan data-f="estimate.{key}">{facts[key]}</tspan>' for key in ("low_text", "high_text")
    )
    return (
        f'<text class="tr" x="{num(place)}" y="85" text-anchor="middle">{" – ".join(parts)}</text>'
    )


def mini_scale(facts: Mapping[str, Any]) -> str:
    """Return the small scale of a table row: dot, bar and group line; the row says the numbers."""

    def x(value: float) -> float:
        return MINI_LEFT + MINI_WIDTH * value / 100

    marks = [rect(MINI_LEFT, 8, MINI_WIDTH, 4, "track", 2)]
    if "low" in facts:
        marks.append(rect(x(facts["low"]), 5, x(facts["high"]) - x(facts["low"]), 10, "rng", 3))
    if "base" in facts:
        place = num(x(facts["base"]))
        marks.append(f'<line class="basel" x1="{place}" x2="{place}" y1="1" y2="19"/>')
    marks.append(circle(x(facts["percent"]), 10, 4.6, "dot"))
    return picture("mini", 160, 20, "", "", "", marks)
