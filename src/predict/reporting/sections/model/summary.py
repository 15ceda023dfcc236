"""Summary: what the model predicts, how well it did, and the verdict, in half a page."""

from __future__ import annotations

from typing import Any

from predict.reporting.asked import outcome_words, short_title
from predict.reporting.blocks import section as blocks
from predict.reporting.blocks import sentence
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import in_100
from predict.reporting.sections.patient.limits import lost_share
from predict.reporting.words import when


def summary(desk: Desk, lane: Lane) -> dict[str, Any]:
    """Return what is predicted, for whom, from what, the verdict and the largest limits."""
    model, words = lane.model, outcome_words(lane.model)
    facts = model.facts
    told = {
        **words,
        "title": short_title(model),
        "treatment": desk.study.treatment.name,
        "when": when(model.study, model.as_of),
        "n": int(facts.get("n", 0)),
        "events": int(facts.get("events", 0)),
        "rate": in_100(float(facts.get("rate", 0))),
        "columns": len(model.columns),
    }
    verdict = lane.verdict.get("sentence")
    lost = lost_share(lane)
    parts = [sentence("model.summary.question", **told), sentence("model.summary.people", **told)]
    if verdict:
        parts.append(sentence("model.summary.verdict", sentence=verdict))
    else:
        parts.append(sentence("model.summary.no_verdict"))
    if lost:
        parts.append(sentence("model.summary.lost", lost=in_100(lost)))
    comparison = "comparison" if desk.study.treatment.comparison else "no_comparison"
    parts.append(sentence(f"model.summary.{comparison}", **told))
    parts.append(sentence("model.summary.status"))
    return blocks(*parts)
