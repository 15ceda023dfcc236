"""Where the rows of a SAS transport file lie: it says how long a row is, never how many there are.

Source: SAS, "Record layout of a SAS version 5 (and 8) data set in SAS transport format" (TS-140).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from predict.cohort.formats.base import SourceFile
from predict.cohort.source import refuse

RECORD = 80
_MEMBER = (b"HEADER RECORD*******MEMBER  HEADER", b"HEADER RECORD*******MEMBV8  HEADER")
_NAMES = (b"HEADER RECORD*******NAMESTR HEADER", b"HEADER RECORD*******NAMSTV8 HEADER")
_ROWS = (b"HEADER RECORD*******OBS     HEADER", b"HEADER RECORD*******OBSV8   HEADER")
# Labels of 10,000 columns fill less.
_LONGEST_HEADER = 1 << 23
_BLOCK = RECORD << 14


@dataclass(frozen=True)
class Layout:
    """The rows of a transport file.

    Parameters
    ----------
    start, length : int
        Where the first row begins, and the bytes of a row.
    rows : int
        As many as fit; blank ones at the end may be padding where ``unsure``.
    unsure : bool
    numbers : mapping of str -> (offset, bytes)
        Columns of numbers and where they lie in a row.
    """

    start: int
    length: int
    rows: int
    unsure: bool
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def negative_zeros(self, file: SourceFile, start: int, rows: int) -> dict[str, np.ndarray]:
        """Return in which of some rows a column holds a 0 with a minus sign; no column without."""
        with file.open() as opened:
            opened.seek(self.start + start * self.length)
            data = opened.read(rows * self.length)
        if b"\x80\x00\x00" not in data:
            return {}
        table = np.frombuffer(data, dtype="uint8").reshape(-1, self.length)
        places = {}
        for name, (offset, size) in self.numbers.items():
            cell = table[:, offset : offset + size]
            zero = (cell[:, 0] == 0x80) & ~cell[:, 1:].any(axis=1)
            if zero.any():
                places[name] = zero
        return places


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
    columns = _columns(head[names:rows])
    length = sum(width for _, _, _, width in columns)
    start = rows + RECORD
    count, rest = divmod(size - start, length) if length else (0, 0)
    if rest >= RECORD or (rest and last[-rest:].strip(b" ")):
        raise _broken(1)
    numbers = {name: (offset, width) for name, text, offset, width in columns if not text}
    # A missing number is no blank: where there are numbers, blank rows are padding of short rows.
    while numbers and count and rest + length < RECORD and not last[-(rest + length) :].strip(b" "):
        count, rest = count - 1, rest + length
    blank = not last[-(rest + length) :].strip(b" ")
    return Layout(start, length, count, blank and not numbers and length < RECORD, numbers)


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


def _columns(records: bytes) -> list[tuple[str, bool, int, int]]:
    """Name, whether it is text, offset in a row and bytes of each column."""
    count = int(records[54:58].strip() or b"0") if records[54:58].strip().isdigit() else 0
    body, columns = records[RECORD:], []
    for place in range(0, min(count * 140, len(body) - 139), 140):
        part = body[place : place + 140]
        kind, width = int.from_bytes(part[:2]), int.from_bytes(part[4:6])
        short, long = part[8:16], part[88:120]
        name = (long if long.strip(b"\x00 ") else short).decode("latin-1").strip("\x00 ")
        columns.append((name, kind == 2, int.from_bytes(part[84:88]), width))
    return columns


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
