"""Own expectation: the reader's view before the number is seen."""

from __future__ import annotations

from typing import Any

from predict.reports.context import PatientView
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import outcome_words


def expectation(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the line that asks for the reader's own expectation."""
    view = patient.view
    if not patient.context.settings.own_expectation:
        return NotApplicable("left_out")
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    return {"verb": outcome_words(view.model, patient.context.say)["verb"]}
