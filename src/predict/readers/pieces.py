"""A file read piece by piece in constant memory, each piece as the readers would read it whole.

One first pass finds where pieces begin, hashes the file, and tells the ids; afterwards any piece
can be read alone, in any order, by any process.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from predict.readers import grammar
from predict.readers.source import (
    Source,
    check_header,
    check_lines,
    check_parquet_schema,
    check_widths,
    cut_csv,
    refuse,
    utf8,
)

BLOCK = 1 << 23
LARGEST_PIECE = 1 << 26
HEAD = 1 << 22
_MOST_ODD = 100_000
_DAMAGED = "The Parquet file is damaged or not Parquet; export it again."
Listener = Callable[[np.ndarray], None]


@dataclass(frozen=True)
class Piece:
    """Consecutive rows of one file.

    Parameters
    ----------
    number : int
        Place among all pieces, from 0.
    path : str
    start, end : int
        Bytes of a CSV, rows of a Parquet file; the end is not included.
    first_row, rows : int
        First row of the table (from 1, header not counted) and how many rows.
    """

    number: int
    path: str
    start: int
    end: int
    first_row: int
    rows: int


@dataclass(frozen=True)
class Survey:
    """What the first pass over a file found: its digest and its pieces."""

    sha256: str
    pieces: tuple[Piece, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(piece.rows for piece in self.pieces)


@dataclass(frozen=True)
class CsvFile:
    """A plain CSV file on disk, not packed.

    Parameters
    ----------
    path : str
    id_column : str
    encoding : str
    columns : tuple of str
        Columns to read; all when empty.
    """

    path: str
    id_column: str
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()

    def probe(self) -> Source:
        """Return the table without its rows, after the checks of the file's beginning."""
        with open(self.path, "rb") as file:
            head = file.read(HEAD)
        text = utf8(head[: head.rfind(b"\n") + 1] or head, self.encoding)
        # Of a longer file the survey sees every quote; its beginning may end inside one.
        check_lines(text if len(head) < HEAD else text.replace(b'"', b""))
        return Source(pa.table({name: pa.array([], pa.string()) for name in check_header(text)}))

    def survey(self, rows: int, *, first_row: int, number: int, ids: Listener) -> Survey:
        """Return the file's pieces of about so many rows; hand every piece's ids on.

        Raises
        ------
        TableError
            When the file as a whole cannot be read as CSV.
        """
        pieces: list[Piece] = []
        digest, odd = hashlib.sha256(), _Widths()
        only = replace(self, columns=(self.id_column,))
        for start, end, data in _records(self.path, rows, digest, len(_header_bytes(self.path))):
            source = only._cut(data, at=start, before=first_row - 1, odd=odd)
            count = source.table.num_rows + len(source.lost)
            if count:
                ids(_with_lost(source, self.id_column))
                place = (len(pieces) + number, self.path, start, end, first_row, count)
                pieces.append(Piece(*place))
            first_row += count
        check_widths(odd.found, len(self._names()), odd.kept)
        return Survey(digest.hexdigest(), tuple(pieces))

    def read(self, piece: Piece) -> Source:
        """Return one piece's rows, numbered as in the whole table."""
        with open(self.path, "rb") as file:
            file.seek(piece.start)
            source = self._cut(file.read(piece.end - piece.start))
        shift = piece.first_row - 1
        lost = tuple(replace(entry, row=entry.row + shift) for entry in source.lost)
        return replace(source, lost=lost, first_row=piece.first_row, piece=True)

    def _cut(
        self, data: bytes, *, at: int = 0, before: int = 0, odd: _Widths | None = None
    ) -> Source:
        header = self._header()
        text = header + utf8(data, self.encoding, at=at)
        source, widths = cut_csv(
            text, self._names(), id_column=self.id_column, columns=self.columns
        )
        if odd is not None:
            room = _MOST_ODD - len(odd.found)
            found = zip(source.lost, widths, strict=True)
            odd.found += [(before + e.row, w.actual_columns) for e, w in islice(found, room)]
            odd.kept += source.table.num_rows
        return source

    def _header(self) -> bytes:
        return utf8(_header_bytes(self.path), self.encoding)

    def _names(self) -> list[str]:
        return check_header(self._header())


@dataclass
class _Widths:
    """Rows of another width than the header, and how many have its width."""

    found: list[tuple[int, int]] = field(default_factory=list)
    kept: int = 0


def _with_lost(source: Source, id_column: str) -> np.ndarray:
    """The ids of a piece in the order of its rows; a row that could not be cut repeats nothing."""
    total = source.table.num_rows + len(source.lost)
    ids = np.full(total, "", dtype=object)
    kept = np.setdiff1d(np.arange(1, total + 1), [entry.row for entry in source.lost]) - 1
    if id_column in source.table.column_names:
        ids[kept] = grammar.id_texts(source.table.column(id_column)).to_numpy(zero_copy_only=False)
    return ids


def _header_bytes(path: str) -> bytes:
    """The file's first line with its end, quoted line ends included; leading blank lines go."""
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        utf8(head, "utf-8")
    start = len(head) - len(head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    ends = _record_ends(np.frombuffer(head, dtype="uint8")[start:])[0]
    return head[: start + int(ends[0])] if len(ends) else head


def _records(path: str, rows: int, digest: Any, header: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield start, end and bytes of about so many whole records, behind the header."""
    with open(path, "rb") as file:
        digest.update(file.read(header))
        start, held = header, b""
        while block := file.read(BLOCK):
            digest.update(block)
            held += block
            for piece in _full_pieces(held, rows):
                yield start, start + len(piece), piece
                start, held = start + len(piece), held[len(piece) :]
        if _open_quote(held):
            raise refuse("QUOTE_OPEN", "A quoted field is never closed; export the table again.")
        if held:
            yield start, start + len(held), held


def _full_pieces(held: bytes, rows: int) -> Iterator[bytes]:
    """Cut off pieces of exactly `rows` records, or fewer where they grow too large."""
    data = np.frombuffer(held, dtype="uint8")
    ends, filled = _record_ends(data)
    start, done = 0, 0
    while True:
        counted = np.cumsum(filled[done:])
        place = int(np.searchsorted(counted, rows))
        if place >= len(counted):
            break
        end = int(ends[done + place])
        yield held[start:end]
        start, done = end, done + place + 1
    if len(held) - start > LARGEST_PIECE:
        if done >= len(ends):
            message = "One row is larger than 64 MB (a quote never closed?); export it again."
            raise refuse("QUOTE_OPEN", message)
        yield held[start : int(ends[-1])]


def _record_ends(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each record ends (a line end outside quotes), and whether it is not blank."""
    newlines = np.flatnonzero(data == ord("\n"))
    quotes = np.flatnonzero(data == ord('"'))
    if len(quotes):
        newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    ends = newlines + 1
    length = np.diff(ends, prepend=0)
    returned = (length == 2) & (data[np.maximum(newlines - 1, 0)] == ord("\r"))
    return ends, (length > 1) & ~returned


def _open_quote(data: bytes) -> bool:
    return bool(data.count(b'"') % 2)


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

    def survey(self, rows: int, *, first_row: int, number: int, ids: Listener) -> Survey:
        """Return the file's pieces of so many rows; hand every piece's ids on."""
        with _opened(self.path) as file:
            count = file.metadata.num_rows
        cursor = _Cursor(self.path, (self.id_column,))
        pieces: list[Piece] = []
        for start in range(0, count, rows):
            size = min(rows, count - start)
            found = grammar.id_texts(cursor.take(start, size).column(self.id_column))
            ids(found.to_numpy(zero_copy_only=False))
            place = (len(pieces) + number, self.path, start, start + size, first_row + start, size)
            pieces.append(Piece(*place))
        with open(self.path, "rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        return Survey(digest, tuple(pieces))

    def read(self, piece: Piece) -> Source:
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


def piecewise(
    path: Path, *, id_column: str, encoding: str = "utf-8", columns: Sequence[str] = ()
) -> CsvFile | ParquetFile:
    """Return a plain file, CSV or Parquet by its first bytes, to be read piece by piece."""
    with open(path, "rb") as file:
        parquet = file.read(4) == b"PAR1" or path.suffix.lower() in (".parquet", ".pq")
    kind = ParquetFile if parquet else CsvFile
    return kind(str(path), id_column, encoding, tuple(columns))
