"""Where people stood when round one was over: the plainest thing to know before round two."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.features.training_set import START_SCORE, TrainingSet


def round_one_state(training: TrainingSet) -> pd.Series | None:
    """Return who had already reached the outcome's mark at the as-of visit, where a score tells."""
    column = severity_column(training, training.as_of)
    if column is None:
        return None
    start, then = training.extras[START_SCORE], training.X[column]
    reached = training.outcome.responds(start, then).astype(bool)
    words = pd.Series(np.where(reached, "reached", "not_reached"), index=reached.index)
    return words.where(then.notna() & start.notna())


def severity_column(training: TrainingSet, visit: str) -> str | None:
    """Return the feature that holds the outcome scale's total at a visit."""
    for column in training.columns:
        same = column.source == training.outcome.instrument and column.item in (
            training.outcome.scale,
            "",
        )
        if same and column.role == "total" and column.visit == visit:
            return column.name
    return None
