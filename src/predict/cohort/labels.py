"""Answers written as words: by declaration for scores, as kindly as possible for safety flags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_CODE_FIRST = re.compile(r"^[(\[]?(-?\d+)[)\]]?[\s.:=,;–—-]+(.+)$|^[(\[](-?\d+)[)\]](.+)$")
_CODE_LAST = re.compile(r"^(.+?)\s*[(\[](-?\d+)[)\]]$")
_LEADING = re.compile(r"^[(\[]?\s*([+-]?\d+(?:[.,]\d+)?)(?![\d:])")
_WITHIN = re.compile(r"[(\[]\s*(-?\d+)\s*[)\]]|[=:]\s*(-?\d+)\s*$")
# Two answers in one cell, "0-1" or "1 or 2"; and what a spreadsheet makes of one, "2024-01-02".
_BETWEEN = r"\s*(?:[-–—/;,.+&|]+|to|or|and|bis|oder|und|a|o|y)\s*|\s+"
_SEVERAL = re.compile(rf"^\d+(?:(?:{_BETWEEN})\d+)+$")
_DATE = re.compile(r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?!\d)")
_YES = {"yes": 1.0, "y": 1.0, "true": 1.0, "no": 0.0, "n": 0.0, "false": 0.0}


def declared_number(text: str, words: Mapping[str, float]) -> float:
    """Return the number of a word, alone or beside its code; NaN where it is not as declared.

    The number is the code's own; the word checks it.

    Examples
    --------
    >>> words = {"not at all": 0, "nearly every day": 3}
    >>> declared_number("Nearly every day", words), declared_number("3 - Nearly every day", words)
    (3.0, 3.0)
    >>> declared_number("Not at all (0)", words), declared_number("2 - Nearly every day", words)
    (0.0, nan)
    """
    plain = _plain(text)
    alone, (code, word) = _number_of(plain, words), _parted(plain)
    if alone == alone:
        return alone
    return code if _number_of(word, words) == code else float("nan")


def _number_of(word: str, words: Mapping[str, float]) -> float:
    """A word's number, as it stands or without the mark that ends a sentence."""
    bare = word.rstrip(".!")
    return float(words.get(word, words.get(bare, "nan")))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _parted(plain: str) -> tuple[float, str]:
    """The code and the word of a cell that holds both."""
    first, last = _CODE_FIRST.match(plain), _CODE_LAST.match(plain)
    if first:
        code, word = first[1] or first[3], first[2] or first[4]
        return float(code), word.strip()
    return (float(last[2]), last[1]) if last else (float("nan"), "")


def tolerant(text: str, words: Mapping[str, float] | None = None) -> float:
    """Return the number a person would read in a text, for safety flags only; NaN if there is none.

    Where a text holds several numbers or words, the one of most concern counts: a flag too many
    asks a question, a flag too few may cost a life.

    Examples
    --------
    >>> words = {"not at all": 0, "nearly every day": 3}
    >>> [tolerant(text, words) for text in (" ２ ", "2*", "(3) Nearly every day", "0 - not at all")]
    [2.0, 2.0, 3.0, 0.0]
    >>> tolerant("nearly every day!", words), tolerant("5.4e-79"), tolerant("sometimes", words)
    (3.0, 0.0, nan)
    >>> tolerant("0-1"), tolerant("0 or 2"), tolerant("2024-01-02")
    (1.0, 2.0, nan)
    """
    plain = _plain(text)
    number = _float(plain.replace(",", "."))
    if number == number or _DATE.match(plain):
        return number
    if _SEVERAL.match(plain):
        return max(float(digits) for digits in re.findall(r"\d+", plain))
    numbers = [float(code) for pair in _WITHIN.findall(plain) for code in pair if code]
    leading = _LEADING.match(plain)
    if leading:
        numbers.append(float(leading[1].replace(",", ".")))
    numbers += [float(number) for word, number in (words or {}).items() if word in plain]
    if not numbers and plain in _YES:
        return _YES[plain] + min((words or {"": 0.0}).values())
    return max(numbers, default=float("nan"))


def _float(text: str) -> float:
    """A number of digits, without what floats of another program add to a whole one."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    nearest = round(value) if abs(value) < 1e9 else value
    return float(nearest) if abs(value - nearest) <= 1e-6 else value
