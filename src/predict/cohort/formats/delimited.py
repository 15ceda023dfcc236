"""Delimited text cut into records, and records into cells: nothing is inferred."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from predict.cohort.formats.base import check_names
from predict.cohort.source import MalformedRow, Source, refuse

BLOCK = 1 << 23
LARGEST_CHUNK = 1 << 26
HEAD = 1 << 22
_MARKS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}


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


def check_header(data: bytes, delimiter: str) -> list[str]:
    """Return the column names at the head of UTF-8 bytes, after the checks of names."""
    names, first = first_lines(data, delimiter)
    check_delimiter(names, first, delimiter)
    # Spreadsheets take "sep=;" for a hint; here it parts into a name and a blank one.
    begun = bool(names) and names[0].lower().startswith(("#", "sep="))
    if begun or (len(names) == 1 and len(first) > 1):
        message = "The file begins with something else than its header line; remove what stands"
        raise refuse("PREAMBLE", f"{message} above the column names.")
    check_names(names)
    return names


def check_delimiter(names: list[str], first: list[str], delimiter: str) -> None:
    """Stop where another mark parts the one column; decimal commas may part the rows below it."""
    if len(names) != 1:
        return
    row = delimiter.join(first)
    for mark, word in _MARKS.items():
        alike = len(first) <= 1 or row.count(mark) == names[0].count(mark)
        if mark in names[0] and mark != delimiter and alike:
            stated = "leave out delimiter in" if mark == "," else f'write delimiter = "{mark}" in'
            message = f"Fields are parted by {word}; {stated} the study,".replace("\t", "\\t")
            raise refuse("DELIMITER", f"{message} or save the table with commas.")


def first_lines(data: bytes, delimiter: str) -> tuple[list[str], list[str]]:
    """Return the fields of the header and of the row behind it."""
    lines = _lines(data, delimiter)
    return next(lines, []), next(lines, [])


def _lines(data: bytes, delimiter: str) -> Iterator[list[str]]:
    head = data[:HEAD].lstrip(b"\r\n").decode("utf-8", "ignore")
    return fields_of(head, delimiter)


def fields_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of each record of some text; lines may end in CR too.

    Raises
    ------
    TableError
        When the text cannot be cut into fields.
    """
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        message = "The file cannot be cut into fields; export it again as CSV."
        raise refuse("TABLE_NOT_CSV", message) from error


def likely_delimiter(head: bytes) -> str:
    r"""Return the mark that parts the first line into most fields, and the next into as many.

    >>> likely_delimiter(b'"a, b";"c, d"\n1;2\n')
    ';'
    """
    widths = {}
    for mark in (",", *_MARKS):
        names, first = first_lines(head, mark)
        widths[mark] = len(names) if len(names) == len(first) else 1
    return max(widths, key=lambda mark: widths[mark])


def descriptions(header: bytes, delimiter: str) -> list[list[str]]:
    """Return the fields of the lines that stand below the names in a header of several lines."""
    return [line for line in _lines(header, delimiter) if line][1:]


def header_bytes(file: BinaryIO, rows: int = 1) -> bytes:
    """Return the file's first line, or so many, with its end, quoted line ends included.

    Blank lines above it come with it.
    """
    head, wanted = b"", 1 << 16
    while len(head) < HEAD:
        more = file.read(wanted)
        head, wanted = head + more, HEAD
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            utf8(head, "utf-8")
        start = len(head) - len(head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
        ends, filled = record_ends(np.frombuffer(head, dtype="uint8")[start:])
        if filled.sum() >= rows:
            return head[: start + int(ends[filled][rows - 1])]
        if not more:
            break
    return head


def records(file: BinaryIO, start: int, rows: int) -> Iterator[tuple[int, bytes]]:
    """Yield the start and bytes of about so many whole records, from a place in the file on."""
    file.seek(start)
    held = b""
    while block := file.read(BLOCK):
        held += block
        for cut in _full_cuts(held, rows):
            yield start, cut
            start, held = start + len(cut), held[len(cut) :]
    if held.count(b'"') % 2:
        raise refuse("QUOTE_OPEN", "A quoted field is never closed; export the table again.")
    if held:
        yield start, held


def _full_cuts(held: bytes, rows: int) -> Iterator[bytes]:
    """Cut off exactly `rows` records at a time, or fewer where they grow too large."""
    data = np.frombuffer(held, dtype="uint8")
    ends, filled = record_ends(data)
    start, done = 0, 0
    while True:
        counted = np.cumsum(filled[done:])
        place = int(np.searchsorted(counted, rows))
        if place >= len(counted):
            break
        end = int(ends[done + place])
        yield held[start:end]
        start, done = end, done + place + 1
    if len(held) - start > LARGEST_CHUNK:
        if done >= len(ends):
            message = "One row is larger than 64 MB (a quote never closed?); export it again."
            raise refuse("QUOTE_OPEN", message)
        yield held[start : int(ends[-1])]


def record_ends(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each record ends (a line end outside quotes), and whether it is not blank."""
    newlines = _line_ends(data)
    quotes = np.flatnonzero(data == ord('"'))
    if len(quotes):
        newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    ends = newlines + 1
    length = np.diff(ends, prepend=0)
    returned = (length == 2) & (data[np.maximum(newlines - 1, 0)] == ord("\r"))
    return ends, (length > 1) & ~returned


def _line_ends(data: np.ndarray) -> np.ndarray:
    """Places of LF, and of CR where no LF is next to it, which ends a line as well."""
    newlines = np.flatnonzero(data == ord("\n"))
    returns = np.flatnonzero(data[:-1] == ord("\r"))
    alone = returns[data[returns + 1] != ord("\n")]
    return np.sort(np.concatenate([newlines, alone])) if len(alone) else newlines


def lines_swallowed(data: pa.Buffer, delimiter: str, width: int) -> int:
    """Return how many lines inside quoted cells have as many fields as a row.

    A letter's lines have fewer; where the line that a record begins with has as many fields as
    the header, and one below it too, a quote was opened in the one and closed in the other.

    Examples
    --------
    >>> lines_swallowed(pa.py_buffer(b'a,1,"x\\nb,2,y\\nc,3,z"\\nd,4,"p\\nq"\\n'), ",", 3)
    2
    """
    cells = np.frombuffer(data, dtype="uint8")
    quotes = np.flatnonzero(cells == ord('"'))
    if not len(quotes) or width < 2:
        return 0
    newlines = np.flatnonzero(cells == ord("\n"))
    inside = np.searchsorted(quotes, newlines) % 2 == 1
    if not inside.any():
        return 0
    marks = np.flatnonzero(cells == ord(delimiter))
    fields = np.diff(np.searchsorted(marks, np.append(newlines, len(cells))), prepend=0) + 1
    follows = np.append(False, inside)  # lines that begin inside a quoted cell
    record = np.cumsum(~follows) - 1
    begun = fields[~follows][record] == width
    return int((follows & begun & (fields == width)).sum())


def filled_ends(data: bytes) -> np.ndarray:
    """Return where each record that is not blank ends; the last may have no line end."""
    ends, filled = record_ends(np.frombuffer(data, dtype="uint8"))
    places = ends[filled]
    rest = int(ends[-1]) if len(ends) else 0
    return np.append(places, len(data)) if data[rest:].strip(b"\r\n") else places


def cut_cells(
    data: pa.Buffer,
    header: Sequence[str],
    delimiter: str,
    *,
    id_column: str,
    columns: Sequence[str],
) -> tuple[Source, list[int]]:
    """Return the cells of UTF-8 records as text, and how many fields each row set apart has."""
    odd: list[pacsv.InvalidRow] = []

    def set_apart(row: pacsv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    wanted = [name for name in columns if name in header]
    if not data.size:
        return Source(pa.table({n: pa.array([], pa.string()) for n in wanted or header})), []
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=1 << 24, column_names=list(header)
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_apart
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
    lost = tuple(_lost(row, place, delimiter) for row in odd)
    return Source(table, lost=lost), [row.actual_columns for row in odd]


def _lost(row: pacsv.InvalidRow, place: int, delimiter: str) -> MalformedRow:
    plain = row.text.replace("\n", " ").replace("\r", " ")
    fields = next(fields_of(plain, delimiter), [])
    code = "ROW_TOO_SHORT" if row.actual_columns < row.expected_columns else "ROW_TOO_LONG"
    return MalformedRow(row.number, fields[place] if 0 <= place < len(fields) else "", code)


def check_widths(odd: Sequence[tuple[int, int]], width: int, rows: int) -> None:
    """Stop where rows of another width than the header are one fault of the file, not many.

    Parameters
    ----------
    odd : sequence of (row, fields)
        Rows of another width, in order.
    width, kept : int
        Fields of the header, and how many rows have as many.
    """
    widths = {fields for _, fields in odd}
    if not rows and widths == {width + 1}:
        message = "Every row has one field more than the header (a trailing comma?);"
        raise refuse("TRAILING_COMMA", f"{message} export it again.")
    tail = len(odd) >= 3 and len(widths) == 1 and odd[-1][0] == rows + len(odd)
    if tail and odd[-1][0] - odd[0][0] == len(odd) - 1:
        message = "From one row on, all rows have another number of fields: a second table?"
        raise refuse("TWO_TABLES", f"{message} Keep one table in the file.")
    if odd and (rows < len(odd) if rows else True) and (len(odd) >= 2 or not rows):
        message = "Most rows have another number of fields than the header; the file may hold a"
        raise refuse("TABLE_RAGGED", f"{message} preamble or two tables. Keep one table in it.")
