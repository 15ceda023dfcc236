"""Did the outcome's rate move while the people came in?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predict.features.training_set import TrainingSet
from predict.statistics.intervals import mean_interval, sampled

# Beyond three standard errors: a rate that stands still is told in 3 of 1,000 cohorts.
SURE = 0.9973
FEWEST = 30
LARGE = 0.05


@dataclass(frozen=True)
class Drift:
    """The outcome's rate in the first and in the last third of the time covered (0-1).

    Parameters
    ----------
    first, last : float
    sure : bool
        Whether chance does not explain the difference.
    """

    first: float
    last: float
    sure: bool

    @property
    def gap(self) -> float:
        """How far the rate moved."""
        return self.last - self.first

    @property
    def large(self) -> bool:
        """Whether it surely moved by so much that it has to be said before anything else."""
        return self.sure and abs(self.gap) > LARGE


def rate_drift(training: TrainingSet) -> Drift | None:
    """Return how the rate moved; None where the study names no time, or there are too few people.

    Chance is that of clusters where there are six or more of them.
    """
    name = training.study.time
    if not name or name not in training.extras:
        return None
    dated = training.extras[name].notna().to_numpy()
    order = training.extras[name][dated].rank(method="first").to_numpy()
    y, third = training.y.to_numpy(dtype=np.float64)[dated], len(order) // 3
    if third < FEWEST:
        return None
    first, last = order <= third, order > len(order) - third
    rates = float(y[first].mean()), float(y[last].mean())
    # Each person's part in the difference, so that its mean over everybody is the difference.
    parts = len(y) / third * (last * (y - rates[1]) - first * (y - rates[0]))
    gap, sampling = rates[1] - rates[0], sampled(order, training.groups[dated])
    clusters = None if sampling.kind == "none" else sampling.clusters
    low, high = mean_interval(parts + gap, level=SURE, clusters=clusters)[1:]
    return Drift(*rates, sure=not low <= 0 <= high)
