"""What to write in the study where cells are refused for the way in which they are written."""

from __future__ import annotations

import re
from collections.abc import Callable

from predict.cohort import grammar
from predict.cohort.grammar import NumberRule, Numbers
from predict.cohort.labels import declared_number

LOOKED_AT = 20
_COMMA = re.compile(r"^-?\d+,\d+$")
_OR_MORE = re.compile(r"^([<>≤≥]=?\s*\d+|\d+\s*(\+|and over|or more))$", re.IGNORECASE)
_BAND = re.compile(r"^\d+\s*(-|–|to)\s*\d+$")
_WORDS = re.compile(r"[^\W\d_]{2}")
_TWO = re.compile(r"^\d+(\.\d+)?(\s*[;/]\s*|,\s+|\s+)\d+(\.\d+)?$")
_WITH_UNIT = re.compile(r"^\d+([.,]\d+)?\s*[^\W\d_]+\.?$")

# The first that fits some refused cell is told.
_SAYINGS: tuple[tuple[Callable[[str, NumberRule], bool], str], ...] = (
    (
        lambda text, rule: bool(_COMMA.match(text)) and rule.decimal == ".",
        'If commas are decimal marks, write decimal = "," in the study.',
    ),
    (
        lambda text, rule: bool(_OR_MORE.match(text)) and not rule.score,
        'Say what such a cell means: codes = { "90+" = 90 } for this column.',
    ),
    (
        lambda text, rule: bool(_BAND.match(text)) and not rule.score,
        'If these are bands, declare them: kind = "choice" with values = ["20-39", "40-59"].',
    ),
    (
        lambda text, rule: bool(_TWO.match(text)),
        "A cell holds one number: keep the one that was meant.",
    ),
    (
        lambda text, rule: bool(_WITH_UNIT.match(text)) and not rule.score,
        'Write the number alone, of everybody in one unit, and name it in the study: unit = "...".',
    ),
    (
        lambda text, rule: rule.score and _is_label(text, rule),
        'If answers are written as the instrument words them, write answers = "labels" under it;'
        ' otherwise answers = { "several days" = 1 }.',
    ),
)
_ANOTHER_UNIT = (
    "If it was counted in another unit than others have (months among years, say), write it in"
    " theirs; if all are counted so, state unit and range as the table has them; if it is right,"
    " widen range."
)
_TOTAL = (
    'If the totals are prorated, write round = "half_up" under the instrument to have them'
    " rounded to whole scores."
)


def remedy(code: str, parsed: Numbers, rule: NumberRule) -> str:
    """Return a sentence, after a space, on how the study may declare what was refused; or nothing.

    No cell is printed: the examples are the remedy's own.
    """
    if code == "NOT_WHOLE" and rule.score and not rule.labels:
        return f" {_TOTAL}"
    if code == "OUT_OF_RANGE" and not rule.score:
        return f" {_ANOTHER_UNIT}"
    if code != "NOT_A_NUMBER":
        return ""
    texts = [text.strip() for text in parsed.unreadable[1][:LOOKED_AT]]
    fits = (words for test, words in _SAYINGS if any(test(text, rule) for text in texts))
    words = next(fits, "")
    return f" {words}" if words else ""


def _is_label(text: str, rule: NumberRule) -> bool:
    labels = {**rule.labels, **rule.words}
    number = declared_number(text, labels)
    return number == number or (not labels and bool(_WORDS.search(text)) and text not in _NUMBERS)


_NUMBERS = ("inf", "nan", "TRUE", "FALSE", *grammar.BLANKS)
