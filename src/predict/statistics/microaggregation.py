"""Microaggregation: people in groups of at least so many, each group with one answer a question.

Whatever is counted in such a table is a whole number of groups. No count, and no difference of
counts, then tells of fewer people than a group has, however many tables are set side by side.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from predict.statistics.disclosure import SMALLEST_CELL

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def microaggregated(codes: Codes, place: Floats, *, smallest: int = SMALLEST_CELL) -> Codes:
    """Return the table with each group's people made alike.

    Groups are cut where people differ most in ``place``, in halves, until a half would be too
    small. A group's answer to a question is one that a member gave; of those, the one of which
    the groups so far lack most against the people so far, so that each question's counts stay
    near the truth. Answers that fewer than ``smallest`` people gave are merged with their
    neighbours first.

    Parameters
    ----------
    codes : ndarray, people x questions
        Whole numbers from 0, in the order of the answers they stand for.
    place : ndarray, people x dimensions
        Where people stand; distances along each dimension compare with each other.
    smallest : int
        People of a group, at least.

    Returns
    -------
    ndarray, people x questions
        Codes; row i stands for the group of person i.

    Raises
    ------
    ValueError
        For fewer people than one group needs.

    References
    ----------
    Domingo-Ferrer and Mateo-Sanz 2002, IEEE TKDE 14:189 (microaggregation); LeFevre, DeWitt and
    Ramakrishnan 2006, "Mondrian multidimensional k-anonymity" (groups by halves).

    Examples
    --------
    >>> codes = np.array([[0], [0], [1], [2], [2], [2]])
    >>> microaggregated(codes, codes.astype(float), smallest=3).ravel().tolist()
    [0, 0, 0, 2, 2, 2]
    """
    if len(codes) < smallest:
        raise ValueError(f"Expected at least {smallest} people, got {len(codes)}.")
    merged = np.column_stack([_merged(column, smallest) for column in codes.T])
    alike = np.empty_like(merged)
    width = int(merged.max(initial=0)) + 1
    questions = np.arange(merged.shape[1])
    lacking = np.zeros((merged.shape[1], width))
    for members in _groups(place, smallest):
        given = np.zeros_like(lacking)
        np.add.at(given, (questions, merged[members]), 1)
        lacking += given
        answer = np.where(given > 0, lacking, -np.inf).argmax(axis=1)
        lacking[questions, answer] -= len(members)
        alike[members] = answer
    return alike


def _merged(column: Codes, smallest: int) -> Codes:
    """Join neighbouring answers until each is shared by enough; the middle person's stands."""
    order = np.argsort(column, kind="stable")
    ranked = column[order]
    counts = np.bincount(ranked)
    bins, begin, end = [], 0, 0
    for count in counts:
        end += count
        if end - begin >= smallest:
            bins.append((begin, end))
            begin = end
    if bins and begin < end:
        bins[-1] = (bins[-1][0], end)
    merged = np.empty_like(column)
    for low, high in bins:
        merged[order[low:high]] = ranked[(low + high - 1) // 2]
    return merged


def _groups(place: Floats, smallest: int) -> Iterator[npt.NDArray[np.int64]]:
    waiting = [np.arange(len(place))]
    while waiting:
        members = waiting.pop()
        half = len(members) // 2
        if half < smallest:
            yield members
            continue
        here = place[members]
        widest = here[:, here.std(axis=0).argmax()]
        ranked = members[np.argsort(widest, kind="stable")]
        waiting += (ranked[half:], ranked[:half])
