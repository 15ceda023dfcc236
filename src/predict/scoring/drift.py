"""Is a column distributed as it was among the people learned from? An index, and what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.models.reliance.profile import QUANTILES
from predict.statistics.intervals import chi_squared_tail

DRIFT_NOTE, DRIFT_STOP = 0.25, 0.5
# Below so many people a share is a share of a few; and below the second no run is stopped.
FEWEST, FEWEST_TO_STOP = 20, 50
# A table of people like those learned from is warned of drift once in so many tables at most.
TABLES = 100


@dataclass(frozen=True)
class Drift:
    """How far a column of a table lies from training's.

    Parameters
    ----------
    index : float
        Population stability index, 0 and above.
    low : float
        Lower limit of its interval: what the index is shown to exceed.
    stops : bool
        Whether drift of this column and of so many people may stop a run.
    """

    index: float
    low: float
    stops: bool

    @property
    def level(self) -> str:
        """``file`` where drift beyond the limit is shown, ``warning`` where any is; else ``note``.

        A run is stopped by the interval's lower limit, whatever the number of people: twenty and
        twenty thousand are held to the same.
        """
        if self.low > DRIFT_STOP and self.stops:
            return "file"
        return "warning" if self.index > DRIFT_NOTE and self.low > 0 else "note"


def lowest_index(index: float, bins: int, n: float, learned: int, *, columns: int = 1) -> float:
    """Return the lower limit of an index's interval, 0 where chance alone explains it.

    Parameters
    ----------
    index : float
        Of n people of a table.
    bins, n, learned
        Bins; people of the table; people learned from.
    columns : int
        How many columns are looked at: together they are wrong in one table of `TABLES`.

    References
    ----------
    Yurdakul 2018, "Statistical properties of the population stability index": without drift it is
    (1/n + 1/N) times a chi-squared variable of one degree less than bins. With drift the variable
    is noncentral, and its noncentrality is what the limit bounds.

    Examples
    --------
    >>> [round(lowest_index(0.9, 8, n, 1500), 2) for n in (20, 50, 200, 2000)]
    [0.0, 0.28, 0.57, 0.75]
    """
    scale, error = 1 / n + 1 / max(learned, 1), 1 / (TABLES * columns)
    if chi_squared_tail(index / scale, bins - 1) > error:
        return 0.0
    from scipy.special import chndtrinc

    return float(chndtrinc(index / scale, bins - 1, 1 - error)) * scale


def stability_index(seen: Sequence[float], quantiles: tuple[float, ...], n: float = 5e3) -> float:
    """Return the population stability index of a table against stored quantiles.

    Quantiles of answers with few values are ties: they bound the training distribution without
    fixing it. Within the bounds the distribution nearest to the table's is taken, so the index is
    never too large.

    Parameters
    ----------
    seen : sequence of float
        Share of the table's values up to each distinct quantile, ascending.
    quantiles : tuple of float
        Training values at `QUANTILES`.
    n : float
        People of the table: an empty bin counts as half a person.

    Examples
    --------
    >>> stability_index([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], (1, 2, 3, 4, 5, 6, 7))
    0.0
    >>> stability_index([0.9, 0.95, 0.97, 0.98, 0.99, 0.99, 1.0], (1, 2, 3, 4, 5, 6, 7)) > 2
    True
    """
    edges = sorted(set(quantiles))
    low = [max(q for q, v in zip(QUANTILES, quantiles, strict=True) if v <= e) for e in edges]
    high = [
        min([q for q, v in zip(QUANTILES, quantiles, strict=True) if v > e], default=1.0)
        for e in edges
    ]
    # A continuous column has no ties: its shares are the quantiles themselves.
    exact = len(edges) == len(quantiles)
    expected = np.array(low) if exact else np.clip(seen, low, high)
    return index_of(np.diff([0.0, *seen, 1.0]), np.diff([0.0, *expected, 1.0]), n)


def choice_index(seen: Sequence[float], learned: Sequence[int | None], people: int) -> float:
    """Return the smallest index of a choice's shares that the counts told of training allow.

    Parameters
    ----------
    seen : sequence of float
        How many chose each level.
    learned : sequence of int or None
        How many did in training; levels whose count is not told are taken together.
    people : int
        People learned from: those not told of have an untold level, or none.

    Examples
    --------
    >>> choice_index([50, 50], [800, 800], 1_600)
    0.0
    >>> choice_index([90, 10], [800, 800], 1_600) > 0.5
    True
    >>> choice_index([60, 30, 10], [800, None, None], 1_600) < 0.1
    True
    """
    told = [(count, n) for count, n in zip(seen, learned, strict=True) if n is not None]
    n, known = float(sum(seen)), float(sum(count for _, count in told))
    shares, expected = [count / n for count, _ in told], [count / known for _, count in told]
    if len(told) < len(learned):
        rest = 1 - sum(shares)
        others = float(np.clip(rest, 0.0, max(1 - known / people, 0.0)))
        shares, expected = [*shares, rest], [*((1 - others) * e for e in expected), others]
    return index_of(np.array(shares), np.array(expected), n)


def index_of(seen: NDArray[np.float64], expected: NDArray[np.float64], n: float) -> float:
    """Return the index of two lists of shares; what is empty counts as half a person."""
    least = max(0.5 / n, 1e-4)
    a, b = np.clip(seen, least, None), np.clip(expected, least, None)
    return float(np.sum((a - b) * np.log(a / b)))
