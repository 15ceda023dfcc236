"""Would it hold in a new place? Each site or cluster is left out in turn, then the last third."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.plan import Plan
from predict.evaluation.subgroups import group_measures
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe
from predict.models.training import fit_recipe
from predict.statistics.intervals import normal_quantile
from predict.statistics.metrics.agreement import log_odds
from predict.statistics.pooling import pool

Transform = Callable[[Any], Any]

COLUMNS = ["place", "metric", "estimate", "low", "high", "new_low", "new_high", "n", "events"]
POOLED = ("auroc", "calibration_slope", "o_e")
SUMMARY = "(summary)"
MOST = 50
LEAST_OUTSIDE = 5
TRIALS = 5


def places(training: TrainingSet, recipe: Recipe, plan: Plan) -> pd.DataFrame:
    """Leave one site or cluster out at a time, and summarise over them.

    Places of fewer than 5 people with or without the outcome are not judged alone. More than 50
    places are joined, in the order of their names, into 50.

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
    rows: list[tuple[object, ...]] = []
    for place in sorted(set(where)):
        rows += _left_out(training, recipe, plan, where == place, str(place))
    table = pd.DataFrame(rows, columns=COLUMNS)
    summaries = [_summary(table, name, plan.level) for name in POOLED]
    return pd.DataFrame([*rows, *(s for s in summaries if s is not None)], columns=COLUMNS)


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


def _left_out(
    training: TrainingSet, recipe: Recipe, plan: Plan, held: NDArray[np.bool_], name: str
) -> list[tuple[object, ...]]:
    y = training.y.to_numpy(dtype=np.float64)[held]
    if min(y.sum(), len(y) - y.sum()) < LEAST_OUTSIDE:
        return []
    small = replace(recipe, trials=min(recipe.trials, TRIALS), inner=plan.inner)
    fitted = fit_recipe(training.take(np.flatnonzero(~held)), small)
    found = group_measures(y, fitted.probability(training.X[held]), plan)
    return [
        (name, metric, *found[metric], np.nan, np.nan, len(y), int(y.sum())) for metric in POOLED
    ]


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
    found = pool(values, errors, level=level)
    ends = (found.estimate, found.low, found.high, found.new_low, found.new_high)
    told = [float(back(np.array([end]))[0]) for end in ends]
    return (SUMMARY, metric, *told, int(rows["n"].sum()), int(rows["events"].sum()))


def _scale(metric: str) -> tuple[Transform, Transform]:
    """Return the way to the scale on which the measure is roughly normal, and back."""
    if metric == "auroc":
        return log_odds, lambda v: 1 / (1 + np.exp(-v))
    if metric == "o_e":
        return np.log, np.exp
    return (lambda v: v), (lambda v: v)


def _stretch(metric: str, estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how errors grow on the transformed scale (delta method)."""
    if metric == "auroc":
        return np.asarray(1 / (estimate * (1 - estimate)), dtype=np.float64)
    return np.asarray(1 / estimate if metric == "o_e" else np.ones_like(estimate))


def later(training: TrainingSet, recipe: Recipe, plan: Plan) -> pd.DataFrame:
    """Learn from the first two thirds of the time, judge on the last third.

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
    # Who belongs to a cluster that is judged does not teach.
    shared = training.groups.isin(set(training.groups[held])).to_numpy() & ~held
    kept = training.take(np.flatnonzero(~shared)) if shared.any() else training
    inside = held[~shared] if shared.any() else held
    few = min(kept.y[~inside].sum(), (1 - kept.y[~inside]).sum()) < 10
    if few:
        return pd.DataFrame(columns=COLUMNS)
    return pd.DataFrame(_left_out(kept, recipe, plan, inside, "last third"), columns=COLUMNS)
