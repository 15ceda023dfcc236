"""A CSV file cut into pieces of whole records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from predict.cohort.chunks.chunk import Chunk, Listener, Scan, ids_of
from predict.cohort.person_boundaries import Persons, last_change, with_lost
from predict.cohort.source import (
    Source,
    check_header,
    check_lines,
    check_widths,
    cut_csv,
    refuse,
    utf8,
)

BLOCK = 1 << 23
LARGEST_PIECE = 1 << 26
HEAD = 1 << 22
_MOST_ODD = 100_000


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

    def survey(
        self,
        rows: int,
        *,
        first_row: int,
        number: int,
        ids: Listener,
        persons: Persons | None = None,
    ) -> Scan:
        """Return the file's pieces of about so many rows; hand every piece's ids on.

        With ``persons`` a piece ends where another person begins.

        Raises
        ------
        TableError
            When the file as a whole cannot be read as CSV.
        """
        pieces: list[Chunk] = []
        digest, odd = hashlib.sha256(), _Widths()
        only = replace(self, columns=persons.columns if persons else (self.id_column,))
        found = _records(self.path, rows, digest, len(_header_bytes(self.path)))
        for start, end, data in only._whole_people(found) if persons else found:
            source = only._cut(data, at=start, before=first_row - 1, odd=odd)
            count = source.table.num_rows + len(source.lost)
            if count:
                if persons:
                    persons.look(source.table)
                ids(with_lost(ids_of(source, self.id_column), source.lost, known=bool(persons)))
                place = (len(pieces) + number, self.path, start, end, first_row, count)
                pieces.append(Chunk(*place))
            first_row += count
        check_widths(odd.found, len(self._names()), odd.kept)
        return Scan(digest.hexdigest(), tuple(pieces))

    def _whole_people(
        self, records: Iterator[tuple[int, int, bytes]]
    ) -> Iterator[tuple[int, int, bytes]]:
        """Hand on what is read, the last person of each stretch with the next one."""
        begin, held = 0, b""
        for start, _, data in records:
            cut = self._last_person(held, begin) if held else 0
            if cut:
                yield begin, begin + cut, held[:cut]
                begin, held = begin + cut, held[cut:]
            begin, held = (begin if held else start), held + data
        if held:
            yield begin, begin + len(held), held

    def _last_person(self, held: bytes, at: int) -> int:
        """The byte at which the last person of these records begins; 0 where there is only one."""
        ends, filled = _record_ends(np.frombuffer(held, dtype="uint8"))
        source = self._cut(held, at=at)
        row = last_change(with_lost(ids_of(source, self.id_column), source.lost))
        return int(ends[filled][row - 1]) if row else 0

    def read(self, piece: Chunk) -> Source:
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
