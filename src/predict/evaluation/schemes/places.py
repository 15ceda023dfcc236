"""Would it hold in a new place, or next year? Each is judged by models that never saw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold, judged_once
from predict.evaluation.group_measures import RESAMPLES, Draws, ends_of, measured
from predict.evaluation.plan import Plan
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe
from predict.statistics.intervals import normal_quantile
from predict.statistics.metrics.agreement import from_log_odds, log_odds
from predict.statistics.pooling import pool
from predict.statistics.splits import Fold

Transform = Callable[[Any], Any]
Row = tuple[object, ...]

COLUMNS = ["place", "metric", "estimate", "low", "high", "new_low", "new_high", "n", "events"]
POOLED = ("auroc", "calibration_slope", "o_e")
SUMMARY = "(summary)"
LATER = "last third"
MOST = 50
LEAST_OUTSIDE = 5
TRIALS = 5


def places(
    training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
) -> pd.DataFrame:
    """Judge each site or cluster by models that never saw it, and summarise over them.

    Folds that keep every place whole have done so already, and nothing is learned again; otherwise
    one place at a time is left out. Places of fewer than 5 people with or without the outcome are
    not judged alone. More than 50 places are joined, in the order of their names, into 50.

    Returns
    -------
    DataFrame
        place, metric (auroc, calibration_slope, o_e), estimate, low, high, new_low, new_high (for
        the summary: where a new place would lie), n, events. Empty with fewer than two places.

    References
    ----------
    Steyerberg & Harrell 2016, J Clin Epidemiol 69:245; Debray et al. 2017, BMJ 356:i6460.
    """
    where = _places(training)
    if len(set(where)) < 2:
        return pd.DataFrame(columns=COLUMNS)
    if estimates is None or recipe.family not in estimates.models or not _whole(estimates, where):
        estimates = _left_out(training, recipe, plan, where)
    rows = list(_rows(estimates, recipe.family, where, plan, recipe.seed))
    table = pd.DataFrame(rows, columns=COLUMNS)
    if table.empty:
        return table
    summaries = [_summary(table, name, plan.level) for name in POOLED]
    return pd.DataFrame([*rows, *(s for s in summaries if s is not None)], columns=COLUMNS)


def _whole(estimates: OutOfFold, where: NDArray[np.object_]) -> bool:
    """Return whether every place lies within one fold of each repeat."""
    pieces = [len({*zip(where, row, strict=True)}) for row in estimates.folds]
    return max(pieces) == len(set(where))


def _left_out(
    training: TrainingSet, recipe: Recipe, plan: Plan, where: NDArray[np.object_]
) -> OutOfFold:
    """Return estimates of every place's people by a model of all others."""
    made = [
        Fold(0, number, np.flatnonzero(where != place), np.flatnonzero(where == place))
        for number, place in enumerate(sorted(set(where)))
    ]
    small = replace(recipe, trials=min(recipe.trials, TRIALS))
    return judged_once(training, small, made)


def _rows(
    estimates: OutOfFold, model: str, where: NDArray[np.object_], plan: Plan, seed: int
) -> Iterator[Row]:
    drawn = Draws(estimates, min(plan.resamples, RESAMPLES), seed)
    for place in sorted(set(where)):
        who = np.flatnonzero(where == place)
        events = int(estimates.y[who].sum())
        if min(events, len(who) - events) < LEAST_OUTSIDE:
            continue
        sampling = estimates.sampling.within(who)
        values = measured(estimates, model, who, drawn.of(sampling), plan)
        for metric, ends in ends_of(sampling, values, plan.level).items():
            if metric in POOLED:
                yield (str(place), metric, *ends, np.nan, np.nan, len(who), events)


def _places(training: TrainingSet) -> NDArray[np.object_]:
    study, extras = training.study, training.extras
    name = study.site or study.cluster
    if not name or name not in extras:
        return np.array([], dtype=object)
    labels = extras[name].astype("str").to_numpy(dtype=object)
    values = sorted(set(labels))
    if len(values) <= MOST:
        return np.asarray(labels)
    joined = {v: f"group {i * MOST // len(values) + 1:02d}" for i, v in enumerate(values)}
    return np.array([joined[v] for v in labels], dtype=object)


def _summary(table: pd.DataFrame, metric: str, level: float) -> tuple[object, ...] | None:
    """Pool on the scale on which the measure is roughly normal: logit, log or its own."""
    rows = table[(table["metric"] == metric) & np.isfinite(table["high"] - table["low"])]
    rows = rows[(rows["high"] > rows["low"])]
    if metric == "auroc":
        rows = rows[(rows["estimate"] > 0) & (rows["estimate"] < 1)]
    if len(rows) < 2:
        return None
    there, back = _scale(metric)
    z = normal_quantile(level)
    values = there(rows["estimate"].to_numpy(dtype=np.float64))
    width = rows["high"].to_numpy(dtype=np.float64) - rows["low"].to_numpy(dtype=np.float64)
    errors = width / (2 * z) * _stretch(metric, rows["estimate"].to_numpy(dtype=np.float64))
    pooled = pool(values, errors, level=level)
    ends = (pooled.estimate, pooled.low, pooled.high, pooled.new_low, pooled.new_high)
    figures = [float(back(np.array([end]))[0]) for end in ends]
    return (SUMMARY, metric, *figures, int(rows["n"].sum()), int(rows["events"].sum()))


def _scale(metric: str) -> tuple[Transform, Transform]:
    """Return the way to the scale on which the measure is roughly normal, and back."""
    if metric == "auroc":
        return log_odds, from_log_odds
    if metric == "o_e":
        return np.log, np.exp
    return (lambda v: v), (lambda v: v)


def _stretch(metric: str, estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how errors grow on the transformed scale (delta method)."""
    if metric == "auroc":
        return np.asarray(1 / (estimate * (1 - estimate)), dtype=np.float64)
    return np.asarray(1 / estimate if metric == "o_e" else np.ones_like(estimate))


def later(
    training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
) -> pd.DataFrame:
    """Learn from the first two thirds of the time, judge on the last third.

    Who belongs to a cluster that is judged does not teach, unless that left too few: sites that run
    on are asked how they will do next year.

    Returns
    -------
    DataFrame
        As `places`, with one place, ``last third``; empty where the study names no time column.
    """
    study, extras = training.study, training.extras
    if not study.time or study.time not in extras or extras[study.time].isna().any():
        return pd.DataFrame(columns=COLUMNS)
    order = extras[study.time].rank(method="first").to_numpy()
    held = order > 2 * len(order) / 3
    shared = training.groups.isin(set(training.groups[held])).to_numpy()
    teaching = ~held & ~shared if 2 * (~shared).sum() >= (~held).sum() else ~held
    y = training.y.to_numpy()[teaching]
    if min(y.sum(), len(y) - y.sum()) < 2 * LEAST_OUTSIDE:
        return pd.DataFrame(columns=COLUMNS)
    fold = Fold(0, 0, np.flatnonzero(teaching), np.flatnonzero(held))
    small = replace(recipe, trials=min(recipe.trials, TRIALS))
    judged = judged_once(training, small, [fold])
    where = np.full(judged.n, LATER, dtype=object)
    return pd.DataFrame(_rows(judged, recipe.family, where, plan, recipe.seed), columns=COLUMNS)
