"""Who stayed, modelled: weights that let completers stand in for people like them who left."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.cohort import Cohort
from predict.statistics.intervals import Interval, mean_interval
from predict.statistics.metrics.agreement import from_log_odds

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
SMALLEST_CHANCE = 0.05


def logistic(X: npt.ArrayLike, y: npt.ArrayLike, *, rounds: int = 50) -> Floats:
    """Return maximum-likelihood coefficients of a logistic regression, intercept first.

    A ridge of 1e-8 keeps columns that say the same thing from breaking the solution.

    References
    ----------
    Iteratively reweighted least squares, McCullagh & Nelder (1989), chapter 2.5.
    """
    design = np.column_stack([np.ones(len(np.asarray(X))), np.asarray(X, dtype=float)])
    answer, beta = np.asarray(y, dtype=float), np.zeros(design.shape[1])
    for _ in range(rounds):
        p = from_log_odds(np.clip(design @ beta, -30, 30))
        w = np.maximum(p * (1.0 - p), 1e-10)
        curve = (design.T * w) @ design + 1e-8 * np.eye(len(beta))
        step = np.linalg.solve(curve, design.T @ (answer - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(beta)


def staying_chances(facts: pd.DataFrame, stayed: Mask) -> Floats:
    """Return each person's chance of staying given what was known at the start, 0.05-1."""
    if stayed.all() or not stayed.any() or facts.shape[1] == 0:
        return np.full(len(stayed), max(float(np.mean(stayed)), SMALLEST_CHANCE))
    beta = logistic(facts.to_numpy(dtype=float), stayed)
    log_odds = beta[0] + facts.to_numpy(dtype=float) @ beta[1:]
    chance = from_log_odds(np.clip(log_odds, -30, 30))
    return np.asarray(np.clip(chance, SMALLEST_CHANCE, 1.0))


def weighted_rate(
    yes: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    level: float = 0.95,
    clusters: npt.ArrayLike | None = None,
) -> Interval:
    """Return a weighted share with its linearised interval, weights taken as known.

    With clusters the interval is that of their sums, see `mean_interval`.

    References
    ----------
    Hajek's ratio estimator, Lumley (2010), Complex Surveys, section 2.2: variance n / (n - 1)
    times the sum of (w (y - rate) / sum w) squared.

    Examples
    --------
    >>> [round(v, 4) for v in weighted_rate([1, 0, 1, 1], [1.0, 2.0, 1.0, 1.0])]
    [0.6, 0.0, 1.0]
    """
    y, w = np.asarray(yes, dtype=float), np.asarray(weights, dtype=float)
    if len(y) < 2 or w.sum() == 0:
        return Interval(np.nan, np.nan, np.nan)
    rate = float((w * y).sum() / w.sum())
    parts = len(y) * w * (y - rate) / w.sum()
    interval = mean_interval(rate + parts, level=level, clusters=clusters)
    low, high = np.maximum(interval.low, 0.0), np.minimum(interval.high, 1.0)
    return Interval(rate, float(low), float(high))


def known_at_start(cohort: Cohort, visit: str) -> pd.DataFrame:
    """Return totals and people facts known at a visit as numbers without gaps.

    Missing totals take the cohort's mean; a choice becomes one column a value but the first, with
    ``missing`` a value of its own. Columns that never vary are left out.
    """
    study, columns = cohort.study, dict(cohort.totals(visit).items())
    for name, fact in study.people.items():
        if study.order(fact.known_at or study.visits[0]) > study.order(visit):
            continue
        if fact.kind == "number":
            columns[name] = cohort.people[name]
            continue
        words = cohort.people[name].astype("object").fillna("missing").astype("str")
        for value in sorted(words.unique())[1:]:
            columns[f"{name}={value}"] = (words == value).astype(float)
    table = pd.DataFrame(columns, index=cohort.ids).astype(float)
    table = table.fillna(table.mean()).dropna(axis=1)
    return _standardised(table)


def _standardised(table: pd.DataFrame) -> pd.DataFrame:
    """Return columns with mean 0 and SD 1, so that the solution is well conditioned."""
    spread = table.std(ddof=0)
    varied = spread[spread > 1e-12].index
    return (table[varied] - table[varied].mean()) / spread[varied]
