"""What a design is: the question, the people, and how it is to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from predict.cohort import Cohort
from predict.evaluation import Evaluation, Plan
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe


@dataclass(frozen=True)
class Design:
    """A question, the people and how it is to be answered: what the checks look at.

    Parameters
    ----------
    training : TrainingSet
    recipe : Recipe
    plan : Plan
    cohort : Cohort, optional
        The table behind the training set.
    evaluation : Evaluation, optional
        Once there is one; before, checks of results are not applicable.
    muted : mapping of code to reason
        From the experiment; a muted check is listed with its reason, never dropped.
    """

    training: TrainingSet
    recipe: Recipe
    plan: Plan
    cohort: Cohort | None = None
    evaluation: Evaluation | None = None
    muted: Mapping[str, str] = field(default_factory=dict)

    @property
    def features(self) -> pd.DataFrame:
        """The columns that were opted into."""
        return self.training.X[list(self.training.chosen)]

    @property
    def numbers(self) -> pd.DataFrame:
        """The number columns among them."""
        return self.features.select_dtypes("number")

    @property
    def choices(self) -> pd.DataFrame:
        """The choice columns among them."""
        return self.features.select_dtypes(exclude="number")

    @property
    def is_baseline(self) -> bool:
        """Whether the model stands before treatment."""
        return self.training.as_of == self.training.study.visits[0]

    @property
    def shipped(self) -> str:
        """The family whose results count: the verdict's, once judged, else the recipe's."""
        if self.evaluation is not None:
            return str(self.evaluation.verdict.get("model", self.recipe.family))
        return self.recipe.family
