"""Parquet: typed columns; only the wanted ones are read, every page's checksum is verified."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from predict.cohort.formats.base import (
    Chunk,
    SourceFile,
    SourceFormat,
    Stretch,
    check_names,
    mark_of,
)
from predict.cohort.source import Source, refuse

_DAMAGED = "The Parquet file is damaged or not Parquet; export it again."


class Parquet(SourceFormat):
    """A Parquet file; its places are rows."""

    title = "Parquet file"
    magic: ClassVar[tuple[bytes, ...]] = (b"PAR1",)
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, after the checks of the schema."""
        with _opened(file) as opened:
            schema = opened.schema_arrow
        check_names(list(schema.names))
        return Source(schema.empty_table(), typed=True)

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time."""
        cursor = _Cursor(file)
        with _opened(file) as opened:
            count = opened.metadata.num_rows
        for start in range(0, count, rows):
            end = min(start + rows, count)
            source = Source(cursor.take(start, end - start), typed=True)
            yield Stretch(start, end, source, partial(np.arange, start + 1, end + 1))

    def span(self, file: SourceFile) -> tuple[int, int]:
        """Return the place of the first row, and the place behind the last."""
        with _opened(file) as opened:
            return 0, opened.metadata.num_rows

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        if chunk is None:
            return Source(_all(file), typed=True)
        table = _cursor(file).take(chunk.start, chunk.rows)
        return Source(table, typed=True, first_row=chunk.first_row, piece=True)


def check_types(schema: pa.Schema) -> None:
    """Stop at types that no cell that is read may have."""
    for field in schema:
        if pa.types.is_nested(field.type):
            message = f"Column '{field.name}' holds lists or records; store plain values."
            raise refuse("COLUMN_NESTED", message, field.name)


def columns_of(file: SourceFile, schema: pa.Schema) -> list[str]:
    """Return the columns to read, in their order; without any, all that hold plain values."""
    if not file.columns:
        return [field.name for field in schema if not pa.types.is_nested(field.type)]
    present = [name for name in file.columns if name in schema.names]
    check_types(pa.schema([schema.field(name) for name in present]))
    return present


def _all(file: SourceFile) -> pa.Table:
    try:
        with _opened(file) as opened:
            names = columns_of(file, opened.schema_arrow)
            return _whole(opened.read(columns=names).select(names))
    except (pa.ArrowException, OSError) as error:
        raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error


def _whole(table: pa.Table) -> pa.Table:
    """The table, whose text is text: a file without checksums may have been changed anywhere."""
    try:
        table.validate(full=True)
    except pa.ArrowException as error:
        raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error
    return table


class _Cursor:
    """Reads forward through a Parquet file, so that chunks in order cost one pass."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        opened = _opened(file)
        self._columns = columns_of(file, opened.schema_arrow)
        self._schema = pa.schema([opened.schema_arrow.field(name) for name in self._columns])
        groups = range(opened.metadata.num_row_groups)
        sizes = [opened.metadata.row_group(group).num_rows for group in groups]
        self._starts = np.cumsum([0, *sizes])[:-1]
        self._held: list[pa.RecordBatch] = []
        self._begin(opened, 0)

    def take(self, start: int, rows: int) -> pa.Table:
        """Return `rows` rows from `start`."""
        # Groups of rows in between are passed over unread.
        if start < self._at or self._group(start) > self._group(self._at):
            self._begin(_opened(self.file), self._group(start))
        for _ in self._forward(start - self._at):
            pass
        return _whole(pa.Table.from_batches(list(self._forward(rows)), self._schema))

    def _group(self, row: int) -> int:
        """The group that a row lies in."""
        return max(int(np.searchsorted(self._starts, row, side="right")) - 1, 0)

    def _begin(self, opened: Any, group: int) -> None:
        """Go to the first row of a group."""
        self._held.clear()
        self._at = int(self._starts[group]) if len(self._starts) else 0
        self._batches: Iterator[pa.RecordBatch] = opened.iter_batches(
            batch_size=1 << 15,
            row_groups=list(range(group, len(self._starts))),
            columns=self._columns,
            use_threads=False,
        )

    def _forward(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Move forward by so many rows and yield them."""
        while rows:
            batch = self._held.pop() if self._held else self._next()
            if batch.num_rows > rows:
                self._held.append(batch.slice(rows))
            some = batch.slice(0, rows)
            rows -= some.num_rows
            self._at += some.num_rows
            yield some

    def _next(self) -> pa.RecordBatch:
        try:
            return next(self._batches).select(self._columns)
        except (pa.ArrowException, OSError, StopIteration) as error:
            raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error


_kept = threading.local()


def _cursor(file: SourceFile) -> _Cursor:
    cursor: _Cursor | None = getattr(_kept, "cursor", None)
    # A worker lives on for the next table: what it holds open must be what lies there now.
    mark = mark_of(file) if file.held is None else ()
    if cursor is None or cursor.file != file or _kept.mark != mark:
        cursor = _kept.cursor = _Cursor(file)
        _kept.mark = mark
    return cursor


def _opened(file: SourceFile) -> Any:
    import pyarrow.parquet as pq

    try:
        source = pa.BufferReader(file.held) if isinstance(file.held, bytes) else file.path
        # Read ahead, every group of rows stays in memory until the last one is given.
        opened = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False)
        opened.schema_arrow.names  # noqa: B018 - names that are no text raise here
        return opened
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error
