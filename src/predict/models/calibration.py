"""From a family's margin to calibrated log-odds, by a map learned out of fold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from predict.statistics.metrics.agreement import logistic_fit, slope_within

_SMALLEST_RATE = 1e-4


@dataclass(frozen=True)
class Calibration:
    """An affine map on log-odds: ``calibrated = a * margin + b``, within what people can support.

    Affine in log-odds, so contributions still add up exactly to the number shown.

    Parameters
    ----------
    kind : str
        Name in `CALIBRATIONS`.
    a : float
        Slope; below 1 shrinks estimates towards each other.
    b : float
        Shift in log-odds.
    bound : float or None
        Log-odds that no estimate exceeds, from `farthest`; None for a map without one.
    """

    kind: str
    a: float
    b: float
    bound: float | None = None

    def apply(self, margin: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64, of the same shape."""
        line = self.line(margin)
        return line if self.bound is None else np.clip(line, -self.bound, self.bound)

    def line(self, margin: np.ndarray | float) -> np.ndarray:
        """Return calibrated log-odds before they are held within the bound."""
        return np.asarray(self.a * np.asarray(margin, dtype="float64") + self.b)

    def share(self, contributions: np.ndarray, margin: np.ndarray, start: float) -> np.ndarray:
        """Return contributions of the calibrated log-odds, in place.

        A row whose estimate is held within the bound has its contributions shrunk in proportion, so
        that start and contributions still add up to it.

        Parameters
        ----------
        contributions : ndarray, shape (people, columns)
            To the margin: the margin of the start plus a row's contributions is the row's margin.
        margin : ndarray, shape (people,)
        start : float
        """
        contributions *= self.a
        if self.bound is None:
            return contributions
        line = self.line(margin)
        beyond = np.flatnonzero(np.abs(line) > self.bound)
        if len(beyond):
            moved = self.apply(margin[beyond]) - self.apply(np.array(start))
            contributions[beyond] *= (moved / (line[beyond] - self.line(start)))[:, None]
        return contributions

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain values."""
        return asdict(self)


def fit_none(margin: np.ndarray, y: np.ndarray, folds: np.ndarray | None = None) -> Calibration:
    """Return the map that changes nothing."""
    return Calibration("none", 1.0, 0.0, farthest(len(y)))


def farthest(people: int) -> float:
    """Return the largest log-odds that so many people can support: (n + 1) to 1.

    If all n people responded, the next one's chance is (n + 1) / (n + 2). A column that parts the
    outcomes perfectly would otherwise give estimates of exactly 0 and 1.

    References
    ----------
    Laplace's rule of succession; Gelman et al. 2008, Ann Appl Stat 2:1360 (separation).

    Examples
    --------
    >>> round(float(probability(np.array(farthest(98)))), 3)
    0.99
    """
    return float(np.log(people + 1))


def fit_platt(margin: np.ndarray, y: np.ndarray, folds: np.ndarray | None = None) -> Calibration:
    """Return Platt's map, fitted by maximum likelihood on out-of-fold margins.

    The slope is learned with a free intercept for each fold: folds of whole clusters differ in
    level, and each was judged by a model of the others. One intercept then restores the rate.

    A margin that ranks people the wrong way round out of fold carries nothing: its slope is held at
    0 and everybody gets the rate, rather than turning the model upside down.

    Parameters
    ----------
    margin : ndarray, shape (n,)
        Out-of-fold log-odds of the family.
    y : ndarray of 0 and 1, shape (n,)
    folds : ndarray, shape (n,), optional
        In which fold each margin was made; one fold where it is not given.

    References
    ----------
    Platt 1999, "Probabilistic outputs for support vector machines"; the affine map on log-odds.
    Its section 2.2 for margins that separate the outcomes, whose likelihood has no maximum.

    Examples
    --------
    >>> margin = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 0.5])
    >>> fit_platt(margin, np.array([0, 0, 1, 0, 1, 1])).a > 0
    True
    """
    bound = farthest(len(y))
    line = np.asarray(margin, dtype="float64")
    strata = np.zeros(len(line)) if folds is None else folds
    slope = slope_within(y, line, strata)
    if np.isnan(slope):
        # Constant within folds, which stays NaN, or separating the outcomes.
        slope = slope_within(_softened(y), line, strata)
    if not slope > 0.0:
        return Calibration("platt", 0.0, float(log_odds(np.mean(y))), bound)
    # About the middle of the margins: Newton from far off a steep line never comes back.
    middle = float(line.mean())
    shift, _ = logistic_fit(y, np.ones((len(line), 1)), offset=slope * (line - middle))
    return Calibration("platt", slope, float(shift[0]) - slope * middle, bound)


def _softened(y: np.ndarray) -> np.ndarray:
    """Return Platt's targets: one imagined person more of either outcome."""
    yes, no = float(np.sum(y)), float(np.sum(1 - np.asarray(y)))
    targets: np.ndarray = np.where(np.asarray(y) == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    return targets


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
    # SciPy's expit is the same and takes a sixth of a process that scores one person to import.
    with np.errstate(over="ignore"):
        chances: np.ndarray = 1 / (1 + np.exp(-np.asarray(log_odds, dtype="float64")))
    return chances


def secant(log_odds: np.ndarray, start: float) -> np.ndarray:
    """Return the slope from start to estimate: probability moved per log-odds moved.

    >>> float(secant(np.array([0.0]), 0.0)[0])
    0.25
    """
    p, p0 = probability(log_odds), probability(np.array([start]))[0]
    move = log_odds - start
    still = np.abs(move) < 1e-9
    slope: np.ndarray = np.where(still, p0 * (1 - p0), (p - p0) / np.where(still, 1.0, move))
    return slope


class Learner(Protocol):
    """Learns a map from out-of-fold margins, outcomes and, where there are several, the folds."""

    def __call__(
        self, margin: np.ndarray, y: np.ndarray, folds: np.ndarray | None = None
    ) -> Calibration: ...


CALIBRATIONS: dict[str, Learner] = {
    "none": fit_none,
    "platt": fit_platt,
}
