"""Intervals: Wilson for a share, DeLong for an AUROC, and a bootstrap that is drawn once for all.

Nothing here fits a model: every interval comes from predictions that exist already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]

# Below so many clusters an interval is Student's on the jackknife, and below the second there is
# none (Cameron & Miller 2015, J Hum Resour 50:317: the variance between them is too uncertain).
FEW_CLUSTERS, FEWEST_CLUSTERS = 20, 6
# Resamples reckoned together: their counts stay in a processor's cache.
TOGETHER = 64


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


def _mean_variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else float("nan")


def mean_interval(
    values: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """Return a mean with its normal interval, allowing for clusters when they are given.

    With clusters the error is the jackknife's over cluster sums, so people of one clinic count as
    related. Below 20 clusters the interval is Student's with G - 1 degrees of freedom; below six
    there is none (NaN): nothing honest can be said of places from so few.

    References
    ----------
    Cameron & Miller 2015, J Hum Resour 50:317 (few clusters); MacKinnon, Nielsen & Webb 2023,
    J Econom 232:272 (the jackknife, "CV3", where clusters differ in size).

    Examples
    --------
    >>> [round(v, 3) for v in mean_interval([1.0, 2.0, 3.0, 4.0])]
    [2.5, 1.235, 3.765]
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < 2:
        return Interval(float(x.mean()) if len(x) else np.nan, np.nan, np.nan)
    codes = None if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    if codes is None or codes.max() + 1 == len(x):
        reach = float(normal_quantile(level) * x.std(ddof=1) / np.sqrt(len(x)))
    else:
        sizes = np.bincount(codes)
        with np.errstate(invalid="ignore", divide="ignore"):
            without = (x.sum() - np.bincount(codes, x)) / (len(x) - sizes)
        reach = float(jackknife_reach(without, level=level))
    return Interval(float(x.mean()), float(x.mean()) - reach, float(x.mean()) + reach)


def jackknife_reach(without: ArrayLike, *, level: float = 0.95, count: int | None = None) -> Floats:
    """Return how far an interval reaches to each side, from estimates without one cluster each.

    Parameters
    ----------
    without : array (clusters,) or (clusters, measures)
        The estimate when each cluster in turn is left out; NaN where there is none without it.
    count : int, optional
        How many of the clusters bear on the measure; all where it is not given.

    Returns
    -------
    array () or (measures,)
        The jackknife's error times Student's quantile with one degree of freedom less than
        clusters, from 20 clusters on the normal one; NaN below six.

    Examples
    --------
    >>> float(jackknife_reach(np.arange(6.0)).round(2))
    9.82
    """
    from scipy.special import stdtrit

    estimates = np.asarray(without, dtype=np.float64)
    finite = np.isfinite(estimates)
    clusters = finite.sum(axis=0)
    units = np.minimum(clusters, clusters if count is None else count)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(
            finite, estimates - np.where(finite, estimates, 0.0).sum(axis=0) / clusters, 0.0
        )
        error = np.sqrt((units - 1) / units * (away**2).sum(axis=0))
        student = stdtrit(units - 1.0, 0.5 + level / 2)
    quantile = np.where(units < FEW_CLUSTERS, student, normal_quantile(level))
    return np.asarray(np.where(units >= FEWEST_CLUSTERS, quantile * error, np.nan))


def chi_squared_tail(value: float, freedom: int) -> float:
    """Return the chance that a chi-squared variable of whole degrees of freedom is larger.

    Its finite sums: a program that looks at a table each night loads no library for it.

    References
    ----------
    Abramowitz & Stegun 1964, 26.4.4 (odd degrees of freedom) and 26.4.5 (even).

    Examples
    --------
    >>> round(chi_squared_tail(5.991464547, 2), 9), round(chi_squared_tail(3.841458821, 1), 9)
    (0.05, 0.05)
    """
    half, odd = value / 2, freedom % 2
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    term = math.exp(-half) * (2 * math.sqrt(half / math.pi) if odd else 1.0)
    for step in range(freedom // 2):
        total += term
        term *= half / (step + 1 + odd / 2)
    return total


def person_weights(strata: ArrayLike, *, resamples: int, seed: int) -> Weights:
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
        for first in range(0, resamples, TOGETHER):
            rows = counts[first : first + TOGETHER]
            picks = draw.integers(0, len(where), size=(len(rows), len(where)))
            offset = picks + np.arange(len(rows))[:, None] * len(where)
            times = np.bincount(offset.ravel(), minlength=offset.size)
            rows[:, where] = times.reshape(offset.shape)
    return counts


def percentile_interval(estimate: float, draws: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return an estimate with the percentiles of its bootstrap draws; lost draws are left out.

    Examples
    --------
    >>> percentile_interval(2.0, [1.0, 2.0, 3.0], level=0.5)
    Interval(estimate=2.0, low=1.5, high=2.5)
    """
    if not np.isfinite(estimate):
        return Interval(float(estimate), float("nan"), float("nan"))
    low, high = _percentiles(draws, level)
    return Interval(float(estimate), float(low), float(high))


@dataclass(frozen=True)
class Sampling:
    """Whom chance drew, people or whole clusters, and so how intervals are made.

    People, and 20 clusters or more, are drawn again and again; 6 to 19 clusters are left out one at
    a time, for Student's interval; below 6 there is no interval.

    Parameters
    ----------
    strata : array (n,)
        People are exchanged within these (folds), clusters over all of them.
    clusters : array (n,), optional
        Number of each person's cluster, from 0; None where people were drawn one by one.
    held : int, optional
        How many of the clusters bear on the measure; all of them where it is not given.

    Examples
    --------
    >>> sampled([1, 1, 1, 1], ["a", "a", "b", "b"]).kind
    'none'
    """

    strata: NDArray[Any]
    clusters: NDArray[np.int64] | None = None
    held: int | None = None

    @property
    def units(self) -> int:
        """How many people or clusters the measure rests on."""
        if self.clusters is None:
            return len(self.strata)
        return self.held or self._all

    @property
    def _all(self) -> int:
        return 0 if self.clusters is None else int(self.clusters.max()) + 1

    def within(self, who: NDArray[np.int64]) -> Sampling:
        """Return how to reckon a measure of some people only, by their positions.

        Of one cluster's people the cluster is given, not drawn, and so people are drawn.
        """
        if self.clusters is None:
            return self
        count = len(np.unique(self.clusters[who]))
        return Sampling(self.strata) if count == 1 else replace(self, held=count)

    @property
    def kind(self) -> Literal["people", "clusters", "few_clusters", "none"]:
        """How intervals are made."""
        if self.clusters is None:
            return "people"
        if self.units < FEWEST_CLUSTERS:
            return "none"
        return "few_clusters" if self.units < FEW_CLUSTERS else "clusters"

    @property
    def resamples(self) -> bool:
        """Whether sets of weights are resamples, rather than the data without one cluster."""
        return self.kind in {"people", "clusters"}

    def rows(self, wanted: int) -> int:
        """How many sets of weights it takes where this many resamples are wanted."""
        return {"few_clusters": self._all, "none": 1}.get(self.kind, wanted)

    def resampled(self, draws: ArrayLike) -> int:
        """How many resamples stand behind an interval: none where nothing was drawn."""
        return int(np.isfinite(np.asarray(draws)).sum()) if self.resamples else 0

    def weights(self, resamples: int, *, seed: int) -> Weights:
        """Return how often each person counts in each set, array (rows, n)."""
        if self.clusters is None:
            return person_weights(self.strata, resamples=resamples, seed=seed)
        return np.asarray(self._of_clusters(resamples, seed)[:, self.clusters], dtype=np.float32)

    def _of_clusters(self, resamples: int, seed: int) -> NDArray[Any]:
        if self.kind == "none":
            return np.ones((1, self._all))
        if self.kind == "few_clusters":
            return 1 - np.eye(self._all)
        draw = np.random.default_rng(seed)
        return draw.multinomial(self._all, np.full(self._all, 1 / self._all), size=resamples)

    def ends(self, estimate: ArrayLike, draws: ArrayLike, *, level: float) -> tuple[Floats, Floats]:
        """Return both ends of an estimate's interval from its value under each set of weights.

        Parameters
        ----------
        estimate : number or array (measures,)
        draws : array (rows,) or (rows, measures)
        """
        if self.resamples:
            return _percentiles(draws, level)
        reach = jackknife_reach(draws, level=level, count=self.units)
        return np.asarray(estimate) - reach, np.asarray(estimate) + reach

    def interval(
        self,
        estimate: float,
        draws: ArrayLike,
        *,
        level: float,
        bounds: tuple[float, float] = (-np.inf, np.inf),
    ) -> Interval:
        """Return one estimate with its interval, kept within the measure's bounds."""
        if not np.isfinite(estimate):
            return Interval(float(estimate), float("nan"), float("nan"))
        low, high = self.ends(estimate, draws, level=level)
        return Interval(float(estimate), max(float(low), bounds[0]), min(float(high), bounds[1]))

    def mean(self, values: ArrayLike, *, level: float) -> Interval:
        """Return a mean over people with its interval."""
        return mean_interval(values, level=level, clusters=self.clusters)


def sampled(strata: ArrayLike, groups: ArrayLike) -> Sampling:
    """Return how people were drawn: one by one where every group is a person alone."""
    names, codes = np.unique(np.asarray(groups), return_inverse=True)
    return Sampling(np.asarray(strata), None if len(names) == len(codes) else codes)


def _percentiles(draws: ArrayLike, level: float) -> tuple[Floats, Floats]:
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim == 1:
        values = values[np.isfinite(values)]
    if not len(values):
        return np.asarray(np.nan), np.asarray(np.nan)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
