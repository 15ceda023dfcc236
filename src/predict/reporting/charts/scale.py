"""The estimate on the full line from 0 to 100, with its range and the group beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.reporting.charts.svg import circle, line, num, picture, rect, text
from predict.reporting.wording import Catalogue

LEFT, WIDTH = 16.0, 528.0
CHARACTER = 7.6  # width of one character of a label, for keeping labels apart
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
    return [*marks, text(LEFT + WIDTH / 2, 136, words, "ts", "middle")]


def _labels(facts: Mapping[str, Any], say: Catalogue) -> list[str]:
    """The group's label above, the patient's below it and away from the group's line."""
    percent, base = facts["percent"], facts.get("base")
    own = say.text("estimate.this_patient", facts)
    marks = []
    if base is not None:
        words = say.text("estimate.all_patients", facts)
        marks.append(_placed(words, _x(base), 18, right=base < 55, css="ts", key="base_text"))
    away = percent >= base if base is not None else percent < 50
    marks.append(_placed(own, _x(percent), 36, right=away, css="tb", key="percent_text"))
    if "low" in facts:
        marks += _range_labels(facts)
    return marks


def _placed(words: str, x: float, y: float, *, right: bool, css: str, key: str) -> str:
    """A label on one side of a mark, turned to the other side where it would leave the chart."""
    width = CHARACTER * len(words) + (14 if css == "tb" else 0)
    if right and x + width > LEFT + WIDTH + 12:
        right = False
    elif not right and x - width < 0:
        right = True
    shift = 12.0 if css == "tb" else 4.0
    place = x + shift if right else x - shift
    return text(place, y, words, css, "start" if right else "end", f"estimate.{key}")


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
