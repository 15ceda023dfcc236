"""How far, on the whole, are the estimates from what happened? Proper scores: low is good."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

# Estimates of exactly 0 or 1 would make a single surprise infinitely bad.
EDGE = 1e-15


def brier(y: ArrayLike, p: ArrayLike) -> float:
    """Return the mean squared distance between estimate and outcome (0-1, low is good).

    References
    ----------
    Brier 1950, Mon Weather Rev 78:1.

    Examples
    --------
    >>> round(brier([0, 1], [0.2, 0.6]), 3)
    0.1
    """
    return float(np.mean((np.asarray(p, float) - np.asarray(y, float)) ** 2))


def brier_scaled(y: ArrayLike, p: ArrayLike) -> float:
    """Return the share by which the Brier score beats that of the rate itself (1 is perfect).

    Zero means no better than giving everybody the observed rate; below zero is worse.

    References
    ----------
    Steyerberg et al. 2010, Epidemiology 21:128.

    Examples
    --------
    >>> round(brier_scaled([0, 1], [0.2, 0.6]), 3)
    0.6
    """
    rate = float(np.mean(np.asarray(y, float)))
    worst = rate * (1 - rate)
    return 1 - brier(y, p) / worst if worst > 0 else float("nan")


def log_loss(y: ArrayLike, p: ArrayLike) -> float:
    """Return the mean negative log-likelihood in nats (low is good).

    Examples
    --------
    >>> round(log_loss([0, 1], [0.5, 0.5]), 4)
    0.6931
    """
    event = np.asarray(y, float)
    chance = np.clip(np.asarray(p, float), EDGE, 1 - EDGE)
    return float(-np.mean(event * np.log(chance) + (1 - event) * np.log1p(-chance)))
