"""Block `people`: what is known of the person at the as-of visit, as the study declares it."""

from __future__ import annotations

from predict.cohort import Cohort
from predict.definitions.study import PersonColumn
from predict.features.columns import Column, Features


def people(cohort: Cohort, as_of: str) -> Features:
    """Return the people columns known at or before the as-of visit, in the study's order."""
    study = cohort.study
    in_time = [
        person
        for person in study.people.values()
        if study.order(person.known_at) <= study.order(as_of)
    ]
    columns = tuple(person_column(person) for person in in_time)
    return Features(cohort.people[[column.name for column in columns]].copy(), columns)


def person_column(person: PersonColumn) -> Column:
    """Return the facts of one people column."""
    low, high = person.range if person.range else (None, None)
    return Column(
        name=person.name,
        label=person.label,
        kind=person.kind,
        role="person",
        source="people",
        visit=person.known_at,
        item=person.column,
        domain="person",
        unit=person.unit,
        low=low,
        high=high,
        values=person.values,
    )
