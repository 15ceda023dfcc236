"""The tables looked up by NumPy alone: no compiler needed, and the same bytes.

Every call works on a whole block of rows and lets other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.layout import Layout, Whole
from predict.models.families.attribution.paths import Splits
from predict.models.families.attribution.reading import Floats, Ints

MET = 2**23  # bytes of answers to all splits at a time
FEWEST, MOST = 1024, 16_384  # rows at a time: many repay the calls, few stay in the caches

Answers = npt.NDArray[np.uint8]
Looks = tuple[tuple[Whole, int], ...]
Group = tuple[tuple[int, ...], Looks]


@dataclass(frozen=True)
class NumpyTier:
    """A layout as NumPy reads it: each group's splits, highest bit first, and (table, column)."""

    groups: tuple[Group, ...]
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
        count = columns.shape[1]
        sums = np.zeros((n_features, count), dtype=np.int32)
        into, found = list(sums), np.empty(count, dtype=np.int32)
        for index, tables in self.patterns(columns):
            for table, column in tables:
                table.take(index, None, found, "wrap")  # the quickest mode; no index is too large
                np.add(into[column], found, into[column])
        return sums

    def patterns(self, columns: npt.NDArray[np.float32]) -> Iterator[tuple[Ints, Looks]]:
        """Go through the groups with the patterns of rows, in one array that is reused."""
        met = list(_met(columns, self.splits))
        pattern = np.empty(columns.shape[1], dtype=np.uint8)
        index = np.empty(columns.shape[1], dtype=np.intp)
        for bits, tables in self.groups:
            pattern[:] = met[bits[0]]
            for bit in bits[1:]:
                np.add(pattern, pattern, pattern)
                np.add(pattern, met[bit], pattern)
            index[:] = pattern
            yield index, tables


def numpy_tier(layout: Layout, splits: Splits) -> NumpyTier:
    """Return a layout as NumPy reads it."""
    return NumpyTier(tuple(_groups(layout)), splits, layout.unit)


def _groups(layout: Layout) -> Iterator[Group]:
    for g, begin in enumerate(layout.offset.tolist()):
        bits = layout.bit_split[layout.bit_start[g] : layout.bit_start[g + 1]]
        columns = layout.column[layout.column_start[g] : layout.column_start[g + 1]].tolist()
        size = 1 << int(layout.width[g])
        tables = layout.table[begin : begin + size * len(columns)].reshape(-1, size)
        yield tuple(bits[::-1].tolist()), tuple(zip(tables, columns, strict=True))


def _met(columns: npt.NDArray[np.float32], splits: Splits) -> Answers:
    """Return 1 where a row goes left at a split, splits x rows."""
    met = np.empty((len(splits), columns.shape[1]), dtype=np.bool_)
    for split, row in enumerate(met):
        column, threshold = columns[splits.feature[split]], splits.threshold[split]
        if splits.missing_left[split]:
            np.logical_not(np.greater_equal(column, threshold, row), row)  # missing is not >= it
        else:
            np.less(column, threshold, row)
    return met.view(np.uint8)
