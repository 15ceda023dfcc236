"""Drawings of the model report, by kind: from a figure's data to inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from predict.reporting.charts.svg import line, picture, rect, text

Plot = Callable[[Mapping[str, Any], str], str]


def bars(block: Mapping[str, Any], name: str) -> str:
    """Return horizontal bars with their labels and values."""
    labels, values = block["data"]["labels"], block["data"]["values"]
    widest = max([*values, 1e-9])
    marks = [line(300, 4, 300, 26 * len(values) + 4, "tick")]
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 6 + 26 * place
        short = label if len(label) <= 40 else label[:39] + "…"
        marks.append(text(292, y + 15, short, "tn", "end"))
        marks.append(rect(300, y + 2, 330 * value / widest, 16, "up", 2))
        marks.append(text(306 + 330 * value / widest, y + 15, f"{value:.1f}", "tn"))
    return picture("fig", 690, 26 * len(values) + 12, name, block["title"], block["reading"], marks)


PLOTS: dict[str, Plot] = {"bars": bars}
