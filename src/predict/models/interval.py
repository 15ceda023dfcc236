"""The interval of one person's estimate: read from a stored function, never from stored people.

Half a width is ``z * sqrt(sd^2 + tau^2)`` on the log-odds scale. ``sd`` is how much refits of the
model scatter at estimates like this one: a fitted function of the estimate, of how many answers are
missing and of the distance from the middle of the training people. ``tau`` is what refits cannot
show (they all miss in the same direction); it is learned on outcomes simulated from the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.columns import Column

Floats = NDArray[np.float64]

FAR = 5.0


def landmarks(X: pd.DataFrame, columns: tuple[Column, ...]) -> dict[str, tuple[float, float]]:
    """Return the middle and spread of each number column: quantiles, nobody's value."""
    found = {}
    for column in columns:
        values = X[column.name].dropna() if column.kind == "number" else pd.Series(dtype=float)
        if len(values) >= 11:
            low, middle, high = values.quantile([0.1, 0.5, 0.9])
            found[column.name] = (float(middle), float(high - low) or 1.0)
    return found


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
    sd = scatter(interval, log_odds, X)
    reach = interval["z"] * np.sqrt(sd**2 + interval["tau"] ** 2)
    low, high = log_odds - reach, log_odds + reach
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))
