"""People whose rows stand apart, put together: in memory, or through one nameless file.

What lays out rows of whole people takes its tables through one of three ways (`Gathering`): all at
once in memory, person by person as they come, or through a temporary file. The file is cut into
ranges of people in the order they first appear; each range is read back and sorted by itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from predict.cohort.formats.merging import (
    begins,
    digests_of,
    people_together,
    places_of,
    standing_twice,
    whole_people,
)
from predict.cohort.formats.rows import cast, common_type, joined
from predict.errors import Problem

# Rows that are put in order in memory at a time, and the most ranges that a file is cut into.
ROWS, MOST_RANGES = 50_000, 256
# People that are noted, at least, before it is seen who of them is known.
_PENDING = 250_000

Gathering = Callable[[Iterator[pa.Table], str], Iterator[pa.Table]]

TOLD = Problem(
    "PERSON_APART",
    "Rows of a person stand apart; they were put together in one temporary file beside the output, "
    "which is gone when the table is read. A table sorted by its id needs none.",
    level="warning",
)


@dataclass(frozen=True)
class Order:
    """The place of each person by their first row, how many rows there are, and their columns."""

    digests: np.ndarray
    ranks: np.ndarray
    rows: int
    schema: pa.Schema

    def of(self, ids: pa.ChunkedArray) -> np.ndarray:
        """Return the place of each row's person."""
        places = np.searchsorted(self.digests, digests_of(ids))
        return np.asarray(self.ranks[places][places_of(ids)])


class PeopleApart(Exception):
    """Rows of a person stand apart, or a column changes its type: people cannot come one by one."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


@dataclass
class Watch:
    """Notes the people and the columns of tables that pass, sixteen bytes a person.

    To see that nobody began twice takes eight more for a moment.

    Examples
    --------
    >>> watch = Watch()
    >>> watch.look(pa.table({"id": ["b", "b", "a"]}), "id")
    >>> watch.apart
    False
    >>> watch.look(pa.table({"id": ["a", "b"]}), "id")
    >>> watch.apart, watch.order().of(pa.chunked_array([["a", "b"]])).tolist()
    (True, [1, 0])
    """

    rows: int = 0
    even: bool = True
    _begun: int = 0
    _last: int | None = None
    # Digests of people and the numbers of the rows they begin at, in the order they came: those
    # who are known, each once, and others.
    _people: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    _starts: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    _pending: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    _first: pa.Schema | None = None
    _kinds: dict[str, set[pa.DataType]] = field(default_factory=dict)

    @property
    def apart(self) -> bool:
        """Whether somebody began twice."""
        self._settle()
        return self._begun > len(self._people)

    def look(self, table: pa.Table, id_column: str, numbers: np.ndarray | None = None) -> None:
        """Note a table's people and the types of its columns.

        Parameters
        ----------
        numbers : array of int or None
            Numbers of the rows, where rows are left out.
        """
        self._first = self._first or table.schema
        self.even = self.even and table.schema == self._first
        for name in table.column_names:
            column = table.column(name)
            if column.null_count < len(column):
                self._kinds.setdefault(name, set()).add(column.type)
        starts, digests = begins(table, id_column)
        places = self.rows + starts if numbers is None else numbers[starts]
        self.rows += table.num_rows
        if len(digests):
            goes_on = int(digests[0] == self._last)
            self._note(digests[goes_on:], places[goes_on:])
            self._last = int(digests[-1])

    def order(self, others: Sequence[tuple[str, int]] = ()) -> Order:
        """Return the people by their first row, and the columns as all tables together have them.

        Parameters
        ----------
        others : sequence of (id, row)
            Rows that were left out: of people who have no other they are the first.
        """
        self._settle()
        assert self._first is not None
        rows = self.rows + len(others)
        if others:
            texts, places = zip(*others, strict=True)
            self._note(np.array([hash(text) for text in texts]), np.array(places, dtype=np.int64))
            self._settle()
        ranks = np.empty(len(self._people), dtype=np.int64)
        ranks[np.argsort(self._starts)] = np.arange(len(ranks))
        by_digest = np.argsort(self._people)
        fields = [
            pa.field(f.name, common_type(self._kinds.get(f.name, {f.type}))) for f in self._first
        ]
        return Order(self._people[by_digest], ranks[by_digest], rows, pa.schema(fields))

    def _note(self, people: np.ndarray, starts: np.ndarray) -> None:
        self._pending.append((people, starts))
        self._begun += len(people)
        # As many as are known: so each is sorted a few times, however many there are.
        if sum(len(some) for some, _ in self._pending) > max(_PENDING, len(self._people)):
            self._settle()

    def _settle(self) -> None:
        """Make who is pending known, each once, by the first row noted."""
        if not self._pending:
            return
        self._people = np.concatenate([self._people, *(people for people, _ in self._pending)])
        self._starts = np.concatenate([self._starts, *(starts for _, starts in self._pending)])
        self._pending = []
        if len(standing_twice(self._people)):
            first = np.sort(np.unique(self._people, return_index=True)[1])
            self._people, self._starts = self._people[first], self._starts[first]


def at_once(tables: Iterator[pa.Table], id_column: str) -> Iterator[pa.Table]:
    """Yield all rows as one table, those of a person behind each other; nothing of no tables.

    Examples
    --------
    >>> tables = [pa.table({"id": ["a", "b"]}), pa.table({"id": ["a"]})]
    >>> [table["id"].to_pylist() for table in at_once(iter(tables), "id")]
    [['a', 'a', 'b']]
    """
    parts = list(tables)
    if parts:
        yield people_together(joined(parts), id_column)


def person_by_person(tables: Iterator[pa.Table], id_column: str) -> Iterator[pa.Table]:
    """Yield rows of whole people as they come, in the memory of some.

    Raises
    ------
    PeopleApart
        At the end, where they cannot be taken so; what was yielded does not count then.
    """
    watch = Watch()
    yield from whole_people(_watched(tables, id_column, watch), id_column)
    if watch.apart or not watch.even:
        raise PeopleApart(watch.order())


def _watched(tables: Iterator[pa.Table], id_column: str, watch: Watch) -> Iterator[pa.Table]:
    for table in tables:
        watch.look(table, id_column)
        if watch.even:
            yield table


@dataclass(frozen=True)
class ThroughFile:
    """Rows of whole people through one temporary file, in the memory of some of them.

    The file is this user's alone and has no name where the system allows, so that nothing of it is
    left, whatever ends the process.

    Parameters
    ----------
    order : Order
    folder : Path
        Where it lies.
    """

    order: Order
    folder: Path

    def __call__(self, tables: Iterator[pa.Table], id_column: str) -> Iterator[pa.Table]:
        """Yield the rows, range by range of people."""
        with tempfile.TemporaryFile(dir=self.folder) as spill:
            ranges = self._filled(spill, tables, id_column)
            reader = pa.ipc.open_file(spill)
            for numbers in filter(None, ranges):
                batches = [reader.get_batch(number) for number in numbers]
                rows = pa.Table.from_batches(batches, self.order.schema)
                ranks = self.order.of(rows.column(id_column))
                yield rows.take(pa.array(np.argsort(ranks, kind="stable")))

    def _filled(
        self, spill: IO[bytes], tables: Iterator[pa.Table], id_column: str
    ) -> list[list[int]]:
        """Write all rows; return for each range of people the numbers of its batches."""
        count = min(MOST_RANGES, -(-self.order.rows // ROWS))
        ranges: list[list[int]] = [[] for _ in range(count)]
        number, options = 0, pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(spill, self.order.schema, options=options) as writer:
            for table in tables:
                for place, batch in self._cut(cast(table, self.order.schema), id_column, count):
                    writer.write_batch(batch)
                    ranges[place].append(number)
                    number += 1
        return ranges

    def _cut(
        self, table: pa.Table, id_column: str, count: int
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Yield a table's rows of each range of people, in their order."""
        ranks = self.order.of(table.column(id_column))
        place = ranks * count // max(len(self.order.ranks), 1)
        order = np.argsort(place, kind="stable")
        rows, place = table.take(pa.array(order)).combine_chunks(), place[order]
        starts = np.flatnonzero(np.append(True, np.diff(place) != 0)) if len(place) else place
        for start, end in zip(starts, [*starts[1:], len(place)], strict=True):
            for batch in rows.slice(start, end - start).to_batches():
                yield int(place[start]), batch
