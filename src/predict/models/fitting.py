"""Learning once: the whole recipe run on some people and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from predict.errors import DesignError, ExperimentError
from predict.features.earlier import stand_earlier
from predict.features.training_set import TrainingSet
from predict.models.calibration import CALIBRATIONS
from predict.models.families import FAMILIES
from predict.models.preprocessing import learn_preparation
from predict.models.recipe import BEST, Recipe
from predict.models.response_model import FittedRecipe
from predict.models.tuning import Watch, inner_folds, prepared_folds, search
from predict.statistics.splits import fold_table

LEAST_EVENTS = 10


def fit_recipe(
    training: TrainingSet,
    recipe: Recipe,
    *,
    parts: Sequence[FittedRecipe] = (),
    least: int = LEAST_EVENTS,
    watch: Watch | None = None,
) -> FittedRecipe:
    """Run the whole recipe on these people and nobody else.

    Search, preparation and calibration all happen inside; judging a model means calling this anew
    in every resample.

    Parameters
    ----------
    training : TrainingSet
        The people to learn from.
    recipe : Recipe
        What is to be learned.
    parts : sequence of FittedRecipe
        What was learned of these very people already: a family made of others takes its parts from
        there, where their recipes are the same.
    least : int
        Fewest people of either outcome.
    watch : callable, optional
        Told of each trial of the search.

    Returns
    -------
    FittedRecipe

    Raises
    ------
    DesignError
        With code ``TOO_FEW_EVENTS`` when there are fewer than `least` people of either outcome.
    ExperimentError
        With code ``FAMILY_UNDECIDED`` when the recipe's family is ``best``.
    """
    family = recipe.decided
    if family is None:
        raise ExperimentError(
            f"The family is `{BEST}`, which judging decides: judge the recipe, then learn "
            "`recipe.with_family(evaluation.verdict['model'])`.",
            code="FAMILY_UNDECIDED",
        )
    refuse_few_events(training, least)
    if family.parts:
        return joined(training, recipe, _parts(training, recipe, parts, least))
    names = family.choose(training)
    columns = tuple(training.column(name) for name in names)
    inner = inner_folds(training, recipe)
    divided = prepared_folds(training, names, family, inner)
    # One thread inside a fit: the search runs fits side by side, and bytes do not move.
    best = search(family, family.bench(divided, seed=recipe.seed, threads=1), recipe, watch)
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
        estimator=fitted,
        calibration=calibration,
        out_of_fold=calibration.apply(best.margins),
        margins=best.margins,
        folds=folds,
    )


def parts_of(recipe: Recipe) -> list[Recipe]:
    """Return the recipes of the families it is made of, fixed settings dealt out to them."""
    family = FAMILIES[recipe.family]
    return [
        replace(recipe.with_family(part), params=family.settings_of(part, recipe.params))
        for part in family.parts
    ]


def _parts(
    training: TrainingSet, recipe: Recipe, fits: Sequence[FittedRecipe], least: int
) -> list[FittedRecipe]:
    """Return the recipe's parts, from these fits where their recipes are the same."""
    same = [next((fit for fit in fits if fit.recipe == part), None) for part in parts_of(recipe)]
    return [
        fit or fit_recipe(training, part, least=least)
        for fit, part in zip(same, parts_of(recipe), strict=True)
    ]


def joined(training: TrainingSet, recipe: Recipe, parts: Sequence[FittedRecipe]) -> FittedRecipe:
    """Return what a family made of others learned, from what its parts learned of these people.

    Parameters
    ----------
    parts : sequence of FittedRecipe
        By `parts_of` the recipe, each fitted to these very people: their out-of-fold log-odds are
        averaged, and the mean is calibrated anew.
    """
    family, first = FAMILIES[recipe.family], parts[0]
    margins: np.ndarray = np.mean([part.margins for part in parts], axis=0)
    calibration = CALIBRATIONS[recipe.calibration](margins, training.y.to_numpy(), first.folds)
    params = {
        f"{name}.{key}": value
        for name, part in zip(family.parts, parts, strict=True)
        for key, value in part.params.items()
    }
    return FittedRecipe(
        recipe=recipe,
        params=params,
        columns=first.columns,
        preparation=replace(first.preparation, style=family.style),
        estimator=family.joined([part.estimator for part in parts]),
        calibration=calibration,
        out_of_fold=calibration.apply(margins),
        margins=margins,
        folds=first.folds,
    )


def refuse_small(training: TrainingSet, recipe: Recipe) -> None:
    """Refuse a family that does well with more people only.

    Raises
    ------
    DesignError
        With code ``FAMILY_WANTS_MORE``.
    """
    family = recipe.decided
    if family is not None and training.n < family.fewest:
        raise DesignError(
            f"Family '{family.name}' is not offered below {family.fewest:,} people, and here are "
            f"{training.n:,}: with fewer it does worse than its parts. Choose "
            f"{' or '.join(family.parts) or 'another'}, or `best`.",
            code="FAMILY_WANTS_MORE",
        )


def refuse_few_events(training: TrainingSet, least: int = LEAST_EVENTS) -> None:
    """Refuse to learn of people with hardly any of the rarer outcome.

    Raises
    ------
    DesignError
        With code ``TOO_FEW_EVENTS``.
    """
    scarce = min(training.events, training.n - training.events)
    if scarce < least:
        raise DesignError(
            f"{rarer_outcome(scarce)} too few to learn from (at least {least} are wanted). "
            f"Use more people, or another outcome.{stand_earlier(training.earlier, least)}",
            code="TOO_FEW_EVENTS",
        )


def rarer_outcome(people: int) -> str:
    """Return a number of people of the rarer outcome, and the verb that goes with it.

    Examples
    --------
    >>> rarer_outcome(1), rarer_outcome(9)
    ('1 person of the rarer outcome is', '9 people of the rarer outcome are')
    """
    return f"{people} {'person' if people == 1 else 'people'} of the rarer outcome " + (
        "is" if people == 1 else "are"
    )
