"""Model card under the CHAI headings: what it is for, what it is not for, who answers for it."""

from __future__ import annotations

from typing import Any

from predict.reports.content import section as blocks
from predict.reports.content import sentence
from predict.reports.context import ModelView, ReportContext
from predict.reports.outcome_terms import outcome_words, short_title
from predict.reports.words import when

HEADINGS = (
    "developer", "version", "release", "use", "users", "out_of_scope", "cautioned", "risks",
    "inputs", "output", "data", "safety_items", "monitoring", "modifications", "protocol",
    "impact", "funding", "licence", "contact", "regulatory", "approval",
)  # fmt: skip


def card(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return each heading with its answer, or "not reported" with the reason."""
    say, model = context.say, view.model
    facts = {
        **outcome_words(model, say),
        "title": short_title(model, say),
        "treatment": say.named(context.study.treatment.name),
        "when": when(model.study, model.as_of, say),
        "columns": len(model.columns),
        "n": int(model.facts.get("n", 0)),
        "name": model.name,
        "version": context.settings.version,
        "made": str(model.facts.get("made") or context.settings.made)[:10],
        "approval": say.named(context.study.treatment.approval_note)
        or say("model.card.no_approval"),
        "safety": ", ".join(column.label for column in model.columns if column.safety)
        or say("cell.none"),
        "attribution": say.named(context.study.attribution) or say("model.card.own_table"),
    }
    rows = [
        [say(f"model.card_heads.{key}"), say.text(f"model.card.{key}", facts)] for key in HEADINGS
    ]
    shown = context.content.table("model.sections.card", ["heading", "answer"], rows)
    return blocks(sentence("model.card.how"), shown)
