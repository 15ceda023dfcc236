"""One instrument file read and checked: every fault at once, none repaired."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from predict.definitions.instruments.instrument import Band, Instrument, Item, Scale
from predict.definitions.instruments.loinc import loinc_problem
from predict.errors import Problem, StudyError, did_you_mean

_KEYS = [
    "id",
    "title",
    "window",
    "licence",
    "note",
    "low",
    "high",
    "answers",
    "safety_items",
    "source",
    "conventions",
    "loinc",
    "items",
    "scales",
]
_ITEM_KEYS = ["key", "label", "domain", "low", "high", "answers", "loinc", "asked_if"]
_ITEM_KEYS += ["not_assessed"]
_SCALE_KEYS = [
    "name",
    "title",
    "items",
    "reversed",
    "method",
    "allowed_missing",
    "prorate",
    "low",
    "high",
    "better",
    "bands",
    "cut",
    "remission",
    "factor",
    "offset",
    "groups",
    "needs",
    "endorsed",
    "cuts",
    "unit",
]
# What every item and every scale must state.
_ITEM_NEEDS = ("key", "label", "domain")
_NEEDS = ("name", "title", "low", "high")
_FLOATS = ("low", "high", "cut", "remission", "factor", "offset")
# A fact of a scale, and the entry under [source] that must name two places it was seen.
_FACTS = {"bands": "bands", "cut": "cut", "cuts": "cut", "remission": "remission"}


def read_instrument(path: Path | Traversable) -> Instrument:
    """Return the instrument of a TOML file.

    Raises
    ------
    StudyError
        With every fault of the file: unknown keys, bands with a gap, a LOINC code that cannot be.
    """
    return instrument_from(tomllib.loads(path.read_text(encoding="utf-8")))


def instrument_from(spec: Mapping[str, Any]) -> Instrument:
    """Return the instrument that a mapping states, after checking all of it.

    Examples
    --------
    >>> from predict.definitions.instruments import load_instrument
    >>> instrument_from(load_instrument("phq9").to_dict()) == load_instrument("phq9")
    True
    """
    problems = list(instrument_problems(spec))
    if problems:
        name = spec.get("id", "?")
        raise StudyError(f"Instrument '{name}' is not valid.", code="INSTRUMENT", problems=problems)
    items = tuple(_item(entry, spec) for entry in spec.get("items", ()))
    loinc = spec.get("loinc", {})
    return Instrument(
        id=spec["id"],
        title=spec["title"],
        items=items,
        scales=tuple(_scale(entry, items) for entry in spec["scales"]),
        safety_items=tuple(spec.get("safety_items", ())),
        window=spec.get("window", ""),
        source=tuple(dict.fromkeys(s for named in spec.get("source", {}).values() for s in named)),
        licence=spec["licence"],
        loinc_panel=loinc.get("panel", ""),
        loinc_total=loinc.get("total", ""),
        note=spec.get("note", ""),
        spec=spec,
    )


def _item(entry: Mapping[str, Any], spec: Mapping[str, Any]) -> Item:
    return Item(
        key=entry["key"],
        label=entry["label"],
        domain=entry["domain"],
        low=entry.get("low", spec.get("low")),
        high=entry.get("high", spec.get("high")),
        answers=tuple(entry.get("answers", spec.get("answers", ()))),
        loinc=entry.get("loinc", ""),
        asked_if=entry.get("asked_if", ""),
        not_assessed=entry.get("not_assessed"),
    )


def _scale(entry: Mapping[str, Any], items: tuple[Item, ...]) -> Scale:
    plain: dict[str, Any] = {
        k: v for k, v in entry.items() if k not in {"bands", "groups", "items", "reversed"}
    }
    listed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    listed |= {key: float(plain[key]) for key in _FLOATS if key in plain}
    return Scale(
        **listed,
        items=tuple(entry.get("items", [item.key for item in items])),
        reversed=tuple(entry.get("reversed", ())),
        bands=tuple(Band(b[0], float(b[1]), float(b[2])) for b in entry.get("bands", ())),
        groups=tuple(tuple(group) for group in entry.get("groups", ())),
    )


def instrument_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every fault of an instrument's mapping, each with its remedy."""
    missing = [key for key in ("id", "title", "licence", "scales") if key not in spec]
    for key in missing:
        yield Problem("INSTRUMENT_KEY_MISSING", f"'{key}' is missing; state it.", column=key)
    yield from _unknown(spec, _KEYS, "")
    if missing:
        return
    # An instrument of which only the total was kept has no items; whoever asks for them says so.
    shapes = [
        *(_shape_problems(spec, "items", _ITEM_NEEDS) if spec.get("items", []) != [] else ()),
        *_shape_problems(spec, "scales", _NEEDS),
    ]
    yield from shapes
    if shapes:
        return
    yield from _item_problems(spec)
    for scale in spec["scales"]:
        yield from _scale_problems(scale, spec)
    for place, code in spec.get("loinc", {}).items():
        wrong = loinc_problem(code, spec["id"], "" if place == "total" else place)
        if wrong:
            yield Problem("LOINC", wrong + ".", column=f"loinc.{place}")


def _shape_problems(spec: Mapping[str, Any], key: str, needs: tuple[str, ...]) -> Iterator[Problem]:
    """Items or scales that are no list of tables, or lack what every one must state."""
    entries = spec[key]
    if not (isinstance(entries, list | tuple) and entries):
        yield Problem("INSTRUMENT_TYPE", f"'{key}' must be a list of tables, one each.", column=key)
        return
    for place, entry in enumerate(entries, start=1):
        table = isinstance(entry, Mapping)
        absent = [need for need in needs if need not in entry] if table else list(needs)
        if absent:
            message = f"Entry {place} of '{key}' must be a table that states {', '.join(absent)}."
            yield Problem("INSTRUMENT_TYPE", message, column=f"{key}.{place}")


def _unknown(spec: Mapping[str, Any], keys: list[str], where: str) -> Iterator[Problem]:
    for key in spec:
        if key not in keys:
            message = f"'{key}' is not known.{did_you_mean(key, keys)} Remove or correct it."
            yield Problem("INSTRUMENT_KEY_UNKNOWN", message, column=f"{where}{key}")


def _item_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    keys = [item.get("key", "") for item in spec.get("items", ())]
    if len(set(keys)) != len(keys):
        yield Problem("ITEM_KEY_REPEATED", "Item keys must differ.", column="items")
    for item in spec.get("items", ()):
        where = f"items.{item.get('key', '?')}."
        yield from _unknown(item, _ITEM_KEYS, where)
        wrong = loinc_problem(item.get("loinc", ""), spec["id"], item.get("key", "?"))
        if wrong:
            yield Problem("LOINC", wrong + ".", column=f"{where}loinc")
        low, high = item.get("low", spec.get("low")), item.get("high", spec.get("high"))
        if low is None or high is None or low >= high:
            yield Problem("ITEM_RANGE", "State low < high for this item.", column=where + "low")
    for key in spec.get("safety_items", ()):
        if key not in keys:
            message = f"Safety item '{key}' is not an item.{did_you_mean(key, keys)}"
            yield Problem("SAFETY_ITEM", message, column="safety_items")


def _scale_problems(scale: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Problem]:
    where = f"scales.{scale.get('name', '?')}."
    keys = {item["key"] for item in spec.get("items", ())}
    yield from _unknown(scale, _SCALE_KEYS, where)
    named = {*scale.get("items", ()), *scale.get("reversed", ())}
    named |= {k for g in scale.get("groups", ()) for entry in g for k in entry.split("|")}
    for key in sorted(named - keys):
        yield Problem("SCALE_ITEM", f"Item '{key}' is not listed above.", column=where + "items")
    yield from _band_problems(scale, where)
    for fact, entry in _FACTS.items():
        if fact in scale and len(_sources(spec, entry)) < 2:
            message = f"'{fact}' needs two sources under [source] {entry}, or must be left out."
            yield Problem("FACT_UNSOURCED", message, column=where + fact)
    allowed = scale.get("allowed_missing", 0)
    if isinstance(allowed, bool) or not isinstance(allowed, int):
        message = "State how many items may be missing as a whole number."
        yield Problem("SCALE_TYPE", message, column=where + "allowed_missing")
    if allowed and not (
        len(_sources(spec, "missing")) >= 2 or "missing" in spec.get("conventions", {})
    ):
        message = "The missing-item rule needs two sources, or a sentence under [conventions]."
        yield Problem("FACT_UNSOURCED", message, column=where + "allowed_missing")


def _sources(spec: Mapping[str, Any], fact: str) -> list[str]:
    return list(dict.fromkeys(spec.get("source", {}).get(fact, ())))


def _band_problems(scale: Mapping[str, Any], where: str) -> Iterator[Problem]:
    bands = [Band(*band) for band in scale.get("bands", ())]
    if not bands:
        return
    step = 0.0 if scale.get("method") == "mean" else float(scale.get("factor", 1))
    ends = (bands[0].low, bands[-1].high) == (scale["low"], scale["high"])
    joined = all(b.low - a.high == step for a, b in itertools.pairwise(bands))
    if not (ends and joined and all(band.low <= band.high for band in bands)):
        message = f"Bands must cover {scale['low']} to {scale['high']} without gap or overlap."
        yield Problem("BANDS", message, column=where + "bands")
