"""Facts of the person: people columns from the table or a second one, and the design's columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predict.cohort.cells import Reading
from predict.cohort.grammar import id_texts
from predict.cohort.joins import join
from predict.cohort.source import Source
from predict.definitions.study import PersonColumn
from predict.errors import Problem

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class PeopleTable:
    """The second table, of people, and the row at which each of them stands in it."""

    source: Source
    place: dict[str, int]

    def places(self, ids: np.ndarray) -> np.ndarray:
        """Return the row of each id; one behind the last where there is none."""
        beyond = self.source.table.num_rows
        return np.array([self.place.get(key, beyond) for key in ids], dtype=np.int64)


def open_people_table(
    reading: Reading, ids: np.ndarray, people: Source | None, visits: tuple[str, ...]
) -> PeopleTable | None:
    """Return the second table where a fact known at these visits stands in it; tell who met.

    Parameters
    ----------
    ids : array of str
        Ids of the main table.
    """
    study = reading.study
    facts = (c for c in study.people.values() if c.table == "people" and c.known_at in visits)
    if not any(True for _ in facts):
        return None
    if people is None or study.people_id not in people.names:
        message = _absent(study.people_id, given=people is not None)
        reading.stops.append(Problem("PEOPLE_TABLE_MISSING", message, column="people_table"))
        return None
    keys = np.asarray(id_texts(people.table.column(study.people_id)), dtype=object)
    named = [key for key in keys.tolist() if key]
    if len(set(named)) != len(named):
        message = "An id stands twice in the people table; keep one row a person."
        reading.stops.append(Problem("PEOPLE_ID_REPEATED", message, column=study.people_id))
    meeting = join(ids, keys).problem(study.people_id)
    (reading.stops if meeting.level == "file" else reading.notes).append(meeting)
    place = {key: row for row, key in enumerate(keys.tolist()) if key}
    return PeopleTable(people, place)


def _absent(column: str, *, given: bool) -> str:
    """What to do, at whatever door: only `read_cohort` takes two tables, every verb its cohort."""
    if given:
        return (
            f"The people table has no column '{column}', by which people_id of the study finds its "
            "people; add it, or correct people_id."
        )
    return (
        f"The study takes people columns from a second table with the column '{column}', and none "
        "is there. Of a file: set people_table in the study to a file in the main table's folder. "
        "Of a DataFrame: read both, cohort = predict.read_cohort(table, study, people=people), and "
        "give the cohort in place of the table."
    )


def person_columns(
    reading: Reading,
    ids: np.ndarray,
    columns: list[PersonColumn],
    people: PeopleTable | None,
) -> Columns:
    """Return these people columns, a value a row of the reading.

    Parameters
    ----------
    ids : array of str
        The id of each row, to find the person in the second table.
    """
    own = {c.name: reading.person(c) for c in columns if c.table == "main"}
    if people is not None:
        own |= _from_second(reading, ids, [c for c in columns if c.table == "people"], people)
    return {c.name: own[c.name] for c in columns if c.name in own}


def _from_second(
    reading: Reading, ids: np.ndarray, columns: list[PersonColumn], people: PeopleTable
) -> Columns:
    second, place, facts = Reading(people.source, reading.study), people.places(ids), {}
    for column in columns:
        if column.column not in second.source.names:
            message = f"The people table has no column '{column.column}'; add it or mend the study."
            reading.stops.append(Problem("COLUMN_MISSING", message, column=column.column))
            continue
        values = second.person(column)
        empty = np.nan if column.kind == "number" else None
        facts[column.name] = np.append(values, np.array([empty], dtype=values.dtype))[place]
    _carry_faults(reading, second, place)
    return facts


def _carry_faults(reading: Reading, second: Reading, place: np.ndarray) -> None:
    """Faults of the people table refuse the main table's rows of those people."""
    reading.notes.extend(second.notes)
    reading.stops.extend(second.stops)
    reading.coercions.update(second.coercions)
    for fault in second.faults:
        rows = np.flatnonzero(np.isin(place, fault.entries))
        reading.fault(fault.code, fault.column, fault.message + " (people table)", rows)


def design_columns(reading: Reading, people: Columns) -> Columns:
    """Return cluster, site, time and taken columns by their own names, where the table has them."""
    study, facts = reading.study, {}
    names = set(reading.source.names)
    for column in (study.cluster, study.site, study.time):
        if column and column in names and column not in people:
            facts[column] = reading.plain(column)
    for planned in study.rounds.values():
        if planned.taken and planned.taken in names and planned.taken not in people:
            facts[planned.taken] = reading.taken(planned.taken)
    return facts
