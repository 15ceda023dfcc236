"""TRIPOD+AI: each sub-item with its answer, or "not reported" and why; none is blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from predict.reporting.blocks import section as blocks
from predict.reporting.blocks import sentence, table
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import NotApplicable


def tripod(desk: Desk, lane: Lane) -> dict[str, Any] | NotApplicable:
    """Return the checklist stored with the model's run."""
    stored = lane.model.facts.get("tripod")
    if not stored:
        return NotApplicable("no checklist was filled for this model; `predict run` fills one")
    items: Sequence[Mapping[str, Any]] = stored["items"] if isinstance(stored, Mapping) else stored
    rows = [
        [str(i.get("item", "")), str(i.get("topic", i.get("title", ""))), _answer(i)] for i in items
    ]
    told = sum("not reported" not in row[2] for row in rows)
    facts = {"told": told, "all": len(rows)}
    return blocks(
        sentence("model.tripod.count", **facts),
        table("TRIPOD+AI", ["Item", "Topic", "Answer"], rows),
    )


def _answer(item: Mapping[str, Any]) -> str:
    answer, why = str(item.get("answer") or ""), str(item.get("why") or "no reason was stored")
    where = f" ({item['where']})" if item.get("where") else ""
    return f"{answer}{where}" if answer else f"not reported: {why}"
