"""The shape of each study key: text, list, table. What has another shape is told and set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from predict.definitions.study.study import FORMAT_TABLES
from predict.errors import Problem

Spec = Mapping[str, Any]
Test = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scalar(value: Any) -> bool:
    return _number(value) or isinstance(value, str)


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list | tuple) and all(test(item) for item in value)


def _map_of(test: Test) -> Test:
    return lambda value: isinstance(value, Mapping) and all(test(v) for v in value.values())


def _filled(test: Test) -> Test:
    return lambda value: test(value) and bool(value)


def _mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _pair(value: Any) -> bool:
    return _list_of(_number)(value) and len(value) == 2


def _place(value: Any) -> bool:
    return _text(value) or _map_of(_text)(value)


def _whole(value: Any) -> bool:
    return _number(value) and isinstance(value, int)


def _low(value: Any) -> bool:
    return _whole(value) or _filled(_map_of(_whole))(value)


def _answers(value: Any) -> bool:
    """Words and numbers, or one word for all of them; or either by visit."""
    by_visit = _map_of(lambda v: v == "labels" or _map_of(_number)(v))
    return _text(value) or _map_of(_number)(value) or by_visit(value)


def _flags(value: Any) -> bool:
    return isinstance(value, bool) or _map_of(lambda v: isinstance(v, bool))(value)


def _gate(value: Any) -> bool:
    """Items that open a form, and what they must add up to."""
    if not (_mapping(value) and set(value) == {"items", "at_least"}):
        return False
    return _filled(_list_of(_scalar))(value["items"]) and _number(value["at_least"])


def _sites(value: Any) -> bool:
    """Codings by site; keys that mean nothing here are told by name elsewhere."""
    return _map_of(_mapping)(value) and all(
        _low(part.get("coding_low", 0)) and _answers(part.get("answers", {}))
        for part in value.values()
    )


# What each entry of a table must be, so that the one that is not is named.
_ENTRIES: dict[str, tuple[Test, str]] = {
    "words": (_text, "text that is not empty"),
    "numbers": (_number, "a number"),
    "codes": (_scalar, "text or a number"),
    "pairs": (_pair, "[lowest, highest]"),
    "names": (lambda value: isinstance(value, str), "text"),
    "place": (_text, "a column name or pattern"),
    "places": (_place, "a pattern or a table of visits"),
    "low": (_whole, "a whole number"),
    "answers": (lambda v: _number(v) or _map_of(_number)(v), "a number"),
}


_KINDS: dict[str, tuple[Test, str]] = {
    "text": (_text, 'text; write {key} = "..."'),
    "texts": (_filled(_list_of(_text)), 'a list of names; write {key} = ["..."]'),
    "scalars": (_list_of(_scalar), "a list; write {key} = [99]"),
    "words": (_map_of(_text), 'a table of words; write {key} = {{ a = "b" }}'),
    "numbers": (_map_of(_number), "a table of numbers; write {key} = {{ word = 0 }}"),
    "names": (_map_of(lambda v: isinstance(v, str)), 'a table; write {key} = {{ a = "b" }}'),
    "codes": (_map_of(_scalar), 'a table of codes; write {key} = {{ "1" = "female" }}'),
    "flag": (lambda value: isinstance(value, bool), "true or false; correct it"),
    "whole": (_whole, "a whole number; write {key} = 1"),
    "low": (_low, "a whole number, or a table of visits and whole numbers; write {key} = 1"),
    "answers": (
        _answers,
        'a table of numbers, or one by visit; write {key} = {{ word = 0 }}, or {key} = "labels"',
    ),
    "item_answers": (
        _map_of(_map_of(_number)),
        'a table of items; write {key} = {{ "2" = {{ code = 0 }} }}',
    ),
    "sites": (_sites, "a table of sites; write [{key}.NAME]"),
    "flags": (_flags, "true, or a table of visits; write {key} = true"),
    "gate": (_gate, 'a table; write {key} = {{ items = ["1", "2"], at_least = 3 }}'),
    "pair": (_pair, "[lowest, highest]; correct it"),
    "pairs": (_map_of(_pair), "a table of [first day, last day]; correct it"),
    "place": (_place, "a pattern or a table of visits; correct it"),
    "places": (_map_of(_place), "a table of patterns; correct it"),
    "table": (_mapping, "a table; write [{key}]"),
    "words_or_empty": (lambda value: isinstance(value, str), 'text; write {key} = "..."'),
}
_TOP = {
    **dict.fromkeys(
        ("id", "layout", "visit", "cluster", "site", "time", "people_table", "people_id"), "text"
    ),
    **dict.fromkeys(("duplicates", "encoding", "programme", "attribution"), "text"),
    **dict.fromkeys(
        ("delimiter", "decimal", "format", "sheet", "declared_missing", "derived"), "text"
    ),
    "header_rows": "whole",
    "simulated": "flag",
    "visits": "texts",
    "visit_values": "words",
    **dict.fromkeys(("ignored_visits", "missing_codes"), "scalars"),
    **dict.fromkeys(("dates", "treatment"), "table"),
    **dict.fromkeys(("rounds", "instruments", "people"), "table"),
    **dict.fromkeys(FORMAT_TABLES, "table"),
}
_ENTRY = {
    "rounds": dict.fromkeys(("start", "end", "taken"), "text"),
    "instruments": {
        "columns": "text",
        **dict.fromkeys(("items", "person_total"), "words"),
        "visit_names": "names",
        "item_names": "codes",
        "visits": "texts",
        "total": "place",
        "totals": "places",
        "coding_low": "low",
        "answers": "answers",
        "item_answers": "item_answers",
        "sites": "sites",
        "define": "table",
        "total_alone": "flags",
        "gate": "gate",
        "round": "text",
    },
    "people": {
        **dict.fromkeys(
            ("column", "kind", "label", "known_at", "table", "born", "born_format"), "text"
        ),
        "unit": "words_or_empty",
        "range": "pair",
        **dict.fromkeys(("values", "missing_codes"), "scalars"),
        "codes": "codes",
    },
}
SINGLE_KEYS = {
    "redcap": {
        "complete_only": "flag",
        **dict.fromkeys(("out_event", "out_instrument", "out_instance"), "text"),
        "out_fields": "words",
    },
    "qualtrics": {"previews": "flag", "finished_only": "flag"},
    "limesurvey": {"finished_only": "flag"},
    "cdisc": {"flag": "text"},
    "treatment": {
        **dict.fromkeys(("name", "arm", "round_two"), "text"),
        "approval_note": "words_or_empty",
        "comparison": "flag",
    },
    "dates": {
        **dict.fromkeys(("column", "days", "format"), "text"),
        "windows": "pairs",
        "targets": "numbers",
        "visit_names": "names",
    },
}


def shaped(spec: Spec) -> tuple[dict[str, Any], list[Problem]]:
    """Return the mapping without the keys of another shape, and a fault for each of them."""
    well_formed, problems = _sieve(spec, _TOP, "")
    for part, kinds in SINGLE_KEYS.items():
        if part in well_formed:
            well_formed[part], faults = _sieve(well_formed[part], kinds, f"{part}.")
            problems += faults
    for part, kinds in _ENTRY.items():
        if part in well_formed:
            names, faults = _sieve(
                well_formed[part], dict.fromkeys(well_formed[part], "table"), f"{part}."
            )
            problems += faults
            for name, entry in names.items():
                names[name], faults = _sieve(entry, kinds, f"{part}.{name}.")
                problems += faults
            well_formed[part] = names
    return well_formed, problems


def _sieve(
    entry: Spec, kinds: Mapping[str, str], where: str
) -> tuple[dict[str, Any], list[Problem]]:
    problems = list(_misshapen(entry, kinds, where))
    faulty = {problem.column.removeprefix(where) for problem in problems}
    return {key: value for key, value in entry.items() if key not in faulty}, problems


def _misshapen(entry: Spec, kinds: Mapping[str, str], where: str) -> Iterator[Problem]:
    for key, kind in kinds.items():
        test, wanted = _KINDS[kind]
        if key not in entry or test(entry[key]):
            continue
        if kind in _ENTRIES and isinstance(entry[key], Mapping):
            yield from _misshapen_entries(entry[key], kind, where + key)
            continue
        message = f"'{where}{key}' must be {wanted.format(key=where + key)}."
        yield Problem("STUDY_TYPE", message, column=where + key)


def _misshapen_entries(table: Spec, kind: str, key: str) -> Iterator[Problem]:
    """Of what is a table, the entries that are not what its entries must be."""
    test, wanted = _ENTRIES[kind]
    for name, value in table.items():
        if not test(value):
            message = f"'{key}.{name}' must be {wanted}, got {_shape(value)}; correct it."
            yield Problem("STUDY_TYPE", message, column=key)


def _shape(value: Any) -> str:
    """What a value is, in words."""
    if value == "":
        return "empty text"
    kinds = (
        (bool, "true or false"),
        (str, "text"),
        (int | float, "a number"),
        (Mapping, "a table"),
    )
    word = next((words for kind, words in kinds if isinstance(value, kind)), "")
    return word or ("a list" if isinstance(value, list | tuple) else type(value).__name__)
