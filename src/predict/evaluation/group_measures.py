"""Measures of some of the people, with their draws: who ranks, and who is estimated, rightly.

Pairs are counted within the fold and summed, so that neither a fold's level nor a group's mean can
pass for skill: a constant has an AUROC of .5 exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.statistics.intervals import Interval, Sampling, Weights
from predict.statistics.metrics.agreement import slope_draws_over_repeats, slope_over_repeats
from predict.statistics.metrics.ranking import auroc, pair_draws

Floats = NDArray[np.float64]
People = NDArray[np.int64]
Measured = Mapping[str, tuple[float, Floats]]

BOUNDS = {"auroc": (0.0, 1.0), "brier": (0.0, 1.0), "o_e": (0.0, np.inf)}
FREE = (-np.inf, np.inf)
# Groups decide nothing: fewer resamples are enough for their intervals. One number for all tables
# of groups, so that what two of them tell of one group has one interval.
RESAMPLES = 400


@dataclass
class Draws:
    """Sets of weights, each kind made once and shared by every group that needs it."""

    estimates: OutOfFold
    resamples: int
    seed: int
    _made: dict[str, Weights] = field(default_factory=dict)

    def of(self, sampling: Sampling) -> Weights:
        """Return the weights that a way of sampling asks for, a person's side by side."""
        if sampling.kind not in self._made:
            made = sampling.weights(self.resamples, seed=self.seed)
            self._made[sampling.kind] = np.asfortranarray(made)
        return self._made[sampling.kind]


def pairs_within(estimates: OutOfFold, model: str, who: People, weights: Weights) -> Floats:
    """Return pairs ordered rightly and all pairs, of the data and then of each set of weights.

    Returns
    -------
    array (2, 1 + sets)
    """
    pairs = np.zeros((2, 1 + len(weights)))
    inside = np.zeros(estimates.n, dtype=bool)
    inside[who] = True
    for repeat, cell in estimates.cells():
        held = cell[inside[cell]]
        y, p = estimates.y[held], estimates.ranking(model)[repeat, held]
        count = float(y.sum()) * float((1 - y).sum())
        if count == 0:
            continue
        pairs[:, 0] += auroc(y, p) * count, count
        pairs[:, 1:] += pair_draws(y, p, weights, held)
    return pairs


def ranked(pairs: Floats) -> tuple[float, Floats]:
    """Return the AUROC of summed pairs and its draws; NaN without a pair."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = pairs[0] / pairs[1]
    return float(shares[0]), shares[1:]


def measured(
    estimates: OutOfFold, model: str, who: People, weights: Weights, plan: Plan
) -> dict[str, tuple[float, Floats]]:
    """Return AUROC, O:E, slope, net benefit and Brier score of some people, with their draws."""
    drawn = np.ascontiguousarray(weights[:, who])
    return {
        "auroc": ranked(pairs_within(estimates, model, who, weights)),
        "calibration_slope": _slope(estimates, model, who, drawn),
        **_means(estimates, model, who, drawn, plan),
    }


def _means(
    estimates: OutOfFold, model: str, who: People, drawn: Weights, plan: Plan
) -> dict[str, tuple[float, Floats]]:
    y, p = estimates.y[who].astype(np.float64), estimates.mean(model)[who]
    mark = plan.thresholds[0] if plan.thresholds else 0.5
    gains = (p >= mark) * (y - (1 - y) * mark / (1 - mark))
    # As in the metrics: the mean over repeats of squared errors, not of averaged estimates.
    error = ((estimates.probability[model][:, who] - y) ** 2).mean(axis=0)
    parts = np.column_stack([np.ones_like(y), y, p, gains, error])
    sums = np.vstack([parts.sum(axis=0), drawn @ parts.astype(np.float32)])
    total, events, expected, gained, squared = sums.astype(np.float64).T
    with np.errstate(invalid="ignore", divide="ignore"):
        tables = {
            "o_e": events / expected,
            "net_benefit": gained / total,
            "brier": squared / total,
        }
    return {name: (float(values[0]), values[1:]) for name, values in tables.items()}


def _slope(estimates: OutOfFold, model: str, who: People, drawn: Weights) -> tuple[float, Floats]:
    """Return the mean slope of folds, a free intercept for each, mean over repeats."""
    y, folds = estimates.y[who], estimates.folds[:, who]
    table = estimates.probability[model][:, who]
    _, draws = slope_draws_over_repeats(y, table, drawn, folds)
    return slope_over_repeats(y, table, folds), draws


def ends_of(sampling: Sampling, values: Measured, level: float) -> dict[str, Interval]:
    """Return each measure with its interval."""
    return {
        name: sampling.interval(value, draws, level=level, bounds=BOUNDS.get(name, FREE))
        for name, (value, draws) in values.items()
    }
