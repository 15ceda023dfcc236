"""Facts of the person: people columns from the table or a second one, and the design's columns."""

from __future__ import annotations

import numpy as np

from predict.cohort.cells import Reading
from predict.cohort.source import Source
from predict.definitions.study import PersonColumn
from predict.errors import Problem

Columns = dict[str, np.ndarray]


def person_columns(
    reading: Reading, ids: np.ndarray, columns: list[PersonColumn], people: Source | None
) -> Columns:
    """Return these people columns, a value a row of the reading.

    Parameters
    ----------
    ids : array of str
        The id of each row, to find the person in the second table.
    """
    own = {c.name: reading.person(c) for c in columns if c.table == "main"}
    elsewhere = [c for c in columns if c.table == "people"]
    other = _second_table(reading, ids, people) if elsewhere else None
    if other is None:
        return own
    second, place = other
    for column in elsewhere:
        if column.column not in second.source.names:
            message = f"The people table has no column '{column.column}'; add it or mend the study."
            reading.stops.append(Problem("COLUMN_MISSING", message, column=column.column))
            continue
        values = second.person(column)
        empty = np.nan if column.kind == "number" else None
        own[column.name] = np.append(values, np.array([empty], dtype=values.dtype))[place]
    _carry_faults(reading, second, place)
    return {c.name: own[c.name] for c in columns if c.name in own}


def _second_table(
    reading: Reading, ids: np.ndarray, people: Source | None
) -> tuple[Reading, np.ndarray] | None:
    """The people table, and for each row of the main one its place there (the end: none)."""
    study = reading.study
    if people is None or study.people_id not in people.names:
        message = "The study takes people columns from a second table with the column"
        message = f"{message} '{study.people_id}'; set people_table, or give it as people=."
        reading.stops.append(Problem("PEOPLE_TABLE_MISSING", message, column="people_table"))
        return None
    second = Reading(people, study)
    keys = [str(key) for key in _id_texts(second, study.people_id)]
    if len(set(keys)) != len(keys):
        message = "An id stands twice in the people table; keep one row a person."
        reading.stops.append(Problem("PEOPLE_ID_REPEATED", message, column=study.people_id))
    place = {key: i for i, key in enumerate(keys)}
    return second, np.array([place.get(key, len(keys)) for key in ids], dtype=np.int64)


def _id_texts(second: Reading, column: str) -> np.ndarray:
    from predict.cohort.grammar import texts

    return texts(second.table.column(column))


def _carry_faults(reading: Reading, second: Reading, place: np.ndarray) -> None:
    """Faults of the people table refuse the main table's rows of those people."""
    reading.notes.extend(second.notes)
    reading.stops.extend(second.stops)
    for fault in second.faults:
        rows = np.flatnonzero(np.isin(place, fault.entries))
        reading.fault(fault.code, fault.column, fault.message + " (people table)", rows)


def design_columns(reading: Reading, people: Columns) -> Columns:
    """Return cluster, site, time and taken columns by their own names, where the table has them."""
    study, found = reading.study, {}
    names = set(reading.source.names)
    for column in (study.cluster, study.site, study.time):
        if column and column in names and column not in people:
            found[column] = reading.plain(column)
    for planned in study.rounds.values():
        if planned.taken and planned.taken in names and planned.taken not in people:
            found[planned.taken] = reading.taken(planned.taken)
    return found
