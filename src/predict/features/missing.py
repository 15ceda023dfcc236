"""Block `missing`: how many of an instrument's questions were left unanswered."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features, anchor_visits, join


def missing(cohort: Cohort, as_of: str) -> Features:
    """Return one count an instrument with items and anchor visit.

    A question that was rightly skipped (its gate was answered no) is not missing.
    """
    visits = anchor_visits(cohort.study, as_of)
    parts = [_counts(cohort, visit, several=len(visits) > 1) for visit in visits]
    return join(parts, cohort.people.index)


def _counts(cohort: Cohort, visit: str, *, several: bool) -> Features:
    answers = cohort.at(visit)
    columns, counts = [], {}
    for measure in cohort.study.instruments.values():
        asked = measure.items.get(visit, {})
        if any(measure.instrument.column(key) in answers for key in asked):
            column = _column(measure.instrument, len(asked), visit, several=several)
            columns.append(column)
            counts[column.name] = _count(measure.instrument, asked, answers)
    return Features(pd.DataFrame(counts, index=answers.index), tuple(columns))


def _count(instrument: Instrument, asked: Mapping[str, str], answers: pd.DataFrame) -> pd.Series:
    count = pd.Series(0.0, index=answers.index)
    for key in asked:
        item = instrument.item(key)
        open_ = answers[instrument.column(key)].isna()
        if item.asked_if and instrument.column(item.asked_if) in answers:
            gate = instrument.item(item.asked_if)
            open_ &= answers[instrument.column(gate.key)] != gate.low
        count += open_
    return count


def _column(instrument: Instrument, asked: int, visit: str, *, several: bool) -> Column:
    when = f" ({humanize(visit)})" if several else ""
    return Column(
        name=f"{instrument.id}_missing_{visit}",
        label=f"{instrument.title}, unanswered questions{when}",
        kind="number",
        role="count",
        source=instrument.id,
        visit=visit,
        domain="missing answers",
        unit="questions",
        low=0.0,
        high=float(asked),
    )
