"""Tables of one answer a row, turned into one row a person and visit with a column an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.merging import blank_as_null, joined, places_of


@dataclass(frozen=True)
class Pivoted:
    """Rows of a person and visit; how many rows stood twice alike, and how many differed."""

    table: pa.Table
    alike: int
    differing: int


def pivot(
    table: pa.Table,
    key: Sequence[str],
    *,
    code: str,
    value: str,
    columns: Mapping[str, str],
    carried: Sequence[str] = (),
) -> Pivoted:
    """Return one row a key with a column a code; a code with two values makes a second row.

    A blank value stands beside no other; a key with blanks alone keeps a row.

    Parameters
    ----------
    key : sequence of str
        Columns that tell rows apart.
    code, value : str
        Columns that name the answer, and hold it.
    columns : mapping of code -> column
        Answers to read and the columns they make.
    carried : sequence of str
        Columns whose first cell of each row is carried along.

    Examples
    --------
    >>> long = pa.table({"id": ["a", "a", "a"], "q": ["x", "y", "x"], "v": ["1", "2", "1"]})
    >>> found = pivot(long, ["id"], code="q", value="v", columns={"x": "x", "y": "y"})
    >>> found.table.to_pylist(), found.alike
    ([{'id': 'a', 'x': '1', 'y': '2'}], 1)
    """
    if not table.num_rows:
        names = [*key, *columns.values(), *carried]
        kinds = {name: _kind(table, name, value) for name in dict.fromkeys(names)}
        return Pivoted(pa.table({n: pa.array([], k) for n, k in kinds.items()}), 0, 0)
    keys = joined(*(places_of(_text(table.column(name))) for name in key))
    telling = _telling(table.column(value), keys)
    table, keys = table.take(pa.array(telling)), keys[telling]
    asked = joined(keys, places_of(_text(table.column(code))))
    alike = joined(asked, places_of(_text(table.column(value))))
    first = np.sort(np.unique(alike, return_index=True)[1])
    rest, keys, asked = table.take(pa.array(first)), keys[first], asked[first]
    turn = _turns(asked)
    row = joined(keys, turn)
    made = _columns(rest, row, code, value, columns, [*key, *carried])
    return Pivoted(made, len(alike) - len(first), int((turn > 0).sum()))


def _telling(values: pa.ChunkedArray, keys: np.ndarray) -> np.ndarray:
    """Rows that hold a value, and one row of each key that has none."""
    filled = np.asarray(pc.is_valid(blank_as_null(values)))
    valued = np.zeros(int(keys.max()) + 1, dtype=bool)
    valued[keys[filled]] = True
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return np.flatnonzero(filled | (first & ~valued[keys]))


def _turns(groups: np.ndarray) -> np.ndarray:
    """How often each group stood before.

    >>> _turns(np.array([0, 1, 0, 0])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    turns = np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))
    placed = np.empty(len(groups), dtype=np.int64)
    placed[order] = turns
    return placed


def _columns(
    table: pa.Table,
    row: np.ndarray,
    code: str,
    value: str,
    columns: Mapping[str, str],
    carried: Sequence[str],
) -> pa.Table:
    count = int(row.max()) + 1
    first = np.unique(row, return_index=True)[1]
    made = {name: table.column(name).take(pa.array(first)) for name in dict.fromkeys(carried)}
    codes = np.asarray(_text(table.column(code)).to_numpy(zero_copy_only=False), dtype=object)
    for name, column in columns.items():
        rows = np.flatnonzero(codes == name)
        place = np.full(count, -1, dtype=np.int64)
        place[row[rows]] = rows
        made[column] = table.column(value).take(pa.array(place, mask=place < 0))
    return pa.table(made)


def _kind(table: pa.Table, name: str, value: str) -> pa.DataType:
    return table.column(name if name in table.column_names else value).type


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
