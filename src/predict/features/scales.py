"""Block `scales`: totals and subscale scores at the start of treatment and at the as-of visit."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument, Scale
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features, anchor_visits, join


def scales(cohort: Cohort, as_of: str) -> Features:
    """Return one number column a scale and anchor visit, by the instrument's missing-item rule."""
    visits = anchor_visits(cohort.study, as_of)
    parts = [_totals(cohort, visit, several=len(visits) > 1) for visit in visits]
    return join(parts, cohort.people.index)


def _totals(cohort: Cohort, visit: str, *, several: bool) -> Features:
    totals = cohort.totals(visit)
    columns, values = [], {}
    for measure in cohort.study.instruments.values():
        for scale in measure.instrument.scales:
            name = measure.instrument.total_column(scale.name)
            if name in totals:
                column = scale_column(measure.instrument, scale, visit, several=several)
                columns.append(column)
                values[column.name] = totals[name]
    return Features(pd.DataFrame(values, index=totals.index), tuple(columns))


def scale_column(instrument: Instrument, scale: Scale, visit: str, *, several: bool) -> Column:
    """Return the facts of a scale's score at a visit."""
    when = f" ({humanize(visit)})" if several else ""
    return Column(
        name=f"{instrument.total_column(scale.name)}_{visit}",
        label=f"{scale.title}{when}",
        kind="number",
        role="total",
        source=instrument.id,
        visit=visit,
        item=scale.name,
        domain="severity",
        unit="points",
        low=scale.low,
        high=scale.high,
    )
