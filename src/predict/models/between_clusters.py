"""How much the rate of a new cluster would differ from what a model estimates for its people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.training_set import TrainingSet
from predict.models.calibration import probability
from predict.models.interval import FEWEST_CLUSTERS
from predict.statistics.intervals import normal_quantile
from predict.statistics.pooling import pool

Floats = NDArray[np.float64]

STEPS = 30


def clusters_named(training: TrainingSet) -> int:
    """Return how many clusters the study's own cluster column divides people into; 0 for none."""
    count = int(training.groups.nunique())
    return count if training.study.cluster and count < training.n else 0


def between_clusters(training: TrainingSet, out_of_fold: Floats, *, level: float) -> float:
    """Return the standard deviation, log-odds, that a new cluster adds to an estimate.

    Each cluster's shift against estimates by models that never saw it is summarised by random
    effects; the spread beyond chance is widened by Student's t, for how few clusters there were.
    (How uncertain the average cluster is shows in refits, which draw whole clusters.) 0 below six
    clusters, and where none are named.

    Parameters
    ----------
    out_of_fold : array (people,)
        Calibrated log-odds, whole clusters left out.
    level : float
        Of the interval that it is to serve, such as .90.

    References
    ----------
    Higgins, Thompson, Spiegelhalter 2009, J R Stat Soc A 172:137, section 4 (a new unit's effect).
    """
    from scipy import stats

    if clusters_named(training) < FEWEST_CLUSTERS or not len(out_of_fold):
        return 0.0
    y = training.y.to_numpy(dtype=np.float64)
    groups = pd.Series(np.arange(training.n)).groupby(training.groups.to_numpy())
    shifts = [shift(y[people], out_of_fold[people]) for people in groups.indices.values()]
    effects, errors = np.array(shifts).T
    widened = stats.t(len(effects) - 1).ppf(0.5 + level / 2) / normal_quantile(level)
    return float(widened * np.sqrt(pool(effects, errors).tau2))


def shift(y: Floats, log_odds: Floats) -> tuple[float, float]:
    """Return by how much a cluster lies above its estimates, log-odds, and the standard error.

    Firth's penalised likelihood of an intercept beside the estimates, which is finite where nobody
    or everybody of the cluster reached the outcome.

    References
    ----------
    Firth 1993, Biometrika 80:27.

    Examples
    --------
    >>> moved, _ = shift(np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(4))
    >>> round(moved, 3) == round(float(np.log(3.5 / 1.5)), 3)
    True
    """
    moved = 0.0
    for _ in range(STEPS):
        p = probability(log_odds + moved)
        weights = p * (1 - p)
        total = max(float(weights.sum()), 1e-9)
        score = float((y - p).sum() + (weights / total) @ (0.5 - p))
        step = float(np.clip(score / total, -1.0, 1.0))
        moved += step
        if abs(step) < 1e-10:
            break
    return moved, 1 / np.sqrt(total)
