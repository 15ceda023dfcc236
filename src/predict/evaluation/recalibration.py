"""Maps from a family's margin to a probability: none, Platt, beta, isotonic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from predict.models.calibration import fit_none, fit_platt
from predict.models.response_model import FittedRecipe
from predict.statistics.metrics.agreement import from_log_odds, levelled, logistic_fit

Floats = NDArray[np.float64]
Map = Callable[[Floats], Floats]


def platt(margin: Floats, y: Floats) -> Map:
    """Return Platt's map: affine in log-odds (Platt 1999)."""
    fitted = fit_platt(margin, y)
    return lambda new: from_log_odds(fitted.apply(new))


def none(margin: Floats, y: Floats) -> Map:
    """Return the map that changes nothing."""
    fitted = fit_none(margin, y)
    return lambda new: from_log_odds(fitted.apply(new))


def beta(margin: Floats, y: Floats) -> Map:
    """Return the beta map: logistic in log p and log(1 - p) (Kull et al. 2017, EJS 11:5052)."""

    def design(m: Floats) -> Floats:
        return np.column_stack([np.ones_like(m), -np.logaddexp(0, -m), np.logaddexp(0, m)])

    weights, _ = logistic_fit(y, design(margin))
    if not np.isfinite(weights).all():
        return platt(margin, y)
    return lambda new: from_log_odds(design(new) @ weights)


def isotonic(margin: Floats, y: Floats) -> Map:
    """Return the isotonic map (Zadrozny & Elkan 2002), kept off 0 and 1 by one part in 2n."""
    from sklearn.isotonic import IsotonicRegression

    edge = 1 / (2 * len(y))
    fitted = IsotonicRegression(out_of_bounds="clip", y_min=edge, y_max=1 - edge).fit(margin, y)
    return lambda new: np.asarray(fitted.predict(new), dtype=np.float64)


# In the order in which a tie is settled.
MAPS: dict[str, Callable[[Floats, Floats], Map]] = {
    "platt": platt,
    "none": none,
    "beta": beta,
    "isotonic": isotonic,
}


def recalibrated(fitted: FittedRecipe, y: Floats, log_odds: Floats) -> dict[str, Floats]:
    """Return estimates of new people under every map, each learned on the inner folds' margins.

    Parameters
    ----------
    fitted : FittedRecipe
        Its own affine calibration is taken off first.
    y : array (training people,)
        Their outcomes, in the order of `fitted.out_of_fold`.
    log_odds : array (new people,)
        Calibrated log-odds of the new people.
    """
    slope, shift = fitted.calibration.a, fitted.calibration.b
    if slope == 0:
        return {name: from_log_odds(log_odds) for name in MAPS}
    outcome = np.asarray(y, dtype=float)
    inner, new = (fitted.out_of_fold - shift) / slope, (log_odds - shift) / slope
    level = levelled(outcome, inner, fitted.folds)
    return {name: learn(level, outcome)(new) for name, learn in MAPS.items()}
