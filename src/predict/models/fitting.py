"""Learning once: the whole recipe run on some people and nobody else."""

from __future__ import annotations

from predict.errors import DesignError, ExperimentError
from predict.features.training_set import TrainingSet
from predict.models.calibration import CALIBRATIONS
from predict.models.preprocessing import learn_preparation
from predict.models.recipe import BEST, Recipe
from predict.models.response_model import FittedRecipe
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
    _refuse_too_few(training)
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
