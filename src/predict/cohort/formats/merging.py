"""Rows of one person and visit that stand in parts, laid over each other where they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.source import FAULTS

Places = np.ndarray
# Rows whose texts are objects at once.
_SOME = 1 << 15


def places_of(column: pa.ChunkedArray) -> Places:
    """Return a number for each distinct text, by its first row.

    >>> places_of(pa.chunked_array([["b", "a", "b"]])).tolist()
    [0, 1, 0]
    """
    return np.asarray(_coded(column).indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def digests_of(column: pa.ChunkedArray) -> Places:
    """Return a digest of each distinct text, in the order of `places_of`; of this process alone."""
    texts = _coded(column).dictionary.to_pylist()
    return np.array([hash(text) for text in texts], dtype=np.int64)


def row_digests(column: pa.ChunkedArray) -> Places:
    """Return a digest of each row's text; see `digests_of`. Some rows are looked at at a time."""
    some = [column.slice(start, _SOME) for start in range(0, len(column), _SOME)]
    digests = [digests_of(part)[places_of(part)] for part in some]
    return np.concatenate([np.empty(0, dtype=np.int64), *digests])


def standing_twice(digests: Places) -> Places:
    """Return the digests that stand more than once, in their order.

    >>> standing_twice(np.array([5, 3, 5, 5])).tolist()
    [5]
    """
    ordered = np.sort(digests)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded


def joined(*parts: Places) -> Places:
    """Return a number for each distinct combination, by its first row.

    >>> joined(np.array([0, 0, 1]), np.array([5, 6, 5])).tolist()
    [0, 1, 2]
    """
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        key = key * (int(part.max(initial=0)) + 1) + part
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[inverse])


def people_together(table: pa.Table, id_column: str) -> pa.Table:
    """Return the rows with those of a person behind each other, in the order they first appear."""
    people = places_of(table.column(id_column))
    if not (np.diff(people) < 0).any():
        return table
    return table.take(pa.array(np.argsort(people, kind="stable")))


def blank_as_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text cells with null where nothing stands; other cells as they are."""
    if not pa.types.is_string(column.type):
        return column
    blank = pc.or_(pc.equal(pc.binary_length(column), 0), pc.ascii_is_space(column))
    return pc.if_else(blank, None, column)


def merged(table: pa.Table, key: Places, part: Places) -> tuple[pa.Table, int]:
    """Lay the parts of each key over each other: one row a key, blanks filled from its parts.

    A key that has a part twice, or two different cells, keeps its rows as they are.

    Returns
    -------
    Table, and how many rows were laid over another.

    Examples
    --------
    >>> table = pa.table({"id": ["a", "a", "b"], "age": ["40", "", "50"], "q": ["", "3", ""]})
    >>> rows, count = merged(table, np.array([0, 0, 1]), np.array([0, 1, 0]))
    >>> rows.to_pylist(), count
    ([{'id': 'a', 'age': '40', 'q': '3'}, {'id': 'b', 'age': '50', 'q': ''}], 1)
    """
    if len(key) == 0 or key.max() + 1 == len(key):
        return table, 0
    host, others = _hosts(key, part)
    if not others:
        return table, 0
    rows = np.flatnonzero(host)
    parts = [over[rows] for over in others]
    columns, clash = {}, np.zeros(len(rows), dtype=bool)
    for name in table.column_names:
        columns[name], differ = _filled(blank_as_null(table.column(name)), rows, parts)
        clash |= differ & (name != FAULTS)
    laid = pa.table({n: pc.fill_null(column, "") for n, column in columns.items()})
    laid = laid.cast(table.schema)
    if not clash.any():
        return laid, len(key) - len(rows)
    return _kept_apart(table, laid, rows, key, key[rows[clash]])


def _kept_apart(
    table: pa.Table, laid: pa.Table, rows: np.ndarray, key: Places, clashing: Places
) -> tuple[pa.Table, int]:
    """The rows laid out, but those of keys with two different cells as they are."""
    odd = np.zeros(int(key.max()) + 1, dtype=bool)
    odd[clashing] = True
    alone = odd[key]
    place = np.full(len(key), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    given = np.flatnonzero((place >= 0) | alone)
    chosen = np.where(alone[given], len(rows) + given, place[given])
    both = pa.concat_tables([laid, table])
    return both.take(pa.array(chosen)), len(key) - len(given)


def _hosts(key: Places, part: Places) -> tuple[np.ndarray, list[np.ndarray]]:
    """The first row of each key; and, part by part, the row to lay over each row (-1: none)."""
    order = np.lexsort((part, key))
    first = np.append(True, key[order][1:] != key[order][:-1])
    starts = np.flatnonzero(first)
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    twice = np.append(False, (key[order][1:] == key[order][:-1])
                      & (part[order][1:] == part[order][:-1]))  # fmt: skip
    repeated = np.zeros(int(key.max()) + 1, dtype=bool)
    repeated[key[order][twice]] = True
    lone = np.zeros(len(key), dtype=bool)
    lone[order] = first
    lone |= repeated[key]
    host_row = order[np.repeat(starts, np.diff(np.append(starts, len(key))))]
    others = []
    for place in range(1, int(rank.max()) + 1):
        over = np.full(len(key), -1, dtype=np.int64)
        some = (rank == place) & ~repeated[key[order]]
        over[host_row[some]] = order[some]
        if some.any():
            others.append(over)
    return lone, others


def _filled(
    column: pa.ChunkedArray, rows: np.ndarray, others: Sequence[np.ndarray]
) -> tuple[pa.ChunkedArray, np.ndarray]:
    """A column's cells at some rows, blanks filled from other rows, and where two cells differ."""
    cells_so_far, clash = column.take(pa.array(rows)), np.zeros(len(rows), dtype=bool)
    for over in others:
        cells = column.take(pa.array(over, mask=over < 0))
        differ = pc.fill_null(pc.not_equal(cells_so_far, cells), False)
        clash |= np.asarray(differ)
        cells_so_far = pc.coalesce(cells_so_far, cells)
    return cells_so_far, clash


def facts_filled(table: pa.Table, host: Places, names: Sequence[str]) -> pa.Table:
    """Fill blank facts of each row from its host row (-1: it has none)."""
    over = pa.array(host, mask=host < 0)
    for name in [name for name in names if name in table.column_names and name != FAULTS]:
        column = blank_as_null(table.column(name))
        cells = pc.fill_null(pc.coalesce(column, column.take(over)), "")
        table = table.set_column(table.column_names.index(name), name, cells)
    return table


def whole_people(tables: Iterator[pa.Table], id_column: str) -> Iterator[pa.Table]:
    """Yield the rows of whole people, table by table: the last person goes with the next table."""
    held: pa.Table | None = None
    for table in tables:
        both = table if held is None else pa.concat_tables([held, table])
        people = places_of(both.column(id_column))
        changes = np.flatnonzero(np.diff(people)) + 1
        cut = int(changes[-1]) if len(changes) else 0
        held = both.slice(cut)
        if cut:
            yield both.slice(0, cut)
    if held is not None:
        yield held


def begins(table: pa.Table, id_column: str) -> tuple[Places, Places]:
    """Return the rows at which another person begins, and a digest of each one's id."""
    people = places_of(table.column(id_column))
    starts = np.flatnonzero(np.append(True, np.diff(people) != 0)) if len(people) else people
    return starts, np.asarray(digests_of(table.column(id_column))[people[starts]])
