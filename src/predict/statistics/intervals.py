"""Intervals: Wilson for a share, DeLong for an AUROC, and a bootstrap that is drawn once for all.

Nothing here fits a model: every interval comes from predictions that exist already.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """An estimate with the ends of its interval, all on the estimate's own scale."""

    estimate: float
    low: float
    high: float


def normal_quantile(level: float) -> float:
    """Return how many standard errors a two-sided interval reaches to each side.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count: int, n: int, *, level: float = 0.95) -> Interval:
    """Return a share (0-1) with Wilson's score interval; all NaN when nobody was counted.

    References
    ----------
    Wilson 1927, J Am Stat Assoc 22:209; Newcombe 1998, Stat Med 17:857, method 3.

    Examples
    --------
    >>> [round(v, 4) for v in wilson(81, 263)]
    [0.308, 0.2553, 0.3662]
    """
    if n == 0:
        return Interval(np.nan, np.nan, np.nan)
    z, share = normal_quantile(level), count / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if count == 0 else float(centre - half)
    high = 1.0 if count == n else float(centre + half)
    return Interval(share, low, high)


def placements(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    """Return each person's share of correctly ordered pairs: those with the event, those without.

    The mean of either is the AUROC; their variances are DeLong's two components.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44:837; Sun & Xu 2014 for the rank form.
    """
    event = np.asarray(y).astype(bool)
    score = np.asarray(p, dtype=np.float64)
    inside, without = midranks(score[event]), midranks(score[~event])
    overall = midranks(score)
    n_event, n_other = int(event.sum()), int((~event).sum())
    return (overall[event] - inside) / n_other, 1 - (overall[~event] - without) / n_event


def midranks(values: ArrayLike) -> Floats:
    """Return ranks from 1, ties sharing the mean of theirs.

    Examples
    --------
    >>> midranks([0.2, 0.9, 0.2]).tolist()
    [1.5, 3.0, 1.5]
    """
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)


def delong(y: ArrayLike, p: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the AUROC with DeLong's interval, cut at 0 and 1; NaN with a single class.

    Examples
    --------
    >>> round(delong([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).estimate, 2)
    0.75
    """
    if len(np.unique(np.asarray(y))) < 2:
        return Interval(np.nan, np.nan, np.nan)
    events, others = placements(y, p)
    area = float(events.mean())
    reach = normal_quantile(level) * np.sqrt(_mean_variance(events) + _mean_variance(others))
    return Interval(area, max(0.0, float(area - reach)), min(1.0, float(area + reach)))


def delong_difference(
    y: ArrayLike, p: ArrayLike, rival: ArrayLike, *, level: float = 0.95
) -> Interval:
    """Return AUROC(p) minus AUROC(rival) on the same people, with DeLong's paired interval."""
    if len(np.unique(np.asarray(y))) < 2:
        return Interval(np.nan, np.nan, np.nan)
    (events, others), (rival_events, rival_others) = placements(y, p), placements(y, rival)
    gap = float(events.mean() - rival_events.mean())
    spread = _mean_variance(events - rival_events) + _mean_variance(others - rival_others)
    reach = float(normal_quantile(level) * np.sqrt(spread))
    return Interval(gap, gap - reach, gap + reach)


def _mean_variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else float("nan")


def mean_interval(
    values: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """Return a mean with its normal interval, allowing for clusters when they are given.

    With clusters the variance is that of the cluster sums of deviations (Liang & Zeger 1986),
    times G / (G - 1), so people of one clinic count as related.

    Examples
    --------
    >>> [round(v, 3) for v in mean_interval([1.0, 2.0, 3.0, 4.0])]
    [2.5, 1.235, 3.765]
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < 2:
        return Interval(float(x.mean()) if len(x) else np.nan, np.nan, np.nan)
    away, groups = x - x.mean(), np.arange(len(x))
    if clusters is not None:
        groups = np.unique(np.asarray(clusters), return_inverse=True)[1]
    sums = np.bincount(groups, weights=away)
    count = len(sums)
    error = np.sqrt((sums**2).sum() * count / max(count - 1, 1)) / len(x)
    reach = float(normal_quantile(level) * error)
    return Interval(float(x.mean()), float(x.mean()) - reach, float(x.mean()) + reach)


def person_weights(strata: ArrayLike, *, resamples: int, seed: int) -> NDArray[np.float32]:
    """Draw how often each person occurs in each bootstrap resample, within strata.

    Parameters
    ----------
    strata : array of n labels
        People are exchanged for people of the same stratum only (fold and outcome), so every
        resample has as many events in each fold as the data.

    Returns
    -------
    array (resamples, n)
        Counts; each row sums to n.

    References
    ----------
    Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.2.
    """
    draw = np.random.default_rng(seed)
    labels = np.unique(np.asarray(strata), return_inverse=True)[1]
    counts = np.zeros((resamples, len(labels)), dtype=np.float32)
    for label in range(int(labels.max()) + 1 if len(labels) else 0):
        where = np.flatnonzero(labels == label)
        picks = draw.integers(0, len(where), size=(resamples, len(where)))
        offset = picks + np.arange(resamples)[:, None] * len(where)
        found = np.bincount(offset.ravel(), minlength=resamples * len(where))
        counts[:, where] = found.reshape(resamples, len(where))
    return counts


def percentile_interval(estimate: float, draws: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return an estimate with the percentiles of its bootstrap draws; lost draws are left out.

    Examples
    --------
    >>> percentile_interval(2.0, [1.0, 2.0, 3.0], level=0.5)
    Interval(estimate=2.0, low=1.5, high=2.5)
    """
    kept = np.asarray(draws, dtype=np.float64)
    kept = kept[np.isfinite(kept)]
    if not len(kept) or not np.isfinite(estimate):
        return Interval(float(estimate), float("nan"), float("nan"))
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(estimate), float(low), float(high))
