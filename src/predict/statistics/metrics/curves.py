"""Flexible calibration: how far the observed rate strays from the estimate, level by level."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from predict.statistics.intervals import jackknife_reach, normal_quantile
from predict.statistics.metrics.agreement import FLAT, from_log_odds, log_odds, logistic_fit

Floats = NDArray[np.float64]

# Harrell 2015, Regression Modeling Strategies, table 2.3: five knots at these quantiles.
KNOTS = (0.05, 0.275, 0.5, 0.725, 0.95)
POINTS = 101


class Distances(NamedTuple):
    """Distances of estimates from the smoothed rate: mean, median, 90 %, largest, mean square."""

    ici: float
    e50: float
    e90: float
    emax: float
    eci: float


def smoothed_rate(y: ArrayLike, p: ArrayLike, *, delta: float = 0.01) -> Floats:
    """Return the observed rate at each person's estimate, smoothed by lowess (span 2/3, no rounds).

    The settings are those of `rms::val.prob`, to which the distances below are equal.

    Parameters
    ----------
    delta : float
        Share of the range of `p` between local lines; the curve is straight in between.

    References
    ----------
    Cleveland 1979, J Am Stat Assoc 74:829; Harrell 2015, section 10.11.
    """
    x, event = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    order, rates = np.argsort(x, kind="stable"), np.empty(len(x))
    rates[order] = _smoothed(event[order], x[order], delta)
    return rates


def _smoothed(event: Floats, x: Floats, delta: float) -> Floats:
    """Return the smoothed rate of people in the order of their estimates."""
    from statsmodels.nonparametric.smoothers_lowess import lowess

    # Where most estimates are tied a local line has no slope; those points are left to the others.
    with np.errstate(invalid="ignore", divide="ignore"):
        smooth = lowess(event, x, frac=2 / 3, it=0, delta=delta * np.ptp(x), is_sorted=True)
    smooth = smooth[np.isfinite(smooth[:, 1])]
    if not len(smooth):
        return np.full(len(x), event.mean())
    first = np.flatnonzero(np.diff(smooth[:, 0], prepend=np.nan) != 0)
    rates = np.add.reduceat(smooth[:, 1], first) / np.diff([*first, len(smooth)])
    return np.asarray(np.interp(x, smooth[first, 0], rates), dtype=np.float64)


def distances(y: ArrayLike, p: ArrayLike, *, delta: float = 0.01) -> Distances:
    """Return ICI, E50, E90, Emax (0-1, low is good) and ECI (0-100, low is good).

    When everybody got the same estimate, the one distance is that of the rate itself; `delta` as
    for `smoothed_rate`.

    References
    ----------
    Austin & Steyerberg 2019, Stat Med 38:4051 (ICI, E50, E90, Emax); Van Hoorde et al. 2015,
    J Biomed Inform 54:283 (ECI: mean squared distance times 100).
    """
    chance, event = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    order = np.argsort(chance, kind="stable")
    return ordered_distances(event[order], chance[order], delta=delta)


def ordered_distances(y: Floats, p: Floats, *, delta: float = 0.01) -> Distances:
    """Return the same of people in the order of their estimates, which spares resamples a sort."""
    rates = y.mean() if np.ptp(p) < FLAT else _smoothed(y, p, delta)
    gap = np.abs(p - rates)
    e50, e90 = np.quantile(gap, [0.5, 0.9])
    squared = 100 * np.mean(gap**2)
    return Distances(float(gap.mean()), float(e50), float(e90), float(gap.max()), float(squared))


def ici(y: ArrayLike, p: ArrayLike) -> float:
    """Return the mean distance between estimate and smoothed rate (0-1, low is good)."""
    return distances(y, p).ici


def e50(y: ArrayLike, p: ArrayLike) -> float:
    """Return the median distance between estimate and smoothed rate (0-1, low is good)."""
    return distances(y, p).e50


def e90(y: ArrayLike, p: ArrayLike) -> float:
    """Return the distance that nine in ten estimates stay within (0-1, low is good)."""
    return distances(y, p).e90


def emax(y: ArrayLike, p: ArrayLike) -> float:
    """Return the largest distance between estimate and smoothed rate (0-1, low is good)."""
    return distances(y, p).emax


def eci(y: ArrayLike, p: ArrayLike) -> float:
    """Return the estimated calibration index: mean squared distance times 100 (low is good)."""
    return distances(y, p).eci


def restricted_cubic(x: ArrayLike, knots: ArrayLike) -> Floats:
    """Return x and its restricted cubic spline terms, linear beyond the outer knots.

    Returns
    -------
    array (n, knots - 1)

    References
    ----------
    Harrell 2015, equations 2.25-2.26, divided by (last - first knot)^2 as `rms::rcs` does.
    """
    at, t = np.asarray(x, dtype=np.float64)[:, None], np.asarray(knots, dtype=np.float64)
    last, before = t[-1], t[-2]

    def cube(z: Floats) -> Floats:
        return np.maximum(z, 0) ** 3

    inner = t[:-2]
    terms = (
        cube(at - inner)
        - cube(at - before) * (last - inner) / (last - before)
        + cube(at - last) * (before - inner) / (last - before)
    )
    return np.hstack([at, terms / (last - t[0]) ** 2])


def calibration_curve(
    y: ArrayLike,
    p: ArrayLike,
    *,
    level: float = 0.95,
    points: int = POINTS,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the flexible calibration curve with its band: logistic on a spline of the log-odds.

    Parameters
    ----------
    points : int
        Estimates, from the 1st to the 99th percentile, at which the curve is read.
    strata : array, optional
        Folds: the shape is learned with a free intercept for each, and one intercept then restores
        the rate.
    clusters : array, optional
        Who counts as one for the band (people in several repeats, clusters); everybody alone where
        it is not given. Asked for where strata are given.

    Returns
    -------
    DataFrame
        estimate, observed, low, high (all 0-1). Empty when the estimates do not vary enough for
        five knots.

    References
    ----------
    Harrell 2015, section 10.11; Van Calster et al. 2016, J Clin Epidemiol 74:167.
    """
    line = log_odds(p)
    knots = np.quantile(line, KNOTS)
    if len(np.unique(knots)) < len(KNOTS):
        return pd.DataFrame(columns=["estimate", "observed", "low", "high"])
    # Moved and scaled for the solver's sake; the curve is the same.
    centre, width = knots[2], knots[-1] - knots[0]
    first, last = np.quantile(np.asarray(p, dtype=np.float64), [0.01, 0.99])
    read = np.linspace(float(first), float(last), points)
    spline, at = (
        restricted_cubic((x - centre) / width, (knots - centre) / width)
        for x in (line, log_odds(read))
    )
    owners = np.arange(len(line)) if clusters is None else np.asarray(clusters)
    middle, reach = (
        _one_level(y, spline, at, level)
        if strata is None
        else _level_a_stratum(y, spline, at, np.asarray(strata), owners, level)
    )
    ends = {"observed": middle, "low": middle - reach, "high": middle + reach}
    curve = {name: from_log_odds(value) for name, value in ends.items()}
    return pd.DataFrame({"estimate": read, **curve})


def _one_level(y: ArrayLike, spline: Floats, at: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the curve's log-odds and their reach, all people having one intercept."""
    beta, covariance = logistic_fit(y, _with_ones(spline))
    read = _with_ones(at)
    reach = normal_quantile(level) * np.sqrt(np.einsum("ij,jk,ik->i", read, covariance, read))
    return read @ beta, reach


def _level_a_stratum(
    y: ArrayLike,
    spline: Floats,
    at: Floats,
    strata: NDArray[Any],
    owners: NDArray[Any],
    level: float,
) -> tuple[Floats, Floats]:
    """Return the same, the shape learned with an intercept a stratum; the band is a sandwich.

    References
    ----------
    Stefanski & Boos 2002, Am Stat 56:29 (the two sets of estimating equations, stacked).
    """
    event, names = np.asarray(y, dtype=np.float64), np.unique(strata)
    design = np.hstack([(strata[:, None] == names).astype(np.float64), spline])
    beta, bread = logistic_fit(event, design)
    shape = beta[len(names) :]
    common, _ = logistic_fit(event, np.ones((len(event), 1)), offset=spline @ shape)
    own, shared = (from_log_odds(v) for v in (design @ beta, common[0] + spline @ shape))
    groups = np.unique(owners, return_inverse=True)[1]
    moved = (_sums(design * (event - own)[:, None], groups) @ bread)[:, len(names) :]
    curve = shared * (1 - shared)
    level_moved = _sums((event - shared)[:, None], groups)[:, 0] - moved @ (curve @ spline)
    influence = (level_moved / curve.sum())[:, None] + moved @ at.T
    count = len(influence)
    reach = jackknife_reach(-influence * count / (count - 1), level=level)
    return common[0] + at @ shape, reach


def _sums(values: Floats, groups: NDArray[np.int64]) -> Floats:
    """Return the sums of rows group by group, array (groups, columns)."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


def _with_ones(columns: Floats) -> Floats:
    return np.hstack([np.ones((len(columns), 1)), columns])
