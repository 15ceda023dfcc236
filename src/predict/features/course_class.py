"""Block `course_class`: the scores of round one from which the class of a course is told.

Each value is the person's own score at one visit. Which course they belong to is learned from other
people, so it is not told here: `predict.models.preprocessing` learns the classes on the training
people of each resample and turns these columns into class probabilities.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features
from predict.features.scales import scale_column

ROLE = "course_score"
FEWEST_VISITS = 3
MOST_SCALES = 2


def course_class(cohort: Cohort, as_of: str) -> Features:
    """Return the scores of up to two scales at every visit of round one, three visits or more.

    A study that sees people at fewer visits of round one gets no column.
    """
    study = cohort.study
    first = study.rounds["one"]
    visits = study.visits[study.order(first.start) : study.order(first.end) + 1]
    totals = {visit: cohort.totals(visit) for visit in visits}
    columns: list[Column] = []
    scores: dict[str, pd.Series] = {}
    for measure in study.instruments.values():
        scale = measure.instrument.scales[0]
        name = measure.instrument.total_column(scale.name)
        whole = len(visits) >= FEWEST_VISITS and all(name in totals[visit] for visit in visits)
        if not whole or len(columns) >= MOST_SCALES * len(visits):
            continue
        for visit in visits:
            base = scale_column(measure.instrument, scale, visit, several=True)
            label = f"{scale.title}, course of round one ({humanize(visit)})"
            column = replace(
                base, name=f"{name}_course_{visit}", label=label, role=ROLE, domain="course"
            )
            columns.append(column)
            scores[column.name] = totals[visit][name]
    return Features(pd.DataFrame(scores, index=cohort.ids), tuple(columns))
