"""The tables looked up by NumPy alone: no compiler needed, and the same bytes.

NumPy lets other threads run while it works, but each call hands the interpreter's lock on, which
costs about as much as a thousand look-ups. So every call does much: many rows, the patterns of
many groups, all tables of a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.layout import Layout, Whole
from predict.models.families.attribution.paths import Splits
from predict.models.families.attribution.reading import Floats, Ints

MET = 2**25  # bytes of answers to all splits at a time
FEWEST, MOST = 1024, 65_536  # rows at a time
STACK = 32  # groups whose patterns are built at a time

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Stack:
    """Groups of one number of bits: their splits (bits x groups, the highest bit first), and each
    group's tables (columns x 2**bits) with the columns they belong to.
    """

    splits: Ints
    tables: tuple[tuple[Whole, tuple[int, ...]], ...]


@dataclass(frozen=True)
class NumpyTier:
    """A layout as NumPy reads it."""

    stacks: tuple[Stack, ...]
    splits: Splits
    unit: float

    @property
    def rows(self) -> int:
        """Rows to work on at a time."""
        return min(max(MET // max(len(self.splits), 1), FEWEST), MOST)

    def add_up(self, X: npt.NDArray[np.float32], values: Floats, totals: Floats) -> None:
        """Write the contributions (rows x features) of rows, and their sums."""
        sums = self._sums(np.ascontiguousarray(X.T), values.shape[1])
        np.multiply(sums.T, self.unit, out=values)
        np.multiply(sums.sum(axis=0, dtype=np.int64), self.unit, out=totals)

    def _sums(self, columns: npt.NDArray[np.float32], n_features: int) -> Whole:
        sums = np.zeros((n_features, columns.shape[1]), dtype=np.int32)
        into, index = list(sums), np.empty(columns.shape[1], dtype=np.intp)
        widest = max((len(of) for stack in self.stacks for _, of in stack.tables), default=0)
        space = np.empty((widest, columns.shape[1]), dtype=np.int32)
        for stack, patterns in self.patterns(columns):
            for (table, of), pattern in zip(stack.tables, patterns, strict=True):
                index[:] = pattern
                entries = space[: len(of)]
                table.take(index, 1, entries, "wrap")  # the quickest mode; no index is too large
                for column, amount in zip(of, entries, strict=True):
                    np.add(into[column], amount, into[column])
        return sums

    def patterns(self, columns: npt.NDArray[np.float32]) -> Iterator[tuple[Stack, Bytes]]:
        """Go through the groups with the patterns of rows, groups x rows; the space is reused."""
        met = _met(columns, self.splits)
        space, bit = (np.empty((STACK, columns.shape[1]), dtype=np.uint8) for _ in range(2))
        for stack in self.stacks:
            patterns, next_bit = space[: len(stack.tables)], bit[: len(stack.tables)]
            met.take(stack.splits[0], 0, patterns, "wrap")
            for split in stack.splits[1:]:
                np.add(patterns, patterns, patterns)
                met.take(split, 0, next_bit, "wrap")
                np.add(patterns, next_bit, patterns)
            yield stack, patterns


def numpy_tier(layout: Layout, splits: Splits) -> NumpyTier:
    """Return a layout as NumPy reads it; groups stay in the layout's order."""
    begins: list[int] = []
    for width in np.unique(layout.width):
        same = np.flatnonzero(layout.width == width)  # groups of few bits come first
        begins += range(int(same[0]), int(same[-1]) + 1, STACK)
    bounds = zip(begins, [*begins, len(layout.width)][1:], strict=True)
    return NumpyTier(tuple(_stack(layout, *bound) for bound in bounds), splits, layout.unit)


def _stack(layout: Layout, low: int, high: int) -> Stack:
    starts = layout.bit_start[low : high + 1]
    splits = layout.bit_split[starts[0] : starts[-1]].reshape(high - low, -1)
    return Stack(
        np.ascontiguousarray(splits[:, ::-1].T), tuple(_tables(layout, g) for g in range(low, high))
    )


def _tables(layout: Layout, group: int) -> tuple[Whole, tuple[int, ...]]:
    columns = layout.column[layout.column_start[group] : layout.column_start[group + 1]]
    begin, size = layout.offset[group], 1 << int(layout.width[group])
    table = layout.table[begin : begin + size * len(columns)].reshape(-1, size)
    return table, tuple(columns.tolist())


def _met(columns: npt.NDArray[np.float32], splits: Splits) -> Bytes:
    """Return 1 where a row goes left at a split, splits x rows."""
    met = np.empty((len(splits), columns.shape[1]), dtype=np.bool_)
    for split, row in enumerate(met):
        column, threshold = columns[splits.feature[split]], splits.threshold[split]
        if splits.missing_left[split]:
            np.logical_not(np.greater_equal(column, threshold, row), row)  # missing is not >= it
        else:
            np.less(column, threshold, row)
    return met.view(np.uint8)
