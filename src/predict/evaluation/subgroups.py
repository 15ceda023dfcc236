"""For whom does it work? The same measures group by group, with gaps, and silence about the few."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.group_measures import (
    RESAMPLES,
    Draws,
    Measured,
    People,
    ends_of,
    measured,
)
from predict.evaluation.plan import Plan
from predict.features.training_set import START_SCORE, TrainingSet
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import Interval, Sampling

COLUMNS = [
    "subgroup", "value", "metric", "estimate", "low", "high", "gap", "gap_low", "gap_high", "n",
    "events", "note",
]  # fmt: skip
TOO_FEW = 100
AGE_EDGES = (0, 30, 45, 60, 200)
AGE_NAMES = ("under 30", "30 to 44", "45 to 59", "60 and over")
SEVERITY_NAMES = ("lower third", "middle third", "upper third")
USUAL = ("sex", "gender", "route")


def groups_of(training: TrainingSet, plan: Plan) -> dict[str, pd.Series]:
    """Return the groupings to judge by, as text on the people's index."""
    extras, study, groups = training.extras, training.study, {}
    if "age" in extras:
        groups["age"] = _ages(extras["age"])
    named = (*USUAL, study.treatment.arm, study.site or study.cluster, *plan.subgroups)
    for name in dict.fromkeys(n for n in named if n):
        if name in extras:
            groups[name] = _text(extras[name])
        elif name in training.X:
            groups[name] = _text(training.X[name])
    start = extras[START_SCORE]
    if start.nunique() >= len(SEVERITY_NAMES):
        cuts = start.rank(pct=True, method="average")
        groups["severity"] = pd.cut(cuts, [0, 1 / 3, 2 / 3, 1], labels=SEVERITY_NAMES).astype("str")
    return {name: labels.where(labels != "nan") for name, labels in groups.items()}


def _ages(age: pd.Series) -> pd.Series:
    """Bands of years; ages that the table gives as bands are the bands."""
    if not pd.api.types.is_numeric_dtype(age):
        return _text(age)
    return pd.cut(age, AGE_EDGES, labels=AGE_NAMES, right=False).astype("str")


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda v: f"{v:g}", na_action="ignore")
    return values.astype("object")


def subgroups_table(
    estimates: OutOfFold,
    model: str,
    groups: Mapping[str, pd.Series],
    plan: Plan,
    *,
    seed: int,
    threads: int = 1,
) -> pd.DataFrame:
    """Return measures of one rival in every group, and the gap to everybody else.

    Pairs and slopes are taken within folds: a fold's level is no skill of the model and no fault
    of a group's.

    Under 11 people, or 11 with or without the outcome, nothing but the name is told; under 100
    events the numbers stand with the note "too few to judge".

    Returns
    -------
    DataFrame
        subgroup, value, metric (auroc, o_e, calibration_slope, net_benefit, brier), estimate, low,
        high, gap to the people outside the group with its interval, n, events, note.
    """
    drawn = Draws(estimates, min(plan.resamples, RESAMPLES), seed)
    drawn.of(estimates.sampling)  # once, before several ask for it
    judged = []
    for subgroup, labels in groups.items():
        values = labels.reindex(estimates.ids).to_numpy(dtype=object)
        named = sorted({v for v in values if isinstance(v, str)})
        judged += [(subgroup, value, values == value) for value in named]
    with ThreadPoolExecutor(threads) as pool:
        rows = pool.map(lambda one: _of_group(drawn, model, one[2], plan), judged)
        table = [(*one[:2], *row) for one, of in zip(judged, rows, strict=True) for row in of]
    return pd.DataFrame(table, columns=COLUMNS)


def _of_group(
    drawn: Draws, model: str, inside: NDArray[np.bool_], plan: Plan
) -> list[tuple[object, ...]]:
    estimates = drawn.estimates
    n, events = int(inside.sum()), int(estimates.y[inside].sum())
    scarce = min(events, n - events)
    if n < SMALLEST_CELL or scarce < SMALLEST_CELL:
        empty = (np.nan,) * 6
        return [("auroc", *empty, np.nan, np.nan, "suppressed")]
    note = "too few to judge" if scarce < TOO_FEW else ""
    ours, theirs = (_side(drawn, model, np.flatnonzero(side), plan) for side in (inside, ~inside))
    return [
        (name, *ends, *_gap(ours, theirs, name, plan.level), n, events, note)
        for name, ends in ours.ends.items()
    ]


@dataclass(frozen=True)
class _Side:
    """Measures of the people of a group, or of everybody else."""

    sampling: Sampling
    values: Measured
    ends: dict[str, Interval]


def _side(drawn: Draws, model: str, who: People, plan: Plan) -> _Side:
    sampling = drawn.estimates.sampling.within(who)
    values = measured(drawn.estimates, model, who, drawn.of(sampling), plan)
    return _Side(sampling, values, ends_of(sampling, values, plan.level))


def _gap(ours: _Side, theirs: _Side, name: str, level: float) -> Interval:
    """Inside minus outside, from the same draws; where they were drawn apart, variances add."""
    (one, draws), (other, others) = ours.values[name], theirs.values[name]
    if ours.sampling.kind == theirs.sampling.kind:
        fewer = min(ours.sampling, theirs.sampling, key=lambda sampling: sampling.units)
        return fewer.interval(one - other, draws - others, level=level)
    inner, outer = ((side.ends[name].high - side.ends[name].low) / 2 for side in (ours, theirs))
    gap, reach = one - other, float(np.hypot(inner, outer))
    return Interval(gap, gap - reach, gap + reach)
