"""Group tables cut into bytes, in the order in which registers add them up.

A register of bytes answers for 64 rows where one of 32-bit entries answers for 16. So every entry
becomes three bytes, or four, its table's smallest entry taken off first; what was taken off is a
feature's start. Tables are read in chunks that stay in the cache, and in each chunk feature by
feature: a run of look-ups then adds up in registers, 256 at most, for a byte is at most 255 and
sums have 16 bits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.kernels import aligned
from predict.models.families.attribution.layout import Layout, Whole
from predict.models.families.attribution.reading import Ints
from predict.models.families.attribution.registers import LENGTHS

CHUNK = 2**18  # bytes of tables read again and again before the next ones
RUN = 256  # look-ups whose bytes 16 bits can add up

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Bytewise:
    """A layout's tables as bytes; ``x[c]:x[c + 1]`` are what chunk or run c holds.

    ``group`` and ``run`` begin the groups and the runs of each chunk; a run adds the look-ups
    ``look_up[r]:look_up[r + 1]`` to ``column[r]``, from tables of ``entries[r]`` of ``length[r]``
    bytes. A look-up's table lies at ``place``, the first bytes of all entries before the second
    ones, and is asked with the patterns of its chunk's group ``owner``.
    ``start`` is what was taken off each feature's tables.
    """

    group: Ints
    run: Ints
    column: Ints
    entries: Ints
    length: Ints
    look_up: Ints
    place: Ints
    owner: Ints
    table: Bytes
    start: Whole

    @property
    def arrays(self) -> tuple[npt.NDArray[np.integer], ...]:
        """The arrays in the order in which :func:`kernels.add_in_registers` takes them."""
        runs = self.column, self.entries, self.length, self.look_up
        return self.group, self.run, *runs, self.place, self.owner, self.table, self.start

    @property
    def widest(self) -> int:
        """The most groups of a chunk."""
        return int(np.diff(self.group).max(initial=0))


def cut_into_bytes(layout: Layout, n_features: int, *, smallest: int) -> Bytewise:
    """Return a layout's tables as bytes, each padded to what one instruction picks from."""
    tables = _Tables.of(layout, smallest)
    chunk = _chunks(tables.bytes, layout.column_start)
    order = np.lexsort(
        (tables.owner, tables.column, tables.length, tables.entries, chunk[tables.owner])
    )
    tables = tables.ranked(order)
    within = chunk[tables.owner]
    run = _runs(within, tables.entries, tables.length, tables.column)
    group = np.searchsorted(chunk, np.arange(chunk.max(initial=-1) + 2))
    start = np.bincount(tables.column, weights=tables.least, minlength=n_features)
    return Bytewise(
        group=group,
        run=np.searchsorted(within[run], np.arange(len(group))),
        column=tables.column[run],
        entries=tables.entries[run],
        length=tables.length[run],
        look_up=np.append(run, len(order)),
        place=np.cumsum(tables.bytes) - tables.bytes,
        owner=tables.owner - group[within],
        table=_written(layout, tables),
        start=start.astype(np.int64).astype(np.int32),
    )


@dataclass(frozen=True)
class _Tables:
    """Every table of a layout: its group, feature, place, own and padded size, and bytes."""

    owner: Ints
    column: Ints
    begin: Ints
    own: Ints
    entries: Ints
    least: Ints
    length: Ints

    @classmethod
    def of(cls, layout: Layout, smallest: int) -> _Tables:
        """Return a layout's tables as they stand there, one after the other."""
        owner = np.repeat(np.arange(len(layout.width)), np.diff(layout.column_start))
        own = np.int64(1) << layout.width[owner].astype(np.int64)
        begin = np.cumsum(own) - own
        least = np.minimum.reduceat(layout.table, begin).astype(np.int64) if len(own) else own
        most = np.maximum.reduceat(layout.table, begin).astype(np.int64) if len(own) else own
        short = most - least < 1 << 8 * LENGTHS[0]
        length = np.where(short, *LENGTHS).astype(np.int64)
        column = layout.column.astype(np.int64)
        return cls(owner, column, begin, own, np.maximum(own, smallest), least, length)

    @property
    def bytes(self) -> Ints:
        """Bytes of each table."""
        return self.length * self.entries

    def ranked(self, order: Ints) -> _Tables:
        """Return the tables in another order."""
        return _Tables(*(getattr(self, part.name)[order] for part in fields(self)))


def _chunks(sizes: Ints, column_start: Whole) -> Ints:
    """Number the chunk of each group; a group's tables stay together."""
    before = np.append(0, np.cumsum(sizes))[column_start[:-1]]
    return np.unique(before // CHUNK, return_inverse=True)[1].astype(np.int64)


def _runs(*keys: npt.NDArray[np.integer]) -> Ints:
    """Return where runs begin: where a key changes, and after so many look-ups."""
    count = len(keys[0])
    fresh = np.ones(count, dtype=np.bool_)
    fresh[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    first = np.flatnonzero(fresh)
    within = np.arange(count) - first[np.cumsum(fresh) - 1]
    return np.flatnonzero(within % RUN == 0)


def _written(layout: Layout, tables: _Tables) -> Bytes:
    """Return all tables byte by byte, their smallest entries taken off."""
    table = aligned((int(tables.bytes.sum()),), np.uint8)
    place = np.cumsum(tables.bytes) - tables.bytes
    for size, length in product(np.unique(tables.own), LENGTHS):
        some = np.flatnonzero((tables.own == size) & (tables.length == length))
        numbers = layout.table[tables.begin[some][:, None] + np.arange(size)]
        above = numbers - tables.least[some][:, None]
        for byte in range(length):
            begin = place[some] + byte * tables.entries[some]
            table[begin[:, None] + np.arange(size)] = (above >> 8 * byte) & 255
    return table
