"""Delimited text with headers of its own kind, as tables of text cells with a column of faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from predict.cohort.formats import delimited
from predict.cohort.formats.base import SourceFile
from predict.cohort.source import FAULTS, MalformedRow, Source

ROWS = 50_000


@dataclass(frozen=True)
class HeaderLines:
    """The first records of a file: their fields, and how many bytes they take."""

    lines: tuple[tuple[str, ...], ...]
    size: int

    @property
    def names(self) -> list[str]:
        """The columns' names, a repeated one with its number."""
        return numbered(self.lines[0]) if self.lines else []


def header_lines(file: SourceFile, count: int = 1) -> HeaderLines:
    """Return the first records of a file, fewer where it ends before.

    Raises
    ------
    TableError
        When the file is empty, of another encoding, or parted by another mark than stated.
    """
    with file.open() as opened:
        head = opened.read(delimited.HEAD)
    text = delimited.utf8(head, file.dialect.encoding)
    delimited.check_lines(text if len(head) < delimited.HEAD else text.replace(b'"', b""))
    mark = len(head) - len(text) if file.dialect.encoding == "utf-8" else 0
    ends, filled = delimited.record_ends(np.frombuffer(head[mark:], dtype="uint8"))
    ends = ends[filled][:count]
    size = mark + int(ends[-1]) if len(ends) == count else len(head)
    chosen = delimited.utf8(head[:size], file.dialect.encoding).decode("utf-8")
    lines = delimited.fields_of(chosen, file.dialect.delimiter)
    fields = tuple(tuple(line) for line in lines if line)[:count]
    first = list(fields[0]) if fields else []
    delimited.check_delimiter(first, list(fields[1]) if len(fields) > 1 else [],
                              file.dialect.delimiter)  # fmt: skip
    return HeaderLines(fields, size)


def numbered(names: Sequence[str]) -> list[str]:
    """Return names with their number where they repeat.

    >>> numbered(["id", "Complete?", "Complete?"])
    ['id', 'Complete?', 'Complete? (2)']
    """
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def text_tables(
    file: SourceFile, header: HeaderLines, names: Sequence[str], *, columns: Sequence[str] = ()
) -> Iterator[pa.Table]:
    """Yield the records behind the header lines as text cells, about `ROWS` at a time.

    A record that cannot be cut becomes a row of blanks with its id and its fault, so that nobody is
    lost.

    Parameters
    ----------
    names : sequence of str
        Names of the fields.
    columns : sequence of str
        Names to read; all where empty.
    """
    wanted = [name for name in names if not columns or name in set(columns)]
    odd: list[tuple[int, int]] = []
    width, cut, row = len(names), 0, 0
    with file.open() as opened:
        for start, data in delimited.records(opened, header.size, ROWS):
            text = delimited.utf8(data, file.dialect.encoding, at=start)
            source, widths = delimited.cut_cells(
                pa.py_buffer(text),
                names,
                file.dialect.delimiter,
                id_column=file.id_column,
                columns=wanted,
            )
            odd += [(row + e.row, w) for e, w in zip(source.lost, widths, strict=True)]
            cut += source.table.num_rows
            row += source.table.num_rows + len(source.lost)
            yield with_faults(source, file.id_column)
    delimited.check_widths(odd[:100_000], width, cut)


def empty_table(names: Sequence[str]) -> pa.Table:
    """Return a table of text cells without rows."""
    return pa.table({name: pa.array([], pa.string()) for name in dict.fromkeys((*names, FAULTS))})


def with_faults(source: Source, id_column: str) -> pa.Table:
    """Return the cells with a column of faults, and rows that could not be cut in their places."""
    table = source.table
    plain = table.append_column(FAULTS, pa.array([""] * table.num_rows, pa.string()))
    if not source.lost:
        return plain
    lost = pa.table(
        {name: _lost_cells(name, source.lost, id_column) for name in plain.column_names},
        schema=plain.schema,
    )
    places = np.array([entry.row - 1 for entry in source.lost])
    order = np.empty(plain.num_rows + len(places), dtype=np.int64)
    order[places] = plain.num_rows + np.arange(len(places))
    order[np.setdiff1d(np.arange(len(order)), places)] = np.arange(plain.num_rows)
    return pa.concat_tables([plain, lost]).take(pa.array(order))


def _lost_cells(name: str, lost: Sequence[MalformedRow], id_column: str) -> list[str]:
    if name == FAULTS:
        return [entry.code for entry in lost]
    return [entry.id if name == id_column else "" for entry in lost]
