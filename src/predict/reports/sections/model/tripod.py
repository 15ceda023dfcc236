"""TRIPOD+AI: each sub-item with its answer, or "not reported" and why; none is blank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.appraisal.tripod_words import part_words
from predict.definitions.wording import Catalogue
from predict.reports.content import section as blocks
from predict.reports.content import sentence
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable


def tripod(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the checklist stored with the model's run."""
    items = view.tripod or view.model.facts.get("tripod") or ()
    if not items:
        return NotApplicable("no_checklist")
    say = context.say
    rows = [[str(i["item"]), say.named(str(i["title"])), answer_words(i, say)] for i in items]
    answered = sum(item["status"] in ("reported", "partial") for item in items)
    facts = {"told": answered, "all": len(rows)}
    checklist = context.content.table("model.tripod.table", ["item", "topic", "answer"], rows)
    return blocks(sentence("model.tripod.count", **facts), checklist)


def answer_words(item: Mapping[str, Any], say: Catalogue) -> str:
    """The answer, which says itself when an item is not reported and why.

    A checklist stored before it held sentences of the catalogue has its text only.
    """
    return part_words(item["said"], say) if "said" in item else str(item["text"])
