"""Marginal reasons: interventional Shapley values against all people a model learned from.

What is kept of those people are counts, leaf by leaf, of who meets which of its conditions. A
table of contributions can be inverted to such counts, so they are taken of people made alike in
groups (:mod:`predict.statistics.microaggregation`): whatever is worked out from them, and from
differences between leaves, counts whole groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.games import pattern_starts
from predict.models.families.attribution.paths import Splits
from predict.models.families.attribution.reading import Ints
from predict.models.families.attribution.tables import Tables
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.microaggregation import microaggregated

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Background:
    """The people that marginal reasons hold a row against.

    Parameters
    ----------
    people : int
        How many they are.
    smallest : int
        People of a group, at least: each count is 0 or no smaller.
    count : ndarray
        People by the pattern of conditions met, leaf after leaf, as :meth:`Tables.histograms`
        counts them.
    """

    people: int
    smallest: int
    count: Ints

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {"people": self.people, "smallest": self.smallest, "count": self.count.tolist()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Background:
        """Return what `to_dict` wrote."""
        count = np.array(stored["count"], dtype=np.int64)
        return cls(int(stored["people"]), int(stored["smallest"]), count)


def background_of(
    tables: Tables, X: npt.NDArray[np.floating], *, smallest: int = SMALLEST_CELL
) -> Background:
    """Return the people a model learned from as a protected background.

    Parameters
    ----------
    tables : Tables
        The model compiled.
    X : ndarray, people x features
        All of them, at least `smallest`; numbers in the order of the model's features.
    smallest : int
        People of a group; 1 counts everybody as they are, which must not be stored.

    References
    ----------
    Decision 0080 (docs/decisions) weighs the ways of protecting them.
    """
    alike = people_alike(tables, np.asarray(X, dtype=np.float32), smallest=smallest)
    return Background(len(X), smallest, tables.histograms(alike))


def against(tables: Tables, background: Background) -> Tables:
    """Return the tables of marginal reasons: :meth:`Tables.contributions` then gives them.

    Raises
    ------
    ValueError
        When the background was not counted by these trees.
    """
    starts = pattern_starts(tables.forest.leaves)
    fits = len(background.count) == starts[-1] and background.people > 0
    if not fits or not _all_told(background, starts):
        raise ValueError("The background's counts do not fit these trees.")
    return tables.marginal(background.count, background.people)


def _all_told(background: Background, starts: Ints) -> bool:
    totals = np.add.reduceat(background.count, starts[:-1]) if len(starts) > 1 else np.empty(0)
    return bool((totals == background.people).all()) and bool((background.count >= 0).all())


def people_alike(tables: Tables, X: Numbers, *, smallest: int) -> Numbers:
    """Return people made alike in groups, as far as the model asks: it sees them as numbers.

    Groups are of people with similar contributions, for that is what their answers are worth to
    the model; features that no split asks about are left missing.
    """
    splits = tables.forest.splits
    used = np.unique(splits.feature)
    if smallest <= 1 or not len(used):
        return X
    codes = np.column_stack([_codes(X[:, f], _thresholds(splits, f), smallest) for f in used])
    place = tables.contributions(X).values[:, used]
    alike = microaggregated(codes, place, smallest=smallest)
    numbers = np.full_like(X, np.nan)
    for column, feature in enumerate(used):
        # A number for each code: below all thresholds, on each of them, missing.
        stands = np.concatenate([[-np.inf], _thresholds(splits, feature), [np.nan]])
        numbers[:, feature] = stands[alike[:, column]]
    return numbers


def _thresholds(splits: Splits, feature: int) -> Numbers:
    return np.unique(splits.threshold[splits.feature == feature])


def _codes(column: Numbers, thresholds: Numbers, smallest: int) -> Ints:
    """Number the answers that splits tell apart, missing last; a few missing count as middle."""
    codes = np.searchsorted(thresholds, column, side="right")
    missing = np.isnan(column)
    present = codes[~missing]
    few = 0 < missing.sum() < smallest and len(present)
    codes[missing] = np.sort(present)[len(present) // 2] if few else len(thresholds) + 1
    return codes.astype(np.int64)
