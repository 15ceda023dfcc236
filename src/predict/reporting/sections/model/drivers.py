"""Drivers: which answers moved the estimates most, over everybody; patterns, not causes."""

from __future__ import annotations

from typing import Any

from predict.reporting.blocks import figure, sentence, table
from predict.reporting.blocks import section as blocks
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import NotApplicable
from predict.reporting.sections.model.stability import points_by_answer, second_looks

MOST = 15


def drivers(desk: Desk, lane: Lane) -> dict[str, Any] | NotApplicable:
    """Return the mean absolute points of the first columns, as bars with their table."""
    if lane.explanation is None:
        return NotApplicable("no explanation came with this report")
    told = lane.explanation.overall()
    if told.empty:
        return NotApplicable("the model looks at no column")
    first = told.head(MOST)
    rows = [
        [
            row["label"],
            row["domain"],
            float(row["mean_points"]),
            _way(row["direction"]),
            100 * float(row["moved"]),
        ]
        for row in first.to_dict("records")
    ]
    shown = table(
        f"The {len(first)} columns that moved estimates most ({len(told)} in all)",
        ["Column", "Domain", "Mean points", "Higher values go along with", "Moved, in 100 people"],
        [[*row[:2], f"{row[2]:.1f}", row[3], f"{row[4]:.0f}"] for row in rows],
    )
    bars = {"labels": [row[0] for row in rows], "values": [round(row[2], 2) for row in rows]}
    reading = f"{rows[0][0]} moved estimates most, by {rows[0][2]:.1f} points on average."
    title = "Mean absolute points out of 100"
    return blocks(
        sentence("model.drivers.how"),
        figure("bars", title, reading, bars, shown),
        sentence("model.drivers.correlated"),
        *points_by_answer(lane, told["column"].tolist()),
        *second_looks(lane),
    )


def _way(direction: float) -> str:
    if direction != direction or abs(direction) < 0.1:
        return "no one direction"
    return "higher estimates" if direction > 0 else "lower estimates"
