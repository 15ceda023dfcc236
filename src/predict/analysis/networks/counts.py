"""Two-way tables of every pair of items under many weightings of the people at once.

A rank or polychoric correlation of answers with few levels depends on the people only through the
two-way table of the two items. Resampling therefore never reads a row twice: one matrix product
turns a thousand weightings of the people into a thousand sets of tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.errors import DesignError

Array = NDArray[np.float64]
MOST_LEVELS = 12
_CHUNK = 1_000_000


@dataclass(frozen=True)
class ItemTables:
    """Products of answer indicators, one row a person, from which any weighted table follows.

    Parameters
    ----------
    indicators : array, people x (items * levels)
        One where the person gave that answer to that item; a missing answer is all zeros.
    items : int
        Number of items.
    levels : array, (levels,)
        The distinct answers, ascending.
    """

    indicators: NDArray[np.float32]
    items: int
    levels: Array

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.indicators.shape[0])

    def tables(self, weights: Array | None = None) -> Array:
        """Return two-way tables, weightings x items x items x levels x levels.

        Parameters
        ----------
        weights : array, weightings x people, optional
            How often each person counts; without it everyone counts once.
        """
        if weights is None:
            weights = np.ones((1, self.people))
        k, p = self.levels.size, self.items
        flat = _weighted_products(self.indicators, np.asarray(weights, dtype=np.float32))
        return flat.reshape(-1, p, k, p, k).transpose(0, 1, 3, 2, 4)


def item_tables(answers: Array, levels: Array | None = None) -> ItemTables:
    """Prepare answers (people x items, NaN where missing) for counting.

    Raises
    ------
    DesignError
        When an item has more than 12 distinct answers; give items, not totals.

    Examples
    --------
    >>> import numpy as np
    >>> counts = item_tables(np.array([[0.0, 1.0], [1.0, 1.0], [0.0, np.nan]]))
    >>> counts.tables()[0, 0, 1]
    array([[0., 1.],
           [0., 1.]])
    """
    answers = np.asarray(answers, dtype=float)
    if levels is None:
        levels = np.unique(answers[np.isfinite(answers)])
    if levels.size > MOST_LEVELS:
        raise DesignError(
            f"Expected items with at most {MOST_LEVELS} distinct answers, got {levels.size}. "
            "Networks are drawn between items, not totals.",
            code="NETWORK_LEVELS",
        )
    hot = (answers[:, :, None] == levels).astype(np.float32)
    return ItemTables(hot.reshape(len(answers), -1), answers.shape[1], levels)


def _weighted_products(hot: NDArray[np.float32], weights: NDArray[np.float32]) -> Array:
    """Sum the products of all column pairs under each weighting (float32 counts are exact)."""
    width = hot.shape[1]
    first, second = np.triu_indices(width)
    total = np.zeros((len(weights), first.size))
    step = max(1, _CHUNK * 8 // first.size)
    for start in range(0, len(hot), step):
        part = hot[start : start + step]
        total += weights[:, start : start + step] @ (part[:, first] * part[:, second])
    square = np.zeros((len(weights), width, width))
    square[:, first, second] = total
    square[:, second, first] = total
    return square
