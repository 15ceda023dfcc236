"""Marginal reasons of a model: the people behind them, and what they say otherwise.

Path-dependent reasons share credit among correlated columns as the trees happened to split;
marginal ones ask what the estimate would be with this person's answers and everybody else's in
turn. Neither is the truth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from predict.features.training_set import TrainingSet
from predict.models.calibration import secant
from predict.models.families import FAMILIES
from predict.models.recipe import MARGINAL
from predict.models.response_model import FittedRecipe

COMPARED = 1000  # people whose points are set side by side, an even sample of them


def with_background(fitted: FittedRecipe, training: TrainingSet) -> FittedRecipe:
    """Return the recipe with everybody it learned from behind its reasons, where it asks for that.

    Families whose columns only add up need none: their reasons are marginal already.

    Raises
    ------
    DesignError
        ``MARGINAL_IMPOSSIBLE`` where the family cannot give them.
    """
    wanted = fitted.recipe.reasons == MARGINAL
    if not wanted or not FAMILIES[fitted.recipe.family].interventional:
        return fitted
    Z = fitted.prepared(training.X[[column.name for column in fitted.columns]])
    return replace(fitted, background=fitted.estimator.background(Z))


def against_everybody(fitted: FittedRecipe, X: pd.DataFrame) -> FittedRecipe:
    """Return the recipe with reasons against these people as they are; nothing of it is kept."""
    background = fitted.estimator.background(fitted.prepared(X), smallest=1)
    return replace(fitted, estimator=fitted.estimator.marginal(background))


def protection_change(fitted: FittedRecipe, X: pd.DataFrame) -> dict[str, Any] | None:
    """Return by how many points making people alike moves marginal reasons.

    Parameters
    ----------
    X : DataFrame, shape (people, columns)
        Raw features of everybody the recipe learned from.

    Returns
    -------
    dict or None
        ``people``; ``group``, the fewest of them alike; ``mean_change`` and ``largest_change`` in
        points out of 100, over all people compared and columns. None without marginal reasons.
    """
    if fitted.marginal is None or fitted.background is None:
        return None
    some = X.iloc[:: -(-len(X) // COMPARED)]
    change = np.abs(points(fitted.marginal, some) - points(against_everybody(fitted, X), some))
    return {
        "people": fitted.background.people,
        "group": fitted.background.smallest,
        "mean_change": float(change.mean()),
        "largest_change": float(change.max()),
    }


def points(fitted: FittedRecipe, X: pd.DataFrame) -> np.ndarray:
    """Return each column's points out of 100, shape (people, columns)."""
    log_odds, values, start = fitted.explained(X)
    scaled: np.ndarray = 100 * secant(log_odds, start)[:, None] * values
    return scaled
