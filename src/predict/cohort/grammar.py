"""Our own grammar for cells: nothing is inferred, nothing is repaired.

A column is parsed by its distinct values, so that a million rows cost little more than a thousand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BLANKS = ("", "NA", ".")
PLAIN = r"^-?[0-9]{1,15}(\.[0-9]+)?$"
DECIMAL = r"^-?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"

OK, NOT_A_NUMBER, OUT_OF_RANGE, NOT_WHOLE = 0, 1, 2, 3


@dataclass(frozen=True)
class NumberRule:
    """What a number's cell may hold.

    Parameters
    ----------
    low, high : float
        Range, both ends allowed.
    whole : bool
        Whether 2.7 is refused; ``2.0`` is the whole number 2.
    exponent : bool
        Whether ``1e-05`` is a number, as exports of measurements write it.
    words : mapping of str -> float
        Lower-case words and the number each means.
    missing : sequence of str
        Codes that mean "no answer", compared as text and as numbers.
    codes_win : bool
        Whether a missing code inside the range means missing; else it is an answer.
    """

    low: float = -np.inf
    high: float = np.inf
    whole: bool = False
    exponent: bool = False
    words: Mapping[str, float] = field(default_factory=dict)
    missing: Sequence[str] = ()
    codes_win: bool = False


@dataclass(frozen=True)
class Numbers:
    """A parsed column: the number of each cell (also where it is out of range) and its fault."""

    values: np.ndarray
    fault: np.ndarray
    unreadable: tuple[np.ndarray, tuple[str, ...]] = (np.array([], dtype=np.int64), ())
    decimals: int = 0
    ambiguous: int = 0

    def clean(self) -> np.ndarray:
        """Return the numbers with NaN wherever the cell has a fault."""
        return np.where(self.fault == OK, self.values, np.nan)


def encode(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return the distinct texts of a column and, for each row, the place of its text (-1: null)."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = _as_text(column)
    joined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(joined, pa.ChunkedArray):
        joined = pa.concat_arrays(joined.chunks) if joined.num_chunks else pa.array([], pa.string())
    coded = joined.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return coded.dictionary, codes


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """Numbers and dates of a typed table as text; a float keeps its decimal point."""
    values = column.to_pylist()
    return pa.array([None if v is None or v != v else str(v) for v in values], pa.string())


def texts(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column as objects: text as it stands, None where the table has a null."""
    distinct, codes = encode(column)
    table = np.array([*distinct.to_pylist(), None], dtype=object)
    return np.asarray(table[codes])


def id_texts(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of ids as text, a missing or blank one as ``""``.

    Examples
    --------
    >>> id_texts(pa.chunked_array([["007", None, "  ", "NA"]])).to_pylist()
    ['007', '', '', 'NA']
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = pa.chunked_array([_as_text(column)])
    text = pa.concat_arrays(column.cast(pa.string()).chunks or [pa.array([], pa.string())])
    text = pc.fill_null(text, "")
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(text), ""), "", text)


def is_number(column: pa.ChunkedArray) -> bool:
    """Whether the column's own type is a number."""
    kind = column.type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def numbers(column: pa.ChunkedArray, rule: NumberRule) -> Numbers:
    """Parse a column of numbers.

    Examples
    --------
    >>> column = pa.chunked_array([["2", " 3.0 ", "4", "1e0", "", "99"]])
    >>> found = numbers(column, NumberRule(low=0, high=3, whole=True, missing=["99"]))
    >>> found.clean().tolist(), found.fault.tolist()
    ([2.0, 3.0, nan, nan, nan, nan], [0, 0, 2, 1, 0, 0])
    """
    if is_number(column):
        return _typed(column, rule)
    distinct, codes = encode(column)
    trimmed = pc.ascii_trim_whitespace(distinct)
    values = _values(trimmed, rule)
    missing = _missing(trimmed, values, rule)
    readable = ~np.isnan(values) | missing
    fault = np.where(missing, OK, np.where(readable, _range_fault(values, rule), NOT_A_NUMBER))
    values = np.where(missing, np.nan, values)
    decimal = pc.match_substring_regex(trimmed, r"\.0+$").to_numpy(zero_copy_only=False)
    ambiguous = missing & _inside(_values(trimmed, rule), rule)
    return Numbers(
        values=np.append(values, np.nan)[codes],
        fault=np.append(fault, OK)[codes].astype(np.int8),
        unreadable=_unreadable(fault, codes, distinct),
        decimals=int(np.append(decimal.astype(bool) & rule.whole, False)[codes].sum()),
        ambiguous=int(np.append(ambiguous, False)[codes].sum()),
    )


def _values(trimmed: pa.Array, rule: NumberRule) -> np.ndarray:
    """The number of each distinct text, NaN where there is none."""
    good = pc.match_substring_regex(trimmed, DECIMAL if rule.exponent else PLAIN)
    numeric = pc.cast(pc.if_else(good, trimmed, None), pa.float64())
    values = np.array(numeric.to_numpy(zero_copy_only=False), dtype=np.float64)
    if rule.words:
        words = [rule.words.get(text.lower(), np.nan) for text in trimmed.to_pylist()]
        values = np.where(np.isnan(values), np.array(words, dtype=np.float64), values)
    return values


def _missing(trimmed: pa.Array, values: np.ndarray, rule: NumberRule) -> np.ndarray:
    """Which distinct texts mean "no answer"."""
    words = pa.array([*BLANKS, *rule.missing], pa.string())
    blank = pc.is_in(trimmed, pa.array(list(BLANKS))).to_numpy(zero_copy_only=False)
    coded = pc.is_in(trimmed, words).to_numpy(zero_copy_only=False)
    coded = coded | np.isin(values, _codes(rule))
    if not rule.codes_win:
        coded = coded & ~_inside(values, rule)
    return np.asarray(blank | coded, dtype=bool)


def _codes(rule: NumberRule) -> list[float]:
    found = []
    for code in rule.missing:
        try:
            found.append(float(code))
        except ValueError:
            continue
    return found


def _inside(values: np.ndarray, rule: NumberRule) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((values >= rule.low) & (values <= rule.high))


def _range_fault(values: np.ndarray, rule: NumberRule) -> np.ndarray:
    fault = np.where(_inside(values, rule), OK, OUT_OF_RANGE)
    if rule.whole:
        fault = np.where((fault == OK) & (values != np.floor(values)), NOT_WHOLE, fault)
    return fault


def _unreadable(
    fault: np.ndarray, codes: np.ndarray, distinct: pa.Array
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows whose cell is no number, with their texts: only the safety reading looks at them."""
    bad = np.flatnonzero(fault == NOT_A_NUMBER)
    if not len(bad):
        return np.array([], dtype=np.int64), ()
    rows = np.flatnonzero(np.isin(codes, bad))
    return rows, tuple(distinct[int(code)].as_py() for code in codes[rows])


def _typed(column: pa.ChunkedArray, rule: NumberRule) -> Numbers:
    """A column that is a number by its own type: nulls and NaN are missing, infinities are not."""
    filled = column.cast(pa.float64())
    values = np.array(filled.to_numpy(), dtype=np.float64)
    empty = np.isnan(values)
    coded = np.isin(values, _codes(rule))
    inside = _inside(values, rule)
    missing = empty | (coded & (rule.codes_win | ~inside))
    fault = np.where(missing, OK, _range_fault(values, rule)).astype(np.int8)
    ambiguous = int((coded & inside).sum()) if rule.codes_win else 0
    return Numbers(np.where(missing, np.nan, values), fault, ambiguous=ambiguous)


def tolerant(text: str) -> float:
    """Return the number a person would read in a text, for safety flags only; NaN if there is none.

    Examples
    --------
    >>> tolerant(" ２ "), tolerant("two")
    (2.0, nan)
    """
    try:
        return float(unicodedata.normalize("NFKC", text).strip().replace(",", "."))
    except ValueError:
        return float("nan")


def choices(
    column: pa.ChunkedArray, known: Mapping[str, str], missing: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Parse a column of choices: text of each cell (None: missing), and whether it is unknown.

    Parameters
    ----------
    known : mapping of str -> str
        Text of the table -> value; ``1.0`` finds ``1``, but ``Male`` never finds ``male``.
    """
    distinct, codes = encode(column)
    table = [_choice(text.strip(" \t\r\n"), known, missing) for text in distinct.to_pylist()]
    values = np.array([value for value, _ in table] + [None], dtype=object)
    unknown = np.array([odd for _, odd in table] + [False], dtype=bool)
    return values[codes], unknown[codes]


def _choice(text: str, known: Mapping[str, str], missing: Sequence[str]) -> tuple[str | None, bool]:
    if text in known:
        return known[text], False
    number = canonical_number(text)
    if number in known:
        return known[number], False
    if text in BLANKS or text in missing or number in missing:
        return None, False
    return None, True


def canonical_number(text: str) -> str:
    """Return ``1`` for ``1.0``; any other text as it stands."""
    head, dot, tail = text.partition(".")
    return head if dot and not tail.strip("0") and head.lstrip("-").isdigit() else text
