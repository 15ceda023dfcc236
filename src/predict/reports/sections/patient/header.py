"""Header: who, from which answers, by which model."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording.catalogue import clean
from predict.reports.context import PatientView, answers_used, present
from predict.reports.course_states import course_state
from predict.reports.words import arm_facts, setting


def header(patient: PatientView) -> dict[str, Any]:
    """Return id, age and sex as recorded, the answers' time, where the course stands, the model."""
    view, study = patient.view, patient.context.study
    flags = str(patient.score(view).get("flags") or "")
    return {
        "treatment": clean(setting(study, patient.context.say), longest=120),
        "id": clean(patient.id, longest=64),
        **_name(patient),
        "about": _about(patient),
        **_arm(patient),
        "when": _when(patient, view.model.as_of) if view and patient.valid else "",
        "course": course_state(patient, view).words(patient, view) if view else "",
        "model": clean(view.model.name, longest=64) if view else "",
        "in_training": "in_training" in flags,
    }


def _arm(patient: PatientView) -> dict[str, str]:
    """The arm of a trial that the person is in."""
    row = patient.context.people.get(patient.id, {}) if patient.valid else {}
    return arm_facts(patient.context.study, row, patient.context.say)


def _name(patient: PatientView) -> dict[str, str]:
    """The person's name, only where the site asked for names."""
    name = patient.context.names.get(patient.id, "") if patient.valid else ""
    return {"name": clean(name, longest=80)} if name else {}


def _when(patient: PatientView, visit: str) -> str:
    """The day of the answers used, where known, and the time point."""
    say, date = patient.context.say, patient.date(visit)
    place = answers_used(patient, visit)
    return f"{say.day(date)}, {place}" if date else place


def _about(patient: PatientView) -> list[str]:
    """Age and sex, and nothing else, in the study's own words."""
    row = patient.context.people.get(patient.id, {}) if patient.valid else {}
    said, say = [], patient.context.say
    for column in patient.context.study.people.values():
        value = row.get(column.name)
        if not present(value):
            continue
        if _is(column.name, "age") and column.kind == "number":
            said.append(f"{say.number(float(value))} {say.name('units', column.unit)}".strip())
        elif (_is(column.name, "sex") or _is(column.name, "gender")) and column.kind == "choice":
            said.append(clean(say.name("values", str(value)), longest=24))
    return said


def _is(name: str, word: str) -> bool:
    return name == word or name.startswith(f"{word}_")
