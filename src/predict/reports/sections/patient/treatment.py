"""Treatment so far: what the table tells of it, each marked as used by the model or not."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording.catalogue import clean
from predict.reports.context import ModelView, PatientView, present
from predict.reports.facts import NotApplicable
from predict.reports.words import upper_first, visit_label

# Words of column names that tell of a treatment, and of nothing else.
TELLS = ("session", "dose", "route", "side_effect", "adverse", "infusion", "earlier_round")
MOST = 6


def treatment(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return sessions, dose, route, side effects and earlier rounds, as far as the table goes."""
    view = patient.view
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    told = [*_columns(patient, view), *_sessions(patient, view), *_rounds(patient, view)]
    return {"parts": told[:MOST]} if told else NotApplicable("no_treatment_columns")


def _columns(patient: PatientView, view: ModelView) -> list[dict[str, Any]]:
    """Columns of the study that tell of the treatment, in its own words."""
    study, say = patient.context.study, patient.context.say
    row = patient.context.people.get(patient.id, {})
    read = {c.item for c in view.model.columns if c.source == "people"} | set(view.columns)
    told = []
    for column in study.people.values():
        value = row.get(column.name)
        if not any(word in column.name for word in TELLS) or not present(value):
            continue
        words = (
            say.name("values", str(value)) if column.kind == "choice" else say.number(float(value))
        )
        label = upper_first(say.named(clean(column.label or column.name, longest=40)))
        told.append(_part(label, clean(words, longest=40), column.name in read))
    return told


def _sessions(patient: PatientView, view: ModelView) -> list[dict[str, Any]]:
    """Sessions at which questions were answered."""
    study, say = patient.context.study, patient.context.say
    read = {c.visit for c in view.model.columns}
    there = [v for v in study.visits if v.startswith("session_") and patient.began(v)]
    answered = say("treatment.answered")
    return [_part(upper_first(visit_label(study, v, say)), answered, v in read) for v in there]


def _rounds(patient: PatientView, view: ModelView) -> list[dict[str, Any]]:
    """Rounds before the one that the estimate is about."""
    study, say = patient.context.study, patient.context.say
    names = list(study.rounds)
    before = names[: names.index(view.model.round)] if view.model.round in names else []
    used = any(c.role == "course" for c in view.model.columns)
    return [
        _part(
            upper_first(say("course.span", round=say.name("rounds", name))),
            say("treatment.done"),
            used,
        )
        for name in before
    ]


def _part(label: str, value: str, used: bool) -> dict[str, Any]:
    return {"label": label, "value": value, "used": "used" if used else "not_used"}
