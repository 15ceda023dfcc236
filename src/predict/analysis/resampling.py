"""Resampling people, or whole clusters of them, as rows of weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort

Array = NDArray[np.float64]
_BATCH = 250


@dataclass(frozen=True)
class CohortPart:
    """Some people of a cohort.

    Parameters
    ----------
    ids : Index
    clusters : array of int
        Cluster of each of them, numbered from 0.
    inside : array of bool
        Which people of the cohort they are.
    """

    ids: pd.Index
    clusters: NDArray[np.int64]
    inside: NDArray[np.bool_]

    def group(self, who: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a group of these people as one over the whole cohort."""
        group = np.zeros(len(self.inside), dtype=bool)
        group[self.inside] = who
        return group


def cluster_codes(cohort: Cohort, ids: pd.Index) -> NDArray[np.int64]:
    """Return each person's cluster, numbered from 0; one number a person when there are none."""
    name = cohort.study.cluster
    if name is None or name not in cohort.people:
        return np.arange(len(ids), dtype=np.int64)
    codes, _ = pd.factorize(cohort.people.loc[ids, name].astype("str"), sort=True)
    return np.asarray(codes, dtype=np.int64)


def bootstrap_weights(
    rng: np.random.Generator, clusters: NDArray[np.int64], resamples: int
) -> Iterator[Array]:
    """Yield batches of multinomial weights, one row a resample, shared within clusters.

    Examples
    --------
    >>> import numpy as np
    >>> weights = next(bootstrap_weights(np.random.default_rng(1), np.array([0, 0, 1, 2]), 2))
    >>> weights.shape, bool((weights[:, 0] == weights[:, 1]).all())
    ((2, 4), True)
    """
    groups = int(clusters.max()) + 1
    for start in range(0, resamples, _BATCH):
        size = min(_BATCH, resamples - start)
        draws = rng.integers(0, groups, size=(size, groups))
        offset = np.arange(size)[:, None] * groups
        counts = np.bincount((draws + offset).ravel(), minlength=size * groups)
        yield counts.reshape(size, groups).astype(float)[:, clusters]
