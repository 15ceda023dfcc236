"""Long layout: one row a person and visit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from predict.cohort.answers import LOST, Answers, RowFault
from predict.cohort.births import check_births
from predict.cohort.cells import Reading
from predict.cohort.grammar import filled
from predict.cohort.joins import alike_problem, nearly_alike
from predict.cohort.people import PeopleTable, design_columns, open_people_table, person_columns
from predict.cohort.required_columns import check_columns
from predict.cohort.source import MalformedRow, Source
from predict.cohort.totals import Claim, close_gate, settle_total
from predict.cohort.visit_rows import VisitRows, visit_rows
from predict.cohort.visits import NO_VISIT
from predict.definitions.study import MeasureColumns, Study
from predict.definitions.study.person_totals import two_totals
from predict.errors import Problem

Columns = dict[str, np.ndarray]


def read_long(
    source: Source, study: Study, as_of: str | None = None, people: Source | None = None
) -> Answers:
    """Return the answers of a long table; see `predict.cohort.layouts.read_answers`."""
    notes = check_columns(source.names, study, as_of)
    reading = Reading(source, study)
    reading.notes.extend(notes)
    ids, firsts = _people_of(reading)
    lost = _lost_people(reading, ids)
    names = study.by(as_of) if as_of else study.visits
    rows = visit_rows(reading, names)
    visits, safety = _answered(reading, rows.answers, names, len(ids))
    _dropped_safety(reading, rows, safety, len(ids))
    second = open_people_table(reading, ids, people, names)
    facts = _facts(reading, ids, names, second, rows.facts)
    _unread_facts(reading, facts, rows.facts, names)
    reading.notes.extend(alike_problem(nearly_alike(ids), study.id))
    dated = {} if rows.days is None else _dated(reading, rows.days, rows.answers, names, len(ids))
    check_births(reading, facts, dated)
    reading.finish()
    return Answers(
        ids=ids,
        rows=firsts,
        people=facts,
        visits=visits,
        safety=safety,
        faults=reading.faults,
        notes=reading.notes,
        lost=lost,
        table_rows=source.table.num_rows + len(source.lost),
        facts=reading.facts(),
        closed=reading.closed,
        days=dated,
    )


def _lost_people(reading: Reading, ids: np.ndarray) -> list[MalformedRow]:
    """Refuse people one of whose rows could not be cut; return the rows of nobody known."""
    # A row without an id is nobody's: not of whoever else has none.
    place = {text: i for i, text in enumerate(ids) if text}
    for row in reading.source.lost:
        if row.id in place:
            entries, rows = np.array([place[row.id]]), np.array([row.row])
            reading.faults.append(
                RowFault(row.code, reading.study.id, LOST[row.code], entries, rows)
            )
    return [row for row in reading.source.lost if row.id not in place]


def _answered(
    reading: Reading, visit: np.ndarray, names: tuple[str, ...], people: int
) -> tuple[dict[str, Columns], Columns]:
    """Answers by visit and person, and the raw answers to safety items."""
    used = visit != NO_VISIT
    early = reading.only(used)
    spread = _Spread(early.owner, visit[used], people)
    visits: dict[str, Columns] = {name: {} for name in names}
    safety: Columns = {}
    for measure in reading.study.instruments.values():
        if any(name in measure.items or name in measure.totals for name in names):
            _measured(early, measure, spread, visits, safety)
        for name in [visit for visit in names if visit in measure.person_totals]:
            visits[name] |= _person_total(reading, measure, name, visits[name], people)
    return visits, safety


def _person_total(
    reading: Reading, measure: MeasureColumns, visit: str, columns: Columns, people: int
) -> Columns:
    """A total that stands on every row of the person, held against the items of its visit."""
    column, scale = measure.person_totals[visit], measure.instrument.scale()
    own = columns.get(measure.instrument.total_column())
    if own is not None and not np.isnan(own).all():
        tool = measure.instrument.id
        study = reading.study
        rows = set(study.visit_values.values())
        message = two_totals(tool, visit, column, study.visits, rows)
        where = f"instruments.{tool}.person_total"
        reading.stops.append(Problem("TOTAL_TWICE", message, column=where))
    values = reading.total(measure, scale, column, visit)
    total = _once(reading, column, values, people)
    firsts = np.unique(reading.owner, return_index=True)[1][-people:]
    claim = Claim(measure, scale, column, visit, rows=firsts)
    settled = settle_total(reading, claim, columns, total)
    return {measure.instrument.total_column(): settled}


def _dated(
    reading: Reading, days: np.ndarray, visit: np.ndarray, names: tuple[str, ...], people: int
) -> Columns:
    """The day of each person at each visit."""
    spread = _Spread(reading.owner, visit, people)
    return {name: spread.at(place, days) for place, name in enumerate(names)}


class _Spread:
    """Puts a row's value at its person and visit."""

    def __init__(self, owner: np.ndarray, visit: np.ndarray, people: int) -> None:
        self.owner, self.visit, self.people = owner, visit, people

    def at(self, place: int, values: np.ndarray) -> np.ndarray:
        """Return a value a person at this visit, NaN where there is no row."""
        rows = (self.visit == place) & (self.owner >= 0)
        spread = np.full(self.people, np.nan)
        spread[self.owner[rows]] = values[rows]
        return spread

    def gravest(self, place: int, values: np.ndarray) -> np.ndarray:
        """Return the highest value of a person's rows at this visit, NaN where there is none."""
        rows = (self.visit == place) & (self.owner >= 0) & ~np.isnan(values)
        highest, there = np.full(self.people, -np.inf), np.zeros(self.people, dtype=bool)
        np.maximum.at(highest, self.owner[rows], values[rows])
        there[self.owner[rows]] = True
        return np.where(there, highest, np.nan)


def _people_of(reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    """The people in the order they first appear, and the row each begins at; sets the owners."""
    ids = reading.ids()
    faults = {int(row) for fault in reading.faults for row in fault.rows}
    if not len(ids):
        return ids, reading.row_numbers
    unique, first, inverse = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    reading.owner = rank[inverse]
    reading.faults = []
    if faults:  # told again, now that rows have owners
        reading.ids()
    return unique[order].astype(object), reading.row_numbers[first[order]]


def _dropped_safety(
    reading: Reading,
    rows: VisitRows,
    safety: Columns,
    people: int,
) -> None:
    """Let the gravest answer of all rows of a visit stand, those that do not count too.

    Visits after those that are read are looked at for these answers alone.
    """
    dropped = rows.seen != rows.answers
    if not dropped.any():
        return
    quiet = Reading(reading.source, reading.study).only(dropped)
    quiet.owner = reading.owner[dropped]
    spread = _Spread(quiet.owner, rows.seen[dropped], people)
    visits, met = reading.study.visits, set(rows.seen[dropped].tolist())
    for measure in reading.study.instruments.values():
        instrument = measure.instrument
        for key, column in next(iter(measure.items.values()), {}).items():
            names = [f"{instrument.column(key)}_{name}" for name in visits]
            if key in instrument.safety_items and column in quiet.table.column_names:
                coded = quiet.item(measure, instrument.item(key), column, "", spread.visit)
                for place in sorted(met - {NO_VISIT}):
                    stands = safety.get(names[place], np.full(people, np.nan))
                    safety[names[place]] = np.fmax(stands, spread.gravest(place, coded.raw))


def _measured(
    reading: Reading,
    measure: MeasureColumns,
    spread: _Spread,
    visits: dict[str, Columns],
    safety: Columns,
) -> None:
    """One instrument at all visits: each column is parsed once, then spread over the visits."""
    instrument, columns = measure.instrument, {}
    asked = [place for place, name in enumerate(visits) if name in measure.visits]
    names = list(visits)
    for key, column in next(iter(measure.items.values()), {}).items():
        coded = reading.item(measure, instrument.item(key), column, "", spread.visit)
        columns[instrument.column(key)] = coded.answers
        if key in instrument.safety_items:
            for place in asked:
                safety[f"{instrument.column(key)}_{names[place]}"] = spread.at(place, coded.raw)
    closed = close_gate(measure, columns) if columns else np.array([], dtype=bool)
    items = dict(columns)
    for scale_name, column in next(iter(measure.totals.values()), {}).items():
        scale = instrument.scale(scale_name)
        total = reading.total(measure, scale, column, "")
        claim = Claim(measure, scale, column, visits=spread.visit)
        columns[instrument.total_column(scale_name)] = settle_total(reading, claim, items, total)
    for place in asked:
        if len(closed):
            shut = spread.at(place, closed.astype(np.float64)) == 1
            reading.closed[names[place], instrument.id] = shut
        # A visit of a person's total alone takes nothing from its rows.
        asking = {c: measure.items if c in items else measure.totals for c in columns}
        here = {c: v for c, v in columns.items() if names[place] in asking[c]}
        visits[names[place]] |= {name: spread.at(place, v) for name, v in here.items()}


def _facts(
    reading: Reading,
    ids: np.ndarray,
    visits: tuple[str, ...],
    people: PeopleTable | None,
    visit: np.ndarray,
) -> Columns:
    """People columns, a value a person: read only on the rows of the visit it is known at.

    Where a table has no row of that visit, the column must be the same on all of a person's rows.
    """
    facts: Columns = {}
    for place, name in enumerate(visits):
        columns = [c for c in reading.study.people.values() if c.known_at == name]
        there = visit == place
        elsewhere = name in (reading.source.visits or ())
        part = reading.only(there) if there.any() or elsewhere else reading
        by_row = ids[part.owner] if len(ids) else ids
        for column, values in person_columns(part, by_row, columns, people).items():
            facts[column] = _once(part, column, values, len(ids))
    design = design_columns(reading, facts)
    facts |= {name: _once(reading, name, values, len(ids)) for name, values in design.items()}
    return {c: facts[c] for c in [*reading.study.people, *design] if c in facts}


def _unread_facts(
    reading: Reading, facts: Columns, visit: np.ndarray, visits: tuple[str, ...]
) -> None:
    """Tell facts that stand only on rows that are not read for them, of another visit."""
    study = reading.study
    for column in [c for c in study.people.values() if c.name in facts and c.table == "main"]:
        values = facts[column.name]
        lacking = np.array([value is None or value != value for value in values], dtype=bool)
        rows = np.flatnonzero(lacking[reading.owner] & (visit != visits.index(column.known_at)))
        cells = reading.table.column(column.column).take(pa.array(rows, pa.int64()))
        codes = (*study.missing_codes, *column.missing_codes)
        people = len(np.unique(reading.owner[rows][filled(cells, codes)]))
        if people:
            message = f"{people} people have '{column.name}' on rows of other visits than"
            message = f"{message} '{column.known_at}' only, so it is not read; correct known_at, or"
            message = f"{message} fill it in where it is known."
            reading.notes.append(
                Problem("FACT_ON_OTHER_ROWS", message, column=column.column, level="warning")
            )


def _once(reading: Reading, column: str, values: np.ndarray, people: int) -> np.ndarray:
    """The person's one value of a column that repeats it; two different values are a fault."""
    number = values.dtype != object
    filled = np.array([not (v is None or v != v) for v in values], dtype=bool)
    rows = np.flatnonzero(filled & (reading.owner >= 0))
    facts = np.full(people, np.nan) if number else np.full(people, None, dtype=object)
    facts[reading.owner[rows][::-1]] = values[rows][::-1]
    odd = rows[facts[reading.owner[rows]] != values[rows]]
    message = f"'{column}' differs between rows of one person; it must be one value a person."
    reading.fault("PERSON_CONFLICT", column, message, odd)
    return facts
