"""Courses ready for fitting: equal rows counted once, grouped by which visits are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predict.errors import DesignError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pattern:
    """Rows that share their missing visits.

    Parameters
    ----------
    seen : array of int
        Positions of the scores that are there.
    rows : array of int
        Positions of these rows among the distinct rows.
    products : array, rows x terms
        1, the scores, and their products: all that the likelihood needs of them.
    """

    seen: NDArray[np.int64]
    rows: NDArray[np.int64]
    products: Array


@dataclass(frozen=True)
class CourseRows:
    """Distinct courses with how many people follow each.

    Parameters
    ----------
    scores : array, distinct rows x (processes * visits)
        Centred scores, process by process; NaN where missing.
    counts : array, (distinct rows,) or distinct rows x sets
        People behind each distinct row; one column a set of people when many are fitted at once.
    center : array
        What was subtracted from each column.
    where : array of int, (people,)
        Distinct row of each person, -1 for people without any score.
    processes, visits : int
        Shape of a course.
    """

    scores: Array
    counts: Array
    center: Array
    where: NDArray[np.int64]
    patterns: tuple[Pattern, ...]
    processes: int
    visits: int

    @property
    def people(self) -> int:
        """People with at least one score."""
        return int(self.counts.sum())

    @property
    def weights(self) -> Array:
        """The counts with an axis for sets, which is of length one when all share them."""
        return self.counts[:, None] if self.counts.ndim == 1 else self.counts

    @property
    def width(self) -> int:
        """Scores in a whole course."""
        return self.processes * self.visits


def course_rows(scores: Array) -> CourseRows:
    """Prepare scores (people x processes x visits, NaN where missing).

    Raises
    ------
    DesignError
        With fewer than three visits (a course needs three), or no person with a score.

    Examples
    --------
    >>> import numpy as np
    >>> rows = course_rows(np.array([[[9.0, 5, 2]], [[9, 5, 2]], [[8, np.nan, 8]]]))
    >>> rows.counts, len(rows.patterns)
    (array([1., 2.]), 2)
    """
    scores = np.asarray(scores, dtype=float)
    people, processes, visits = scores.shape
    if visits < 3:
        raise DesignError(
            f"Expected at least 3 visits to tell courses apart, got {visits}. "
            "Compare the two visits with `predict analyse outcomes`.",
            code="COURSE_VISITS",
        )
    flat = scores.reshape(people, -1)
    some = np.isfinite(flat).any(1)
    if not some.any():
        raise DesignError("Expected people with scores, got none.", code="COURSE_EMPTY")
    distinct, inverse, counts = np.unique(
        flat[some], axis=0, return_inverse=True, return_counts=True, equal_nan=True
    )
    center = np.nanmean(np.repeat(distinct, counts, axis=0), axis=0)
    where = np.full(people, -1, dtype=np.int64)
    where[some] = inverse.ravel()
    centred = distinct - center
    return CourseRows(
        centred, counts.astype(float), center, where, _patterns(centred), processes, visits
    )


def patterns_of(centred: Array) -> tuple[Pattern, ...]:
    """Group rows by their missing scores."""
    return _patterns(centred)


def _patterns(centred: Array) -> tuple[Pattern, ...]:
    there = np.isfinite(centred)
    kinds, member = np.unique(there, axis=0, return_inverse=True)
    member = member.ravel()
    return tuple(_pattern(centred, kinds[k], np.nonzero(member == k)[0]) for k in range(len(kinds)))


def _pattern(centred: Array, kind: NDArray[np.bool_], rows: NDArray[np.int64]) -> Pattern:
    seen = np.nonzero(kind)[0]
    y = centred[np.ix_(rows, seen)]
    first, second = np.triu_indices(seen.size)
    products = np.concatenate([np.ones((len(y), 1)), y, y[:, first] * y[:, second]], axis=1)
    return Pattern(seen, rows, products)
