"""Formats whose places are rows: what takes some rows from anywhere reads whole and in chunks."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa

from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.source import Source, refuse

# Rows at a time where all are read: what a library holds beside them stays small.
BATCH = 1 << 15


class RowFormat(SourceFormat):
    """A format that gives some rows from a place on; a subclass says how."""

    @abstractmethod
    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on (from 0), or those that are left."""

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time; stop where the file was cut off."""
        start, count = 0, rows
        while count == rows:
            source = self.take(file, start, rows)
            count = source.table.num_rows
            if count:
                ends = partial(np.arange, start + 1, start + count + 1)
                yield Stretch(start, start + count, source, ends)
            start += count
        self.check_end(file, start)

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        if chunk is None:
            return self._all(file)
        source = self.take(file, chunk.start, chunk.rows)
        if source.table.num_rows != chunk.rows:
            raise refuse("TABLE_CUT_OFF", "The table has fewer rows than it had; export it again.")
        return replace(source, first_row=chunk.first_row, piece=True)

    def _all(self, file: SourceFile) -> Source:
        head = self.probe(file)
        parts = [stretch.source for stretch in self.stretches(file, BATCH)]
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update(part.counts)
        names = [name for name in head.table.column_names if name in (file.columns or head.names)]
        empty = head.table.select(names)
        table = joined([part.table for part in parts]) if parts else empty
        return replace(head, table=table, counts=dict(counts))


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables one under the other; a column that is blank in some has the type of the others.

    Examples
    --------
    >>> joined([pa.table({"day": pa.nulls(1, pa.float64())}), pa.table({"day": ["2024-01-31"]})])[
    ...     "day"].to_pylist()
    [None, '2024-01-31']
    """
    columns = {}
    for name in tables[0].column_names:
        arrays = [table.column(name) for table in tables]
        kinds = {array.type for array in arrays if array.null_count < len(array)}
        kind = common_type(kinds or {arrays[0].type})
        columns[name] = pa.chunked_array(
            [chunk for array in arrays for chunk in _of_type(array, kind).chunks], kind
        )
    return pa.table(columns)


def common_type(kinds: Collection[pa.DataType]) -> pa.DataType:
    """Return the type of a column whose parts have these: their own, a number, or else text."""
    if len(kinds) == 1:
        return next(iter(kinds))
    numeric = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)
    return pa.float64() if numeric else pa.string()


def cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table's columns in the types of a schema that `common_type` gave."""
    columns = [_of_type(table.column(field.name), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _of_type(array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if array.type == kind:
        return array
    if array.null_count == len(array):
        return pa.chunked_array([pa.nulls(len(array), kind)])
    return array.cast(kind)
