"""Second looks at the drivers: stability over refits, points by answer, other ways of sharing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from predict.reporting.blocks import Block, sentence, table
from predict.reporting.desk import Lane

MOST = 15
ANSWERS_SHOWN = 3  # columns whose points are told answer by answer


def second_looks(lane: Lane) -> list[Block]:
    """Return what `drivers.json` holds as sentences and tables; nothing where it holds nothing."""
    told = lane.model.facts.get("drivers")
    if not told or not told["drivers"]:
        return []
    instability = told["instability"]
    facts = {
        "refits": told["refits"],
        "unstable": len(told["unstable"]),
        "off": f"{100 * instability['mape']:.1f}",
        "often": f"{100 * instability['above_10']:.0f}",
    }
    return [
        sentence("model.drivers.refits", **facts),
        _ranks(told),
        *_other_sharing(told.get("interventional")),
    ]


def _ranks(told: Mapping[str, Any]) -> Block:
    rises = {row["column"]: row["brier_rise"] for row in told.get("permutation", ())}
    rows = [
        [
            row["label"],
            row["rank"],
            f"{row['rank_low']:.0f} to {row['rank_high']:.0f}",
            f"{100 * row['agreement']:.0f}",
            f"{100 * row['flips']:.0f}",
            f"{rises.get(row['column'], float('nan')):.4f}".replace("-", "−"),
        ]
        for row in told["drivers"][:MOST]
    ]
    names = ["Column", "Rank", "Rank in refits", "Same way, %", "Other way, %", "Brier rise"]
    return table("Would other patients have given the same drivers?", names, rows)


def _other_sharing(gap: Mapping[str, Any] | None) -> list[Block]:
    if gap is None:
        return [sentence("model.drivers.additive")]
    return [
        sentence(
            "model.drivers.interventional",
            people=gap["people"],
            mean=f"{gap['mean_gap']:.2f}",
            largest=f"{gap['largest_gap']:.1f}",
            same=f"{100 * gap['same_first']:.0f}",
        )
    ]


def points_by_answer(lane: Lane, columns: Sequence[str]) -> list[Block]:
    """Return a table of mean points for each answer to the leading columns, with the people."""
    explanation = lane.explanation
    if explanation is None:
        return []
    shown = [name for name in columns if not lane.columns[name].safety][:ANSWERS_SHOWN]
    tables = []
    for name in shown:
        found = explanation.dependence(name).to_dict("records")
        rows = [
            [row["answer"], row["n"] if row["n"] >= 11 else "few", _points(row["mean_points"])]
            for row in found
        ]
        caption = f"Mean points by answer: {lane.columns[name].label}"
        tables.append(table(caption, ["Answer", "People", "Mean points"], rows))
    return tables


def _points(value: float) -> float | str | None:
    return None if value != value else f"{value:+.1f}".replace("-", "−")
