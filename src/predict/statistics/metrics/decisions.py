"""Would acting on the estimates do more good than treating everybody alike?

The threshold is the chance of the outcome at which one would be torn between acting and not: its
odds are the harm of acting in vain over the good of acting rightly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from predict.statistics.intervals import Interval, Sampling, Weights, wilson

Floats = NDArray[np.float64]

CLINICAL_RANGE = (0.3, 0.7)
# Of the spread of estimates from 0 to 1.
BINS = 20


class Pairs(NamedTuple):
    """Two pairs at a threshold, with Wilson's intervals; one of a pair means little alone."""

    sensitivity: Interval
    specificity: Interval
    ppv: Interval
    npv: Interval


def at_threshold(
    y: ArrayLike,
    p: ArrayLike,
    threshold: float,
    *,
    level: float = 0.95,
    sampling: Sampling | None = None,
    weights: Weights | None = None,
) -> Pairs:
    """Return sensitivity with specificity and PPV with NPV, for estimates at or above a threshold.

    Intervals are Wilson's; those of the weights where whole clusters were drawn.

    Examples
    --------
    >>> shares = at_threshold([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8], 0.5)
    >>> shares.sensitivity.estimate, shares.npv.estimate
    (0.5, 0.5)
    """
    event = np.asarray(y).astype(bool)
    above = np.asarray(p, dtype=np.float64) >= threshold
    hit, spared = event & above, ~event & ~above
    shares = ((hit, event), (spared, ~event), (hit, above), (spared, ~above))
    if sampling is None or weights is None or sampling.kind == "people":
        return Pairs(*(wilson(int(a.sum()), int(b.sum()), level=level) for a, b in shares))
    return Pairs(*(_share(a, b, sampling, weights, level) for a, b in shares))


def _share(
    counted: NDArray[np.bool_],
    among: NDArray[np.bool_],
    sampling: Sampling,
    weights: Weights,
    level: float,
) -> Interval:
    """Return a share of some people with the interval that the weights of all give it."""
    if not among.any():
        return Interval(np.nan, np.nan, np.nan)
    yes, all_of = (weights @ np.column_stack([counted, among]).astype(np.float32)).T
    draws = np.divide(yes, all_of, out=np.full_like(yes, np.nan), where=all_of > 0)
    estimate = float(counted.sum() / among.sum())
    return sampling.interval(estimate, draws, level=level, bounds=(0.0, 1.0))


def net_benefit(y: ArrayLike, p: ArrayLike, threshold: float) -> float:
    """Return true positives minus weighed false positives, a person (high is good).

    NB(t) = TP/n - FP/n * t / (1 - t); the unit is true positives a person.

    References
    ----------
    Vickers & Elkin 2006, Med Decis Making 26:565.

    Examples
    --------
    >>> net_benefit([0, 1, 1, 0], [0.2, 0.7, 0.4, 0.6], 0.5)
    0.0
    """
    event = np.asarray(y).astype(bool)
    above = np.asarray(p, dtype=np.float64) >= threshold
    odds = threshold / (1 - threshold)
    return float((event & above).mean() - (~event & above).mean() * odds)


def decision_curve(
    y: ArrayLike,
    p: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    weights: Weights | None = None,
    sampling: Sampling | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return net benefit of the model, of acting on all and on none, threshold by threshold.

    Parameters
    ----------
    thresholds : array of numbers strictly between 0 and 1, optional
        .01 to .99 in steps of .01 by default.
    weights : array (resamples, n), optional
        Bootstrap counts from `intervals.person_weights`; bands stay empty without them.
    sampling : Sampling, optional
        What the weights stand for; resamples of people where it is not given.

    Returns
    -------
    DataFrame
        threshold, model, low, high, treat_all, treat_none, gain (model minus the better of all and
        none), gain_low, gain_high.
    """
    event, marks = np.asarray(y).astype(bool), _marks(thresholds)
    per_person = _benefits(event, p, marks)
    for_all = event[:, None] - (~event[:, None]) * marks / (1 - marks)
    model, treat_all = per_person.mean(axis=0), for_all.mean(axis=0)
    table = pd.DataFrame(
        {
            "threshold": marks,
            "model": model,
            "low": np.nan,
            "high": np.nan,
            "treat_all": treat_all,
            "treat_none": 0.0,
            "gain": model - np.maximum(treat_all, 0),
            "gain_low": np.nan,
            "gain_high": np.nan,
        }
    )
    if weights is None:
        return table
    drawn = sampling or Sampling(np.zeros(len(event)))
    return _with_bands(table, per_person, for_all, (drawn, weights), level)


def _marks(thresholds: ArrayLike | None) -> Floats:
    return np.asarray(np.arange(1, 100) / 100 if thresholds is None else thresholds, dtype=float)


def _benefits(event: NDArray[np.bool_], p: ArrayLike, marks: Floats) -> Floats:
    """Return what each person brings where those at or above a threshold are acted on."""
    above = np.asarray(p, dtype=np.float64)[:, None] >= marks
    odds = marks / (1 - marks)
    return np.asarray((event[:, None] & above) - (~event[:, None] & above) * odds)


def decision_difference(
    y: ArrayLike,
    p: ArrayLike,
    q: ArrayLike,
    *,
    thresholds: ArrayLike | None = None,
    weights: Weights | None = None,
    sampling: Sampling | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how much more acting on `p` brings than acting on `q`, on the same people.

    Parameters
    ----------
    thresholds, weights, sampling
        As in `decision_curve`.

    Returns
    -------
    DataFrame
        threshold, net_benefit (of `q`), difference (of `p` less that), low, high.

    Examples
    --------
    >>> gaps = decision_difference([0, 1], [0.2, 0.8], [0.6, 0.6], thresholds=[0.5])
    >>> gaps[["net_benefit", "difference"]].to_numpy().tolist()
    [[0.0, 0.5]]
    """
    event, marks = np.asarray(y).astype(bool), _marks(thresholds)
    other = _benefits(event, q, marks)
    gaps = _benefits(event, p, marks) - other
    table = pd.DataFrame({
        "threshold": marks, "net_benefit": other.mean(axis=0), "difference": gaps.mean(axis=0),
        "low": np.nan, "high": np.nan,
    })  # fmt: skip
    if weights is None:
        return table
    drawn = sampling or Sampling(np.zeros(len(event)))
    means = (weights @ gaps.astype(np.float32)) / weights.sum(axis=1, dtype=np.float64)[:, None]
    low, high = drawn.ends(table["difference"], means, level=level)
    return table.assign(low=low, high=high)


def _with_bands(
    table: pd.DataFrame,
    per_person: Floats,
    for_all: Floats,
    drawn: tuple[Sampling, Weights],
    level: float,
) -> pd.DataFrame:
    sampling, weights = drawn
    n = weights.sum(axis=1, dtype=np.float64)[:, None]
    model = (weights @ per_person.astype(np.float32)) / n
    everybody = (weights @ for_all.astype(np.float32)) / n
    low, high = sampling.ends(table["model"], model, level=level)
    gains = model - np.maximum(everybody, 0)
    gain_low, gain_high = sampling.ends(table["gain"], gains, level=level)
    return table.assign(low=low, high=high, gain_low=gain_low, gain_high=gain_high)


@dataclass(frozen=True)
class Usefulness:
    """Where, within the clinical range, acting on the estimates is shown to do more good.

    Parameters
    ----------
    low, high : float
        The declared range of thresholds.
    useful : tuple of float
        Thresholds at which the whole interval of the gain lies above 0.
    looked_at : int
        How many thresholds lie in the range; none useful of so many is a result too.
    runs : tuple of (float, float)
        First and last of the useful thresholds that follow one another with none between them that
        is not.
    """

    low: float
    high: float
    useful: tuple[float, ...]
    looked_at: int
    runs: tuple[tuple[float, float], ...]


def usefulness(
    curve: pd.DataFrame, *, clinical_range: Sequence[float] = CLINICAL_RANGE
) -> Usefulness:
    """Say at which thresholds of the clinical range the model is shown to be worth acting on.

    Parameters
    ----------
    curve : DataFrame
        From `decision_curve`, with bands.
    """
    low, high = clinical_range
    inside = curve[(curve["threshold"] >= low - 1e-9) & (curve["threshold"] <= high + 1e-9)]
    shown = (inside["gain_low"] > 0).to_numpy()
    useful = inside.loc[shown, "threshold"].to_numpy(dtype=np.float64)
    # A new run begins wherever the one before in the curve is not useful.
    begins = np.flatnonzero((shown & ~np.r_[False, shown[:-1]])[shown])
    parts = [part for part in np.split(useful, begins) if len(part)]
    runs = tuple((float(part[0]), float(part[-1])) for part in parts)
    return Usefulness(low, high, tuple(useful.tolist()), len(inside), runs)


def distribution(y: ArrayLike, p: ArrayLike, *, bins: int = BINS) -> pd.DataFrame:
    """Return how estimates are spread among people with and without the outcome.

    Returns
    -------
    DataFrame
        low, high (edges of the bin of estimates), with_outcome, without_outcome (counts).

    Examples
    --------
    >>> distribution([0, 1, 1], [0.1, 0.6, 0.9], bins=2)["with_outcome"].tolist()
    [0, 2]
    """
    edges = np.linspace(0, 1, bins + 1)
    event, chance = np.asarray(y).astype(bool), np.asarray(p, dtype=np.float64)
    inside, outside = (np.histogram(chance[who], edges)[0] for who in (event, ~event))
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "with_outcome": inside, "without_outcome": outside}
    )
