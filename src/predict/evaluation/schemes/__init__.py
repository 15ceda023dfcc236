"""Further schemes, asked for by name: each answers a question that folds alone do not.

To add one: write a `Scheme` and give it a line in SCHEMES.
"""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from predict.errors import ExperimentError, did_you_mean
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.evaluation.schemes.learning import learning_curve, shuffled
from predict.evaluation.schemes.optimism import optimism
from predict.evaluation.schemes.places import later, places
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe


class Scheme(Protocol):
    """A question of its own about a recipe; what the folds have shown already may answer it."""

    def __call__(
        self, training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
    ) -> pd.DataFrame: ...


SCHEMES: dict[str, Scheme] = {
    "optimism": optimism,
    "places": places,
    "later": later,
    "learning": learning_curve,
    "shuffled": shuffled,
}


def run_schemes(
    training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
) -> dict[str, pd.DataFrame]:
    """Return the table of each scheme of the plan, and of those that the study asks for, by name.

    A study that names clusters asks for ``places``, one that names a time for ``later``.

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
    asked = {"places": training.study.cluster, "later": training.study.time}
    wanted = {*plan.schemes, *(name for name, column in asked.items() if column)}
    return {
        name: scheme(training, recipe, plan, estimates)
        for name, scheme in SCHEMES.items()
        if name in wanted
    }
