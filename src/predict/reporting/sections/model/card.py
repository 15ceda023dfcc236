"""Model card under the CHAI headings: what it is for, what it is not for, who answers for it."""

from __future__ import annotations

from typing import Any

from predict.reporting.asked import outcome_words, short_title
from predict.reporting.blocks import section as blocks
from predict.reporting.blocks import sentence, table
from predict.reporting.desk import Desk, Lane
from predict.reporting.wording import load_catalogue
from predict.reporting.words import when

HEADINGS = (
    "developer", "version", "release", "use", "users", "out_of_scope", "cautioned", "risks",
    "inputs", "output", "data", "safety_items", "monitoring", "modifications", "protocol",
    "impact", "funding", "licence", "contact", "regulatory", "approval",
)  # fmt: skip


def card(desk: Desk, lane: Lane) -> dict[str, Any]:
    """Return each heading with its answer, or "not reported" with the reason."""
    say, model = load_catalogue(), lane.model
    facts = {
        **outcome_words(model),
        "title": short_title(model),
        "treatment": desk.study.treatment.name,
        "when": when(model.study, model.as_of),
        "columns": len(model.columns),
        "n": int(model.facts.get("n", 0)),
        "name": model.name,
        "version": desk.settings.version,
        "made": str(model.facts.get("made") or desk.settings.made)[:10],
        "approval": desk.study.treatment.approval_note or say.text("model.card.no_approval", {}),
        "safety": ", ".join(column.label for column in model.columns if column.safety) or "none",
        "attribution": desk.study.attribution or "the clinic's own table",
    }
    rows = [
        [say.text(f"model.card_heads.{key}", {}), say.text(f"model.card.{key}", facts)]
        for key in HEADINGS
    ]
    return blocks(sentence("model.card.how"), table("Model card", ["Heading", "Answer"], rows))
