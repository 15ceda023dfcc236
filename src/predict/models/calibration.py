"""From a family's margin to calibrated log-odds, by a map learned out of fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_SMALLEST_RATE = 1e-4


@dataclass(frozen=True)
class Calibration:
    """An affine map on log-odds: ``calibrated = a * margin + b``.

    Affine in log-odds, so contributions still add up exactly to the number shown.

    Parameters
    ----------
    kind : str
        Name in `CALIBRATIONS`.
    a : float
        Slope; below 1 shrinks estimates towards each other.
    b : float
        Shift in log-odds.
    """

    kind: str
    a: float
    b: float

    def apply(self, margin: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64, of the same shape."""
        return self.a * np.asarray(margin, dtype="float64") + self.b

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain values."""
        return asdict(self)


def fit_none(margin: np.ndarray, y: np.ndarray) -> Calibration:
    """Return the map that changes nothing."""
    return Calibration("none", 1.0, 0.0)


def fit_platt(margin: np.ndarray, y: np.ndarray) -> Calibration:
    """Return Platt's map, fitted by maximum likelihood on out-of-fold margins.

    A margin that ranks people the wrong way round out of fold carries nothing: its slope is held at
    0 and everybody gets the rate, rather than turning the model upside down.

    Parameters
    ----------
    margin : ndarray, shape (n,)
        Out-of-fold log-odds of the family.
    y : ndarray of 0 and 1, shape (n,)

    References
    ----------
    Platt 1999, "Probabilistic outputs for support vector machines"; the affine map on log-odds.

    Examples
    --------
    >>> margin = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 0.5])
    >>> fit_platt(margin, np.array([0, 0, 1, 0, 1, 1])).a > 0
    True
    """
    from sklearn.linear_model import LogisticRegression

    if np.ptp(margin) < 1e-9:
        return Calibration("platt", 1.0, 0.0)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(margin[:, None], y)
    slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0.0:
        return Calibration("platt", 0.0, float(log_odds(np.mean(y))))
    return Calibration("platt", slope, shift)


def log_odds(probability: np.ndarray | float) -> np.ndarray:
    """Return log-odds, held away from certainty."""
    p = np.clip(probability, _SMALLEST_RATE, 1 - _SMALLEST_RATE)
    odds: np.ndarray = np.log(p / (1 - p))
    return odds


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Return probabilities of log-odds, without overflow.

    >>> probability(np.array([0.0]))
    array([0.5])
    """
    from scipy.special import expit

    return np.asarray(expit(log_odds))


CALIBRATIONS: dict[str, Callable[[np.ndarray, np.ndarray], Calibration]] = {
    "none": fit_none,
    "platt": fit_platt,
}
