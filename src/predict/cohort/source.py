"""A table as it stands in a file or a frame: cells untouched, rows that cannot be cut set apart."""

from __future__ import annotations

import csv
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from predict.errors import Problem, TableError

MAX_COLUMNS = 10_000
MAX_UNPACKED = 200  # times the packed size
_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\ufeff", "\u00a0")


@dataclass(frozen=True)
class MalformedRow:
    """A row with too few or too many fields: its place, its id as far as it can be read, why."""

    row: int
    id: str
    code: str


@dataclass(frozen=True)
class Source:
    """A table with its cells untouched.

    Parameters
    ----------
    table : pyarrow.Table
        Text columns from CSV; typed columns from Parquet or a frame.
    lost : tuple of Lost
        Rows that could not be cut into fields.
    typed : bool
        Whether the file states types (Parquet), so that text in a number's place is an error.
    first_row : int
        Row number of the table's first row.
    piece : bool
        Whether this is one piece of a larger table: what only the whole can tell (repeated ids,
        the coding of its items) is then judged by whoever holds all pieces.
    today : date or None
        The day after which a date lies in the future; the present one where none is given. A batch
        gives every piece the day it began, whenever it is resumed.
    visits : frozenset of str or None
        Visits that the whole of a long table has rows of, where this is a piece of it.
    """

    table: pa.Table
    lost: tuple[MalformedRow, ...] = ()
    typed: bool = False
    first_row: int = 1
    piece: bool = False
    today: date | None = None
    visits: frozenset[str] | None = None


def open_source(
    table: Path | str | pd.DataFrame | pa.Table, *, id_column: str = "", encoding: str = "utf-8"
) -> Source:
    """Return the table of a CSV or Parquet path, a DataFrame or an arrow table.

    Raises
    ------
    TableError
        When the file as a whole cannot be read: not there, empty, another encoding or delimiter,
        repeated or invisible characters in the header, an open quote.
    """
    if isinstance(table, pa.Table):
        check_parquet_schema(table.schema)
        return Source(table)
    if isinstance(table, pd.DataFrame):
        return Source(_from_frame(table))
    path = Path(table)
    check_file(path)
    if path.suffix.lower() in (".parquet", ".pq"):
        return Source(_read_parquet(path), typed=True)
    return read_csv(_bytes_of(path), id_column=id_column, encoding=encoding)


def refuse(code: str, message: str, column: str = "") -> TableError:
    """Return the error of a table that cannot be read as a whole."""
    problem = Problem(code, message, column=column)
    return TableError("The table cannot be read.", code=code, problems=[problem])


def _from_frame(frame: pd.DataFrame) -> pa.Table:
    if frame.columns.has_duplicates:
        raise refuse("COLUMN_REPEATED", "Column names must differ; rename or drop the repeats.")
    plain = frame.reset_index(drop=True).set_axis([str(name) for name in frame.columns], axis=1)
    mixed = [c for c in plain.columns if plain[c].dtype == object]
    if mixed:
        plain = plain.assign(**{c: plain[c].map(_cell_text, na_action="ignore") for c in mixed})
    return pa.Table.from_pandas(plain, preserve_index=False)


def _cell_text(value: object) -> object:
    return None if value is None or value is pd.NA else str(value)


def check_file(path: Path) -> None:
    """Stop unless the path is a regular file that may be read."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        message = "There is no table at this path, or it may not be read; check the path."
        raise refuse("TABLE_NOT_FOUND", message) from error
    if stat.S_ISREG(mode) and not os.access(path, os.R_OK):
        raise refuse("TABLE_NOT_FOUND", "The table may not be read; check its rights.")
    if stat.S_ISDIR(mode):
        raise refuse("TABLE_IS_FOLDER", "The path is a folder; name one CSV or Parquet file.")
    if not stat.S_ISREG(mode):
        raise refuse("TABLE_NOT_A_FILE", "The path is no regular file; copy the table to one.")


def _bytes_of(path: Path) -> bytes:
    """The file's bytes; gz is unpacked up to a fixed ratio, other packings are refused."""
    data = path.read_bytes()
    if data[:2] == b"PK":
        raise refuse("TABLE_PACKED", "The table is a zip archive; unpack it and name the CSV.")
    if data[:2] != b"\x1f\x8b":
        return data
    limit = MAX_UNPACKED * len(data) + 65_536
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            plain = packed.read(limit + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise refuse("TABLE_PACKED", "The gz file is damaged; pack or export it again.") from error
    if len(plain) > limit:
        message = (
            f"The gz file unpacks to more than {MAX_UNPACKED} times its size; unpack it first."
        )
        raise refuse("TABLE_PACKED", message)
    return plain


def read_csv(data: bytes, *, id_column: str = "", encoding: str = "utf-8") -> Source:
    """Return a CSV's cells as text, with rows of another width set apart.

    Raises
    ------
    TableError
        As `open_source`.
    """
    data = utf8(data, encoding)
    check_lines(data)
    source, odd = cut_csv(data, check_header(data), id_column=id_column)
    widths = [(entry.row, row.actual_columns) for entry, row in zip(source.lost, odd, strict=True)]
    check_widths(widths, len(source.table.column_names), source.table.num_rows)
    return source


def cut_csv(
    data: bytes, header: list[str], *, id_column: str, columns: tuple[str, ...] = ()
) -> tuple[Source, list[pacsv.InvalidRow]]:
    """Return the cells of UTF-8 bytes as text, and the rows whose width is not the header's."""
    odd: list[pacsv.InvalidRow] = []

    def set_apart(row: pacsv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    wanted = [name for name in columns if name in header]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=set_apart
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=False,
                null_values=[],
                include_columns=wanted or None,
            ),
        )
    except pa.ArrowInvalid as error:
        message = "The file cannot be cut into rows of equal fields; export it again as CSV."
        raise refuse("TABLE_NOT_CSV", message) from error
    place = header.index(id_column) if id_column in header else -1
    return Source(table, lost=tuple(_lost(row, place) for row in odd)), odd


def _lost(row: pacsv.InvalidRow, place: int) -> MalformedRow:
    fields = next(csv.reader([row.text.replace("\n", " ")]), [])
    code = "ROW_TOO_SHORT" if row.actual_columns < row.expected_columns else "ROW_TOO_LONG"
    return MalformedRow(row.number - 1, fields[place] if 0 <= place < len(fields) else "", code)


def check_widths(odd: list[tuple[int, int]], width: int, kept: int) -> None:
    """Stop where rows of another width than the header are one fault of the file, not many.

    Parameters
    ----------
    odd : list of (row, fields)
        Rows of another width, in order.
    width, kept : int
        Fields of the header, and how many rows have as many.
    """
    found = {fields for _, fields in odd}
    if not kept and found == {width + 1}:
        message = "Every row has one field more than the header (a trailing comma?);"
        raise refuse("TRAILING_COMMA", f"{message} export it again.")
    tail = len(odd) >= 3 and len(found) == 1 and odd[-1][0] == kept + len(odd)
    if tail and odd[-1][0] - odd[0][0] == len(odd) - 1:
        message = "From one row on, all rows have another number of fields: a second table?"
        raise refuse("TWO_TABLES", f"{message} Keep one table in the file.")
    if odd and (kept < len(odd) if kept else True) and (len(odd) >= 2 or not kept):
        message = "Most rows have another number of fields than the header; the file may hold a"
        raise refuse("TABLE_RAGGED", f"{message} preamble or two tables. Keep one table in it.")


def utf8(data: bytes, encoding: str, *, at: int = 0) -> bytes:
    """Return the bytes as UTF-8 without a mark; stop where they are not in the encoding.

    ``at`` is where in the file the bytes stand.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse("NOT_UTF8", "The file is UTF-16; save it as UTF-8.")
    if encoding != "utf-8":
        return _decoded(data, encoding)
    try:
        for start, block in _blocks(data):  # noqa: B007 - the fault's place needs it
            block.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8 (first odd byte: {at + start + error.start});"
        hint = 'save it as UTF-8, or state encoding = "latin-1" in the study.'
        raise refuse("NOT_UTF8", f"{message} {hint}") from error
    return data.removeprefix(b"\xef\xbb\xbf")


def _decoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The file is not {encoding}, as the study states; correct encoding there."
        raise refuse("NOT_ENCODED", message) from error


def _blocks(data: bytes, size: int = 1 << 26) -> Iterator[tuple[int, bytes]]:
    """Where pieces begin, and the pieces: each ends at a line's end, no character is cut."""
    start = 0
    while start < len(data):
        end = min(start + size, len(data))
        if end < len(data):
            end = data.rfind(b"\n", start, end) + 1 or len(data)
        yield start, data[start:end]
        start = end


def check_lines(data: bytes) -> None:
    """Stop at what only the whole file can tell: nothing in it, an open quote, odd line ends."""
    if not data.strip():
        raise refuse("TABLE_EMPTY", "The file is empty; it needs at least a header line.")
    if data.count(b'"') % 2:
        raise refuse("QUOTE_OPEN", "A quoted field is never closed; export the table again.")
    if b"\r" in data and b"\n" not in data:
        raise refuse("LINE_ENDS", "Lines end in CR only; save the file with LF or CRLF line ends.")


def check_header(data: bytes) -> list[str]:
    """Return the column names at the head of UTF-8 bytes, after the checks of names."""
    head = data[: 1 << 22].lstrip(b"\r\n").decode("utf-8", "ignore")
    lines = csv.reader(io.StringIO(head))
    names, first = next(lines, []), next(lines, [])
    if names and (names[0].startswith("#") or (len(names) == 1 and len(first) > 1)):
        message = "The file begins with something else than its header line; remove what stands"
        raise refuse("PREAMBLE", f"{message} above the column names.")
    _check_names(names)
    return names


def _check_names(names: list[str]) -> None:
    if len(names) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in names[0]:
                message = f"Fields are parted by {word}; save the table with commas."
                raise refuse("DELIMITER", message)
    if len(names) >= MAX_COLUMNS:
        message = f"The table has {len(names)} columns; fewer than {MAX_COLUMNS} are read."
        raise refuse("TOO_MANY_COLUMNS", message)
    for name in names:
        if any(mark in name for mark in _INVISIBLE):
            message = "A column name holds an invisible character; retype the header line."
            raise refuse("HEADER_INVISIBLE", message)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"Column '{repeated[0]}' stands twice; rename or drop one."
        raise refuse("COLUMN_REPEATED", message, repeated[0])


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        message = "The Parquet file is damaged or not Parquet; export it again."
        raise refuse("TABLE_NOT_PARQUET", message) from error
    check_parquet_schema(table.schema)
    return table


def check_parquet_schema(schema: pa.Schema) -> None:
    """Stop at column names or types that no table may have."""
    _check_names(list(schema.names))
    for field in schema:
        if pa.types.is_nested(field.type):
            message = f"Column '{field.name}' holds lists or records; store plain values."
            raise refuse("COLUMN_NESTED", message, field.name)
