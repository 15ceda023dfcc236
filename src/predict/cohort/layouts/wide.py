"""Wide layout: one row a person, one column an answer and visit."""

from __future__ import annotations

from itertools import product

import numpy as np

from predict.cohort.answers import Answers
from predict.cohort.births import check_births
from predict.cohort.cells import Reading
from predict.cohort.dates import drop_outside, visit_days
from predict.cohort.joins import alike_problem, nearly_alike
from predict.cohort.people import design_columns, open_people_table, person_columns
from predict.cohort.repeated_people import refuse_repeated
from predict.cohort.required_columns import check_columns
from predict.cohort.source import Source
from predict.cohort.totals import Claim, close_gate, settle_total
from predict.definitions.study import MeasureColumns, Study

Columns = dict[str, np.ndarray]


def read_wide(
    source: Source, study: Study, as_of: str | None = None, people: Source | None = None
) -> Answers:
    """Return the answers of a wide table; see `predict.cohort.layouts.read_answers`."""
    notes = check_columns(source.names, study, as_of)
    reading = Reading(source, study)
    reading.notes.extend(notes)
    ids = reading.ids()
    names = study.by(as_of) if as_of else study.visits
    visits: dict[str, Columns] = {visit: {} for visit in names}
    safety: Columns = {}
    for measure, visit in product(study.instruments.values(), names):
        visits[visit] |= _measured(reading, measure, visit, safety)
    safety |= _later_safety(reading, names)
    days = visit_days(reading, names)
    drop_outside(reading, visits, days)
    columns = [c for c in study.people.values() if c.known_at in names]
    second = open_people_table(reading, ids, people, names)
    facts = person_columns(reading, ids, columns, second)
    facts |= design_columns(reading, facts)
    check_births(reading, facts, days)
    reading.notes.extend(alike_problem(nearly_alike(ids), study.id))
    if not source.piece:
        refuse_repeated(reading, ids, names)
    reading.finish()
    return Answers(
        ids=ids,
        rows=reading.row_numbers,
        people=facts,
        visits=visits,
        safety=safety,
        faults=reading.faults,
        notes=reading.notes,
        lost=source.lost,
        facts=reading.facts(),
        closed=reading.closed,
        days=days,
        table_rows=source.table.num_rows + len(source.lost),
    )


def _later_safety(reading: Reading, names: tuple[str, ...]) -> Columns:
    """Raw answers to safety items at visits that are left unread else, where the table has them."""
    quiet, safety = Reading(reading.source, reading.study), dict[str, np.ndarray]()
    for measure in reading.study.instruments.values():
        for visit in [visit for visit in measure.items if visit not in names]:
            for key in measure.instrument.safety_items:
                column = measure.items[visit].get(key, "")
                if column in quiet.table.column_names:
                    coded = quiet.item(measure, measure.instrument.item(key), column, visit)
                    safety[f"{measure.instrument.column(key)}_{visit}"] = coded.raw
    return safety


def _measured(reading: Reading, measure: MeasureColumns, visit: str, safety: Columns) -> Columns:
    """One instrument at one visit: its items and given totals; fills in the safety answers."""
    instrument, columns = measure.instrument, {}
    for key, column in measure.items.get(visit, {}).items():
        coded = reading.item(measure, instrument.item(key), column, visit)
        name = instrument.column(key)
        columns[name] = coded.answers
        if key in instrument.safety_items:
            safety[f"{name}_{visit}"] = coded.raw
    if columns:
        reading.closed[visit, instrument.id] = close_gate(measure, columns)
    items = dict(columns)
    for scale_name, column in measure.totals.get(visit, {}).items():
        scale = instrument.scale(scale_name)
        total = reading.total(measure, scale, column, visit)
        claim = Claim(measure, scale, column, visit)
        columns[instrument.total_column(scale_name)] = settle_total(reading, claim, items, total)
    return columns
