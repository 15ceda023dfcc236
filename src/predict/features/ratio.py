"""Block `ratio`: how much anxiety stands beside the depression, GAD-7 total over PHQ-9 total."""

from __future__ import annotations

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.wording.catalogue import humanize
from predict.features.columns import Column, Features, anchor_visits, join

PAIR = ("gad7", "phq9")


def ratio(cohort: Cohort, as_of: str) -> Features:
    """Return the ratio of the GAD-7 to the PHQ-9 total at each anchor visit.

    Missing where either total is, and where the PHQ-9 total is nought. A study without both
    instruments gets no column.
    """
    visits = (
        anchor_visits(cohort.study, as_of) if set(PAIR) <= set(cohort.study.instruments) else ()
    )
    parts = [_ratio(cohort, visit, several=len(visits) > 1) for visit in visits]
    return join(parts, cohort.people.index)


def _ratio(cohort: Cohort, visit: str, *, several: bool) -> Features:
    anxiety, depression = (cohort.total(name, visit) for name in PAIR)
    when = f" ({humanize(visit)})" if several else ""
    column = Column(
        name=f"gad7_phq9_ratio_{visit}",
        label=f"Anxiety relative to depression, GAD-7 / PHQ-9{when}",
        kind="number",
        role="ratio",
        source="gad7",
        visit=visit,
        domain="anxiety",
        low=0.0,
        high=21.0,
    )
    values = anxiety / depression.where(depression > 0)
    return Features(pd.DataFrame({column.name: values}), (column,))
