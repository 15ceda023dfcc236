"""A request's body, proved before anything reads it: strict JSON, flat rows, values of their kind.

The scoring server behind would score `true` as 1, name the cell in its error and end with a
server error for numbers that are too large; none of that gets so far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from predict.files import read_json
from predict.operations.serving.refusals import Refused

RECORDS, SPLIT = "dataframe_records", "dataframe_split"
LARGEST = 2**53  # beyond it whole numbers are no longer exact


@dataclass(frozen=True)
class Columns:
    """The columns that a model reads.

    Parameters
    ----------
    key : str
        The column of ids.
    texts, numbers : frozenset of str
        Names by kind; other columns of a request are left unread.
    """

    key: str
    texts: frozenset[str]
    numbers: frozenset[str]


def count_rows(body: bytes, columns: Columns, *, most: int) -> int:
    """Return how many rows a body holds, all of them fit to be scored.

    Raises
    ------
    Refused
        With what is wrong, and where.

    Examples
    --------
    >>> columns = Columns("id", frozenset(), frozenset({"age"}))
    >>> count_rows(b'{"dataframe_records": [{"id": "7", "age": 31}]}', columns, most=10)
    1
    """
    records = _records(_parsed(body))
    if not records:
        raise Refused("ROWS_NONE")
    if len(records) > most:
        raise Refused("ROWS_TOO_MANY")
    for number, record in enumerate(records, start=1):
        _check(record, columns, number)
    return len(records)


def _parsed(body: bytes) -> Any:
    try:
        return read_json(body)
    # Too many digits and too deep a nesting are the parser's own refusals.
    except (ValueError, RecursionError):
        raise Refused("BODY_NOT_JSON") from None


def _records(content: Any) -> Sequence[Mapping[str, Any]]:
    """Return the rows of either shape as mappings."""
    if not isinstance(content, dict) or len(content) != 1:
        raise Refused("BODY_SHAPE")
    ((shape, rows),) = content.items()
    records = _split(rows) if shape == SPLIT else rows if shape == RECORDS else None
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise Refused("BODY_SHAPE")
    return records


def _split(table: Any) -> list[dict[str, Any]] | None:
    if not isinstance(table, dict) or set(table) not in ({"columns", "data"}, _WITH_INDEX):
        return None
    names, rows = table["columns"], table["data"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    if len(set(names)) != len(names):
        raise Refused("COLUMN_REPEATED")
    if not isinstance(rows, list) or not all(_as_wide(row, len(names)) for row in rows):
        return None
    return [dict(zip(names, row, strict=True)) for row in rows]


_WITH_INDEX = {"columns", "data", "index"}


def _as_wide(row: Any, width: int) -> bool:
    return isinstance(row, list) and len(row) == width


def _check(record: Mapping[str, Any], columns: Columns, number: int) -> None:
    """Stop where a value is not flat, not of its column's kind, or no text that can be written."""
    if columns.key not in record:
        raise Refused("COLUMN_MISSING", f"row {number}, {columns.key}")
    if not all(map(_is_plain, _flat(record))):
        raise Refused("BODY_SHAPE", f"row {number}")
    if not isinstance(record[columns.key], str):
        raise Refused("ID_NOT_TEXT", f"row {number}, {columns.key}")
    for name, value in record.items():
        if value is None:
            continue
        if name in columns.numbers and isinstance(value, str):
            raise Refused("NUMBER_EXPECTED", f"row {number}, {name}")
        if name in columns.texts and not isinstance(value, str):
            raise Refused("TEXT_EXPECTED", f"row {number}, {name}")


def _flat(record: Mapping[str, Any]) -> Iterable[Any]:
    yield from record
    yield from record.values()


def _is_plain(value: Any) -> bool:
    """Whether a value is null, a finite number or text that UTF-8 can hold; true is no number."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= LARGEST
