"""Counts the people of a background by the conditions of each leaf that they meet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.games import pattern_starts
from predict.models.families.attribution.grouping import LARGEST
from predict.models.families.attribution.layout import Layout, leaf_patterns
from predict.models.families.attribution.numpy_tier import NumpyTier
from predict.models.families.attribution.paths import Leaves
from predict.models.families.attribution.reading import Ints


def leaf_histograms(
    layout: Layout, leaves: Leaves, tier: NumpyTier, X: npt.NDArray[np.float32]
) -> Ints:
    """Return people by pattern, leaf after leaf: each group's counts, told again by its leaves."""
    met = _group_histograms(len(layout.width), tier, X)
    starts = pattern_starts(leaves)
    count = np.zeros(starts[-1], dtype=np.int64)
    count[starts[:-1][leaves.count == 0]] = len(X)  # a tree without a split is reached by all
    for part in leaf_patterns(layout, leaves):
        into = starts[part.rows][:, None] + part.own
        np.add.at(count, into, met[layout.leaf_group[part.rows], : part.own.shape[1]])
    return count


def _group_histograms(groups: int, tier: NumpyTier, X: npt.NDArray[np.float32]) -> Ints:
    met = np.zeros((groups, 1 << LARGEST), dtype=np.int64)
    for begin in range(0, len(X), tier.rows):
        columns = np.ascontiguousarray(X[begin : begin + tier.rows].T)
        patterns = (pattern for _, stack in tier.patterns(columns) for pattern in stack)
        for group, pattern in enumerate(patterns):
            met[group] += np.bincount(pattern, minlength=1 << LARGEST)
    return met
