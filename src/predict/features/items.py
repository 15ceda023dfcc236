"""Block `items`: each answer at the start of treatment and at the as-of visit."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument, Item
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features, anchor_visits, join


def items(cohort: Cohort, as_of: str) -> Features:
    """Return one number column an item and anchor visit, in the instrument's own coding."""
    visits = anchor_visits(cohort.study, as_of)
    parts = [_answers(cohort, visit, several=len(visits) > 1) for visit in visits]
    return join(parts, cohort.people.index)


def _answers(cohort: Cohort, visit: str, *, several: bool) -> Features:
    answers = cohort.at(visit)
    columns, values = [], {}
    for measure in cohort.study.instruments.values():
        for item in measure.instrument.items if measure.items.get(visit) else ():
            name = measure.instrument.column(item.key)
            if name in answers:
                column = _column(measure.instrument, item, visit, several=several)
                columns.append(column)
                values[column.name] = answers[name]
    return Features(pd.DataFrame(values, index=answers.index), tuple(columns))


def _column(instrument: Instrument, item: Item, visit: str, *, several: bool) -> Column:
    when = f" ({humanize(visit)})" if several else ""
    return Column(
        name=f"{instrument.column(item.key)}_{visit}",
        label=f"{item.label}{when}",
        kind="number",
        role="item",
        source=instrument.id,
        visit=visit,
        item=item.key,
        domain=item.domain,
        low=item.low,
        high=item.high,
        safety=item.key in instrument.safety_items,
    )
