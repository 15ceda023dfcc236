"""Numbers the thresholds of features, so that a small code compares as a row's number does.

A feature's code is the number of its thresholds at or below the value, so that ``x < threshold``
is ``code < rank + 1``: exact, with ties, with signed zeros and one step beside a threshold.
Missing is 255; a second set of codes is one more, and there missing is 0, for the splits that
send it to the left. A feature with more than 254 thresholds gets several planes of codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.paths import Splits
from predict.models.families.attribution.reading import Ints

PER_PLANE = 254


@dataclass(frozen=True)
class Planes:
    """Thresholds by plane: plane i asks about ``feature[i]`` with
    ``threshold[start[i]:start[i + 1]]``, ascending.

    ``of_split`` and ``rank`` give each split's plane and its threshold's place in it.
    """

    n_features: int
    feature: Ints
    start: Ints
    threshold: npt.NDArray[np.float32]
    of_split: Ints
    rank: Ints

    def __len__(self) -> int:
        return len(self.feature)


def code_planes(splits: Splits, n_features: int) -> Planes:
    """Number the thresholds of each feature and deal them out to planes."""
    fresh = np.ones(len(splits), dtype=np.bool_)
    fresh[1:] = (np.diff(splits.feature) != 0) | (np.diff(splits.threshold) != 0)
    value = np.cumsum(fresh) - 1  # splits are sorted: the number of the distinct threshold
    feature, threshold = splits.feature[fresh], splits.threshold[fresh]
    place = np.arange(len(feature)) - np.searchsorted(feature, feature)
    begins = place % PER_PLANE == 0
    plane = np.cumsum(begins) - 1
    return Planes(
        n_features=n_features,
        feature=feature[begins],
        start=np.append(np.flatnonzero(begins), len(feature)).astype(np.int64),
        threshold=threshold,
        of_split=plane[value],
        rank=(place % PER_PLANE)[value],
    )
