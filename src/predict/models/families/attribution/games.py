"""Who plays at a leaf: what is assumed of a feature that is left out of a coalition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predict.models.families.attribution.leaves import cover_tables, marginal_tables
from predict.models.families.attribution.paths import Leaves
from predict.models.families.attribution.reading import Floats, Ints


@dataclass(frozen=True)
class CoverGames:
    """A feature left out goes each way as the training cover did: path-dependent Tree SHAP."""

    leaves: Leaves

    def tables(self, rows: Ints, k: int) -> Floats:
        """Return what each feature earns at leaves of k features, by pattern."""
        return cover_tables(self.leaves.share[rows, :k], self.leaves.paths.value[rows])

    @property
    def chance(self) -> Floats:
        """For each leaf, the share of the training cover that came there, feature by feature."""
        chance: Floats = self.leaves.share.prod(axis=1)
        return chance


@dataclass(frozen=True)
class MarginalGames:
    """Features left out are a background person's: interventional Shapley values.

    Parameters
    ----------
    leaves : Leaves
    count : ndarray
        Background people by the pattern of a leaf's conditions that they meet, leaf after leaf;
        bit j of a pattern is the leaf's feature j.
    people : int
        All people of the background.
    """

    leaves: Leaves
    count: Ints
    people: int

    def tables(self, rows: Ints, k: int) -> Floats:
        """Return what each feature earns at leaves of k features, by pattern."""
        start = pattern_starts(self.leaves)[rows]
        histogram = self.count[start[:, None] + np.arange(1 << k)] / self.people
        return marginal_tables(histogram, self.leaves.paths.value[rows])

    @property
    def chance(self) -> Floats:
        """For each leaf, the share of the background that meets all its conditions."""
        there: Floats = self.count[pattern_starts(self.leaves)[1:] - 1] / self.people
        return there


def pattern_starts(leaves: Leaves) -> Ints:
    """Return where each leaf's patterns begin in a list of all, and the length of that list."""
    starts: Ints = np.append(0, np.cumsum(np.int64(1) << leaves.count))
    return starts
