"""All estimates: every stored model of this person in one table."""

from __future__ import annotations

from typing import Any

from predict.reports.context import ModelView, PatientView
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import outcome_kind, outcome_words, short_title
from predict.reports.sections.patient.estimate import group, numbers
from predict.reports.sections.patient.limits import whom_left_out
from predict.reports.words import when


def others(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return one row a model; a round not yet begun shows the group's rate, named as such."""
    views = patient.context.views
    if len(views) < 2 or not patient.valid:
        return NotApplicable("one_model" if patient.valid else "unread")
    if not patient.shown(patient.view):
        return NotApplicable("no_estimate")
    rows = [_row(patient, view) for view in views]
    shown = [row for row in rows if row["state"] == "shown"]
    say = patient.context.say
    kinds = {outcome_kind(view.model.outcome) for view in views}
    facts: dict[str, Any] = {
        "rows": rows,
        "level": next((row["level"] for row in shown if "level" in row), None),
        "when": when(patient.context.study, patient.view.model.as_of, say)
        if patient.view and shown
        else "",
        "noun": rows[0]["noun"] if len(kinds) == 1 else say("verbs.other.noun"),
    }
    return facts | whom_left_out(patient)


def _row(patient: PatientView, view: ModelView) -> dict[str, Any]:
    say = patient.context.say
    facts: dict[str, Any] = {
        **outcome_words(view.model, say),
        **group(view, say),
        "title": short_title(view.model, say),
        "state": "none",
    }
    if patient.shown(view):
        return {**facts, "state": "shown", **numbers(patient.score(view), say)}
    study = patient.context.study
    if not patient.began(view.model.as_of) and study.order(view.model.as_of) > 0:
        facts |= {"state": "not_begun", "before": say.name("rounds", _before(view))}
    return facts


def _before(view: ModelView) -> str:
    """The round that has to end before this model can speak."""
    names = list(view.model.study.rounds)
    place = names.index(view.model.round)
    return names[max(place - 1, 0)]
