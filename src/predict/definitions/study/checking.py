"""Every fault of a study file in one pass, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from predict.definitions.study.instrument_faults import instrument_faults
from predict.definitions.study.keys import (
    DATE_KEYS,
    KEYS,
    PERSON_KEYS,
    ROUND_KEYS,
    TREATMENT_KEYS,
    Spec,
    fault,
    number_of,
    unknown_keys,
    visit_faults,
)
from predict.definitions.study.names import name_faults
from predict.definitions.study.shapes import SINGLE_KEYS, shaped
from predict.definitions.study.study import FORMAT_TABLES
from predict.errors import Problem, did_you_mean

_WORDS = {
    "layout": ("wide", "long"),
    "duplicates": ("refuse", "first", "last", "nearest"),
    "encoding": ("utf-8", "latin-1", "cp1252"),
    "delimiter": (",", ";", "\t", "|"),
    "decimal": (".", ","),
    "declared_missing": ("missing", "answers"),
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
        yield from instrument_faults(name, entry, visits, well_formed)
    for name, entry in well_formed.get("people", {}).items():
        yield from _person(name, entry, visits, well_formed)
    yield from name_faults(well_formed, visits)
    yield from _treatment(well_formed)
    yield from _dates(well_formed, visits)


def visits_of(spec: Spec) -> list[str]:
    """Return the visits a mapping states, or none where it states none."""
    return list(spec.get("visits", ()))


def _top(spec: Spec) -> Iterator[Problem]:
    yield from unknown_keys(spec, KEYS, "")
    for key in ("id", "layout", "visits", "rounds", "instruments"):
        if key not in spec:
            yield fault("STUDY_KEY_MISSING", key, f"'{key}' is missing; add it to the study.")
    for name in FORMAT_TABLES:
        entry = spec.get(name)
        stated = entry if isinstance(entry, Mapping) else {}
        yield from unknown_keys(stated, list(SINGLE_KEYS[name]), f"{name}.")
    for key, words in _WORDS.items():
        if isinstance(spec.get(key), str) and spec[key] not in words:
            shown = ", ".join(f'"{word}"' if len(word) == 1 else word for word in words)
            message = f"'{key}' must be one of {shown}; correct it.".replace("\t", "\\t")
            yield fault("STUDY_WORD", key, message)
    if "derived" in spec and spec.get("layout") != "long":
        message = "'derived' names the column that marks derived rows of a long table; remove it"
        yield fault("STUDY_KEY_UNFIT", "derived", f'{message} or use layout = "long".')
    if isinstance(spec.get("header_rows"), int) and spec["header_rows"] < 1:
        yield fault("STUDY_WORD", "header_rows", "'header_rows' counts from 1; correct it.")


def _visits(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    repeated = sorted({v for v in visits if visits.count(v) > 1})
    if repeated:
        message = f"Visit '{repeated[0]}' is listed twice; list each visit once, in order."
        yield fault("VISIT_REPEATED", "visits", message)
    if spec.get("layout") == "long":
        if "visit" not in spec and not spec.get("dates", {}).get("windows"):
            message = 'A long table needs visit = "column", or [dates] with windows.'
            yield fault("STUDY_KEY_MISSING", "visit", message)
        for value, visit in spec.get("visit_values", {}).items():
            yield from visit_faults(visit, visits, f"visit_values.{value}")
    elif "visit" in spec:
        message = (
            "'visit' names the visit column of a long table; remove it or use layout = \"long\"."
        )
        yield fault("STUDY_KEY_UNFIT", "visit", message)


def _numbered(spec: Spec) -> Iterator[Problem]:
    """Rows known by their number are people, and meet no other table."""
    elsewhere = any(entry.get("table") == "people" for entry in spec.get("people", {}).values())
    if spec.get("id") == "row" and (spec.get("layout") == "long" or elsewhere):
        message = 'id = "row" makes a person of each row: it needs layout = "wide" and no people'
        yield fault("STUDY_KEY_UNFIT", "id", f"{message} table; name the column of ids.")


def _round(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"rounds.{name}."
    yield from unknown_keys(entry, ROUND_KEYS, where)
    if name not in ("one", "two"):
        yield fault("ROUND_NAME", where[:-1], "Rounds are named 'one' and 'two'; rename it.")
    needed = ["start", "end"] if name == "one" else ["end"]
    for key in needed:
        if key not in entry:
            yield fault("STUDY_KEY_MISSING", where + key, f"'{where}{key}' is missing; add it.")
    for key in ("start", "end"):
        if key in entry:
            yield from visit_faults(entry[key], visits, where + key)
    start, end = entry.get("start"), entry.get("end")
    if start in visits and end in visits and visits.index(start) >= visits.index(end):
        message = f"Round '{name}' must start before it ends; swap or correct its visits."
        yield fault("ROUND_ORDER", where + "start", message)
    if name == "two" and "one" not in spec.get("rounds", {}):
        message = "Round two needs round one, whose start its outcome runs from; add [rounds.one]."
        yield fault("STUDY_KEY_MISSING", "rounds.one", message)


def _person(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    where = f"people.{name}."
    yield from unknown_keys(entry, PERSON_KEYS, where)
    kind = entry.get("kind")
    if kind not in ("number", "choice"):
        message = 'State kind = "number" or kind = "choice".'
        yield fault("PERSON_KIND", where + "kind", message)
    if kind == "choice" and not (entry.get("values") or entry.get("codes")):
        message = 'A choice needs values = ["..."], so that a new one is noticed.'
        yield fault("PERSON_VALUES", where + "values", message)
    if kind == "number" and "values" in entry:
        message = 'A number has a range, not values; remove them or use kind = "choice".'
        yield fault("PERSON_VALUES", where + "values", message)
    if kind == "number":
        yield from _number_codes(entry, where)
    yield from _range(entry, where)
    if "known_at" in entry:
        yield from visit_faults(entry["known_at"], visits, where + "known_at")
    if entry.get("column", name) == spec.get("id"):
        message = "The id is never a feature; remove this entry."
        yield fault("ID_AS_PERSON_COLUMN", where[:-1], message)
    if "born_format" in entry and "born" not in entry:
        message = "'born_format' is the format of the birth dates that born names; add born."
        yield fault("PERSON_BORN", where + "born_format", message)
    if "born" in entry and (kind != "number" or "column" not in spec.get("dates", {})):
        message = 'A birth date is held against an age at a dated visit: state kind = "number" and'
        yield fault("PERSON_BORN", where + "born", f"{message} [dates] column, or remove it.")
    if entry.get("table", "main") not in ("main", "people"):
        yield fault("STUDY_WORD", where + "table", "'table' must be main or people; correct it.")


def _number_codes(entry: Spec, where: str) -> Iterator[Problem]:
    """Codes of a number say what a text such as 90+ means; digits mean themselves."""
    for text, value in entry.get("codes", {}).items():
        if number_of(str(text)) is not None or number_of(str(value)) is None:
            message = 'Codes of a number give the number that a text means, { "90+" = 90 };'
            message = f'{message} use kind = "choice" for categories.'
            yield fault("PERSON_CODES", where + "codes", message)
            return


def _range(entry: Spec, where: str) -> Iterator[Problem]:
    if "range" in entry and not entry["range"][0] < entry["range"][1]:
        message = "'range' must be [lowest, highest]; correct it."
        yield fault("PERSON_RANGE", where + "range", message)


def _treatment(spec: Spec) -> Iterator[Problem]:
    entry = spec.get("treatment", {})
    yield from unknown_keys(entry, TREATMENT_KEYS, "treatment.")
    people = spec.get("people", {})
    if entry.get("comparison") and "arm" not in entry:
        message = 'comparison = true needs arm = "column", a people column; add it.'
        yield fault("TREATMENT_ARM", "treatment.arm", message)
    if "arm" in entry and entry["arm"] not in people:
        hint = did_you_mean(str(entry["arm"]), list(people))
        message = f"'{entry['arm']}' is not a people column.{hint} Add [people.{entry['arm']}]."
        yield fault("TREATMENT_ARM", "treatment.arm", message)
    if entry.get("round_two", "chosen") not in ("chosen", "scheduled"):
        message = "'round_two' must be chosen or scheduled; correct it."
        yield fault("STUDY_WORD", "treatment.round_two", message)


def _dates(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    entry = spec.get("dates", {})
    yield from unknown_keys(entry, DATE_KEYS, "dates.")
    if entry and not ("column" in entry) ^ ("days" in entry):
        message = "[dates] needs either column (dates) or days (a count of days); state one."
        yield fault("STUDY_KEY_MISSING", "dates.column", message)
    for key in ("targets", "visit_names"):
        for visit in entry.get(key, {}):
            yield from visit_faults(visit, visits, f"dates.{key}.{visit}")
    if "visit_names" in entry and spec.get("layout") == "long":
        message = "'visit_names' is about the columns of a wide table; a row of a long one says its"
        message = f"{message} own visit. Remove it."
        yield fault("STUDY_KEY_UNFIT", "dates.visit_names", message)
    if spec.get("duplicates") == "nearest":
        yield from _nearest(spec, visits)
    for visit, window in entry.get("windows", {}).items():
        yield from visit_faults(visit, visits, f"dates.windows.{visit}")
        if not window[0] <= window[1]:
            message = "A window is [first day, last day] since the start; correct it."
            yield fault("WINDOW", f"dates.windows.{visit}", message)


def _nearest(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    """The row nearest to a visit's day needs rows by visit, and a day for each of them."""
    entry = spec.get("dates", {})
    if spec.get("layout") != "long" or not entry:
        message = '"nearest" chooses among dated rows of a visit: it needs layout = "long" and'
        yield fault("STUDY_KEY_UNFIT", "duplicates", f"{message} [dates]; use first or last.")
        return
    dated = {*entry.get("windows", {}), *entry.get("targets", {})}
    bare = [visit for visit in visits[1:] if visit not in dated]
    if bare:
        message = f'"nearest" needs a day for each visit; state {", ".join(bare)} under'
        yield fault("STUDY_KEY_MISSING", "duplicates", f"{message} [dates] targets or windows.")
