"""One summary over places or periods, and how a new place may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

STEPS = 1000
CLOSE = 1e-12


@dataclass(frozen=True)
class Pooled:
    """A random-effects summary of the same measure in several places.

    Parameters
    ----------
    estimate, low, high : float
        The average place.
    new_low, new_high : float
        Prediction interval: where the measure of a new place would lie.
    tau2 : float
        Variance between places beyond chance.
    places : int
        How many were summarised.
    """

    estimate: float
    low: float
    high: float
    new_low: float
    new_high: float
    tau2: float
    places: int


def pool(
    effects: ArrayLike,
    errors: ArrayLike,
    *,
    method: Literal["reml", "dl"] = "reml",
    knapp_hartung: bool = True,
    level: float = 0.95,
) -> Pooled:
    """Return the random-effects summary and prediction interval of effects with standard errors.

    Parameters
    ----------
    effects, errors : array (places,)
        On a scale that is roughly normal (logit AUROC, calibration slope, log O:E).
    method : {"reml", "dl"}
        How the variance between places is estimated.
    knapp_hartung : bool
        Interval that allows for the uncertainty of that variance, with Student's t.

    Raises
    ------
    ValueError
        With fewer than two places: there is nothing to summarise.

    References
    ----------
    Viechtbauer 2005, J Educ Behav Stat 30:261 (REML); DerSimonian & Laird 1986; Knapp & Hartung
    2003, Stat Med 22:2693; Higgins, Thompson, Spiegelhalter 2009 for the prediction interval.
    """
    from scipy import stats

    y, v = np.asarray(effects, dtype=np.float64), np.asarray(errors, dtype=np.float64) ** 2
    if len(y) < 2:
        raise ValueError("a summary over places needs at least two of them")
    tau2 = _reml(y, v) if method == "reml" else _dersimonian_laird(y, v)
    w = 1 / (v + tau2)
    mean = float((w * y).sum() / w.sum())
    variance = 1 / w.sum()
    if knapp_hartung:
        variance *= (w * (y - mean) ** 2).sum() / (len(y) - 1)
    spread = stats.t(len(y) - 1) if knapp_hartung else stats.norm()
    z = float(spread.ppf(0.5 + level / 2))
    near, far = z * np.sqrt(variance), z * np.sqrt(variance + tau2)
    low, high, new_low, new_high = map(float, (mean - near, mean + near, mean - far, mean + far))
    return Pooled(mean, low, high, new_low, new_high, tau2, len(y))


def _dersimonian_laird(y: Floats, v: Floats) -> float:
    w = 1 / v
    mean = (w * y).sum() / w.sum()
    excess = (w * (y - mean) ** 2).sum() - (len(y) - 1)
    return float(max(0.0, excess / (w.sum() - (w**2).sum() / w.sum())))


def _reml(y: Floats, v: Floats) -> float:
    """Fisher scoring from the DerSimonian-Laird value, held at 0 or above."""
    tau2 = _dersimonian_laird(y, v)
    for _ in range(STEPS):
        w = 1 / (v + tau2)
        projection = np.diag(w) - np.outer(w, w) / w.sum()
        residual = projection @ y
        step = (residual @ residual - np.trace(projection)) / (projection**2).sum()
        before, tau2 = tau2, max(0.0, float(tau2 + step))
        if abs(tau2 - before) < CLOSE:
            break
    return tau2
