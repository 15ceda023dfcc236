"""Calibration in numbers: do estimates of 30 in 100 come true 30 times in 100?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from predict.statistics.metrics.overall import EDGE

Floats = NDArray[np.float64]

STEPS = 50
CLOSE = 1e-11
# A spread of log-odds below this is one number for everybody: it has no slope.
FLAT = 1e-9


def log_odds(p: ArrayLike) -> Floats:
    """Return log(p / (1 - p)), with estimates of 0 and 1 kept just inside.

    Examples
    --------
    >>> log_odds([0.5]).tolist()
    [0.0]
    """
    chance = np.clip(np.asarray(p, dtype=np.float64), EDGE, 1 - EDGE)
    return np.log(chance) - np.log1p(-chance)


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
        chance = _sigmoid(X @ beta + shift)
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


def _sigmoid(z: Floats) -> Floats:
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
    got the same estimate.

    References
    ----------
    Cox 1958, Biometrika 45:562; Van Calster et al. 2019, BMC Med 17:230.
    """
    return recalibration(y, p)[1]


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


def slope_draws(y: ArrayLike, p: ArrayLike, weights: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Return intercept (slope held at 1) and slope of every bootstrap resample at once.

    One Newton step from the estimate on all people, which differs from the full refit by a term
    of order 1/n (Moulton & Zeger 1991, Comput Stat Data Anal 11:53).
    """
    event, line = np.asarray(y, dtype=np.float64), log_odds(p)
    start = calibration_intercept(event, p)
    chance = _sigmoid(line + start)
    push, pull = event - chance, chance * (1 - chance)
    sums = weights @ np.column_stack([push, pull]).astype(np.float32)
    intercepts = start + sums[:, 0].astype(float) / sums[:, 1]
    return np.asarray(intercepts, dtype=np.float64), _slope_step(event, line, weights)


def _slope_step(event: Floats, line: Floats, weights: NDArray[np.float32]) -> Floats:
    if np.ptp(line) < FLAT:
        return np.full(len(weights), np.nan)
    centred = line - line.mean()
    beta, _ = logistic_fit(event, np.column_stack([np.ones_like(centred), centred]))
    chance = _sigmoid(beta[0] + beta[1] * centred)
    push, pull = event - chance, chance * (1 - chance)
    parts = [push, push * centred, pull, pull * centred, pull * centred**2]
    g0, g1, h00, h01, h11 = (weights @ np.column_stack(parts).astype(np.float32)).T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(beta[1] + (h00 * g1 - h01 * g0) / (h00 * h11 - h01**2), dtype=np.float64)
