"""Sizes of change: four effect sizes that are all called d, and bootstrap intervals for them.

Positive always means better: where low scores are good, a fall is positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from predict.statistics.intervals import Interval, percentile_interval

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.floating[Any]]
RESAMPLES = 1000

EFFECTS: dict[str, str] = {
    "change": "mean gain, points",
    "d_pooled": "mean gain / root mean square of the SDs at start and end",
    "d_change": "mean gain / SD of the gains",
    "d_within": "d_change * sqrt(2 (1 - r)), r between start and end",
    "d_baseline": "mean gain / SD at the start",
}


def effect_sizes(
    start: npt.ArrayLike, end: npt.ArrayLike, *, better: str = "low"
) -> dict[str, float]:
    """Return the mean gain and four standardised gains of people measured twice.

    Parameters
    ----------
    start, end : array_like
        Scores of the same people, no missing values.
    better : {"low", "high"}
        Which end of the scale is good.

    Returns
    -------
    dict
        The keys of `EFFECTS`; NaN with fewer than two people or no spread.

    References
    ----------
    Lakens (2013), Front Psychol 4:863: d_av (eq. 10), d_z (eq. 6), d_rm (eq. 9); Glass's form with
    the SD at the start, Becker (1988), Br J Math Stat Psychol 41:257.

    Examples
    --------
    >>> sizes = effect_sizes([16, 12, 20, 14], [8, 10, 9, 13])
    >>> round(sizes["change"], 2), round(sizes["d_change"], 3)
    (5.5, 1.147)
    """
    x, y = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    weights = np.ones((1, len(x)))
    return {name: float(v[0]) for name, v in _sizes(x, y, weights, better).items()}


def effect_intervals(
    start: npt.ArrayLike, end: npt.ArrayLike, weights: Weights, *, better: str
) -> dict[str, Interval]:
    """Return each effect size with its percentile bootstrap interval.

    Parameters
    ----------
    start, end : array_like
        Scores of all people; who lacks one of the two is not counted.
    weights : array
        Resamples x people: how often each person occurs.
    """
    x, y = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    both = np.isfinite(x) & np.isfinite(y)
    estimates = effect_sizes(x[both], y[both], better=better)
    draws = _sizes(x, y, weights, better)
    return {name: interval(estimates[name], draws[name]) for name in estimates}


def summary(values: npt.ArrayLike, weights: Weights) -> dict[str, Interval]:
    """Return mean, SD and median of the scores that are known, with bootstrap intervals."""
    x = np.asarray(values, dtype=float)
    present = x[np.isfinite(x)]
    if not len(present):
        return {name: Interval(np.nan, np.nan, np.nan) for name in ("mean", "sd", "median")}
    (mean,), (var,) = _moments(x[:, None], weights)
    spread = float(present.std(ddof=1)) if len(present) > 1 else np.nan
    return {
        "mean": interval(float(present.mean()), mean),
        "sd": interval(spread, np.sqrt(var)),
        "median": interval(float(np.median(present)), _medians(x, weights)),
    }


def resample(
    people: int, *, seed: int, clusters: npt.ArrayLike | None = None, resamples: int = RESAMPLES
) -> npt.NDArray[np.float32]:
    """Draw how often each person occurs in each bootstrap resample; clusters are drawn whole."""
    rng = np.random.default_rng(seed)
    groups = np.arange(people)
    if clusters is not None:
        groups = np.unique(np.asarray(clusters), return_inverse=True)[1]
    count = int(groups.max()) + 1 if people else 0
    drawn = np.empty((resamples, count), dtype=np.float32)
    for row in range(resamples):
        drawn[row] = np.bincount(rng.integers(0, count, count), minlength=count) if count else 0
    return drawn[:, groups]


def interval(estimate: float, draws: npt.ArrayLike) -> Interval:
    """Return the percentile interval of the draws that are numbers."""
    values = np.asarray(draws, dtype=float)
    values = values[np.isfinite(values)]
    if not np.isfinite(estimate) or len(values) < 20:
        return Interval(estimate, np.nan, np.nan)
    return percentile_interval(estimate, values)


def _moments(columns: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Return weighted means and variances (n - 1), columns x resamples.

    Rows with a missing value weigh nothing. Values are centred first: the sums then stay exact
    enough in the weights' single precision.
    """
    there = np.asarray(np.isfinite(columns).all(axis=1))
    centre = columns[there].mean(axis=0) if there.any() else np.zeros(columns.shape[1])
    away = np.where(there[:, None], columns - centre, 0.0)
    stacked = np.column_stack([there, away, away * away]).astype(weights.dtype)
    sums = np.asarray(weights @ stacked, dtype=float).T
    width = columns.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        n, first, second = sums[0], sums[1 : 1 + width] / sums[0], sums[1 + width :] / sums[0]
        return first + centre[:, None], np.maximum(second - first**2, 0.0) * n / (n - 1)


def _sizes(start: Floats, end: Floats, weights: Weights, better: str) -> Mapping[str, Floats]:
    both = np.isfinite(start) & np.isfinite(end)
    if both.sum() < 2:
        return {name: np.full(len(weights), np.nan) for name in EFFECTS}
    gained = start - end if better == "low" else end - start
    columns = np.where(both[:, None], np.column_stack([start, end, gained]), np.nan)
    (_, _, gain), (var_start, var_end, var_gain) = _moments(columns, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (var_start + var_end - var_gain) / (2.0 * np.sqrt(var_start * var_end))
        change = gain / np.sqrt(var_gain)
        return {
            "change": gain,
            "d_pooled": gain / np.sqrt((var_start + var_end) / 2.0),
            "d_change": change,
            "d_within": change * np.sqrt(np.maximum(2.0 * (1.0 - r), 0.0)),
            "d_baseline": gain / np.sqrt(var_start),
        }


def _medians(x: Floats, weights: Weights) -> Floats:
    """Return each resample's median: scores are few distinct values, so their counts are enough."""
    there = np.isfinite(x)
    values, place = np.unique(x[there], return_inverse=True)
    onehot = np.zeros((len(x), len(values)), dtype=weights.dtype)
    onehot[np.flatnonzero(there), place] = 1.0
    reached = np.cumsum(weights @ onehot, axis=1)
    n = reached[:, -1:]
    lower = values[np.argmax(reached >= np.floor((n + 1) / 2), axis=1)]
    upper = values[np.argmax(reached >= np.ceil((n + 1) / 2), axis=1)]
    return np.asarray((lower + upper) / 2.0)
