"""Second opinions beside the contributions: permutation importance, interventional reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predict.errors import UsageError
from predict.models.calibration import probability
from predict.models.families import FAMILIES
from predict.models.marginal_reasons import against_everybody, points
from predict.models.response_model import ResponseModel

SAMPLE = 500


def permutation_importance(
    model: ResponseModel,
    X: pd.DataFrame,
    y: np.ndarray | pd.Series,
    *,
    seed: int,
    times: int = 5,
) -> pd.DataFrame:
    """Return how much worse the Brier score gets when one column's answers change hands.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        Raw features; people the model has not learned from give the honest answer.
    y : array of 0 and 1, shape (people,)
    seed : int
        Seed of the shuffles.
    times : int
        Shuffles a column.

    Returns
    -------
    DataFrame
        ``column``, ``brier_rise`` (mean over shuffles; 0 or below: nothing is lost without it),
        ``spread`` (standard deviation over shuffles), largest first.

    References
    ----------
    Breiman 2001, Machine Learning 45:5; Fisher, Rudin and Dominici 2019, JMLR 20:177.
    """
    rng = np.random.default_rng(seed)
    outcome = np.asarray(y, dtype="float64")
    whole = _brier(model, X, outcome)
    rows = []
    for column in model.columns:
        rises = []
        for _ in range(times):
            mixed = X.assign(**{column.name: X[column.name].to_numpy()[rng.permutation(len(X))]})
            rises.append(_brier(model, mixed, outcome) - whole)
        rows.append((column.name, float(np.mean(rises)), float(np.std(rises))))
    table = pd.DataFrame(rows, columns=["column", "brier_rise", "spread"])
    return table.sort_values("brier_rise", ascending=False, ignore_index=True)


def _brier(model: ResponseModel, X: pd.DataFrame, y: np.ndarray) -> float:
    return float(((model.probability(X) - y) ** 2).mean())


def interventional_gap(
    model: ResponseModel, X: pd.DataFrame, *, sample: int = SAMPLE
) -> dict[str, Any]:
    """Return how far the points lie from those of interventional Shapley values.

    The points shown come from path-dependent contributions; the interventional ones break the bond
    between columns: a column left out is everybody's in turn. Neither is the truth; a large gap
    says that correlated columns could share credit otherwise.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        Raw features of all people the model learned from. Each of them is in the background;
        nothing of it is kept.
    sample : int
        People compared, picked by quantiles of the estimate.

    Returns
    -------
    dict
        ``mean_gap`` and ``largest_gap`` in points out of 100; ``correlation`` over all people and
        columns; ``same_first`` share of people whose strongest column is the same; ``start_gap``
        in points between the two starting estimates; ``people`` and ``background``.

    Raises
    ------
    UsageError
        For a family whose columns only add up.
    DesignError
        ``MARGINAL_IMPOSSIBLE`` for trees too deep for tables.

    References
    ----------
    Lundberg et al. 2020, Nature Machine Intelligence 2:56, interventional Tree SHAP.
    """
    if not FAMILIES[model.family].interventional:
        raise UsageError(f"Family '{model.family}' adds its columns up: its reasons are exact.")
    order = np.argsort(model.log_odds(X), kind="stable")
    some = X.iloc[np.unique(order[_evenly(len(X), sample)])]
    other = against_everybody(model.fitted, X)
    shown, marginal = points(model.fitted, some), points(other, some)
    gap = np.abs(shown - marginal)
    first = np.abs(shown).argmax(axis=1) == np.abs(marginal).argmax(axis=1)
    starts = [recipe.explained(some.iloc[:1])[2] for recipe in (model.fitted, other)]
    return {
        "people": len(some),
        "background": len(X),
        "mean_gap": float(gap.mean()),
        "largest_gap": float(gap.max()),
        "correlation": _correlation(shown.ravel(), marginal.ravel()),
        "same_first": float(first.mean()),
        "start_gap": float(100 * np.abs(np.diff(probability(np.array(starts))))[0]),
    }


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation; of a model that uses no column, 1 where both say so, else 0."""
    if one.std() == 0 or other.std() == 0:
        return float(np.allclose(one, other))
    return float(np.corrcoef(one, other)[0, 1])


def _evenly(n: int, count: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, count)).astype("int64"))
