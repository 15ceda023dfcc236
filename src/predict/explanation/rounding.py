"""Whole points out of 100 that add up."""

from __future__ import annotations

import numpy as np


def whole(in_100: np.ndarray) -> np.ndarray:
    """Return whole patients in 100, halves rounded up; never 0 and never 100."""
    people: np.ndarray = np.clip(np.floor(np.asarray(in_100) + 0.5), 1, 99).astype("int64")
    return people


def largest_remainder(values: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Round each row to integers that add up to its total.

    Each value is rounded down, and the units still missing go to the largest remainders.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    totals : ndarray of int, shape (rows,)
        Within a few units of each row's sum.

    Examples
    --------
    >>> largest_remainder(np.array([[1.4, 1.4, -0.3]]), np.array([3]))
    array([[2, 1, 0]])
    """
    floor: np.ndarray = np.floor(values).astype("int64")
    missing = totals - floor.sum(axis=1)
    width = values.shape[1]
    if width == 0:
        return floor
    order = np.argsort(-(values - floor), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(width)[None, :].repeat(len(values), 0), axis=1)
    extra, over = np.divmod(missing, width)
    printed: np.ndarray = floor + extra[:, None] + (rank < over[:, None])
    return printed
