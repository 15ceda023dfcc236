"""CSV: text cells under one header line."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa

from predict.cohort.formats import delimited, packing
from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.foreign import foreign
from predict.cohort.source import ColumnNotes, Source
from predict.errors import Problem

_MOST_ODD = 100_000


class Csv(SourceFormat):
    """A CSV file; its places are bytes. What no other format claims is read as one."""

    title = "CSV file (.gz too)"
    suffixes = (".csv", ".tsv", ".txt")

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether this may be text: CSV has no sign of its own, and is asked last."""
        return not head.startswith(packing.ZIP) and foreign(head) is None

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, after the checks of the file's beginning."""
        with file.open() as opened:
            head = opened.read(delimited.HEAD)
        text = delimited.utf8(head[: head.rfind(b"\n") + 1] or head, file.dialect.encoding)
        # Of a longer file the first pass sees every quote; its beginning may end inside one.
        whole = len(head) < delimited.HEAD
        delimited.check_lines(text if whole else text.replace(b'"', b""))
        names = delimited.check_header(text, file.dialect.delimiter)
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        return _described(Source(empty), file)

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order; stop at rows of another width that are one fault of the file."""
        header, widths = _header(file), _Widths()
        with file.open() as opened:
            for start, data in delimited.records(opened, header.size, rows):
                source, odd = _cells(file, header, data, at=start)
                widths.add(source, odd)
                ends = partial(_ends, start, data)
                yield Stretch(start, start + len(data), source, ends)
        delimited.check_widths(widths.odd, len(header.names), widths.regular)

    def span(self, file: SourceFile) -> tuple[int, int]:
        """Return the place of the first row, and the place behind the last."""
        with file.open() as opened:
            return _header(file).size, opened.seek(0, os.SEEK_END)

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        if chunk is None:
            return _whole(file)
        header = _header(file)
        with file.open() as opened:
            opened.seek(chunk.start)
            data = opened.read(chunk.end - chunk.start)
        source, _ = _cells(file, header, data, at=chunk.start)
        shift = chunk.first_row - 1
        lost = tuple(replace(entry, row=entry.row + shift) for entry in source.lost)
        return replace(source, lost=lost, first_row=chunk.first_row, piece=True)


@dataclass(frozen=True)
class _Header:
    """The header: its bytes in the file, and the names that its first line holds."""

    size: int
    names: list[str]


def _header(file: SourceFile) -> _Header:
    with file.open() as opened:
        line = delimited.header_bytes(opened, file.dialect.header_rows)
    text = delimited.utf8(line, file.dialect.encoding)
    return _Header(len(line), delimited.check_header(text, file.dialect.delimiter))


def _described(source: Source, file: SourceFile) -> Source:
    """The source with what the lines below the names say of the columns."""
    if file.dialect.header_rows == 1:
        return source
    with file.open() as opened:
        header = delimited.header_bytes(opened, file.dialect.header_rows)
    text = delimited.utf8(header, file.dialect.encoding)
    names, _ = delimited.first_lines(text, file.dialect.delimiter)
    lines = delimited.descriptions(text, file.dialect.delimiter)
    labels = dict(zip(names, lines[0], strict=False)) if lines else {}
    message = f"{len(lines)} lines below the column names describe them, as the study states."
    notice = Problem("HEADER_ROWS", message, level="warning")
    notes = {name: ColumnNotes(label=label) for name, label in labels.items()}
    return replace(source, notes=notes, notices=(notice,))


def _ends(start: int, data: bytes) -> np.ndarray:
    return start + delimited.filled_ends(data)


def _whole(file: SourceFile) -> Source:
    with file.open() as opened:
        data = delimited.utf8(opened.read(), file.dialect.encoding)
    delimited.check_lines(data)
    names = delimited.check_header(data, file.dialect.delimiter)
    size = len(delimited.header_bytes(io.BytesIO(data), file.dialect.header_rows))
    source, odd = _cut(file, names, pa.py_buffer(data).slice(size))
    widths = _Widths()
    widths.add(source, odd)
    delimited.check_widths(widths.odd, len(names), widths.regular)
    return _described(source, file)


def _cells(file: SourceFile, header: _Header, data: bytes, *, at: int) -> tuple[Source, list[int]]:
    text = delimited.utf8(data, file.dialect.encoding, at=at)
    return _cut(file, header.names, pa.py_buffer(text))


def _cut(file: SourceFile, names: list[str], data: pa.Buffer) -> tuple[Source, list[int]]:
    delimiter = file.dialect.delimiter
    source, odd = delimited.cut_cells(
        data, names, delimiter, id_column=file.id_column, columns=file.columns
    )
    swallowed = delimited.lines_swallowed(data, delimiter, len(names))
    return replace(source, counts={"lines_swallowed": swallowed} if swallowed else {}), odd


@dataclass
class _Widths:
    """Rows of another width than the header, and how many have its width."""

    odd: list[tuple[int, int]] = field(default_factory=list)
    regular: int = 0
    _rows: int = 0

    def add(self, source: Source, odd: list[int]) -> None:
        room = _MOST_ODD - len(self.odd)
        lost = zip(source.lost, odd, strict=True)
        self.odd += [(self._rows + entry.row, width) for entry, width in islice(lost, room)]
        self.regular += source.table.num_rows
        self._rows += source.table.num_rows + len(odd)
