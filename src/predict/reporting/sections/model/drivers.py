"""Drivers: which answers moved the estimates most, over everybody; patterns, not causes."""

from __future__ import annotations

from typing import Any

from predict.explanation import Explanation, dependence
from predict.reporting.blocks import cell_text, counted, figure, sentence, table
from predict.reporting.blocks import section as blocks
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import NotApplicable
from predict.reporting.sections.model.judged import records
from predict.reporting.words import upper_first

MOST = 15
MOST_SHOWN = 6


def drivers(desk: Desk, lane: Lane) -> dict[str, Any] | NotApplicable:
    """Return mean absolute points, their stability over refits, and points by answer."""
    parts: list[dict[str, Any]] = [sentence("model.drivers.how")]
    if lane.explanation is not None and len(lane.model.columns):
        parts += [_bars(lane.explanation), *_by_answer(lane, lane.explanation)]
    stored = lane.model.facts.get("drivers")
    if stored:
        parts += _stability(stored)
        parts += _further(stored)
    if len(parts) == 1:
        return NotApplicable("no explanation came with this report")
    return blocks(*parts, sentence("model.drivers.correlated"))


def _bars(explanation: Explanation) -> dict[str, Any]:
    told = explanation.overall()
    rows = records(told.head(MOST))
    shown = table(
        f"The {len(rows)} columns that moved estimates most ({len(told)} in all)",
        ["Column", "Domain", "Mean points", "Higher values go along with", "Moved, in 100 people"],
        [
            [
                upper_first(row["label"]),
                row["domain"],
                f"{row['mean_points']:.1f}",
                _way(row["direction"]),
                f"{100 * row['moved']:.0f}",
            ]
            for row in rows
        ],
    )
    values = [round(row["mean_points"], 2) for row in rows]
    data = {"labels": [upper_first(row["label"]) for row in rows], "values": values}
    first = rows[0]
    reading = (
        f"{upper_first(first['label'])} moved estimates most, by {first['mean_points']:.1f} points "
        "on average."
    )
    return figure("bars", "Mean absolute points out of 100", reading, data, shown)


def _way(direction: float | None) -> str:
    if direction is None or abs(direction) < 0.1:
        return "no one direction"
    return "higher estimates" if direction > 0 else "lower estimates"


def _by_answer(lane: Lane, explanation: Explanation) -> list[dict[str, Any]]:
    """Mean points of each answer, for the strongest columns; no sign for a safety item."""
    points, columns = explanation.points(), lane.columns
    strongest = [str(name) for name in explanation.overall()["column"].head(MOST_SHOWN)]
    rows = []
    for name in strongest:
        column = columns[name]
        if column.safety:
            continue
        for row in records(dependence(explanation.values[name], points[name], column)):
            shown = row["mean_points"] is not None
            mean = f"{row['mean_points']:+.1f}".replace("-", "−") if shown else "few"
            rows.append([upper_first(column.label), str(row["answer"]), counted(row["n"]), mean])
    caption = "Mean points by answer, strongest columns"
    return [table(caption, ["Column", "Answer", "People", "Mean points"], rows)] if rows else []


def _stability(stored: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [
        [
            upper_first(str(row["label"])),
            *[cell_text(row[key]) for key in ("rank", "rank_low", "rank_high") if key in row],
            "stable" if row.get("stable") else "direction changes",
        ]
        for row in stored["drivers"][:MOST]
    ]
    width = len(rows[0]) if rows else 2
    heads = ["Column", "Rank", "Rank, low", "Rank, high"][: width - 1]
    facts = {"refits": stored["refits"], "people": stored["people"]}
    overlap = ", ".join(f"{k}: {100 * v:.0f}%" for k, v in stored["top_overlap"].items())
    return [
        sentence("model.drivers.stability", **facts, overlap=overlap),
        table("Stability of drivers over refits", [*heads, "Direction"], rows),
    ]


def _further(stored: dict[str, Any]) -> list[dict[str, Any]]:
    """A second opinion and interactions, where they were computed."""
    parts = []
    for key, caption in (
        ("permutation", "Permutation importance, as a cross-check"),
        ("interactions", "Interactions that stayed in refits"),
    ):
        rows = stored.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            heads = [name for name in rows[0] if name != "column"]
            body = [[cell_text(row[name]) for name in heads] for row in rows[:MOST]]
            parts.append(table(caption, [h.replace("_", " ").capitalize() for h in heads], body))
    return parts
