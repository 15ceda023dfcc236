"""Further schemes, asked for by name: each answers a question that folds alone do not.

To add one: write ``(training, recipe, plan) -> DataFrame`` and give it a line in SCHEMES.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from predict.errors import ExperimentError, did_you_mean
from predict.evaluation.plan import Plan
from predict.evaluation.schemes.learning import learning_curve, shuffled
from predict.evaluation.schemes.optimism import optimism
from predict.evaluation.schemes.places import later, places
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe

Scheme = Callable[[TrainingSet, Recipe, Plan], pd.DataFrame]

SCHEMES: dict[str, Scheme] = {
    "optimism": optimism,
    "places": places,
    "later": later,
    "learning": learning_curve,
    "shuffled": shuffled,
}


def run_schemes(training: TrainingSet, recipe: Recipe, plan: Plan) -> dict[str, pd.DataFrame]:
    """Return the table of each scheme of the plan, by its name.

    Raises
    ------
    ExperimentError
        When a scheme is named that does not exist.
    """
    unknown = [name for name in plan.schemes if name not in SCHEMES]
    if unknown:
        raise ExperimentError(
            f"No scheme '{unknown[0]}'.{did_you_mean(unknown[0], SCHEMES)} "
            f"Known: {', '.join(SCHEMES)}.",
            code="SCHEME_UNKNOWN",
        )
    return {name: SCHEMES[name](training, recipe, plan) for name in plan.schemes}
