"""Our own grammar for cells: nothing is inferred, nothing is repaired.

A column is parsed by its distinct values, so that a million rows cost little more than a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.float_noise import NEARLY_WHOLE, settled
from predict.cohort.labels import declared_number

BLANKS = ("", "NA", ".")
PLAIN = r"^-?[0-9]{1,15}(\.[0-9]+)?$"
TINY = r"^-?[0-9](\.[0-9]*)?[eE]-[0-9]{1,3}$"
DECIMAL = r"^-?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"

_WHOLE = re.compile(r"^-?[0-9]{1,15}$")
_FLOAT = re.compile(r"-?[0-9]{1,15}\.?[0-9]*([eE]-[0-9]{1,3})?")
# How programs write a logical value, and the code that stands for it.
_LOGICAL = {
    "true": ("True", "TRUE", "true", "1"),
    "false": ("False", "FALSE", "false", "0"),
}

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
    score : bool
        Whether this is a score, which another program's floats may have blurred a little.
    words : mapping of str -> float
        Lower-case words and the number each means. Where some are numbers, as in ``"5": 3``, they
        are all the codes there are: another number is none.
    labels : mapping of str -> float
        Words that nobody declared: read for safety flags alone.
    missing : sequence of str
        Codes that mean "no answer", compared as text and as numbers.
    codes_win : bool
        Whether a missing code inside the range means missing; else it is an answer.
    decimal : str
        The mark between whole numbers and decimals in text.
    half_up : bool
        Whether a number that is not whole is rounded, halves up, where only whole ones are allowed.
    """

    low: float = -np.inf
    high: float = np.inf
    whole: bool = False
    exponent: bool = False
    score: bool = False
    words: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, float] = field(default_factory=dict)
    missing: Sequence[str] = ()
    codes_win: bool = False
    decimal: str = "."
    half_up: bool = False


@dataclass(frozen=True)
class Numbers:
    """A parsed column: the number of each cell (also where it is out of range) and its fault.

    ``blurred`` counts cells that another program's floats had moved, ``rounded`` those rounded.
    """

    values: np.ndarray
    fault: np.ndarray
    unreadable: tuple[np.ndarray, tuple[str, ...]] = (np.array([], dtype=np.int64), ())
    decimals: int = 0
    ambiguous: int = 0
    blurred: int = 0
    rounded: int = 0
    labels: Mapping[str, float] = field(default_factory=dict)

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


def whole_text(value: object) -> str:
    """Return a value as text, a whole number without a point.

    Examples
    --------
    >>> whole_text(108.0), whole_text(7.5), whole_text(float("inf")), whole_text("8.0")
    ('108', '7.5', 'inf', '8.0')
    """
    whole = isinstance(value, float | Decimal) and value % 1 == 0
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]  # a number


def _as_text(column: pa.ChunkedArray, said: Callable[[object], str] = str) -> pa.Array:
    """Numbers and dates of a typed table as text; a float keeps its decimal point."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return column.cast(pa.string()).combine_chunks()
    values = column.to_pylist()
    return pa.array([None if v is None or v != v else said(v) for v in values], pa.string())


def texts(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column as objects: text as it stands, None where the table has a null."""
    distinct, codes = encode(column)
    table = np.array([*distinct.to_pylist(), None], dtype=object)
    return np.asarray(table[codes])


def id_texts(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of ids as text, a missing or blank one as ``""``.

    Text stays as it was written. A whole number that a typed table holds as a float, as it does
    where an id is missing, has no point: nobody wrote one.

    Examples
    --------
    >>> id_texts(pa.chunked_array([["007", None, "  ", "NA", "8.0"]])).to_pylist()
    ['007', '', '', 'NA', '8.0']
    >>> id_texts(pa.chunked_array([[108.0, None, 7.5]])).to_pylist()
    ['108', '', '7.5']
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = pa.chunked_array([_as_text(column, whole_text)])
    text = pa.concat_arrays(column.cast(pa.string()).chunks or [pa.array([], pa.string())])
    text = pc.fill_null(text, "")
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(text), ""), "", text)


def filled(column: pa.ChunkedArray, missing: Sequence[str]) -> np.ndarray:
    """Return whether each cell holds anything but a blank or a missing code.

    >>> filled(pa.chunked_array([["0", " ", "NA", "99", None]]), ["99"]).tolist()
    [True, False, False, False, False]
    """
    if is_number(column):
        values = column.cast(pa.float64(), safe=False).to_numpy()
        return np.asarray(~(np.isnan(values) | np.isin(values, _codes(missing))))
    distinct, codes = encode(column)
    blank = pc.is_in(pc.ascii_trim_whitespace(distinct), pa.array([*BLANKS, *missing], pa.string()))
    return np.asarray(np.append(~np.asarray(blank, dtype=bool), False)[codes])


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
    values, blurred = settled(_values(trimmed, rule), whole=rule.whole, score=rule.score)
    missing = _missing(trimmed, values, rule)
    inside = missing & _inside(values, rule)
    values, rounded = _rounded(values, rule)
    readable = ~np.isnan(values) | missing
    fault = np.where(missing, OK, np.where(readable, _range_fault(values, rule), NOT_A_NUMBER))
    values = np.where(missing, np.nan, values)
    point = pc.match_substring_regex(trimmed, rf"[{rule.decimal}]0+$")
    decimal = point.to_numpy(zero_copy_only=False).astype(bool) & rule.whole

    def count(which: np.ndarray) -> int:
        return int(np.append(which, False)[codes].sum()) if which.any() else 0

    return Numbers(
        values=np.append(values, np.nan)[codes],
        fault=np.append(fault, OK)[codes].astype(np.int8),
        unreadable=_unreadable(fault, codes, distinct),
        decimals=count(decimal),
        ambiguous=count(inside),
        blurred=count(blurred & ~missing),
        rounded=count(rounded & ~missing),
        labels={**rule.labels, **rule.words},
    )


def _values(trimmed: pa.Array, rule: NumberRule) -> np.ndarray:
    """The number of each distinct text, NaN where there is none."""
    digits = trimmed if rule.decimal == "." else _with_points(trimmed, rule.decimal)
    values = _recoded(_numeric(digits, DECIMAL if rule.exponent else PLAIN), rule)
    odd = np.isnan(values)
    if rule.score and not rule.exponent and odd.any():
        # Only what stands for 0: `1e0` is no way to write an answer.
        tiny = _numeric(digits, TINY)
        values = np.where(odd & (np.abs(tiny) <= NEARLY_WHOLE), tiny, values)
    if rule.words:
        words = [declared_number(text or "", rule.words) for text in trimmed.to_pylist()]
        values = np.where(np.isnan(values), np.array(words, dtype=np.float64), values)
    return values


def _recoded(values: np.ndarray, rule: NumberRule) -> np.ndarray:
    """Numbers by the codes that the words state; as they are where these state none."""
    codes = {float(word): number for word, number in rule.words.items() if _WHOLE.match(word)}
    if not codes:
        return values
    missing = set(_codes(rule.missing))
    return np.array([codes.get(v, v if v in missing else np.nan) for v in values.tolist()])


def _numeric(texts: pa.Array, shape: str) -> np.ndarray:
    good = pc.match_substring_regex(texts, shape)
    numeric = pc.cast(pc.if_else(good, texts, None), pa.float64())
    return np.array(numeric.to_numpy(zero_copy_only=False), dtype=np.float64)


def _with_points(trimmed: pa.Array, decimal: str) -> pa.Array:
    """Texts with the decimal mark as a point; one that holds a point already is no number."""
    changed = pc.replace_substring(trimmed, decimal, ".")
    return pc.if_else(pc.match_substring(trimmed, "."), pa.scalar("?"), changed)


def _rounded(values: np.ndarray, rule: NumberRule) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers where the study says that halves go up, and which were none."""
    none = np.zeros(len(values), dtype=bool)
    if not (rule.half_up and rule.whole):
        return values, none
    whole = np.floor(values + 0.5)
    return np.where(np.isnan(values), values, whole), (values != whole) & ~np.isnan(values)


def _missing(trimmed: pa.Array, values: np.ndarray, rule: NumberRule) -> np.ndarray:
    """Which distinct texts mean "no answer"."""
    words = pa.array([*BLANKS, *rule.missing], pa.string())
    blank = pc.is_in(trimmed, pa.array(list(BLANKS))).to_numpy(zero_copy_only=False)
    coded = pc.is_in(trimmed, words).to_numpy(zero_copy_only=False)
    coded = coded | np.isin(values, _codes(rule.missing))
    if not rule.codes_win:
        coded = coded & ~_inside(values, rule)
    return np.asarray(blank | coded, dtype=bool)


def _codes(missing: Sequence[str]) -> list[float]:
    numbers = []
    for code in missing:
        try:
            numbers.append(float(code))
        except ValueError:
            continue
    return numbers


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
    filled = column.cast(pa.float64(), safe=False)
    written = np.array(filled.to_numpy(), dtype=np.float64)
    blurred = np.zeros(len(written), dtype=bool)
    values = written
    if not pa.types.is_integer(column.type):
        values, blurred = settled(written, whole=rule.whole, score=rule.score)
    empty = np.isnan(values)
    values = _recoded(values, rule)
    coded = np.isin(values, _codes(rule.missing))
    inside = _inside(values, rule)
    missing = empty | (coded & (rule.codes_win | ~inside))
    values, rounded = _rounded(values, rule)
    odd = np.where(np.isnan(values), NOT_A_NUMBER, _range_fault(values, rule))
    fault = np.where(missing, OK, odd).astype(np.int8)
    ambiguous = int((coded & inside).sum()) if rule.codes_win else 0
    return Numbers(
        np.where(missing, np.nan, values),
        fault,
        ambiguous=ambiguous,
        blurred=int((blurred & ~missing).sum()),
        rounded=int((rounded & ~missing).sum()),
    )


def choices(
    column: pa.ChunkedArray, meanings: Mapping[str, str], missing: Sequence[str], decimal: str = "."
) -> tuple[np.ndarray, np.ndarray]:
    """Parse a column of choices: text of each cell (None: missing), and whether it is unknown.

    Parameters
    ----------
    meanings : mapping of str -> str
        Text of the table -> value; ``1.0`` finds ``1``, but ``Male`` never finds ``male``. A
        logical value finds its own word in any case, or else 1 and 0.
    """
    distinct, codes = encode(column)
    texts = [text.strip(" \t\r\n") for text in distinct.to_pylist()]
    table = [_choice(text, meanings, missing, decimal) for text in texts]
    values = np.array([value for value, _ in table] + [None], dtype=object)
    unknown = np.array([odd for _, odd in table] + [False], dtype=bool)
    return values[codes], unknown[codes]


def _choice(
    text: str, meanings: Mapping[str, str], missing: Sequence[str], decimal: str
) -> tuple[str | None, bool]:
    number = canonical_number(text, decimal)
    for name in (text, number, *_LOGICAL.get(text.lower(), ())):
        if name in meanings:
            return meanings[name], False
    if text in BLANKS or text in missing or number in missing:
        return None, False
    return None, True


def canonical_number(text: str, decimal: str = ".") -> str:
    """Return ``1`` for ``1.0`` and for what another program's floats made of it; else the text.

    >>> [canonical_number(text) for text in ("1.0", "0.9999999999999", "5.4e-79", "1.5", "1e0")]
    ['1', '1', '0', '1.5', '1e0']
    """
    head, dot, tail = text.partition(decimal)
    if dot and not tail.strip("0") and head.lstrip("-").isdigit():
        return head
    digits = text.replace(decimal, ".")
    if not _FLOAT.fullmatch(digits):
        return text
    value = float(digits)
    nearest = round(value)
    return str(nearest) if value != nearest and abs(value - nearest) <= NEARLY_WHOLE else text
