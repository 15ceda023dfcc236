"""A training set where one is asked for, or the way to one."""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.cohort import Cohort
from predict.errors import wrong_noun
from predict.features.training_set import TrainingSet


def require_training_set(value: Any) -> None:
    """Stop where what should be a training set is none.

    Raises
    ------
    UsageError
        With what came, and how a training set is made of it.

    Examples
    --------
    >>> require_training_set("table.csv")
    Traceback (most recent call last):
    predict.errors.UsageError: NOUN_WRONG: Expected a training set, got a str. Use
    predict.assemble(table, outcome, study=study).
    """
    if isinstance(value, TrainingSet):
        return
    remedy = "Use predict.assemble(table, outcome, study=study)."
    if isinstance(value, Cohort):
        remedy = "Use predict.assemble(cohort, outcome); `predict list outcomes` names them."
    elif isinstance(value, pd.DataFrame):
        remedy += " A plain table without a study: predict.ResponseClassifier().fit(X, y)."
    raise wrong_noun("a training set", value, remedy)
