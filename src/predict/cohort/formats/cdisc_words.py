"""What stands beside a CDISC number in words or as text: where the two contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.merging import blank_as_null, joined, places_of
from predict.cohort.source import FAULTS

Words = Mapping[str, frozenset[float]]
Meaning = Mapping[str, Words]
_FAULT = "ANSWER_CODES_DISAGREE"


def held_against(
    table: pa.Table, code: str, value: str, words: str, asked: np.ndarray, known: Meaning
) -> pa.Table:
    """Return the table with a fault wherever a number and what stands beside it contradict.

    The graver of the two stays in the place of the number, so that a safety flag is not lost.

    Parameters
    ----------
    code, value, words : str
        Columns that name the answer, hold its number, and say it otherwise.
    asked : array of bool
        Rows to look at.
    known : mapping of code -> word -> numbers
        What words mean, in the coding of the table.
    """
    cells = table.column(value).cast(pa.string())
    rows = np.flatnonzero(asked & np.asarray(pc.is_valid(blank_as_null(cells))))
    some = pa.table([table.column(code), cells, table.column(words).cast(pa.string())], "cvw")
    some = some.take(pa.array(rows))
    alike = joined(*(places_of(some.column(name)) for name in "cvw"))
    first = np.unique(alike, return_index=True)[1]
    judged = [_graver(*texts, known) for texts in _rows(some.take(pa.array(first)))]
    if not any(judged):
        return table
    found = np.full(table.num_rows, "", dtype=object)
    found[rows] = np.array(judged, dtype=object)[alike]
    odd = pa.array(found != "")
    names = table.column(code).cast(pa.string())
    faults = pc.binary_join_element_wise(_FAULT, names, " ")
    table = _put(table, FAULTS, pc.if_else(odd, faults, table.column(FAULTS)))
    if not pa.types.is_string(table.column(value).type):
        return table
    return _put(table, value, pc.if_else(odd, pa.array(found, pa.string()), cells))


def spread(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """Return the table with a fault of one row on every row of its key: they become one row."""
    faults = np.asarray(table.column(FAULTS).to_numpy(zero_copy_only=False), dtype=object)
    odd = np.flatnonzero(faults != "")
    if not len(odd) or not key:
        return table
    keys = joined(*(places_of(table.column(name).cast(pa.string())) for name in key))
    of_key = np.full(int(keys.max()) + 1, "", dtype=object)
    of_key[keys[odd[::-1]]] = faults[odd[::-1]]
    return _put(table, FAULTS, pa.array(np.where(faults == "", of_key[keys], faults), pa.string()))


def _put(table: pa.Table, name: str, cells: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, cells)


def _rows(table: pa.Table) -> list[tuple[str, str, str]]:
    columns = (pc.fill_null(column, "").to_pylist() for column in table.columns)
    return list(zip(*columns, strict=True))


def _graver(code: str, cell: str, word: str, known: Meaning) -> str:
    """The graver of two contradicting texts; empty where they agree or one tells nothing.

    >>> words = {"Q9": {"never": frozenset({0.0}), "daily": frozenset({3.0})}}
    >>> [_graver("Q9", "0", word, words) for word in ("Daily", "Never", "weekly", "2", "0.0")]
    ['Daily', '', '', '2', '']
    """
    of_item = known.get(code, {})
    numbers, said = _meant(cell, of_item), _meant(word, of_item)
    close = 0.5 * 10.0 ** -min(_decimals(cell), _decimals(word)) + 1e-9
    if not numbers or not said or any(abs(a - b) <= close for a in numbers for b in said):
        return ""
    return max((cell, max(numbers)), (word.strip(), max(said)), key=lambda pair: pair[1])[0]


def _meant(text: str, of_item: Words) -> frozenset[float]:
    """The numbers that a text may mean: the known word's, else the number itself."""
    plain = " ".join(text.lower().split())
    if plain in of_item:
        return of_item[plain]
    try:
        return frozenset({float(plain)})
    except ValueError:
        return frozenset()


def _decimals(text: str) -> int:
    return len(text.strip().partition(".")[2])
