"""A Parquet file cut into pieces of so many rows."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from predict.cohort.chunks.chunk import Chunk, Listener, Scan, ids_of
from predict.cohort.person_boundaries import Persons, last_change
from predict.cohort.source import Source, check_parquet_schema, refuse

_DAMAGED = "The Parquet file is damaged or not Parquet; export it again."


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file; only the wanted columns are read, every page's checksum is verified."""

    path: str
    id_column: str
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()

    def probe(self) -> Source:
        """Return the table without its rows, after the checks of the schema."""
        with _opened(self.path) as file:
            schema = file.schema_arrow
        check_parquet_schema(schema)
        return Source(schema.empty_table(), typed=True)

    def survey(
        self,
        rows: int,
        *,
        first_row: int,
        number: int,
        ids: Listener,
        persons: Persons | None = None,
    ) -> Scan:
        """Return the file's pieces of so many rows; hand every piece's ids on.

        With ``persons`` a piece ends where another person begins.
        """
        cursor = _Cursor(self.path, persons.columns if persons else (self.id_column,))
        pieces: list[Chunk] = []
        start = 0
        for table in self._whole_people(cursor, rows) if persons else self._stretches(cursor, rows):
            if persons:
                persons.look(table)
            ids(ids_of(Source(table), self.id_column))
            size = table.num_rows
            place = (len(pieces) + number, self.path, start, start + size, first_row + start, size)
            pieces.append(Chunk(*place))
            start += size
        with open(self.path, "rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        return Scan(digest, tuple(pieces))

    def _stretches(self, cursor: _Cursor, rows: int) -> Iterator[pa.Table]:
        with _opened(self.path) as file:
            count = file.metadata.num_rows
        for start in range(0, count, rows):
            yield cursor.take(start, min(rows, count - start))

    def _whole_people(self, cursor: _Cursor, rows: int) -> Iterator[pa.Table]:
        """Hand on what is read, the last person of each stretch with the next one."""
        held: pa.Table | None = None
        for table in self._stretches(cursor, rows):
            cut = last_change(ids_of(Source(held), self.id_column)) if held is not None else 0
            if held is not None and cut:
                yield held.slice(0, cut)
                held = held.slice(cut)
            held = table if held is None else pa.concat_tables([held, table])
        if held is not None and held.num_rows:
            yield held

    def read(self, piece: Chunk) -> Source:
        """Return one piece's rows, numbered as in the whole table."""
        cursor = _cursor(self.path, self.columns)
        table = cursor.take(piece.start, piece.rows)
        return Source(table, typed=True, first_row=piece.first_row, piece=True)


class _Cursor:
    """Reads forward through a Parquet file, so that pieces in order cost one pass."""

    def __init__(self, path: str, columns: Sequence[str]) -> None:
        self.key = (path, tuple(columns))
        self._at = 0
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._held: list[pa.RecordBatch] = []
        self._rewind(0)

    def take(self, start: int, rows: int) -> pa.Table:
        """Return `rows` rows from `start`."""
        if start < self._at:
            self._rewind(start)
        self._collect(start - self._at)
        return self._collect(rows)

    def _rewind(self, start: int) -> None:
        path, columns = self.key
        file = _opened(path)
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        ends = np.cumsum([0, *sizes])
        first = max(int(np.searchsorted(ends, start, side="right")) - 1, 0)
        groups = list(range(first, len(sizes)))
        self._at = int(ends[first])
        self._held = []
        self._schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        self._batches = file.iter_batches(
            batch_size=1 << 15, row_groups=groups, columns=list(columns), use_threads=False
        )

    def _collect(self, rows: int) -> pa.Table:
        """Move forward by so many rows and return them."""
        taken, wanted = [], rows
        while wanted:
            batch = self._held.pop() if self._held else self._next()
            taken.append(batch.slice(0, wanted))
            if batch.num_rows > wanted:
                self._held.append(batch.slice(wanted))
            wanted -= taken[-1].num_rows
        self._at += rows
        return pa.Table.from_batches(taken, self._schema)

    def _next(self) -> pa.RecordBatch:
        try:
            return next(self._batches)
        except (pa.ArrowException, OSError, StopIteration) as error:
            raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error


_kept = threading.local()


def _cursor(path: str, columns: tuple[str, ...]) -> _Cursor:
    found: _Cursor | None = getattr(_kept, "cursor", None)
    if found is None or found.key != (path, columns):
        found = _kept.cursor = _Cursor(path, columns)
    return found


def _opened(path: str) -> Any:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise refuse("TABLE_NOT_PARQUET", _DAMAGED) from error
