"""Block `course`: how round one went, for a model that stands after it.

For each scale: the score at the end of round one, the fall since its start, and whether that fall
is half of the start or more (the response state).
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.instruments import Instrument, Scale
from predict.features.columns import Column, Features
from predict.features.scales import scale_column


def course(cohort: Cohort, as_of: str) -> Features:
    """Return end score, fall and response state of round one for every scale.

    All three are known at the end of round one: an earlier model refuses them.
    """
    first = cohort.study.rounds["one"]
    start, end = cohort.totals(first.start), cohort.totals(first.end)
    columns, frames = [], {}
    for measure in cohort.study.instruments.values():
        for scale in measure.instrument.scales:
            name = measure.instrument.total_column(scale.name)
            if name in start and name in end:
                for column, values in _of_scale(
                    measure.instrument, scale, start[name], end[name], first.end, as_of
                ):
                    columns.append(column)
                    frames[column.name] = values
    return Features(pd.DataFrame(frames, index=start.index), tuple(columns))


def _of_scale(
    instrument: Instrument,
    scale: Scale,
    start: pd.Series,
    end: pd.Series,
    visit: str,
    as_of: str,
) -> list[tuple[Column, pd.Series]]:
    base = replace(
        scale_column(instrument, scale, visit, several=True), domain="course", role="course"
    )
    better = start - end if scale.better == "low" else end - start
    burden = start - scale.low if scale.better == "low" else scale.high - start
    halved = (better >= 0.5 * burden).astype("float64").where(better.notna())
    width = scale.high - scale.low
    change = replace(
        base,
        name=f"{instrument.total_column(scale.name)}_gain_round_one",
        label=f"{scale.title}, gain in round one",
        low=-width,
        high=width,
    )
    state = replace(
        base,
        name=f"{instrument.total_column(scale.name)}_halved_round_one",
        label=f"{scale.title}, halved in round one",
        unit="",
        low=0.0,
        high=1.0,
    )
    # The end score is already a `scales` column when the model stands at that very visit.
    ends = [] if visit == as_of else [(base, end)]
    return [*ends, (change, better), (state, halved)]
