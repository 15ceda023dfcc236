"""Own expectation: the reader's view before the number is seen."""

from __future__ import annotations

from typing import Any

from predict.reports.context import PatientView
from predict.reports.course_states import course_state
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import outcome_words

# What happened stands on the page: nobody can expect it any more.
_KNOWN = ("reached", "did_not")


def expectation(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the line that asks for the reader's own expectation."""
    view = patient.view
    if not patient.context.settings.own_expectation:
        return NotApplicable("left_out")
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    if course_state(patient, view).code in _KNOWN:
        return NotApplicable("known")
    return {"verb": outcome_words(view.model, patient.context.say)["verb"]}
