"""Measures of out-of-fold estimates, and their bootstrap draws, each resample shared by all rivals.

``auroc`` is the mean of within-fold values over folds and repeats, so that a constant has .5
exactly; the other measures are taken within each repeat and averaged over repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.statistics.intervals import Interval, Weights
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.agreement import (
    log_odds,
    slope_draws_over_repeats,
    slope_over_repeats,
    stratum_slopes,
)
from predict.statistics.metrics.curves import Distances, distances, ordered_distances
from predict.statistics.metrics.overall import EDGE
from predict.statistics.metrics.ranking import auroc, auroc_draws

Floats = NDArray[np.float64]
Draws = Mapping[tuple[str, str], Floats]

COLUMNS = ["model", "metric", "estimate", "low", "high", "n", "events", "resamples"]
# A block of weights holds at most this many numbers (float32: 80 MB).
BLOCK = 20_000_000
# Smoothing is slow, and the ends of these intervals need no third digit.
SMOOTHED = 50
# Of the range of estimates between local lines, for a draw: the curve hardly bends in between.
COARSE = 0.05
FREE = (-np.inf, np.inf)
BOUNDS = {
    "auroc": (0.0, 1.0),
    "brier": (0.0, 1.0),
    **dict.fromkeys(("log_loss", "o_e", *Distances._fields), (0.0, np.inf)),
}


def measure(estimates: OutOfFold, model: str) -> dict[str, float]:
    """Return every measure of one rival."""
    table = estimates.probability[model]
    values = {
        name: float(np.mean([metric(estimates.y, row) for row in table]))
        for name, metric in METRICS.items()
        if name not in {"auroc", "calibration_slope", *Distances._fields}
    }
    values["calibration_slope"] = slope_over_repeats(estimates.y, table, estimates.folds)
    gaps = np.mean(
        [distances(y, p) for y, p in zip(_level(estimates, table), table, strict=True)], axis=0
    )
    smooth = dict(zip(Distances._fields, map(float, gaps), strict=True))
    return {"auroc": within_fold_auroc(estimates, model), **values, **smooth}


def within_fold_auroc(estimates: OutOfFold, model: str) -> float:
    """Return the mean AUROC over folds and repeats; folds of a single class are left out."""
    values = [
        auroc(estimates.y[who], estimates.ranking(model)[repeat, who])
        for repeat, who in estimates.cells()
    ]
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def bootstrap(estimates: OutOfFold, plan: Plan, *, seed: int, threads: int = 1) -> Draws:
    """Return draws of every measure of every rival: (model, metric) -> array (resamples,).

    People are exchanged within the first repeat's folds, clusters over all of them; a person's
    estimates in all repeats and by all rivals move together. Below 20 clusters a "draw" is the
    measure without one of them.
    """
    sampling, parts = estimates.sampling, []
    count = sampling.rows(plan.resamples)
    size = max(1, min(count, BLOCK // estimates.n)) if sampling.resamples else count
    for block, start in enumerate(range(0, count, size)):
        weights = sampling.weights(min(size, count - start), seed=seed + block)
        parts.append(_of_all(_draws, estimates, weights, threads))
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    weights = sampling.weights(min(SMOOTHED, plan.resamples), seed=seed)
    return {**joined, **_of_all(_smooth, estimates, weights, threads)}


def _of_all(
    draw: Callable[[OutOfFold, str, Weights], dict[str, Floats]],
    estimates: OutOfFold,
    weights: Weights,
    threads: int,
) -> dict[tuple[str, str], Floats]:
    """Return the draws of every rival, several rivals side by side."""
    with ThreadPoolExecutor(threads) as pool:
        drawn = pool.map(lambda model: draw(estimates, model, weights), estimates.models)
        return {
            (m, k): v
            for m, draws in zip(estimates.models, drawn, strict=True)
            for k, v in draws.items()
        }


def _smooth(estimates: OutOfFold, model: str, weights: Weights) -> dict[str, Floats]:
    """Return draws of the smoothed distances; each resample reads one repeat in turn.

    Leaving clusters out, all read the first: only what a cluster changes may move the measure.
    """
    table, rows = estimates.probability[model], []
    turns = len(table) if estimates.sampling.resamples else 1
    outcomes, orders = _level(estimates, table), np.argsort(table, axis=1, kind="stable")
    for draw, row in enumerate(weights):
        order, y, p = (part[draw % turns] for part in (orders, outcomes, table))
        who = np.repeat(order, row[order].astype(np.int64))
        rows.append(ordered_distances(y[who], p[who], delta=COARSE))
    return {
        name: np.array(column)
        for name, column in zip(Distances._fields, zip(*rows, strict=True), strict=True)
    }


def _level(estimates: OutOfFold, table: Floats) -> Floats:
    """Return outcomes moved so that every fold is as far above its estimates as all are together.

    Smoothed over folds of whole clusters, their levels would read as a bend; lowess is linear in
    the outcomes, so that this is its free intercept a fold.
    """
    away = estimates.y - table
    overall = away.mean(axis=1)
    for repeat, who in estimates.cells():
        away[repeat, who] += overall[repeat] - away[repeat, who].mean()
    return np.asarray(table + away, dtype=np.float64)


def _draws(estimates: OutOfFold, model: str, weights: Weights) -> dict[str, Floats]:
    table, y = estimates.probability[model], estimates.y.astype(np.float64)
    intercept, slope = slope_draws_over_repeats(y, table, weights, estimates.folds)
    with np.errstate(invalid="ignore"):
        means = _weighted_means(y, table, weights)
    return {
        "auroc": ranking_draws(estimates, model, weights),
        **means,
        "calibration_intercept": intercept,
        "calibration_slope": slope,
    }


def ranking_draws(
    estimates: OutOfFold, model: str, weights: Weights, apart: Floats | None = None
) -> Floats:
    """Return draws of the mean AUROC over folds; a fold counts as often as its people were drawn.

    Only whole clusters change that: people are exchanged within their fold.

    Parameters
    ----------
    weights : array (resamples, people)
    apart : array, optional
        What ranks people of no fold who did not reach the outcome: they stand beside the people of
        every fold, their weights behind those of the others.
    """
    won, counted = np.zeros(len(weights)), np.zeros(len(weights))
    cells, ranking = estimates.cells(), estimates.ranking(model)
    beside = np.empty(0) if apart is None else apart
    places = np.arange(estimates.n, estimates.n + len(beside))
    members = np.zeros((estimates.n, len(cells)), dtype=np.float32)
    for cell, (_, who) in enumerate(cells):
        members[who, cell] = 1
    sums = (weights[:, : estimates.n] @ members).T.astype(float)
    for drawn, (repeat, who) in zip(sums, cells, strict=True):
        y = np.r_[estimates.y[who], np.zeros(len(beside), dtype=np.int8)]
        ranks = np.r_[ranking[repeat, who], beside]
        area = auroc_draws(y, ranks, weights, np.r_[who, places])
        mass = np.where(np.isfinite(area), drawn / len(who), 0.0)
        won, counted = won + np.nan_to_num(area) * mass, counted + mass
    with np.errstate(invalid="ignore"):
        return np.asarray(won / counted, dtype=np.float64)


def _weighted_means(y: Floats, table: Floats, weights: Weights) -> dict[str, Floats]:
    inside = np.clip(table, EDGE, 1 - EDGE)
    losses = [
        ((table - y) ** 2).mean(axis=0),
        -(y * np.log(inside) + (1 - y) * np.log1p(-inside)).mean(axis=0),
        y,
        table.mean(axis=0),
    ]
    n = weights.sum(axis=1, dtype=np.float64)
    sums = (weights @ np.column_stack(losses).astype(np.float32)).astype(np.float64)
    squared, surprise, rate, expected = (sums / n[:, None]).T
    return {
        "brier": squared,
        "brier_scaled": 1 - squared / (rate * (1 - rate)),
        "log_loss": surprise,
        "calibration_in_the_large": rate - expected,
        "o_e": rate / expected,
    }


def metrics_table(estimates: OutOfFold, draws: Draws, plan: Plan) -> pd.DataFrame:
    """Return one row a model and metric: estimate, low, high, n, events, resamples kept."""
    rows = []
    for model in estimates.models:
        for name, value in measure(estimates, model).items():
            ends, resamples = _ends(estimates, model, name, value, draws[model, name], plan)
            rows.append((model, name, *ends, estimates.n, estimates.events, resamples))
    return pd.DataFrame(rows, columns=COLUMNS)


def _ends(
    estimates: OutOfFold, model: str, name: str, value: float, sample: Floats, plan: Plan
) -> tuple[Interval, int]:
    """Return a measure with its interval and the number of resamples behind it."""
    sampling = estimates.sampling
    if name in Distances._fields and sampling.resamples:
        sample = _settled(value, sample)
    ends = sampling.interval(value, sample, level=plan.level, bounds=BOUNDS.get(name, FREE))
    if name == "calibration_slope" and len(estimates.cells()) > len(estimates.folds):
        reach = slope_reach(estimates, model, level=plan.level)
        above = _farther_up(value, reach)
        ends = Interval(value, min(ends.low, value - reach), max(ends.high, value + above))
    return ends, sampling.resampled(sample)


def slope_reach(estimates: OutOfFold, model: str, *, level: float) -> float:
    """Return how far a slope's interval must reach at least, for the model learned from everybody.

    Resampled people vary who is judged, not what was learned; the slope of the shipped model hangs
    on both alike, and slopes over folds average to about 1 whatever its own may be. So the variance
    between folds' slopes counts, corrected for training sets that overlap. In 64 simulated cohorts
    of 500 that was the scatter of new people's slopes (.34 for .33, .27 for .28), where resamples
    gave .21 and .15.

    References
    ----------
    Nadeau & Bengio 2003, Mach Learn 52:239; Bates, Hastie & Tibshirani 2024, J Am Stat Assoc
    119:1434, for what cross-validation leaves out.
    """
    from scipy.special import stdtrit

    rows = zip(estimates.probability[model], estimates.folds, strict=True)
    pairs = [stratum_slopes(estimates.y, log_odds(p), folds) for p, folds in rows]
    slopes, mass = (np.concatenate(part) for part in zip(*pairs, strict=True))
    slopes, mass = slopes[np.isfinite(slopes)], mass[np.isfinite(slopes)]
    count, folds = len(slopes), len(estimates.cells()) / len(estimates.folds)
    if count < 2:
        return float("nan")
    spread = np.average((slopes - np.average(slopes, weights=mass)) ** 2, weights=mass)
    variance = spread * count / (count - 1) * (1 / count + 1 / (folds - 1))
    return float(stdtrit(count - 1, 0.5 + level / 2) * np.sqrt(variance))


def _farther_up(slope: float, reach: float) -> float:
    """Return how far up a slope's interval reaches: in logs as far as below, for it is a ratio.

    Models that came out flat by chance have slopes far above the others'. Of a slope that lies
    within its reach of 0 logs would know no end; there it is taken as if it were that large.
    """
    middle = max(slope, reach)
    return float(middle * np.expm1(reach / middle)) if middle > 0 else reach


def _settled(value: float, sample: Floats) -> Floats:
    """Return draws of a distance moved to lie around its estimate, none below 0.

    A resample strays from its estimates by its own noise on top of the people's, so that its
    distance is larger throughout; their spread is kept, the excess is taken off.
    """
    if not np.isfinite(sample).any():
        return sample
    return np.maximum(sample - np.nanmedian(sample) + value, 0.0)
