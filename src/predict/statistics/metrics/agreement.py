"""Calibration in numbers: do estimates of 30 in 100 come true 30 times in 100?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from predict.statistics.metrics.overall import EDGE

Floats = NDArray[np.float64]

STEPS = 50
CLOSE = 1e-11
# A spread of log-odds below this is one number for everybody: it has no slope.
FLAT = 1e-9
# Estimates that lie within a point in 100 of each other (standard deviation; 0.04 log-odds are that
# at 50 in 100 and less elsewhere) are one number on a page. Their slope is chance over nothing.
SPREAD = 0.04


def log_odds(p: ArrayLike) -> Floats:
    """Return log(p / (1 - p)), with estimates of 0 and 1 kept just inside.

    Examples
    --------
    >>> log_odds([0.5]).tolist()
    [0.0]
    """
    chance = np.clip(np.asarray(p, dtype=np.float64), EDGE, 1 - EDGE)
    return np.log(chance) - np.log1p(-chance)


def from_log_odds(line: ArrayLike) -> Floats:
    """Return 1 / (1 + exp(-line)): the estimates, 0 to 1, of log-odds.

    Examples
    --------
    >>> from_log_odds([0.0]).tolist()
    [0.5]
    """
    return np.asarray(1 / (1 + np.exp(-np.asarray(line, dtype=np.float64))), dtype=np.float64)


def logistic_fit(y: ArrayLike, X: Floats, *, offset: ArrayLike = 0.0) -> tuple[Floats, Floats]:
    """Fit a small unpenalised logistic regression by Newton's method.

    Parameters
    ----------
    X : array (n, k)
        Columns as given; add a column of ones for an intercept.

    Returns
    -------
    coefficients (k,), covariance (k, k)
        NaN where the likelihood has no finite maximum (classes separated).
    """
    event, beta = np.asarray(y, dtype=np.float64), np.zeros(X.shape[1])
    shift = np.broadcast_to(np.asarray(offset, dtype=np.float64), event.shape)
    for _ in range(STEPS):
        chance = _chance(X @ beta + shift)
        hessian = (X * (chance * (1 - chance))[:, None]).T @ X
        try:
            step = np.linalg.solve(hessian, X.T @ (event - chance))
        except np.linalg.LinAlgError:
            break
        # A step that moves anybody by more than 5 log-odds is shortened: Newton overshoots.
        step = step / max(1.0, float(np.abs(X @ step).max()) / 5)
        beta = beta + step
        if np.abs(step).max() < CLOSE * (1 + np.abs(beta).max()):
            return np.asarray(beta), np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return np.full(X.shape[1], np.nan), np.full((X.shape[1], X.shape[1]), np.nan)


def _chance(z: Floats) -> Floats:
    # By tanh, which no step of Newton's overflows.
    return np.asarray(0.5 * (1 + np.tanh(z / 2)), dtype=np.float64)


def recalibration(y: ArrayLike, p: ArrayLike) -> tuple[float, float]:
    """Return intercept and slope of logit(Y) ~ a + b * log-odds, fitted together.

    This is the pair that `rms::val.prob` prints; perfect is (0, 1).
    """
    line = log_odds(p)
    if np.ptp(line) < FLAT:
        return float("nan"), float("nan")
    beta, _ = logistic_fit(y, np.column_stack([np.ones_like(line), line]))
    return float(beta[0]), float(beta[1])


def calibration_slope(y: ArrayLike, p: ArrayLike) -> float:
    """Return the slope of the outcome's log-odds on the estimate's (1 is right).

    Below 1: estimates too extreme, the mark of overfitting. Above 1: too timid. NaN when everyone
    got the same estimate, within a point in 100 (`has_spread`).

    References
    ----------
    Cox 1958, Biometrika 45:562; Van Calster et al. 2019, BMC Med 17:230.
    """
    return recalibration(y, p)[1] if has_spread(p) else float("nan")


def has_spread(p: ArrayLike) -> bool:
    """Return whether estimates differ enough to have a slope: by 0.04 log-odds, as a deviation.

    Examples
    --------
    >>> has_spread([0.340, 0.344]), has_spread([0.30, 0.34])
    (False, True)
    """
    return bool(log_odds(p).std() >= SPREAD)


def slope_within(y: ArrayLike, line: ArrayLike, strata: ArrayLike) -> float:
    """Return the slope of the outcome's log-odds on `line`, each stratum with its own intercept.

    Folds that hold whole clusters differ in level, and each is judged by a model of the others,
    whose level is off the other way: pooled, that reads as a slope. Strata of one outcome say
    nothing about a slope and drop out. NaN where `line` is constant within every stratum, or
    separates the outcomes.

    References
    ----------
    Bouwmeester et al. 2013, BMC Med Res Methodol 13:19 (calibration with clustered people).

    Examples
    --------
    >>> y = np.array([1, 0, 0, 1, 1, 0])  # one of three at 0, two of three at 1: 2 log 2
    >>> line, strata = np.array([0, 0, 0, 1, 1, 1]), np.repeat([1, 2], 6)
    >>> round(slope_within([*y, *y], [*line, *(line - 5)], strata), 3)
    1.386
    """
    return _within(y, line, strata)[0]


def slope_over_folds(y: ArrayLike, line: ArrayLike, folds: ArrayLike) -> float:
    """Return the mean slope of folds' estimates, from one regression with an intercept a fold.

    Of models that differ in spread by chance, the wide ones have the low slopes: pooled as they
    are, folds count by the square of their spread, and the mean slope of such models is missed. So
    each fold's log-odds are divided by the root of their spread first (`evened`).

    A fold whose estimates lie within a point in 100 of each other has no slope, as one of a single
    number has none. NaN where that leaves fewer than half of the folds with both outcomes: what
    the rest say is no account of the model.

    Examples
    --------
    >>> y = np.array([1, 0, 0, 1, 1, 0])  # one of three at 0, two of three at 1: 2 log 2
    >>> line, folds = np.array([0, 0, 0, 1, 1, 1]), np.repeat([1, 2], 6)
    >>> round(slope_over_folds([*y, *y], [*line, *(line - 5)], folds), 3)
    1.386
    """
    if not _mostly_spread(y, line, folds):
        return float("nan")
    even, back = evened(line, folds)
    return back * slope_within(y, even, folds)


def slope_over_repeats(y: ArrayLike, table: Floats, folds: NDArray[Any]) -> float:
    """Return the mean of `slope_over_folds` over repeats; NaN where fewer than half have one.

    Parameters
    ----------
    table : array (repeats, n)
        Estimates, 0 to 1.
    folds : array (repeats, n)
        In which fold of each repeat a person was judged.
    """
    rows = zip(table, folds, strict=True)
    slopes = np.array([slope_over_folds(y, log_odds(p), fold) for p, fold in rows])
    told = np.isfinite(slopes)
    return float(slopes[told].mean()) if _half(told) else float("nan")


def _half(has: NDArray[np.bool_]) -> bool:
    """Return whether at least half have it, and somebody."""
    return bool(has.any() and has.mean() >= 0.5)


def _mostly_spread(y: ArrayLike, line: ArrayLike, strata: ArrayLike) -> bool:
    """Return whether at least half of the strata with both outcomes have spread."""
    event, codes = np.asarray(y, float), np.unique(strata, return_inverse=True)[1]
    sizes, events = np.bincount(codes), np.bincount(codes, event)
    return _half((_spreads(line, codes) >= SPREAD)[(events > 0) & (events < sizes)])


def _spreads(line: ArrayLike, codes: NDArray[np.int64]) -> Floats:
    """Return the standard deviation of each stratum's log-odds."""
    x, sizes = np.asarray(line, dtype=np.float64), np.bincount(codes)
    away = x - (np.bincount(codes, x) / sizes)[codes]
    return np.asarray(np.sqrt(np.bincount(codes, away**2) / sizes), dtype=np.float64)


def evened(line: ArrayLike, strata: ArrayLike) -> tuple[Floats, float]:
    """Return log-odds, each stratum's divided by the root of its spread, and the mean of 1 / root.

    A slope on the former times the latter is a mean over strata, whose own slopes fall as their
    spread rises: halfway between spread that is chance, which leaves slope times spread alone, and
    spread that is skill, which leaves the slope alone. Spreads count as at least a tenth of their
    mean; a stratum whose estimates lie within a point in 100 of each other (`SPREAD`) has none and
    is set to nought.
    """
    x, codes = np.asarray(line, dtype=np.float64), np.unique(strata, return_inverse=True)[1]
    spread = _spreads(x, codes)
    varied = spread >= SPREAD
    if not varied.any():
        return np.zeros_like(x), 1.0
    root = np.sqrt(np.maximum(spread, spread[varied].mean() / 10))
    return np.where(varied[codes], x / root[codes], 0.0), float((1 / root[varied]).mean())


def levelled(y: ArrayLike, line: ArrayLike, strata: ArrayLike) -> Floats:
    """Return log-odds with each stratum moved by its own intercept, so that all share one level.

    What is learned from them together sees the strata's common shape. A stratum of one outcome
    stays where it is, and so does everybody where `slope_within` is not above 0.
    """
    x = np.asarray(line, dtype=np.float64)
    slope, intercepts = _within(y, x, strata)
    if not slope > 0:
        return x
    has_level = np.isfinite(intercepts)
    ones, outcome = np.ones((int(has_level.sum()), 1)), np.asarray(y)[has_level]
    # About the middle of the margins: Newton from far off a steep line never comes back.
    middle = float(x[has_level].mean())
    common, _ = logistic_fit(outcome, ones, offset=slope * (x[has_level] - middle))
    return np.where(has_level, x + (intercepts - common[0]) / slope + middle, x)


def _within(y: ArrayLike, line: ArrayLike, strata: ArrayLike) -> tuple[float, Floats]:
    """Return the common slope and each person's stratum's intercept, NaN where it has none."""
    event, x = np.asarray(y, dtype=np.float64), np.asarray(line, dtype=np.float64)
    codes = np.unique(np.asarray(strata), return_inverse=True)[1]
    sizes, events = np.bincount(codes), np.bincount(codes, event)
    middle = (np.bincount(codes, x) / sizes)[codes]
    own = np.full(len(x), np.nan)
    both = (events > 0) & (events < sizes)
    varied, centred = both[codes], x - middle
    scale = float(np.abs(centred[varied]).max(initial=0.0))
    if scale < FLAT:
        return float("nan"), own
    dummies = (codes[varied, None] == np.flatnonzero(both)).astype(np.float64)
    beta, _ = logistic_fit(event[varied], np.column_stack([dummies, centred[varied] / scale]))
    slope = float(beta[-1] / scale)
    own[varied] = dummies @ beta[:-1] - slope * middle[varied]
    return slope, own


def calibration_intercept(y: ArrayLike, p: ArrayLike) -> float:
    """Return the intercept of logit(Y) ~ a + offset(log-odds): 0 is right, above 0 too low.

    References
    ----------
    Van Calster et al. 2016, J Clin Epidemiol 74:167 ("calibration in the large").
    """
    line = log_odds(p)
    beta, _ = logistic_fit(y, np.ones((len(line), 1)), offset=line)
    return float(beta[0])


def calibration_in_the_large(y: ArrayLike, p: ArrayLike) -> float:
    """Return the observed rate minus the mean estimate (0 is right; above 0 estimates too low).

    Examples
    --------
    >>> round(calibration_in_the_large([0, 1], [0.2, 0.6]), 3)
    0.1
    """
    return float(np.mean(np.asarray(y, float)) - np.mean(np.asarray(p, float)))


def o_e(y: ArrayLike, p: ArrayLike) -> float:
    """Return observed over expected events (1 is right; above 1 estimates too low).

    Examples
    --------
    >>> o_e([0, 1], [0.2, 0.3])
    2.0
    """
    expected = float(np.sum(np.asarray(p, float)))
    return float(np.sum(np.asarray(y, float)) / expected) if expected > 0 else float("nan")


def slope_draws(
    y: ArrayLike,
    p: ArrayLike,
    weights: NDArray[np.float32],
    strata: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Return intercept (slope held at 1) and slope of every bootstrap resample at once.

    One Newton step from the estimate on all people, which differs from the full refit by a term
    of order 1/n (Moulton & Zeger 1991, Comput Stat Data Anal 11:53). The slope is that of
    `slope_over_folds` where strata are given, and NaN in every resample where that is: who has a
    slope is settled on the people, not on whom chance draws of them.
    """
    event, line = np.asarray(y, dtype=np.float64), log_odds(p)
    start = calibration_intercept(event, p)
    chance = _chance(line + start)
    push, pull = event - chance, chance * (1 - chance)
    sums = weights @ np.column_stack([push, pull]).astype(np.float32)
    # A resample may hold none of a small group.
    with np.errstate(invalid="ignore", divide="ignore"):
        intercepts = start + sums[:, 0].astype(float) / sums[:, 1]
    one = np.zeros(len(event)) if strata is None else np.asarray(strata)
    return np.asarray(intercepts, dtype=np.float64), _slope_steps(event, line, weights, one)


def slope_draws_over_repeats(
    y: ArrayLike, table: Floats, weights: NDArray[np.float32], folds: NDArray[Any]
) -> tuple[Floats, Floats]:
    """Return `slope_draws` averaged over repeats, slopes over those that `slope_over_repeats` has.

    Parameters
    ----------
    table, folds : array (repeats, n)
        As there.
    """
    rows = [slope_draws(y, p, weights, fold) for p, fold in zip(table, folds, strict=True)]
    intercepts, slopes = (np.array(part) for part in zip(*rows, strict=True))
    told = np.isfinite(slopes).any(axis=1)
    slope = slopes[told].mean(axis=0) if _half(told) else np.full(len(weights), np.nan)
    return np.asarray(intercepts.mean(axis=0), dtype=np.float64), slope


def _slope_steps(
    event: Floats, line: Floats, weights: NDArray[np.float32], strata: NDArray[Any]
) -> Floats:
    """Return the slopes one step on: each stratum's intercept is stepped along and swept out."""
    if not _mostly_spread(event, line, strata):
        return np.full(len(weights), np.nan)
    line, back = evened(line, strata)
    slope, own = _within(event, line, strata)
    members = _strata_with_level(own, strata)
    # Every stratum's five columns, 0 for others: one product reads all weights once.
    parts = np.zeros((len(members), 5, len(event)), dtype=np.float32)
    for part, who in zip(parts, members, strict=True):
        x = line[who] - line[who].mean()
        chance = _chance(own[who] + slope * line[who])
        push, pull = event[who] - chance, chance * (1 - chance)
        part[:, who] = push, push * x, pull, pull * x, pull * x**2
    sums = (parts.reshape(-1, len(event)) @ weights.T).astype(float)
    g0, g1, h00, h01, h11 = sums.reshape(len(members), 5, len(weights)).swapaxes(0, 1)
    share = np.divide(h01, h00, out=np.zeros_like(h01), where=h00 > 0)
    gain, curve = (g1 - share * g0).sum(axis=0), (h11 - share * h01).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(back * (slope + gain / curve), dtype=np.float64)


def stratum_slopes(y: ArrayLike, line: ArrayLike, strata: ArrayLike) -> tuple[Floats, Floats]:
    """Return each stratum's own slope, one Newton step from the common one, and its weight there.

    The common slope is `slope_over_folds`; where that is untold, so are these. Strata without an
    intercept of their own (one outcome only) are left out; one without spread has no slope (NaN).
    """
    event, codes = np.asarray(y, float), np.asarray(strata)
    if not _mostly_spread(event, line, codes):
        return np.empty(0), np.empty(0)
    x, back = evened(line, codes)
    slope, own = _within(event, x, codes)
    slopes, information = [], []
    for who in _strata_with_level(own, codes):
        chance = _chance(own[who] + slope * x[who])
        pull = chance * (1 - chance)
        away = x[who] - (pull @ x[who]) / pull.sum()
        information.append(float(pull @ away**2))
        gain = float((event[who] - chance) @ away)
        slopes.append(slope + gain / information[-1] if information[-1] > 0 else np.nan)
    return back * np.array(slopes), np.array(information)


def _strata_with_level(own: Floats, strata: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return who is in each stratum that has an intercept."""
    has_level = np.isfinite(own)
    return [np.flatnonzero(has_level & (strata == name)) for name in np.unique(strata[has_level])]
