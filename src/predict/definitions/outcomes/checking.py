"""Every fault of an inline outcome in one pass, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from predict.definitions.instruments import Instrument, instrument_ids, instrument_of
from predict.definitions.outcomes.outcome import outcome_names
from predict.definitions.outcomes.rules import RULES
from predict.errors import Problem, did_you_mean, unknown_name

_KEYS = [
    "name",
    "title",
    "instrument",
    "scale",
    "rule",
    "amount",
    "floor",
    "entry",
    "end",
    "sd",
    "reliability",
    "any_of",
    "all_of",
    "source",
    "define",
]


Own = Mapping[str, Instrument]


def outcome_problems(
    spec: Mapping[str, Any], where: str, own: Own | None = None
) -> Iterator[Problem]:
    """Yield every fault of an outcome's mapping; ``where`` names it in the message.

    ``own`` are instruments that a study defines itself.
    """
    own = own or {}
    yield from _shapes(spec, where, own)
    for key in spec:
        if key not in _KEYS:
            message = f"'{key}' is not an outcome key.{did_you_mean(key, _KEYS)} Correct it."
            yield Problem("OUTCOME_KEY_UNKNOWN", message, column=f"{where}.{key}")
    combined = [key for key in ("any_of", "all_of") if key in spec]
    if len(combined) == 2:
        message = "Join parts by any_of or by all_of, not both; nest one in the other."
        yield Problem("OUTCOME_COMBINE", message, column=where)
    elif combined:
        if isinstance(spec.get("floor", {}), int | float):
            message = "A combination's floor names instruments: floor = { phq9 = 10, gad7 = 10 }."
            yield Problem("OUTCOME_FLOOR", message, column=f"{where}.floor")
        yield from _parts(spec[combined[0]], f"{where}.{combined[0]}", own)
    else:
        yield from _single(spec, where, own)


_NUMBERS = ("amount", "end", "sd", "reliability")
_WORDS = ("name", "title", "instrument", "scale", "rule")


def _shapes(spec: Mapping[str, Any], where: str, own: Own) -> Iterator[Problem]:
    for key in _NUMBERS:
        if key in spec and not _number(spec[key]):
            yield Problem("OUTCOME_TYPE", f"'{key}' must be a number.", column=f"{where}.{key}")
    for key in _WORDS:
        if key in spec and not isinstance(spec[key], str):
            yield Problem("OUTCOME_TYPE", f"'{key}' must be text.", column=f"{where}.{key}")
    source = spec.get("source", [])
    if not isinstance(source, list | tuple) or not all(isinstance(s, str) for s in source):
        message = "'source' must be a list of texts."
        yield Problem("OUTCOME_TYPE", message, column=f"{where}.source")
    floor = spec.get("floor", 0)
    numbers = list(floor.values()) if isinstance(floor, Mapping) else [floor]
    instruments = {*instrument_ids(), *own}
    named = set(floor) <= instruments if isinstance(floor, Mapping) else True
    if not named or not all(_number(value) for value in numbers):
        message = "'floor' must be a number, or a table of instruments and numbers."
        yield Problem("OUTCOME_TYPE", message, column=f"{where}.floor")
    if "entry" in spec and not _condition(spec["entry"], own):
        message = "'entry' must be {instrument, scale, at_least or at_most}, or any_of, all_of."
        yield Problem("OUTCOME_TYPE", message, column=f"{where}.entry")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _condition(rule: Any, own: Own) -> bool:
    """Whether an entry rule can be read."""
    if not isinstance(rule, Mapping):
        return False
    parts = [rule[key] for key in ("any_of", "all_of") if key in rule]
    if parts:
        return len(rule) == 1 and all(
            isinstance(group, list | tuple)
            and group
            and all(_condition(part, own) for part in group)
            for group in parts
        )
    limits = [rule[key] for key in ("at_least", "at_most") if key in rule]
    has_instrument = rule.get("instrument") in {*instrument_ids(), *own}
    named = has_instrument and rule.get("scale", "total") in [
        scale.name for scale in instrument_of(rule["instrument"], own).scales
    ]
    return bool(named and limits and all(_number(limit) for limit in limits))


def _parts(parts: Any, where: str, own: Own) -> Iterator[Problem]:
    if not isinstance(parts, list | tuple) or not parts:
        yield Problem("OUTCOME_COMBINE", "List the outcomes that are joined.", column=where)
        return
    for place, part in enumerate(parts):
        if isinstance(part, Mapping):
            yield from outcome_problems(part, f"{where}[{place}]", own)
        else:
            yield from _named(part, f"{where}[{place}]")


def _named(name: Any, where: str) -> Iterator[Problem]:
    if not isinstance(name, str) or name not in outcome_names():
        message = unknown_name("outcome", str(name), outcome_names())
        yield Problem("OUTCOME_UNKNOWN", message, column=where)


def _single(spec: Mapping[str, Any], where: str, own: Own) -> Iterator[Problem]:
    name, rule = spec.get("instrument"), spec.get("rule")
    if not isinstance(rule, str) or rule not in RULES:
        message = f"State a rule: {', '.join(RULES)}.{did_you_mean(str(rule), RULES)}"
        yield Problem("OUTCOME_RULE", message, column=f"{where}.rule")
    elif any(key not in spec for key in RULES[rule].needs):
        message = f"Rule '{rule}' needs {' and '.join(RULES[rule].needs)}; state them."
        yield Problem("OUTCOME_RULE", message, column=f"{where}.rule")
    shipped = instrument_ids()
    if not isinstance(name, str) or name not in {*shipped, *own}:
        message = unknown_name("instrument", str(name), shipped, besides=set(own) - set(shipped))
        yield Problem("INSTRUMENT_UNKNOWN", message, column=f"{where}.instrument")
        return
    scales = {scale.name: scale for scale in instrument_of(str(name), own).scales}
    scale = scales.get(str(spec.get("scale", "total")))
    if scale is None:
        message = f"{name} has the scales {', '.join(scales)}; name one as scale."
        yield Problem("SCALE_UNKNOWN", message, column=f"{where}.scale")
    elif rule == "remission" and "end" not in spec and scale.remission is None:
        message = f"No remission score is agreed for {scale.title}; state end."
        yield Problem("OUTCOME_RULE", message, column=f"{where}.end")
    yield from _reliable(spec, where)


def _reliable(spec: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if str(spec.get("rule", "")).startswith("reliable") and "amount" not in spec:
        absent = [key for key in ("sd", "reliability", "source") if not spec.get(key)]
        if absent:
            message = f"Reliable change needs {', '.join(absent)}, stored together (or amount)."
            yield Problem("OUTCOME_RULE", message, column=f"{where}.{absent[0]}")
