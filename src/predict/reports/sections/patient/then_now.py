"""Then and now: each estimate of this round as it was asked, and what happened, on one line."""

from __future__ import annotations

from typing import Any

from predict.reports.context import ModelView, PatientView
from predict.reports.course_states import course_state
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import asked, outcome_words
from predict.reports.sections.patient.estimate import numbers
from predict.reports.sections.patient.totals import total_facts
from predict.reports.words import when

HAPPENED = ("reached", "did_not")


def then_now(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the estimates of the leading outcome and round in order, and how the round ended."""
    view = patient.view
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    study, say = patient.context.study, patient.context.say
    steps = [_step(patient, one) for one in of_one_round(patient, view)]
    state = course_state(patient, view)
    end = study.rounds[view.model.round].end
    ended = state.code in HAPPENED
    if len(steps) + ended < 2:
        return NotApplicable("one_step")
    facts: dict[str, Any] = {**outcome_words(view.model, say), "steps": steps}
    if ended:
        question = asked(view.model.outcome)
        score = total_facts(patient, question.instrument, question.scale, end)
        facts |= {
            "ended": state.code,
            "end": when(study, end, say),
            "score": score.get("text", "–"),
        }
    return facts


def of_one_round(patient: PatientView, view: ModelView) -> list[ModelView]:
    """The models that ask what the leading one asks, and have an estimate, the earliest first."""
    same = [
        one for one in patient.context.views
        if (one.model.outcome.name, one.model.round) == (view.model.outcome.name, view.model.round)
        and patient.shown(one)
    ]  # fmt: skip
    return sorted(same, key=lambda one: patient.context.study.order(one.model.as_of))


def is_early_change(view: ModelView) -> bool:
    """Whether a model stands after the start of its round: it reads how the score has moved."""
    study = view.model.study
    return bool(study.order(view.model.as_of) > study.order(study.rounds[view.model.round].start))


def _step(patient: PatientView, view: ModelView) -> dict[str, Any]:
    say = patient.context.say
    told = numbers(patient.score(view), say)
    said = ("early", "early_no_range") if is_early_change(view) else ("start", "start_no_range")
    return {
        **told,
        "say": said["low" not in told],
        "when": when(patient.context.study, view.model.as_of, say),
    }
