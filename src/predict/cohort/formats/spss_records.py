"""The records of an SPSS header, one after another, their text and numbers still as bytes.

Source: the PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

# Letters of the longest text that one variable holds.
LETTERS = 255
_LARGEST = 1 << 28
_MISSING_COUNTS = (-3, -2, 0, 1, 2, 3)
_HIGHEST = struct.unpack("<d", b"\xff\xff\xff\xff\xff\xff\xef\x7f")[0]


class DamagedHeader(ValueError):
    """The header is cut off, or states what cannot be."""


@dataclass
class Raw:
    """A record of a variable, or of a further word of its text (width -1)."""

    width: int
    name: bytes
    label: bytes
    form: int
    missing: tuple[bytes, ...]
    is_range: bool


@dataclass
class Records:
    """Takes the header's records in, one after another."""

    opened: BinaryIO
    order: str
    variables: list[Raw] = field(default_factory=list)
    labels: list[tuple[list[tuple[bytes, bytes]], list[int]]] = field(default_factory=list)
    extensions: dict[int, bytes] = field(default_factory=dict)

    def read(self) -> Records:
        """Read up to the rows."""
        while True:
            kind = self._int()
            if kind == 2:
                self.variables.append(self._variable())
            elif kind == 3:
                self.labels.append(self._labels())
            elif kind == 6:
                exactly(self.opened, 80 * self._count())
            elif kind == 7:
                self._extension()
            elif kind == 999:
                exactly(self.opened, 4)
                return self
            else:
                raise DamagedHeader

    @property
    def blank(self) -> float:
        """The number that stands for no answer."""
        stated = self.extensions.get(4, b"")
        return self._floats(stated[:8])[0] if len(stated) >= 8 else -_HIGHEST

    @property
    def rows(self) -> int | None:
        """Rows, where the file has room for many."""
        stated = self.extensions.get(16, b"")
        return int(struct.unpack(f"{self.order}q", stated[8:16])[0]) if len(stated) >= 16 else None

    def _floats(self, data: bytes) -> tuple[float, ...]:
        return struct.unpack(f"{self.order}{len(data) // 8}d", data)

    def number(self, data: bytes) -> float:
        """The number of eight bytes."""
        return self._floats(data)[0]

    def _int(self) -> int:
        return int(struct.unpack(f"{self.order}i", exactly(self.opened, 4))[0])

    def _count(self, most: int = _LARGEST) -> int:
        count = self._int()
        if not 0 <= count <= most:
            raise DamagedHeader
        return count

    def _variable(self) -> Raw:
        width, labelled, missing, shown, _ = (self._int() for _ in range(5))
        name = exactly(self.opened, 8)
        if not -1 <= width <= LETTERS or labelled not in (0, 1) or missing not in _MISSING_COUNTS:
            raise DamagedHeader
        label = b""
        if labelled:
            length = self._count(1 << 16)
            label = exactly(self.opened, -(-length // 4) * 4)[:length]
        values = tuple(exactly(self.opened, 8) for _ in range(abs(missing)))
        return Raw(width, name, label, shown >> 16 & 0xFF, values, missing < 0)

    def _labels(self) -> tuple[list[tuple[bytes, bytes]], list[int]]:
        """Codes with their words, and the words of a row that they are of."""
        pairs = []
        for _ in range(self._count()):
            value, length = exactly(self.opened, 8), exactly(self.opened, 1)[0]
            padded = -(-(length + 1) // 8) * 8 - 1
            pairs.append((value, exactly(self.opened, padded)[:length]))
        if self._int() != 4:
            raise DamagedHeader
        return pairs, [self._int() for _ in range(self._count())]

    def _extension(self) -> None:
        kind, size, count = self._int(), self._count(), self._count()
        if size * count > _LARGEST:
            raise DamagedHeader
        self.extensions[kind] = exactly(self.opened, size * count)


def exactly(opened: BinaryIO, size: int) -> bytes:
    data = opened.read(size)
    if len(data) != size:
        raise DamagedHeader
    return data


@dataclass
class Fields:
    """Fields of a record, each with its length before it."""

    data: bytes
    order: str
    place: int = 0

    @property
    def left(self) -> bool:
        """Whether anything is left."""
        return self.place < len(self.data)

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        part = self.data[self.place : self.place + size]
        if size < 0 or len(part) != size:
            raise DamagedHeader
        self.place += size
        return part

    def number(self) -> int:
        """Return a whole number."""
        return int(struct.unpack(f"{self.order}i", self.take(4))[0])

    def sized(self) -> bytes:
        """Return a field behind its length."""
        return self.take(self.number())
