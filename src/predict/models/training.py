"""Learning: the recipe run on training people, and the model that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from predict.errors import DesignError
from predict.features.training_set import TrainingSet
from predict.models.calibration import CALIBRATIONS
from predict.models.families import FAMILIES
from predict.models.preprocessing import learn_preparation
from predict.models.recipe import Recipe
from predict.models.reliance import profile
from predict.models.response_model import FittedRecipe, ResponseModel
from predict.models.tuning import inner_folds, prepared_folds, search
from predict.statistics.splits import fold_table

LEAST_EVENTS = 10


def fit_recipe(training: TrainingSet, recipe: Recipe) -> FittedRecipe:
    """Run the whole recipe on these people and nobody else.

    Search, preparation and calibration all happen inside; judging a model means calling this anew
    in every resample.

    Parameters
    ----------
    training : TrainingSet
        The people to learn from.
    recipe : Recipe
        What is to be learned.

    Returns
    -------
    FittedRecipe

    Raises
    ------
    DesignError
        With code ``TOO_FEW_EVENTS`` when there are fewer than ten people of either outcome.
    """
    _refuse_too_few(training)
    family = FAMILIES[recipe.family]
    names = family.choose(training)
    columns = tuple(training.column(name) for name in names)
    inner = inner_folds(training, recipe)
    divided = prepared_folds(training, names, family, inner)
    # One thread inside a fit: the search runs fits side by side, and bytes do not move.
    best = search(family, family.bench(divided, seed=recipe.seed, threads=1), recipe)
    X, y = training.X[list(names)], training.y.to_numpy()
    preparation = learn_preparation(X, columns, style=family.style)
    fitted = family.fit(preparation.apply(X), y, best.params, seed=recipe.seed, threads=1)
    folds = fold_table(inner, training.n)[0]
    calibration = CALIBRATIONS[recipe.calibration](best.margins, y, folds)
    return FittedRecipe(
        recipe=recipe,
        params=dict(best.params),
        columns=columns,
        preparation=preparation,
        fitted=fitted,
        calibration=calibration,
        out_of_fold=calibration.apply(best.margins),
        folds=folds,
    )


def _refuse_too_few(training: TrainingSet) -> None:
    scarce = min(training.events, training.n - training.events)
    if scarce < LEAST_EVENTS:
        raise DesignError(
            f"{scarce} people of the rarer outcome are too few to learn from (at least "
            f"{LEAST_EVENTS} are wanted). Use more people, or another outcome.",
            code="TOO_FEW_EVENTS",
        )


def train(
    training: TrainingSet,
    recipe: Recipe | None = None,
    *,
    name: str = "model",
    facts: Mapping[str, Any] | None = None,
    thresholds: Mapping[str, Any] | None = None,
) -> ResponseModel:
    """Learn a model that can score, explain itself and be stored.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    recipe : Recipe, optional
        Boosted trees with a short search where none is given.
    name : str
        Name of the model, and of its folder.
    facts : mapping, optional
        Aggregates kept with the model beside its own counts, such as its evaluation.
    thresholds : mapping, optional
        Where an estimate gets a note, or must not be shown; see `reliance.Thresholds`.

    Returns
    -------
    ResponseModel
    """
    fitted = fit_recipe(training, recipe or Recipe())
    return ResponseModel(
        name=name,
        study=training.study,
        outcome=training.outcome,
        round=training.round,
        as_of=training.as_of,
        blocks=training.blocks,
        columns=fitted.columns,
        recipe=fitted,
        reliance=profile(
            training, thresholds, columns=fitted.columns, out_of_fold=fitted.out_of_fold
        ),
        interval=None,
        facts={**describe(training), **(facts or {})},
    )


def describe(training: TrainingSet) -> dict[str, Any]:
    """Return counts of a training set: people, events, rate and why others were left out."""
    why = training.left_out["why"].value_counts().sort_index()
    return {
        "n": training.n,
        "events": training.events,
        "rate": float(np.mean(training.y)),
        "clusters": int(training.groups.nunique()),
        "left_out": {str(key): int(count) for key, count in why.items()},
    }
