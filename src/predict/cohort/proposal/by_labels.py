"""Questionnaires told by what their columns ask: by LOINC code, else by the question's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from predict.cohort.formats.hints import Hints
from predict.cohort.proposal.questionnaires import Questionnaire
from predict.definitions.instruments import Instrument, Item, instrument_ids, load_instrument

_WORD = re.compile(r"[a-z]{4,}")
_COMMON = frozenset(("that", "have", "been", "were", "your", "with", "from", "than", "being"))
# Made of the items of others.
_COMPOSED = ("phq_ads",)
# Share of a question's own words that must stand in a column's text.
ENOUGH = 0.6


def labelled(columns: Sequence[str], hints: Hints, names: Sequence[str]) -> Iterator[Questionnaire]:
    """Yield the questionnaires whose every question one of these columns asks.

    Parameters
    ----------
    columns : sequence of str
        Columns that nobody has taken yet.
    hints : Hints
    names : sequence of str
        All columns, among which a given total may be.
    """
    left = [name for name in columns if name in hints.labels or name in hints.loinc]
    tools = [load_instrument(name) for name in instrument_ids() if name not in _COMPOSED]
    for tool in sorted(tools, key=lambda tool: -len(tool.items)):
        items = _items(tool, left, hints)
        entry = _coding(tool, items, hints) if items else None
        if items and entry is not None:
            left = [name for name in left if name not in items.values()]
            coded = all(name in hints.loinc for name in items.values())
            why = dict.fromkeys(entry, "its choices")
            why["items"] = "their LOINC codes" if coded else "the words of their questions"
            if tool.total_column() in names:
                entry["total"] = tool.total_column()
                why["total"] = "its own name"
            used = (*items.values(), *([str(entry["total"])] if "total" in entry else []))
            yield Questionnaire(tool.id, {"items": items, **entry}, (), used, why)


def _items(tool: Instrument, columns: Sequence[str], hints: Hints) -> dict[str, str]:
    """Each item's column; empty unless every item has one of its own."""
    items: dict[str, str] = {}
    for item in tool.items:
        left = [name for name in columns if name not in items.values()]
        name = _column(item, left, hints)
        if not name:
            return {}
        items[item.key] = name
    return items


def _column(item: Item, columns: Sequence[str], hints: Hints) -> str:
    coded = [name for name in columns if item.loinc and hints.loinc.get(name) == item.loinc]
    if coded:
        return coded[0]
    asked = _words(item.label)
    shares = {
        name: len(asked & _words(hints.labels.get(name, ""))) / len(asked)
        for name in columns
        if asked
    }
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= ENOUGH else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _COMMON


def _coding(tool: Instrument, items: Mapping[str, str], hints: Hints) -> dict[str, object] | None:
    """How answers are written, by the choices of the columns; None where these do not fit."""
    maps = {key: _numbers(tool.item(key), name, hints) for key, name in items.items()}
    if any(stated is None for stated in maps.values()):
        return None
    distinct = [m for m in maps.values() if m]
    if not distinct:
        return {}
    if any(m != distinct[0] for m in distinct):
        return {"item_answers": {key: m for key, m in maps.items() if m}}
    low = min(item.low for item in tool.items)
    shift = _shift(distinct[0])
    if shift is None:
        return {"answers": distinct[0]}
    return {"coding_low": int(low + shift)} if shift else {}


def _numbers(item: Item, column: str, hints: Hints) -> dict[str, float] | None:
    """The number of each code of a column; empty where nothing is told, None where it misfits."""
    weights, choices = hints.weights.get(column), hints.choices.get(column)
    if weights:
        return {code: _whole(number) for code, number in weights.items()}
    if not choices:
        return {}
    own = {" ".join(word.lower().split()): item.low + n for n, word in enumerate(item.answers)}
    numbers = {code: own.get(" ".join(word.lower().split())) for code, word in choices.items()}
    stated = {code: number for code, number in numbers.items() if number is not None}
    if len(stated) == item.high - item.low + 1:
        return {code: _whole(number) for code, number in stated.items()}
    codes = sorted(float(code) for code in choices if re.fullmatch(r"\d+", code))
    if len(codes) != item.high - item.low + 1 or codes[-1] - codes[0] != len(codes) - 1:
        return None
    return {f"{code:g}": _whole(item.low + code - codes[0]) for code in codes}


def _shift(numbers: Mapping[str, float]) -> float | None:
    """How far every code lies above its number; None where codes are no numbers or differ."""
    if not all(re.fullmatch(r"\d+", code) for code in numbers):
        return None
    apart = {float(code) - number for code, number in numbers.items()}
    return apart.pop() if len(apart) == 1 else None


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number
