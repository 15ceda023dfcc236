"""Where the rows of a SAS transport file lie: it says how long a row is, never how many there are.

Source: SAS, "Record layout of a SAS version 5 (and 8) data set in SAS transport format" (TS-140).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.source import refuse

RECORD = 80
_MEMBER = (b"HEADER RECORD*******MEMBER  HEADER", b"HEADER RECORD*******MEMBV8  HEADER")
_NAMES = (b"HEADER RECORD*******NAMESTR HEADER", b"HEADER RECORD*******NAMSTV8 HEADER")
_ROWS = (b"HEADER RECORD*******OBS     HEADER", b"HEADER RECORD*******OBSV8   HEADER")
# Labels of 10,000 columns fill less.
_LONGEST_HEADER = 1 << 23
_BLOCK = RECORD << 14
_ASCII = bytes(range(32, 127))


@dataclass(frozen=True)
class Field:
    """A column's place in a row, and whether it is text."""

    text: bool
    offset: int
    width: int


@dataclass(frozen=True)
class Layout:
    """The rows of a transport file.

    Parameters
    ----------
    start, length : int
        Where the first row begins, and the bytes of a row.
    rows : int
        As many as fit, without blank ones at the end that may be padding.
    unsure : bool
        Whether blank rows at the end would look like padding.
    fields : mapping of str -> Field
    """

    start: int
    length: int
    rows: int
    unsure: bool
    fields: Mapping[str, Field]

    def take(self, file: SourceFile, start: int, rows: int) -> np.ndarray:
        """Return the bytes of some rows, one row a row."""
        rows = max(0, min(rows, self.rows - start))
        with file.open() as opened:
            opened.seek(self.start + start * self.length)
            data = opened.read(rows * self.length)
        return np.frombuffer(data, dtype="uint8").reshape(-1, self.length)


def numbers(cells: np.ndarray) -> tuple[np.ndarray, int]:
    """Return IBM's hexadecimal floats as numbers, NaN where missing, and how many are -0.

    Parameters
    ----------
    cells : array of uint8, (rows, 2 to 8 bytes)
        A missing value has a point, an underscore or a letter before noughts.

    Examples
    --------
    >>> cells = np.array([[0x41, 0x10, 0], [0x2E, 0, 0], [0x80, 0, 0]], dtype="uint8")
    >>> values, negative = numbers(cells)
    >>> values.tolist(), negative
    ([1.0, nan, 0.0], 1)
    """
    wide = np.zeros((len(cells), 8), dtype="uint8")
    wide[:, : cells.shape[1]] = cells
    bits = wide.view(">u8")[:, 0].astype(np.uint64)
    mantissa = (bits & np.uint64((1 << 56) - 1)).astype(np.float64)
    first = (bits >> np.uint64(56)).astype(np.int64)
    values = np.ldexp(mantissa, 4 * ((first & 0x7F) - 64) - 56)
    values = np.where(first >= 0x80, -values, values) + 0.0
    empty = mantissa == 0
    values[empty & (first != 0) & (first != 0x80)] = np.nan
    return values, int((empty & (first == 0x80)).sum())


def texts(cells: np.ndarray, encoding: str) -> pa.Array:
    """Return text without the blanks that fill it up.

    Examples
    --------
    >>> texts(np.frombuffer(b"a  b c", dtype="uint8").reshape(2, 3), "utf-8").to_pylist()
    ['a', 'b c']
    """
    width = cells.shape[1]
    whole = np.ascontiguousarray(cells).view(f"S{width}")[:, 0]
    if (cells < 128).all() and _ASCII.decode(encoding, "replace") == _ASCII.decode():
        return pc.ascii_rtrim(pa.array(whole, pa.binary()).cast(pa.string()), " ")
    return pa.array([word.decode(encoding).rstrip(" ") for word in whole.tolist()], pa.string())


def layout_of(file: SourceFile) -> Layout:
    """Return where the rows lie.

    Raises
    ------
    TableError
        When the file is cut off, or holds several data sets.
    """
    with file.open() as opened:
        head = opened.read(_LONGEST_HEADER)
        size = opened.seek(0, os.SEEK_END)
        members = _count(opened, _MEMBER)
        last = _last(opened, size)
    names, rows = _place(head, _NAMES), _place(head, _ROWS)
    if members != 1 or names < 0 or rows < 0 or size % RECORD:
        raise _broken(members)
    fields = _fields(head[names:rows])
    length = sum(field.width for field in fields.values())
    start = rows + RECORD
    count, rest = divmod(size - start, length) if length else (0, 0)
    if rest >= RECORD or (rest and last[-rest:].strip(b" ")):
        raise _broken(1)
    # A missing number is no blank: where there are numbers, blank rows are padding of short rows.
    blank = min(_blank_rows(last, length, rest), count)
    stated = head[rows + 48 : rows + 78].strip()
    if stated.isdigit() and int(stated):
        # Version 8 may state the number of rows.
        if not count - blank <= int(stated) <= count:
            raise _broken(1)
        return Layout(start, length, int(stated), False, fields)
    unsure = blank > 0 and all(field.text for field in fields.values())
    return Layout(start, length, count - blank, unsure, fields)


def _blank_rows(last: bytes, length: int, rest: int) -> int:
    """How many rows at the end may be the padding of the last record instead."""
    blanks = len(last) - len(last.rstrip(b" "))
    return max(0, min(blanks, RECORD - 1) - rest) // length if length else 0


def _broken(members: int) -> Exception:
    if members > 1:
        message = f"The transport file holds {members} data sets; write the one to read to a file."
        return refuse("TABLES_SEVERAL", message)
    message = "The transport file is damaged or cut off; export it again."
    return refuse("TABLE_DAMAGED", message)


def _place(head: bytes, marks: tuple[bytes, ...]) -> int:
    """Where a record of either version begins; -1 where there is none."""
    places = [head.find(mark) for mark in marks]
    return max(place if place % RECORD == 0 else -1 for place in places)


def _fields(records: bytes) -> dict[str, Field]:
    """The columns of a row, in their order."""
    count = int(records[54:58]) if records[54:58].strip().isdigit() else 0
    body, fields, offset = records[RECORD:], {}, 0
    for place in range(0, min(count * 140, len(body) - 139), 140):
        part = body[place : place + 140]
        short, long = part[8:16], part[88:120]
        name = (long if long.strip(b"\x00 ") else short).decode("latin-1").strip("\x00 ")
        # Columns lie in their order; the position that a column states may be another one.
        width = int.from_bytes(part[4:6])
        fields[name] = Field(int.from_bytes(part[:2]) == 2, offset, width)
        offset += width
    return fields


def _count(opened: BinaryIO, marks: tuple[bytes, ...]) -> int:
    """How many records of the whole file begin with either mark."""
    opened.seek(0)
    count = 0
    while block := opened.read(_BLOCK):
        for mark in marks:
            place = block.find(mark)
            while place >= 0:
                count += place % RECORD == 0
                place = block.find(mark, place + 1)
    return count


def _last(opened: BinaryIO, size: int) -> bytes:
    opened.seek(max(0, size - 2 * RECORD))
    return opened.read()
