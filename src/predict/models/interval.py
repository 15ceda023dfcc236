"""The interval of one person's estimate: read from a stored function, never from stored people.

Three things widen it. ``sd``, log-odds: how much refits of the model scatter at estimates like this
one, a fitted function of the estimate, of how many answers are missing and of the distance from the
middle of the training people. ``misfit``, on the probability: what refits cannot show, because they
all miss in the same direction; learned on outcomes drawn from known truths. ``between``, log-odds:
how a new cluster may differ, where the study names clusters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.columns import Column
from predict.models.calibration import probability

Floats = NDArray[np.float64]

FAR = 5.0
RULE_OF_THREE = 3.0
TINY = 1e-12
# Below so few clusters nobody can say how a new one differs.
FEWEST_CLUSTERS = 6


def landmarks(X: pd.DataFrame, columns: tuple[Column, ...]) -> dict[str, tuple[float, float]]:
    """Return the middle and spread of each number column: quantiles, nobody's value."""
    marks = {}
    for column in columns:
        values = X[column.name].dropna() if column.kind == "number" else pd.Series(dtype=float)
        if len(values) >= 11:
            low, middle, high = values.quantile([0.1, 0.5, 0.9])
            marks[column.name] = (float(middle), float(high - low) or 1.0)
    return marks


def circumstances(X: pd.DataFrame, marks: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Return the share of missing columns and the distance from the middle, person by person.

    The distance is the root mean square of columns in spreads of 10 % to 90 %, cut at 5.
    """
    missing = X.isna().to_numpy().mean(axis=1) if X.shape[1] else np.zeros(len(X))
    if not marks:
        return np.asarray(missing, dtype=np.float64), np.zeros(len(X))
    away = X[list(marks)].to_numpy(dtype=np.float64, copy=True)
    middle, spread = np.array(list(marks.values()), dtype=np.float64).T
    # In place: a million people must not cost five copies of their columns.
    np.divide(np.subtract(away, middle, out=away), spread, out=away)
    np.square(np.nan_to_num(away, copy=False), out=away)
    return np.asarray(missing, dtype=np.float64), np.minimum(np.sqrt(away.mean(axis=1)), FAR)


def terms(
    log_odds: Floats, missing: Floats, distance: Floats, *, centre: float, farthest: float
) -> Floats:
    """Return the columns of the function that tells the scatter of refits.

    Distances beyond `farthest` count as that: a curve fitted to the training people ends there.
    """
    away, far = np.clip(log_odds - centre, -FAR, FAR), np.minimum(distance, farthest)
    return np.column_stack([np.ones_like(away), away, away**2, missing, far, far**2])


def scatter(interval: Mapping[str, Any], log_odds: Floats, X: pd.DataFrame) -> Floats:
    """Return the standard deviation that refits would show, log-odds, person by person."""
    missing, distance = circumstances(X, interval["marks"])
    weights = np.array(interval["weights"], dtype=np.float64)
    line = terms(
        np.asarray(log_odds, dtype=np.float64),
        missing,
        distance,
        centre=interval["centre"],
        farthest=interval["farthest"],
    )
    return np.asarray(np.exp(np.clip(line @ weights, -8, 2) / 2), dtype=np.float64)


def reaches(interval: Mapping[str, Any], log_odds: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return how far the interval reaches below and above each estimate, log-odds.

    Parameters
    ----------
    interval : mapping
        As stored in `interval.json`.
    log_odds : array (people,)
    sd : array (people,)
        Scatter of refits, log-odds, from `scatter`.
    """
    z = interval["z"]
    if "misfit" not in interval:
        # Construction S of older models: a constant beside the scatter, in log-odds.
        reach = z * np.sqrt(sd**2 + interval["tau"] ** 2)
        return reach, reach
    squared = z**2 * (sd**2 + interval["between"] ** 2)
    down, up = _points_away(log_odds, z * interval["misfit"], 1 / (interval["people"] + 2))
    return np.sqrt(squared + down**2), np.sqrt(squared + up**2)


def _points_away(log_odds: Floats, points: float, least: float) -> tuple[Floats, Floats]:
    """Return how far the probability less, or more, so many points lies away, log-odds.

    It stops `least` short of 0 and 1.
    """
    # Held away from certainty, where a log-odds has no place on the line.
    p = np.clip(probability(log_odds), TINY, 1 - TINY)
    below = np.maximum(p - points, np.minimum(least, p))
    above = np.minimum(p + points, np.maximum(1 - least, p))
    down = np.maximum(log_odds - _line(below), 0.0)
    up = np.maximum(_line(above) - log_odds, 0.0)
    return down, up


def _line(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def limits(
    interval: Mapping[str, Any] | None, log_odds: Floats, X: pd.DataFrame
) -> tuple[Floats, Floats]:
    """Return the lower and upper limit of each probability (0-1); NaN where none was learned.

    Parameters
    ----------
    interval : mapping or None
        As stored in `interval.json`.
    log_odds : array (people,)
        Calibrated log-odds shown.
    X : DataFrame, shape (people, columns)
        Raw features of the model, by name.
    """
    if interval is None:
        return np.full(len(log_odds), np.nan), np.full(len(log_odds), np.nan)
    down, up = reaches(interval, log_odds, scatter(interval, log_odds, X))
    low, high = probability(log_odds - down), probability(log_odds + up)
    # Had all n people responded, the rate could still be 1 - 3 / n (Hanley & Lippman-Hand 1983).
    least = RULE_OF_THREE / interval["people"] if "people" in interval else 0.0
    return np.minimum(low, 1 - least), np.maximum(high, least)
