"""Pairs of columns that moved estimates together; computed on request, for trees only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.errors import UsageError
from predict.models.families import FAMILIES
from predict.models.response_model import ResponseModel

SAMPLE = 1000


def interactions(
    model: ResponseModel, X: pd.DataFrame, *, most: int = 10, sample: int = SAMPLE
) -> pd.DataFrame:
    """Return the pairs of columns with the largest mean absolute interaction.

    Parameters
    ----------
    model : ResponseModel
        Of a family whose columns act together, as ``boosted``; others have no interactions.
    X : DataFrame, shape (people, columns)
        Raw features; an even sample of at most so many rows is used, because the price grows with
        the square of the number of columns.
    most : int
        Pairs to return.

    Returns
    -------
    DataFrame
        ``first``, ``second``, ``log_odds`` (mean absolute interaction on calibrated log-odds, both
        halves together) and ``share`` of the two columns' own main effects.

    Raises
    ------
    UsageError
        For a family without interactions.

    References
    ----------
    Lundberg et al. 2020, Nature Machine Intelligence 2:56, SHAP interaction values.
    """
    if not FAMILIES[model.family].interventional:
        able = ", ".join(name for name, family in FAMILIES.items() if family.interventional)
        raise UsageError(
            f"Family '{model.family}' adds its columns up: it has no interactions. "
            f"Ask a model of another family: {able}."
        )
    some = X.iloc[np.unique(np.linspace(0, len(X) - 1, min(sample, len(X))).astype(int))]
    pairs = model.fitted.estimator.interactions(model.fitted.prepared(some))
    values = np.abs(_raw_pairs(model, pairs)).mean(axis=0)
    names = [column.name for column in model.fitted.columns]
    rows = [
        {
            "first": names[i],
            "second": names[j],
            "log_odds": 2 * values[i, j],
            "share": 2 * values[i, j] / max(values[i, i] + values[j, j], 1e-12),
        }
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    table = pd.DataFrame(rows, columns=["first", "second", "log_odds", "share"])
    return table.sort_values("log_odds", ascending=False, ignore_index=True).head(most)


def _raw_pairs(model: ResponseModel, values: np.ndarray) -> np.ndarray:
    """Sum prepared columns into raw ones on both sides, on calibrated log-odds."""
    names = [column.name for column in model.fitted.columns]
    origin = model.fitted.preparation.origin
    into = np.array([[float(raw == name) for name in names] for raw in origin])
    pairs: np.ndarray = model.fitted.calibration.a * np.einsum("npq,pi,qj->nij", values, into, into)
    return pairs
