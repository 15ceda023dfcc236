"""Every fault of a study file in one pass, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from predict.definitions.instruments import (
    Instrument,
    define_instrument,
    instrument_ids,
    load_instrument,
)
from predict.definitions.study.names import name_faults
from predict.definitions.study.patterns import pattern_fault
from predict.definitions.study.shapes import shaped
from predict.errors import Problem, StudyError, did_you_mean, unknown_name

Spec = Mapping[str, Any]

KEYS = [
    "id",
    "layout",
    "visit",
    "visits",
    "visit_values",
    "ignored_visits",
    "missing_codes",
    "cluster",
    "site",
    "time",
    "dates",
    "people_table",
    "people_id",
    "duplicates",
    "encoding",
    "delimiter",
    "decimal",
    "format",
    "sheet",
    "header_rows",
    "programme",
    "rounds",
    "instruments",
    "people",
    "treatment",
    "attribution",
    "simulated",
]
ROUND_KEYS = ["start", "end", "taken"]
INSTRUMENT_KEYS = [
    "define",
    "columns",
    "items",
    "item_names",
    "visit_names",
    "visits",
    "total",
    "totals",
    "person_total",
    "coding_low",
    "answers",
    "round",
    "sites",
    "total_alone",
    "gate",
]
SITE_KEYS = ["coding_low", "answers"]
# `answers = "labels"`: in the instrument's own words.
OWN_WORDS = "labels"
PERSON_KEYS = [
    "column",
    "kind",
    "label",
    "unit",
    "range",
    "values",
    "codes",
    "known_at",
    "missing_codes",
    "table",
    "born",
    "born_format",
]
TREATMENT_KEYS = ["name", "comparison", "arm", "round_two", "approval_note"]
DATE_KEYS = ["column", "days", "format", "windows", "targets"]
_WORDS = {
    "layout": ("wide", "long"),
    "duplicates": ("refuse", "first", "last", "nearest"),
    "encoding": ("utf-8", "latin-1", "cp1252"),
    "delimiter": (",", ";", "\t", "|"),
    "decimal": (".", ","),
}


def study_problems(spec: Spec) -> Iterator[Problem]:
    """Yield every fault of a study's mapping; a key of a wrong shape is told once."""
    well_formed, misshapen = shaped(spec)
    yield from misshapen
    columns = {problem.column for problem in misshapen}
    yield from (problem for problem in _meaning(spec, well_formed) if problem.column not in columns)


def _meaning(spec: Spec, well_formed: Spec) -> Iterator[Problem]:
    """Yield the faults of what the keys say, in the mapping without misshapen ones."""
    yield from _top(spec)
    visits = visits_of(well_formed)
    yield from _visits(well_formed, visits)
    yield from _numbered(well_formed)
    for name, entry in well_formed.get("rounds", {}).items():
        yield from _round(name, entry, visits, well_formed)
    for name, entry in well_formed.get("instruments", {}).items():
        yield from _instrument(name, entry, visits, well_formed)
    for name, entry in well_formed.get("people", {}).items():
        yield from _person(name, entry, visits, well_formed)
    yield from name_faults(well_formed, visits)
    yield from _treatment(well_formed)
    yield from _dates(well_formed, visits)


def visits_of(spec: Spec) -> list[str]:
    """Return the visits a mapping states, or none where it states none."""
    return list(spec.get("visits", ()))


def unknown_keys(entry: Spec, keys: list[str], where: str) -> Iterator[Problem]:
    """Yield a fault for each key that means nothing here."""
    for key in entry:
        if key not in keys:
            message = f"'{where}{key}' is not a study key.{did_you_mean(key, keys)}"
            yield Problem(
                "STUDY_KEY_UNKNOWN", f"{message} Correct or remove it.", column=where + key
            )


def _fault(code: str, key: str, message: str) -> Problem:
    """A fault whose message names the key it stands at."""
    named = message if f"'{key}'" in message else f"{key}: {message}"
    return Problem(code, named, column=key)


def _top(spec: Spec) -> Iterator[Problem]:
    yield from unknown_keys(spec, KEYS, "")
    for key in ("id", "layout", "visits", "rounds", "instruments"):
        if key not in spec:
            yield _fault("STUDY_KEY_MISSING", key, f"'{key}' is missing; add it to the study.")
    for key, words in _WORDS.items():
        if isinstance(spec.get(key), str) and spec[key] not in words:
            shown = ", ".join(f'"{word}"' if len(word) == 1 else word for word in words)
            message = f"'{key}' must be one of {shown}; correct it.".replace("\t", "\\t")
            yield _fault("STUDY_WORD", key, message)
    if isinstance(spec.get("header_rows"), int) and spec["header_rows"] < 1:
        yield _fault("STUDY_WORD", "header_rows", "'header_rows' counts from 1; correct it.")


def _visits(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    repeated = sorted({v for v in visits if visits.count(v) > 1})
    if repeated:
        message = f"Visit '{repeated[0]}' is listed twice; list each visit once, in order."
        yield _fault("VISIT_REPEATED", "visits", message)
    if spec.get("layout") == "long":
        if "visit" not in spec and not spec.get("dates", {}).get("windows"):
            message = 'A long table needs visit = "column", or [dates] with windows.'
            yield _fault("STUDY_KEY_MISSING", "visit", message)
        for value, visit in spec.get("visit_values", {}).items():
            yield from _visit(visit, visits, f"visit_values.{value}")
    elif "visit" in spec:
        message = (
            "'visit' names the visit column of a long table; remove it or use layout = \"long\"."
        )
        yield _fault("STUDY_KEY_UNFIT", "visit", message)


def _numbered(spec: Spec) -> Iterator[Problem]:
    """Rows known by their number are people, and meet no other table."""
    elsewhere = any(entry.get("table") == "people" for entry in spec.get("people", {}).values())
    if spec.get("id") == "row" and (spec.get("layout") == "long" or elsewhere):
        message = 'id = "row" makes a person of each row: it needs layout = "wide" and no people'
        yield _fault("STUDY_KEY_UNFIT", "id", f"{message} table; name the column of ids.")


def _visit(visit: Any, visits: list[str], key: str) -> Iterator[Problem]:
    if visit not in visits and visits:
        message = f"'{visit}' is not a visit.{did_you_mean(str(visit), visits)}"
        yield _fault("VISIT_UNKNOWN", key, f"{message} Visits: {', '.join(visits)}; choose one.")


def _round(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"rounds.{name}."
    yield from unknown_keys(entry, ROUND_KEYS, where)
    if name not in ("one", "two"):
        yield _fault("ROUND_NAME", where[:-1], "Rounds are named 'one' and 'two'; rename it.")
    needed = ["start", "end"] if name == "one" else ["end"]
    for key in needed:
        if key not in entry:
            yield _fault("STUDY_KEY_MISSING", where + key, f"'{where}{key}' is missing; add it.")
    for key in ("start", "end"):
        if key in entry:
            yield from _visit(entry[key], visits, where + key)
    start, end = entry.get("start"), entry.get("end")
    if start in visits and end in visits and visits.index(start) >= visits.index(end):
        message = f"Round '{name}' must start before it ends; swap or correct its visits."
        yield _fault("ROUND_ORDER", where + "start", message)
    if name == "two" and "one" not in spec.get("rounds", {}):
        message = "Round two needs round one, whose start its outcome runs from; add [rounds.one]."
        yield _fault("STUDY_KEY_MISSING", "rounds.one", message)


def _instrument(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    yield from unknown_keys(entry, INSTRUMENT_KEYS, where)
    faults = list(_definition(name, entry))
    yield from faults
    if faults:
        return
    if not any(key in entry for key in ("columns", "items", "total", "totals", "person_total")):
        message = f'Say where the answers stand: {where}columns = "{name}_{{item}}_{{visit}}".'
        yield _fault("STUDY_KEY_MISSING", where + "columns", message)
    for key in ("visits", "visit_names", "person_total"):
        for visit in entry.get(key, ()):
            yield from _visit(visit, visits, where + key)
    yield from _item_patterns(name, entry, visits, spec)
    yield from _total_patterns(name, entry, visits, spec)
    yield from _coding(name, entry, visits, spec)
    yield from _form(name, entry, visits)
    yield from _answers(name, entry)


def _answers(name: str, entry: Spec) -> Iterator[Problem]:
    """How answers and totals are written."""
    where = f"instruments.{name}."
    parts = {"": entry, **{f"sites.{k}.": part for k, part in entry.get("sites", {}).items()}}
    for place, stated in _stated_words(parts):
        if stated != OWN_WORDS:
            message = f'Write answers = "{OWN_WORDS}" for the words of {name} itself, or a table.'
            yield _fault("STUDY_WORD", where + place + "answers", message)
        elif not all(item.answers for item in declared(name, entry).items):
            message = f"{name} is kept without its words; list them, answers = {{ word = 0 }}."
            yield _fault("STUDY_WORD", where + place + "answers", message)
    if entry.get("round", "half_up") != "half_up":
        message = "'round' must be half_up, or is left out; correct it."
        yield _fault("STUDY_WORD", where + "round", message)


def _form(name: str, entry: Spec, visits: list[str]) -> Iterator[Problem]:
    """How the form is filled in: totals without items, and the gate before its later items."""
    where = f"instruments.{name}."
    alone = entry.get("total_alone", {})
    for visit in alone if isinstance(alone, Mapping) else ():
        yield from _visit(visit, visits, where + "total_alone")
    if alone and not any(key in entry for key in ("total", "totals", "person_total")):
        message = "'total_alone' is about given totals; state total, or remove it."
        yield _fault("STUDY_KEY_UNFIT", where + "total_alone", message)
    keys = [item.key for item in declared(name, entry).items]
    for key in entry.get("gate", {}).get("items", ()):
        if str(key) not in keys:
            message = f"'{key}' is not an item of {name}.{did_you_mean(str(key), keys)}"
            message = f"{message} Items: {', '.join(keys)}; correct it."
            yield _fault("ITEM_UNKNOWN", where + "gate", message)


def _stated_words(parts: Mapping[str, Spec]) -> Iterator[tuple[str, str]]:
    """Each word that stands for a whole set of answers, with its place."""
    for place, part in parts.items():
        value = part.get("answers", {})
        stated = value.values() if by_visit("answers", value) else [value]
        yield from ((place, one) for one in stated if isinstance(one, str))


def _several(entry: Spec, visits: list[str], spec: Spec) -> bool:
    """Whether columns must tell visits apart: a wide table's instrument asked more than once."""
    return spec.get("layout") != "long" and len(entry.get("visits", visits)) > 1


def _item_patterns(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    keys = [item.key for item in declared(name, entry).items]
    several = _several(entry, visits, spec)
    if "columns" in entry:
        fault = pattern_fault(entry["columns"], item=True, visit=several)
        if fault:
            yield _fault("PATTERN", where + "columns", fault)
    for table in ("items", "item_names"):
        for key in entry.get(table, {}):
            if key not in keys:
                message = f"'{key}' is not an item of {name}.{did_you_mean(key, keys)}"
                message = f"{message} Items: {', '.join(keys)}; correct it."
                yield _fault("ITEM_UNKNOWN", f"{where}{table}.{key}", message)
    for key, pattern in entry.get("items", {}).items():
        fault = pattern_fault(pattern, item=False, visit=several)
        if fault:
            yield _fault("PATTERN", f"{where}items.{key}", fault)
    columns = list(entry.get("items", {}).values())
    if len(set(map(str, columns))) != len(columns):
        message = "Two items name the same column; give each item its own."
        yield _fault("COLUMN_TWICE", where + "items", message)


def _total_patterns(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    scales = [scale.name for scale in declared(name, entry).scales]
    totals = dict(entry.get("totals", {}))
    for key in ("total", "person_total"):
        if key in entry:
            totals["total"] = entry[key]
    for scale, place in totals.items():
        if scale not in scales:
            message = f"'{scale}' is not a scale of {name}.{did_you_mean(scale, scales)}"
            message = f"{message} Scales: {', '.join(scales)}; name one under totals."
            yield _fault("SCALE_UNKNOWN", f"{where}totals.{scale}", message)
        if isinstance(place, Mapping):
            for visit in place:
                yield from _visit(visit, visits, f"{where}totals.{scale}")
        else:
            several = _several(entry, visits, spec)
            fault = pattern_fault(place, item=False, visit=several)
            if fault:
                yield _fault("PATTERN", f"{where}totals.{scale}", fault)


def declared(name: str, entry: Spec) -> Instrument:
    """Return the instrument of an entry: the clinic's own where one is defined."""
    return define_instrument(name, entry["define"]) if "define" in entry else load_instrument(name)


def _definition(name: str, entry: Spec) -> Iterator[Problem]:
    """Faults of which instrument this is; nothing else can be checked before they are mended."""
    where, shipped = f"instruments.{name}", instrument_ids()
    if "define" not in entry and name not in shipped:
        message = f"{unknown_name('instrument', name, shipped)} An own one is defined in"
        message = f"{message} instruments/{name}.toml beside the study, or under [{where}.define]."
        yield _fault("INSTRUMENT_UNKNOWN", where, message)
    elif "define" in entry and name in shipped:
        message = f"'{name}' is the name of a shipped instrument; give your own another name."
        yield _fault("INSTRUMENT_NAME_TAKEN", where, message)
    elif "define" in entry:
        try:
            declared(name, entry)
        except StudyError as error:
            yield from (
                _fault(problem.code, f"{where}.define.{problem.column}", problem.message)
                for problem in error.problems
            )


def by_visit(key: str, value: Any) -> bool:
    """Whether a coding is stated by visit: a table of numbers, or of tables of words."""
    if not isinstance(value, Mapping):
        return False
    return key == "coding_low" or any(
        isinstance(v, Mapping) or v == OWN_WORDS for v in value.values()
    )


def _coding(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"instruments.{name}."
    parts = {where: entry}
    for site, part in entry.get("sites", {}).items():
        parts[f"{where}sites.{site}."] = part
        yield from unknown_keys(part, SITE_KEYS, f"{where}sites.{site}.")
    if "sites" in entry and "site" not in spec:
        message = 'Codings by site need site = "column"; add it to the study.'
        yield _fault("STUDY_KEY_MISSING", where + "sites", message)
    lows: set[int] = set()
    for place, part in parts.items():
        for key in ("coding_low", "answers"):
            for visit in part.get(key, ()) if by_visit(key, part.get(key)) else ():
                yield from _visit(visit, visits, place + key)
        low = part.get("coding_low")
        stated = low.values() if isinstance(low, Mapping) else [] if low is None else [low]
        lows |= set(stated)
    if not isinstance(entry.get("coding_low"), int):
        lows.add(min(item.low for item in declared(name, entry).items))
    yield from _codes_that_are_answers(name, entry, lows, spec)


def _codes_that_are_answers(
    name: str, entry: Spec, lows: set[int], spec: Spec
) -> Iterator[Problem]:
    instrument = declared(name, entry)
    own = min(item.low for item in instrument.items)
    codes = [v for i in instrument.items for v in range(i.low, i.high + 1)]
    taken = {float(v + low - own) for low in lows for v in codes}
    has_items = "columns" in entry or "items" in entry
    for code in missing_codes(spec):
        if has_items and _number(code) in taken:
            message = f"Missing code {code} is also an answer of {name}; remove it or recode."
            yield _fault("MISSING_CODE_IS_ANSWER", "missing_codes", message)


def missing_codes(spec: Spec) -> list[str]:
    """Return the missing codes as text."""
    codes = spec.get("missing_codes", [])
    return [str(code) for code in codes] if isinstance(codes, list | tuple) else []


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _person(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"people.{name}."
    yield from unknown_keys(entry, PERSON_KEYS, where)
    kind = entry.get("kind")
    if kind not in ("number", "choice"):
        message = 'State kind = "number" or kind = "choice".'
        yield _fault("PERSON_KIND", where + "kind", message)
    if kind == "choice" and not (entry.get("values") or entry.get("codes")):
        message = 'A choice needs values = ["..."], so that a new one is noticed.'
        yield _fault("PERSON_VALUES", where + "values", message)
    if kind == "number" and "values" in entry:
        message = 'A number has a range, not values; remove them or use kind = "choice".'
        yield _fault("PERSON_VALUES", where + "values", message)
    if kind == "number":
        yield from _number_codes(entry, where)
    yield from _range(entry, where)
    if "known_at" in entry:
        yield from _visit(entry["known_at"], visits, where + "known_at")
    if entry.get("column", name) == spec.get("id"):
        message = "The id is never a feature; remove this entry."
        yield _fault("ID_AS_PERSON_COLUMN", where[:-1], message)
    if "born_format" in entry and "born" not in entry:
        message = "'born_format' is the format of the birth dates that born names; add born."
        yield _fault("PERSON_BORN", where + "born_format", message)
    if "born" in entry and (kind != "number" or "column" not in spec.get("dates", {})):
        message = 'A birth date is held against an age at a dated visit: state kind = "number" and'
        yield _fault("PERSON_BORN", where + "born", f"{message} [dates] column, or remove it.")
    if entry.get("table", "main") not in ("main", "people"):
        yield _fault("STUDY_WORD", where + "table", "'table' must be main or people; correct it.")


def _number_codes(entry: Spec, where: str) -> Iterator[Problem]:
    """Codes of a number say what a text such as 90+ means; digits mean themselves."""
    for text, value in entry.get("codes", {}).items():
        if _number(str(text)) is not None or _number(str(value)) is None:
            message = 'Codes of a number give the number that a text means, { "90+" = 90 };'
            message = f'{message} use kind = "choice" for categories.'
            yield _fault("PERSON_CODES", where + "codes", message)
            return


def _range(entry: Spec, where: str) -> Iterator[Problem]:
    if "range" in entry and not entry["range"][0] < entry["range"][1]:
        message = "'range' must be [lowest, highest]; correct it."
        yield _fault("PERSON_RANGE", where + "range", message)


def _treatment(spec: Spec) -> Iterator[Problem]:
    entry = spec.get("treatment", {})
    yield from unknown_keys(entry, TREATMENT_KEYS, "treatment.")
    people = spec.get("people", {})
    if entry.get("comparison") and "arm" not in entry:
        message = 'comparison = true needs arm = "column", a people column; add it.'
        yield _fault("TREATMENT_ARM", "treatment.arm", message)
    if "arm" in entry and entry["arm"] not in people:
        hint = did_you_mean(str(entry["arm"]), list(people))
        message = f"'{entry['arm']}' is not a people column.{hint} Add [people.{entry['arm']}]."
        yield _fault("TREATMENT_ARM", "treatment.arm", message)
    if entry.get("round_two", "chosen") not in ("chosen", "scheduled"):
        message = "'round_two' must be chosen or scheduled; correct it."
        yield _fault("STUDY_WORD", "treatment.round_two", message)


def _dates(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    entry = spec.get("dates", {})
    yield from unknown_keys(entry, DATE_KEYS, "dates.")
    if entry and not ("column" in entry) ^ ("days" in entry):
        message = "[dates] needs either column (dates) or days (a count of days); state one."
        yield _fault("STUDY_KEY_MISSING", "dates.column", message)
    for visit in entry.get("targets", {}):
        yield from _visit(visit, visits, f"dates.targets.{visit}")
    if spec.get("duplicates") == "nearest":
        yield from _nearest(spec, visits)
    for visit, window in entry.get("windows", {}).items():
        yield from _visit(visit, visits, f"dates.windows.{visit}")
        if not window[0] <= window[1]:
            message = "A window is [first day, last day] since the start; correct it."
            yield _fault("WINDOW", f"dates.windows.{visit}", message)


def _nearest(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    """The row nearest to a visit's day needs rows by visit, and a day for each of them."""
    entry = spec.get("dates", {})
    if spec.get("layout") != "long" or not entry:
        message = '"nearest" chooses among dated rows of a visit: it needs layout = "long" and'
        yield _fault("STUDY_KEY_UNFIT", "duplicates", f"{message} [dates]; use first or last.")
        return
    dated = {*entry.get("windows", {}), *entry.get("targets", {})}
    bare = [visit for visit in visits[1:] if visit not in dated]
    if bare:
        message = f'"nearest" needs a day for each visit; state {", ".join(bare)} under'
        yield _fault("STUDY_KEY_MISSING", "duplicates", f"{message} [dates] targets or windows.")
