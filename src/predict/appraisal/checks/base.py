"""What a check looks at and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from predict.cohort import Cohort
from predict.evaluation import Evaluation, Plan
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe

State = Literal["issue", "note", "passed", "not_applicable", "muted"]


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


@dataclass(frozen=True)
class Result:
    """What a check found.

    Parameters
    ----------
    state : str
        ``issue`` must be answered, ``note`` should be read, ``passed``, ``not_applicable``, or
        ``muted`` with the experiment's reason.
    text : str
        Expected, got, do this; no one's answer is in it.
    """

    state: State
    text: str = ""


Check = Callable[[Design], Result]

PASSED = Result("passed")


def issue(text: str) -> Result:
    """Return a result that must be answered."""
    return Result("issue", text)


def note(text: str) -> Result:
    """Return a result that should be read."""
    return Result("note", text)


def not_applicable(why: str) -> Result:
    """Return that the check has nothing to look at, and why."""
    return Result("not_applicable", why)


def listed(names: list[str], most: int = 3) -> str:
    """Return names for a sentence, the first few.

    Examples
    --------
    >>> listed(["a", "b", "c", "d"])
    "'a', 'b', 'c' and 1 more"
    """
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
