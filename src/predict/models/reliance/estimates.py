"""What happened to people who got estimates like this one, kept as rates of 50 people or more.

Everything is learned from out-of-fold estimates of the training people: the observed rate around
each estimate, the thresholds of class-conditional conformal sets, and observed against expected in
groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.columns import Column
from predict.features.training_set import TrainingSet
from predict.models.interval import circumstances, landmarks
from predict.statistics.metrics.agreement import from_log_odds

Floats = NDArray[np.float64]

STEP, BAND = 0.01, 0.05
FEWEST = 50
TIE = 1e-6
LEVEL = 0.90
ENOUGH_FOR_BAND = 1_000
DISTANCES = (0.95, 0.99, 0.995)
AGE_EDGES = (0.0, 30.0, 45.0, 60.0, 200.0)


@dataclass(frozen=True)
class GroupRate:
    """A group's observed and expected rate out of fold.

    Parameters
    ----------
    column : str
        Feature that tells who belongs to it.
    level : str
        Its level, for a choice; empty for a number.
    low, high : float
        The number's band, low included, high not.
    n : int
        People, to the nearest ten.
    gap : float
        Observed minus expected rate.
    """

    column: str
    level: str
    low: float
    high: float
    n: int
    gap: float


@dataclass(frozen=True)
class ConformalBand:
    """Thresholds of the conformal sets of people in one third of severity.

    Parameters
    ----------
    column : str
        The severity's feature.
    low, high : float
        Its band, low included, high not.
    yes_above, no_below : float
        As in `EstimateProfile`.
    """

    column: str
    low: float
    high: float
    yes_above: float
    no_below: float


@dataclass(frozen=True)
class SetShare:
    """How often one conformal set stands on people, and how often it is wrong there.

    Parameters
    ----------
    outcome_set : str
        ``yes``, ``no`` or ``both``.
    n : int
        People, to the nearest ten.
    wrong : float or None
        Share of them with the other outcome; None below 50 people. Of ``both`` always 0.
    """

    outcome_set: str
    n: int
    wrong: float | None


@dataclass(frozen=True)
class EstimateProfile:
    """How out-of-fold estimates of the training people turned out.

    Parameters
    ----------
    people : tuple of int
        People within 5 points of 0, 1, 2 ... 100 in 100, to the nearest ten below.
    rates : tuple of float or None
        Their observed rate to two digits; None below 50 people.
    yes_above, no_below : float
        A conformal set holds "yes" for estimates at or above the first and "no" for those at or
        below the second. Kept unrounded: estimates may all lie within a rounding of each other.
    wrong_yes, wrong_no : float
        Share of people with (without) the outcome whose set missed it, out of fold.
    marks : mapping of column to (middle, spread)
        For the distance from the middle of the training people.
    distances : tuple of float
        95th, 99th and 99.5th percentile of that distance in training.
    groups : tuple of GroupRate
        Age bands, sex and thirds of severity.
    bands : tuple of ConformalBand
        Own thresholds by third of severity, where each third has 1,000 people or more: overall
        thresholds cover the middle too often and the ends too seldom.
    sets : tuple of SetShare
        How many people each set stands on, out of fold, and for how many of them it was wrong.
    """

    people: tuple[int, ...]
    rates: tuple[float | None, ...]
    yes_above: float
    no_below: float
    wrong_yes: float
    wrong_no: float
    marks: Mapping[str, tuple[float, float]]
    distances: tuple[float, ...]
    groups: tuple[GroupRate, ...]
    bands: tuple[ConformalBand, ...] = ()
    sets: tuple[SetShare, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> EstimateProfile:
        """Return the profile that `to_dict` described."""
        return cls(
            people=tuple(stored["people"]),
            rates=tuple(stored["rates"]),
            yes_above=stored["yes_above"],
            no_below=stored["no_below"],
            wrong_yes=stored["wrong_yes"],
            wrong_no=stored["wrong_no"],
            marks={name: (pair[0], pair[1]) for name, pair in stored["marks"].items()},
            distances=tuple(stored["distances"]),
            groups=tuple(GroupRate(**group) for group in stored["groups"]),
            bands=tuple(ConformalBand(**band) for band in stored.get("bands", ())),
            sets=tuple(SetShare(**share) for share in stored.get("sets", ())),
        )


def learn_estimates(
    training: TrainingSet, columns: tuple[Column, ...], log_odds: Floats
) -> EstimateProfile:
    """Return how out-of-fold estimates turned out.

    Parameters
    ----------
    columns : tuple of Column
        The model's own columns.
    log_odds : array (people,)
        Calibrated log-odds of the training people, each by a model that never saw them.
    """
    p, y = from_log_odds(log_odds), training.y.to_numpy(dtype=np.float64)
    people, rates = _around(p, y)
    yes_above, no_below = conformal_thresholds(p, y)
    marks = landmarks(training.X, columns)
    _, distance = circumstances(training.X[[c.name for c in columns]], marks)
    profile = EstimateProfile(
        people=people,
        rates=rates,
        yes_above=yes_above,
        no_below=no_below,
        wrong_yes=_rounded(float((p[y == 1] < yes_above).mean())),
        wrong_no=_rounded(float((p[y == 0] > no_below).mean())),
        marks={name: (_rounded(a), _rounded(b)) for name, (a, b) in marks.items()},
        distances=tuple(_rounded(float(v)) for v in np.quantile(distance, DISTANCES)),
        groups=_groups(training, columns, p, y),
        bands=_bands(training, columns, p, y),
    )
    return replace(profile, sets=_set_shares(conformal_sets(profile, p, training.X), y))


def _set_shares(sets: NDArray[np.object_], y: Floats) -> tuple[SetShare, ...]:
    shares = []
    for word, missed in (("yes", 0), ("no", 1), ("both", -1)):
        inside = sets == word
        n = int(inside.sum())
        wrong = _rounded(float((y[inside] == missed).mean())) if n >= FEWEST else None
        shares.append(SetShare(word, n // 10 * 10, wrong))
    return tuple(shares)


def _bands(
    training: TrainingSet, columns: tuple[Column, ...], p: Floats, y: Floats
) -> tuple[ConformalBand, ...]:
    severity = next((c.name for c in columns if _is_severity(training, c)), "")
    if not severity:
        return ()
    values = training.X[severity].to_numpy(dtype=np.float64)
    bands = []
    for low, high in pairwise(_thirds(training.X[severity])):
        inside = (values >= low) & (values < high)
        if inside.sum() < ENOUGH_FOR_BAND:
            return ()
        yes_above, no_below = conformal_thresholds(p[inside], y[inside])
        bands.append(ConformalBand(severity, low, high, yes_above, no_below))
    return tuple(bands)


def _rounded(value: float) -> float:
    return round(value, 4)


def _around(p: Floats, y: Floats) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    order = np.argsort(p)
    ranked, events = p[order], np.r_[0.0, np.cumsum(y[order])]
    grid = np.arange(0, 1 + STEP / 2, STEP)
    first = np.searchsorted(ranked, grid - BAND - 1e-12, "left")
    last = np.searchsorted(ranked, grid + BAND + 1e-12, "right")
    counts, hits = last - first, events[last] - events[first]
    rates = [
        round(float(hit / n), 2) if n >= FEWEST else None
        for hit, n in zip(hits, counts, strict=True)
    ]
    return tuple(int(n // 10 * 10) for n in counts), tuple(rates)


def conformal_thresholds(p: Floats, y: Floats, *, level: float = LEVEL) -> tuple[float, float]:
    """Return from where up "yes", and from where down "no", belong to the conformal set.

    Each class is calibrated on its own people (Mondrian), so at most 10 % of either are missed. The
    score is one minus the estimate of the class; its quantile is MAPIE's for the "lac" score.

    References
    ----------
    Vovk, Gammerman, Shafer 2005, section 4.5; Sadinle, Lei, Wasserman 2019, J Am Stat Assoc
    114:223.

    Examples
    --------
    >>> p = np.linspace(0.05, 0.95, 19)
    >>> yes_above, no_below = conformal_thresholds(np.r_[p, p], np.r_[np.ones(19), np.zeros(19)])
    >>> round(yes_above, 2), round(no_below, 2)
    (0.1, 0.9)
    """
    return 1 - _quantile(1 - p[y == 1], level), _quantile(p[y == 0], level)


def _quantile(scores: Floats, level: float) -> float:
    place = int(np.ceil(level * (len(scores) + 1)))
    return float(np.sort(scores)[place - 1]) if 1 <= place <= len(scores) else 1.0


def conformal_sets(
    profile: EstimateProfile, p: Floats, X: pd.DataFrame | None = None
) -> NDArray[np.object_]:
    """Return ``yes``, ``no`` or ``both`` for each estimate.

    A set says which outcomes could be left out for one in ten of the people who had them; it is no
    statement about this person. Ties, and estimates that fit neither outcome, are ``both``. With
    the people's features their own third of severity decides, where it has thresholds.

    Examples
    --------
    >>> profile = EstimateProfile((), (), 0.41, 0.41, 0.1, 0.1, {}, (), ())
    >>> list(conformal_sets(profile, np.array([0.6, 0.2, 0.41])))
    ['yes', 'no', 'both']
    """
    yes, no = _at_least(p, profile.yes_above), _at_least(profile.no_below, p)
    for band in profile.bands:
        if X is not None and band.column in X:
            values = X[band.column].to_numpy(dtype=np.float64)
            inside = (values >= band.low) & (values < band.high)
            yes = np.where(inside, _at_least(p, band.yes_above), yes)
            no = np.where(inside, _at_least(band.no_below, p), no)
    words = np.select([yes & ~no, no & ~yes], ["yes", "no"], "both")
    return np.asarray(words, dtype=object)


def _at_least(p: Floats | float, threshold: Floats | float) -> NDArray[np.bool_]:
    """Return where an estimate reaches a threshold; what only rounding parts is a tie."""
    return np.asarray(np.asarray(p) >= np.asarray(threshold) - TIE)


def _groups(
    training: TrainingSet, columns: tuple[Column, ...], p: Floats, y: Floats
) -> tuple[GroupRate, ...]:
    groups = []
    for column in columns:
        values = training.X[column.name]
        if column.kind == "choice" and column.name in {"sex", "gender", "age"}:
            for level in sorted(map(str, values.dropna().unique())):
                inside = (values == level).to_numpy()
                groups.append(_group(column.name, level, (0.0, 0.0), inside, p, y))
        elif column.name == "age" or _is_severity(training, column):
            edges = AGE_EDGES if column.name == "age" else _thirds(values)
            for low, high in pairwise(edges):
                inside = ((values >= low) & (values < high)).to_numpy()
                groups.append(_group(column.name, "", (low, high), inside, p, y))
    return tuple(group for group in groups if group is not None)


def _is_severity(training: TrainingSet, column: Column) -> bool:
    return (
        column.role == "total"
        and column.source == training.outcome.instrument
        and column.visit == training.as_of
    )


def _thirds(values: pd.Series) -> tuple[float, ...]:
    low, high = values.quantile([1 / 3, 2 / 3])
    return (-1e9, float(low), float(high), 1e9) if high > low else (-1e9, 1e9)


def _group(
    column: str,
    level: str,
    band: tuple[float, float],
    inside: NDArray[np.bool_],
    p: Floats,
    y: Floats,
) -> GroupRate | None:
    n = int(inside.sum())
    if n < FEWEST:
        return None
    gap = round(float(y[inside].mean() - p[inside].mean()), 3)
    return GroupRate(column, level, *band, int(n // 10 * 10), gap)
