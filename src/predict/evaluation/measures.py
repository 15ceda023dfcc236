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
from predict.statistics.intervals import percentile_interval, person_weights
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.agreement import FLAT, slope_draws
from predict.statistics.metrics.curves import Distances, distances
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


def measure(found: OutOfFold, model: str) -> dict[str, float]:
    """Return every measure of one rival."""
    table = found.probability[model]
    values = {
        name: float(np.mean([metric(found.y, row) for row in table]))
        for name, metric in METRICS.items()
        if name not in {"auroc", *Distances._fields}
    }
    if _is_constant(found, model):
        values |= {"calibration_slope": float("nan")}
    gaps = np.mean([distances(found.y, row) for row in table], axis=0)
    smooth = dict(zip(Distances._fields, map(float, gaps), strict=True))
    return {"auroc": within_fold_auroc(found, model), **values, **smooth}


def _is_constant(found: OutOfFold, model: str) -> bool:
    """Whether everybody of a fold got the same estimate, so that a slope means nothing."""
    table = found.probability[model]
    return all(np.ptp(table[repeat, who]) < FLAT for repeat, who in found.cells())


def within_fold_auroc(found: OutOfFold, model: str) -> float:
    """Return the mean AUROC over folds and repeats; folds of a single class are left out."""
    values = [
        auroc(found.y[who], found.probability[model][repeat, who]) for repeat, who in found.cells()
    ]
    kept = [value for value in values if np.isfinite(value)]
    return float(np.mean(kept)) if kept else float("nan")


def bootstrap(found: OutOfFold, plan: Plan, *, seed: int, threads: int = 1) -> Draws:
    """Return draws of every measure of every rival: (model, metric) -> array (resamples,).

    People are exchanged within the first repeat's folds; a person's estimates in all repeats and by
    all rivals move together.
    """
    strata = found.folds[0]
    size = max(1, min(plan.resamples, BLOCK // found.n))
    parts = []
    for block, start in enumerate(range(0, plan.resamples, size)):
        count = min(size, plan.resamples - start)
        weights = person_weights(strata, resamples=count, seed=seed + block)
        parts.append(_of_all(_draws, found, weights, threads))
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    weights = person_weights(strata, resamples=min(SMOOTHED, plan.resamples), seed=seed)
    return {**joined, **_of_all(_smooth, found, weights, threads)}


def _of_all(
    draw: Callable[[OutOfFold, str, NDArray[np.float32]], dict[str, Floats]],
    found: OutOfFold,
    weights: NDArray[np.float32],
    threads: int,
) -> dict[tuple[str, str], Floats]:
    """Return the draws of every rival, several rivals side by side."""
    with ThreadPoolExecutor(threads) as pool:
        drawn = pool.map(lambda model: draw(found, model, weights), found.models)
        return {
            (m, k): v for m, told in zip(found.models, drawn, strict=True) for k, v in told.items()
        }


def _smooth(found: OutOfFold, model: str, weights: NDArray[np.float32]) -> dict[str, Floats]:
    """Return draws of the smoothed distances; each resample reads one repeat in turn."""
    table, rows = found.probability[model], []
    for draw, row in enumerate(weights):
        who = np.repeat(np.arange(found.n), row.astype(np.int64))
        rows.append(distances(found.y[who], table[draw % len(table), who], delta=COARSE))
    return {
        name: np.array(column)
        for name, column in zip(Distances._fields, zip(*rows, strict=True), strict=True)
    }


def _draws(found: OutOfFold, model: str, weights: NDArray[np.float32]) -> dict[str, Floats]:
    table, y = found.probability[model], found.y.astype(np.float64)
    slopes = [slope_draws(y, row, weights) for row in table]
    with np.errstate(invalid="ignore"):
        areas = [
            auroc_draws(y[who], table[repeat, who], weights[:, who])
            for repeat, who in found.cells()
        ]
        means = _weighted_means(y, table, weights)
        ranking = np.asarray(pd.DataFrame(areas).mean().to_numpy(), dtype=np.float64)
    slope = np.mean([pair[1] for pair in slopes], axis=0)
    return {
        "auroc": ranking,
        **means,
        "calibration_intercept": np.mean([pair[0] for pair in slopes], axis=0),
        "calibration_slope": slope * (np.nan if _is_constant(found, model) else 1.0),
    }


def _weighted_means(y: Floats, table: Floats, weights: NDArray[np.float32]) -> dict[str, Floats]:
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


def metrics_table(found: OutOfFold, draws: Draws, plan: Plan) -> pd.DataFrame:
    """Return one row a model and metric: estimate, low, high, n, events, resamples kept."""
    rows = []
    for model in found.models:
        for name, value in measure(found, model).items():
            sample = draws[model, name]
            if name in Distances._fields:
                sample = _settled(value, sample)
            ends = percentile_interval(value, sample, level=plan.level)
            kept = int(np.isfinite(sample).sum())
            rows.append((model, name, *ends, found.n, found.events, kept))
    return pd.DataFrame(rows, columns=COLUMNS)


def _settled(value: float, sample: Floats) -> Floats:
    """Return draws of a distance moved to lie around its estimate, none below 0.

    A resample strays from its estimates by its own noise on top of the people's, so that its
    distance is larger throughout; their spread is kept, the excess is taken off.
    """
    if not np.isfinite(sample).any():
        return sample
    return np.maximum(sample - np.nanmedian(sample) + value, 0.0)
