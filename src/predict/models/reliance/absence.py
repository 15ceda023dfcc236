"""Answers that are missing although hardly anybody of the training people lacked them.

A model is told nothing of what a missing age means when everybody it learned from had one: what it
then makes of it is an accident of its shape. Items have the rule of their instrument instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from predict.models.reliance.finding import Finding, Reason
from predict.models.reliance.profile import OFTEN_ABSENT, RelianceProfile
from predict.statistics.disclosure import SMALLEST_CELL

# The estimate of a person in the middle moves by so much between usual answers to a column.
LEANS = 0.10


def absent_answers(
    profile: RelianceProfile, X: pd.DataFrame, leans: frozenset[str]
) -> Iterator[Finding]:
    """Note a column that is missing and seldom was; stop where the model leans on it.

    Parameters
    ----------
    leans : frozenset of str
        From `leaning`.
    """
    items = {name for items in profile.item_sets for name in items.columns}
    for name in [str(n) for n in X if n in profile.labels and n not in items]:
        if _seldom_missing(profile, name):
            missing, named = X[name].isna().to_numpy(), {"label": profile.labels[name]}
            if name in leans:
                yield Finding("stop", Reason("answer_absent_needed", named), missing)
            else:
                yield Finding("note", Reason("answer_absent", named), missing)


def _seldom_missing(profile: RelianceProfile, name: str) -> bool:
    if name in profile.numbers:
        missing = profile.numbers[name].missing
    else:
        counts = list(profile.levels.get(name, {None: None}).values())
        known = [count for count in counts if count is not None]
        # Where a few are not told, so is how many lacked it: nothing can be said.
        missing = profile.n - sum(known) if len(known) == len(counts) else profile.n
    most = SMALLEST_CELL - 1 if missing is None else missing
    return most < OFTEN_ABSENT * profile.n


def leaning(
    profile: RelianceProfile,
    names: Sequence[str],
    probability: Callable[[pd.DataFrame], np.ndarray],
) -> frozenset[str]:
    """Return the columns on which the estimate of a person in the middle depends by 10 in 100.

    One column after another takes its training quantiles from 5 to 95 in 100, or its categories;
    the others stay at their median, or their most frequent category.

    Parameters
    ----------
    names : sequence of str
        The model's columns, in order.
    probability : callable
        From raw features, shape (people, columns), to probabilities.
    """
    tried = {name: _usual(profile, name) for name in names}
    middle = {name: _middle(profile, name) for name in names}
    rows = [{**middle, name: value} for name, values in tried.items() for value in values]
    owner = np.array([name for name, values in tried.items() for _ in values])
    if not rows:
        return frozenset()
    estimates = pd.Series(probability(pd.DataFrame(rows, columns=list(names)))).groupby(owner)
    width = estimates.max() - estimates.min()
    return frozenset(str(name) for name in width.index[width >= LEANS])


def _usual(profile: RelianceProfile, name: str) -> Sequence[Any]:
    if name in profile.numbers:
        return profile.numbers[name].quantiles[1:-1]
    return list(profile.levels.get(name, ()))


def _middle(profile: RelianceProfile, name: str) -> Any:
    if name in profile.numbers:
        return profile.numbers[name].quantiles[3]
    levels: Mapping[str, int | None] = profile.levels.get(name, {})
    return max(levels, key=lambda level: levels[level] or 0) if levels else np.nan
