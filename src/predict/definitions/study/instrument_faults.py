"""Faults of an instrument's entry in a study: its definition, columns, totals, coding, form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from predict.definitions.instruments import (
    Instrument,
    define_instrument,
    instrument_ids,
    load_instrument,
)
from predict.definitions.study.keys import (
    INSTRUMENT_KEYS,
    SITE_KEYS,
    Spec,
    fault,
    number_of,
    unknown_keys,
    visit_faults,
)
from predict.definitions.study.names import pattern_fault
from predict.definitions.study.person_totals import person_total_faults
from predict.errors import Problem, StudyError, did_you_mean, unknown_name

# What an entry says of items, which an instrument of totals alone has not.
_OF_ITEMS = (
    "columns",
    "items",
    "item_names",
    "item_answers",
    "coding_low",
    "answers",
    "sites",
    "gate",
)
# `answers = "labels"`: in the instrument's own words.
OWN_WORDS = "labels"


def instrument_faults(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    """Yield every fault of what a study says of one instrument."""
    where = f"instruments.{name}."
    yield from unknown_keys(entry, INSTRUMENT_KEYS, where)
    faults = list(_definition(name, entry))
    yield from faults
    if faults:
        return
    if not any(key in entry for key in ("columns", "items", "total", "totals", "person_total")):
        message = f'Say where the answers stand: {where}columns = "{name}_{{item}}_{{visit}}".'
        yield fault("STUDY_KEY_MISSING", where + "columns", message)
    for key in ("visits", "visit_names"):
        for visit in entry.get(key, ()):
            yield from visit_faults(visit, visits, where + key)
    yield from _item_patterns(name, entry, visits, spec)
    yield from _total_patterns(name, entry, visits, spec)
    yield from person_total_faults(name, entry, visits, spec)
    yield from _coding(name, entry, visits, spec)
    yield from _form(name, entry, visits)
    yield from _answers(name, entry)


def declared(name: str, entry: Spec) -> Instrument:
    """Return the instrument of an entry: the clinic's own where one is defined."""
    return define_instrument(name, entry["define"]) if "define" in entry else load_instrument(name)


def by_visit(key: str, value: Any) -> bool:
    """Whether a coding is stated by visit: a table of numbers, or of tables of words."""
    if not isinstance(value, Mapping):
        return False
    return key == "coding_low" or any(
        isinstance(v, Mapping) or v == OWN_WORDS for v in value.values()
    )


def missing_codes(spec: Spec) -> list[str]:
    """Return the missing codes as text."""
    codes = spec.get("missing_codes", [])
    return [str(code) for code in codes] if isinstance(codes, list | tuple) else []


def _definition(name: str, entry: Spec) -> Iterator[Problem]:
    """Faults of which instrument this is; nothing else can be checked before they are mended."""
    where, shipped = f"instruments.{name}", instrument_ids()
    if "define" not in entry and name not in shipped:
        message = f"{unknown_name('instrument', name, shipped)} An own one is defined in"
        message = f"{message} instruments/{name}.toml beside the study, or under [{where}.define]."
        yield fault("INSTRUMENT_UNKNOWN", where, message)
    elif "define" in entry and name in shipped:
        message = f"'{name}' is the name of a shipped instrument; give your own another name."
        yield fault("INSTRUMENT_NAME_TAKEN", where, message)
    elif "define" in entry:
        try:
            declared(name, entry)
        except StudyError as error:
            yield from (
                fault(problem.code, f"{where}.define.{problem.column}", problem.message)
                for problem in error.problems
            )
        else:
            yield from _asks_items(name, entry)


def _asks_items(name: str, entry: Spec) -> Iterator[Problem]:
    """Keys about items, where the definition is of totals alone."""
    where = f"instruments.{name}."
    for key in _OF_ITEMS if not declared(name, entry).items else ():
        if key in entry:
            message = f"'{key}' is about items, and {name} is defined without any. List its items"
            message = f"{message} under [{where}define], or name its totals only: {where}total."
            yield fault("INSTRUMENT_KEY_MISSING", f"{where}define.items", message)


def _answers(name: str, entry: Spec) -> Iterator[Problem]:
    """How answers and totals are written."""
    where = f"instruments.{name}."
    parts = {"": entry, **{f"sites.{k}.": part for k, part in entry.get("sites", {}).items()}}
    for place, stated in _stated_words(parts):
        if stated != OWN_WORDS:
            message = f'Write answers = "{OWN_WORDS}" for the words of {name} itself, or a table.'
            yield fault("STUDY_WORD", where + place + "answers", message)
        elif not all(item.answers for item in declared(name, entry).items):
            message = f"{name} is kept without its words; list them, answers = {{ word = 0 }}."
            yield fault("STUDY_WORD", where + place + "answers", message)
    if entry.get("round", "half_up") != "half_up":
        message = "'round' must be half_up, or is left out; correct it."
        yield fault("STUDY_WORD", where + "round", message)


def _stated_words(parts: Mapping[str, Spec]) -> Iterator[tuple[str, str]]:
    """Each word that stands for a whole set of answers, with its place."""
    for place, part in parts.items():
        value = part.get("answers", {})
        stated = value.values() if by_visit("answers", value) else [value]
        yield from ((place, one) for one in stated if isinstance(one, str))


def _form(name: str, entry: Spec, visits: list[str]) -> Iterator[Problem]:
    """How the form is filled in: totals without items, and the gate before its later items."""
    where = f"instruments.{name}."
    alone = entry.get("total_alone", {})
    for visit in alone if isinstance(alone, Mapping) else ():
        yield from visit_faults(visit, visits, where + "total_alone")
    if alone and not any(key in entry for key in ("total", "totals", "person_total")):
        message = "'total_alone' is about given totals; state total, or remove it."
        yield fault("STUDY_KEY_UNFIT", where + "total_alone", message)
    keys = [item.key for item in declared(name, entry).items]
    for key in entry.get("gate", {}).get("items", ()):
        if str(key) not in keys:
            message = f"'{key}' is not an item of {name}.{did_you_mean(str(key), keys)}"
            message = f"{message} Items: {', '.join(keys)}; correct it."
            yield fault("ITEM_UNKNOWN", where + "gate", message)


def _several(entry: Spec, visits: list[str], spec: Spec) -> bool:
    """Whether columns must tell visits apart: a wide table's instrument asked more than once."""
    return spec.get("layout") != "long" and len(entry.get("visits", visits)) > 1


def _item_patterns(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    keys = [item.key for item in declared(name, entry).items]
    several = _several(entry, visits, spec)
    if "columns" in entry:
        odd = pattern_fault(entry["columns"], item=True, visit=several)
        if odd:
            yield fault("PATTERN", where + "columns", odd)
    for table in ("items", "item_names"):
        for key in entry.get(table, {}):
            if key not in keys:
                message = f"'{key}' is not an item of {name}.{did_you_mean(key, keys)}"
                message = f"{message} Items: {', '.join(keys)}; correct it."
                yield fault("ITEM_UNKNOWN", f"{where}{table}.{key}", message)
    for key, pattern in entry.get("items", {}).items():
        odd = pattern_fault(pattern, item=False, visit=several)
        if odd:
            yield fault("PATTERN", f"{where}items.{key}", odd)
    columns = list(entry.get("items", {}).values())
    if len(set(map(str, columns))) != len(columns):
        message = "Two items name the same column; give each item its own."
        yield fault("COLUMN_TWICE", where + "items", message)


def _total_patterns(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    scales = [scale.name for scale in declared(name, entry).scales]
    totals = [(f"totals.{scale}", scale, place) for scale, place in entry.get("totals", {}).items()]
    totals += [(key, "total", entry[key]) for key in ("total", "person_total") if key in entry]
    for key, scale, place in totals:
        if scale not in scales:
            message = f"'{scale}' is not a scale of {name}.{did_you_mean(scale, scales)}"
            message = f"{message} Scales: {', '.join(scales)}; name one under totals."
            yield fault("SCALE_UNKNOWN", where + key, message)
        if isinstance(place, Mapping):
            # A person's total has faults of its own.
            for visit in place if key != "person_total" else ():
                yield from visit_faults(visit, visits, where + key)
            if key != "person_total" and spec.get("layout") == "long":
                yield from _one_column(place, entry.get("visits", visits), where + key)
        else:
            several = _several(entry, visits, spec)
            odd = pattern_fault(place, item=False, visit=several)
            if odd:
                yield fault("PATTERN", where + key, odd)


def _one_column(place: Mapping[str, str], visits: Sequence[str], where: str) -> Iterator[Problem]:
    """A total by visit, where the rows of every visit have the same columns."""
    columns = sorted(set(map(str, place.values())))
    if len(columns) > 1 or not set(visits) <= set(place):
        message = f"In a long table a total stands in one column; here is {', '.join(columns)} by "
        message = f"{message}visit. Name the column alone; visits = [...] says where it is asked, "
        message = f"{message}and person_total = {{...}} names totals on every row of a person."
        yield fault("TOTAL_BY_VISIT", where, message)


def _coding(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    parts = {where: entry}
    for site, part in entry.get("sites", {}).items():
        parts[f"{where}sites.{site}."] = part
        yield from unknown_keys(part, SITE_KEYS, f"{where}sites.{site}.")
    if "sites" in entry and "site" not in spec:
        message = 'Codings by site need site = "column"; add it to the study.'
        yield fault("STUDY_KEY_MISSING", where + "sites", message)
    lows: set[int] = set()
    for place, part in parts.items():
        for key in ("coding_low", "answers"):
            for visit in part.get(key, ()) if by_visit(key, part.get(key)) else ():
                yield from visit_faults(visit, visits, place + key)
        low = part.get("coding_low")
        stated = low.values() if isinstance(low, Mapping) else [] if low is None else [low]
        lows |= set(stated)
    if not isinstance(entry.get("coding_low"), int):
        lows.add(declared(name, entry).answer_range[0])
    yield from _codes_that_are_answers(name, entry, lows, spec)


def _codes_that_are_answers(
    name: str, entry: Spec, lows: set[int], spec: Spec
) -> Iterator[Problem]:
    instrument = declared(name, entry)
    own, _ = instrument.answer_range
    codes = [v for i in instrument.items for v in range(i.low, i.high + 1)]
    taken = {float(v + low - own) for low in lows for v in codes}
    has_items = "columns" in entry or "items" in entry
    for code in missing_codes(spec):
        if has_items and number_of(code) in taken:
            message = f"Missing code {code} is also an answer of {name}; remove it or recode."
            yield fault("MISSING_CODE_IS_ANSWER", "missing_codes", message)
