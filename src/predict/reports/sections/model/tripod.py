"""TRIPOD+AI: each sub-item with its answer, or "not reported" and why; none is blank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.reports.content import section as blocks
from predict.reports.content import sentence
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable


def tripod(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the checklist stored with the model's run."""
    items = view.tripod or view.model.facts.get("tripod") or ()
    if not items:
        return NotApplicable("no_checklist")
    rows = [[str(i["item"]), str(i["title"]), _answer(i)] for i in items]
    answered = sum(item["status"] in ("reported", "partial") for item in items)
    facts = {"told": answered, "all": len(rows)}
    checklist = context.content.table("model.tripod.table", ["item", "topic", "answer"], rows)
    return blocks(sentence("model.tripod.count", **facts), checklist)


def _answer(item: Mapping[str, Any]) -> str:
    """The text, which says itself when an item is not reported and why."""
    return str(item["text"])
