"""Header: who, from which answers, by which model."""

from __future__ import annotations

from typing import Any

from predict.reporting.desk import Case, present
from predict.reporting.facts import number
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import day, humanize, setting, when


def header(case: Case) -> dict[str, Any]:
    """Return the patient's id, age and sex as recorded, the answers' time, and the model."""
    lane, study = case.lane, case.desk.study
    flags = str(case.score(lane).get("flags") or "")
    return {
        "treatment": clean(setting(study), longest=120),
        "id": clean(case.id, longest=64),
        **_name(case),
        "about": _about(case),
        "when": _when(case, lane.model.as_of) if lane and case.valid else "",
        "model": clean(lane.model.name, longest=64) if lane else "",
        "in_training": "in_training" in flags,
    }


def _name(case: Case) -> dict[str, str]:
    """The person's name, only where the site asked for names."""
    name = case.desk.names.get(case.id, "") if case.valid else ""
    return {"name": clean(name, longest=80)} if name else {}


def _when(case: Case, visit: str) -> str:
    """The day of the answers used, where known, and the time point."""
    place = when(case.desk.study, visit)
    date = case.date(visit)
    return f"{day(date)}, {place}" if date else place


def _about(case: Case) -> list[str]:
    """Age and sex, and nothing else, in the study's own words."""
    row = case.desk.people.get(case.id, {}) if case.valid else {}
    said = []
    for column in case.desk.study.people.values():
        value = row.get(column.name)
        if not present(value):
            continue
        if _is(column.name, "age") and column.kind == "number":
            said.append(f"{number(float(value))} {column.unit}".strip())
        elif (_is(column.name, "sex") or _is(column.name, "gender")) and column.kind == "choice":
            said.append(clean(humanize(str(value)), longest=24))
    return said


def _is(name: str, word: str) -> bool:
    return name == word or name.startswith(f"{word}_")
