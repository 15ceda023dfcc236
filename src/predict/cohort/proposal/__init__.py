"""A study proposed from a table: layout, visits, questionnaires, people, every guess marked.

A proposal is a beginning, never an answer: each line that rests on a guess says so and why, and
what was left out is listed with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from predict.cohort.formats import located
from predict.cohort.formats.hints import Hints
from predict.cohort.proposal.arms import arm_lines
from predict.cohort.proposal.by_cells import narrowest_form, with_cells
from predict.cohort.proposal.by_labels import labelled
from predict.cohort.proposal.by_names import with_start
from predict.cohort.proposal.columns import (
    TableFacts,
    id_column,
    numbered,
    table_facts,
    visit_column,
)
from predict.cohort.proposal.facts_of_people import PeopleFound, people_found
from predict.cohort.proposal.left_out import left_out_lines
from predict.cohort.proposal.questionnaires import Questionnaire, questionnaires
from predict.cohort.proposal.second_table import of_people_alone, second_table_lines
from predict.definitions.instruments import load_instrument
from predict.definitions.study import Dialect
from predict.definitions.study.names import name_faults
from predict.errors import TableError

__all__ = ["Proposal", "propose"]

FIRST = re.compile(r"^(0|bl|base.*|pre.*|start|t0|screen.*|intake|v?0+)$", re.I)
ONCE = ("baseline", "end")
# Days that count as the first visit where rows are told by their day; a last one where none is.
FIRST_DAYS, LAST_DAY = 6, 84
HEAD = """\
# A study proposed from a table by `predict init`. It is a beginning: look at every line that ends
# in "guess:", correct it, and take the mark away. What a column means, only you know.
"""
TAIL = "\n\n# Left out, by reason; declare under [people] what is known of a person:\n"


@dataclass(frozen=True)
class Proposal:
    """A study as a file, its guesses and what it leaves out.

    Parameters
    ----------
    text : str
        TOML; every line that rests on a guess ends in ``# guess:`` and why.
    spec : dict
        The same as a mapping.
    guesses : int
    left_out : mapping of column -> reason
        Also at the end of the text.
    """

    text: str
    spec: dict[str, Any]
    guesses: int
    left_out: Mapping[str, str]


@dataclass(frozen=True)
class Visits:
    """Visits in order, and the word that stands for each in the table."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    why: str

    def named(self, word: str) -> str:
        """Return the visit that a word stands for."""
        return self.names[self.words.index(word)] if word in self.words else self.names[0]


def propose(path: Path | str, stated: Hints | None = None) -> Proposal:
    """Return a study proposed for a table.

    Parameters
    ----------
    path : path
        Table of any format.
    stated : Hints or None
        What a data dictionary (`read_dictionary`) or a Questionnaire says of its columns.

    Raises
    ------
    TableError
        When the file cannot be read as a table, or holds no questionnaire that is known.
    """
    table = table_facts(path, stated)
    hints = table.hints
    person, why_id = (hints.id, "the format says so") if hints.id else id_column(table)
    column = "" if hints.date else hints.visit or visit_column(table, person)
    tools = _tools(table, (person, column, *hints.own))
    if not tools:
        message = "No column looks like a questionnaire that ships (`predict list instruments`);"
        message = f"{message} write the study as docs/study.md shows, or define your own."
        message += of_people_alone(table, person)
        raise TableError(message, code="NOTHING_RECOGNISED")
    visits = _visits(table, column, tools)
    taken = [person, column, *hints.own, *(name for tool in tools for name in tool.columns)]
    # Where visits are made up, more have names than words in the columns.
    words = {} if column else dict(zip(visits.words, visits.names, strict=False))
    people = people_found(table, taken, table.column(person).cells, words)
    spec, why = _spec(table, person, column, visits, tools, people)
    why = {"id": why_id, **why}
    if located(path).form:
        spec["format"] = located(path).form
    if hints.date:
        _date(spec, why, table, visits)
    _rename(spec, why, visits.names)
    scored = [tool.name for tool in tools if _has_total(tool.name)]
    left_out = with_start(people.left_out, scored, visits.names)
    text = study_text(spec, why, left_out)
    return Proposal(text, spec, text.count("# guess:"), left_out)


def _has_total(name: str) -> bool:
    """Whether an instrument has one total."""
    return any(scale.name == "total" for scale in load_instrument(name).scales)


def _tools(table: TableFacts, taken: Sequence[str]) -> list[Questionnaire]:
    """Questionnaires by what their columns ask, then by the columns' names.

    Where the names tell of more visits, in which the same is asked, they tell more.
    """
    left = [name for name in table.names if name not in taken]
    widest = {tool.name: len(tool.columns) for tool in questionnaires(table, taken)}
    asked = [
        tool
        for tool in labelled(left, table.hints, table.names)
        if len(tool.columns) >= widest.get(tool.name, 0)
    ]
    wider = [set(tool.columns) for tool in questionnaires(table, taken)]
    asked = [tool for tool in asked if not any(set(tool.columns) < other for other in wider)]
    asked = [with_cells(tool, table) for tool in asked]
    used = [name for tool in asked for name in tool.columns]
    named = questionnaires(table, (*taken, *used))
    found = [*asked, *(tool for tool in named if tool.name not in {a.name for a in asked})]
    return [narrowest_form(tool, table) for tool in found]


def _visits(table: TableFacts, column: str, tools: Sequence[Questionnaire]) -> Visits:
    if table.hints.date:
        return Visits(ONCE, (), "made up; the windows under [dates] say which day is of which")
    if not column:
        return _wide_visits(tools)
    if not table.hints.visit_values:
        return _long_visits(table, column)
    words, names = tuple(table.hints.visit_values), tuple(table.hints.visit_values.values())
    if len(set(names)) == 1:
        return Visits((*names[:1], "end"), words, "one visit is there; the end is made up")
    return Visits(tuple(dict.fromkeys(names)), words, "as the format names them; see the order")


def _date(spec: dict[str, Any], why: dict[str, str], table: TableFacts, visits: Visits) -> None:
    """Make a long study whose visits go by windows of days since each person's first row."""
    column = table.hints.date
    days = pd.to_datetime(table.column(column).cells, errors="coerce")
    since = (days - days.groupby(table.column(spec["id"]).cells).transform("min")).dt.days
    later = since[since > FIRST_DAYS]
    last = int(later.max()) if len(later) else LAST_DAY
    windows = {visits.names[0]: [0, FIRST_DAYS], visits.names[-1]: [FIRST_DAYS + 1, last]}
    spec |= {"layout": "long", "dates": {"column": column, "windows": windows}}
    why |= {"layout": "a row a person and day", "dates": "days since each person's first row"}
    for entry in spec["instruments"].values():
        entry.pop("visits", None)


def _long_visits(table: TableFacts, column: str) -> Visits:
    values = tuple(table.column(column).values())
    return Visits(tuple(numbered(values)), values, f"the values of '{column}', in their order")


def _wide_visits(tools: Sequence[Questionnaire]) -> Visits:
    words = list(dict.fromkeys(word for tool in tools for word in tool.visits))
    if all(re.fullmatch(r"\d+", word) for word in words):
        words.sort(key=int)
    words.sort(key=lambda word: not FIRST.match(word))
    if not words:
        return Visits(ONCE, (), "columns name no visit; the end is made up, correct it")
    if len(words) == 1:
        names = numbered(words)
        return Visits((*names, "end"), tuple(words), "one visit is named; the end is made up")
    return Visits(tuple(numbered(words)), tuple(words), "as the columns name them; see the order")


def _spec(
    table: TableFacts,
    person: str,
    column: str,
    visits: Visits,
    tools: Sequence[Questionnaire],
    people: PeopleFound,
) -> tuple[dict[str, Any], dict[str, str]]:
    spec: dict[str, Any] = {"id": person, "layout": "long" if column else "wide"}
    why = {"layout": "ids repeat" if column else "no id repeats", "visits": visits.why}
    if column:
        spec |= {
            "visit": column,
            "visit_values": dict(table.hints.visit_values)
            or dict(zip(visits.words, visits.names, strict=True)),
        }
        why["visit"] = "with the id, no two rows are alike in it"
        why["visit_values"] = visits.why
    spec["visits"] = list(visits.names)
    written = {"delimiter": table.dialect.delimiter, "decimal": table.dialect.decimal}
    spec |= {key: mark for key, mark in written.items() if mark != getattr(Dialect(), key)}
    why["delimiter"] = "it parts the header into columns"
    why["decimal"] = "more columns are numbers by it than by a point"
    if people.site:
        spec |= {"site": people.site, "cluster": people.site}
        why |= {"site": "its name", "cluster": "people of one site belong together"}
    spec["rounds"] = {"one": {"start": visits.names[0], "end": visits.names[-1]}}
    why |= {"rounds.one.start": "the first visit", "rounds.one.end": "the last visit"}
    spec["instruments"] = {tool.name: _instrument(tool, visits, bool(column)) for tool in tools}
    why |= {f"instruments.{t.name}.{key}": reason for t in tools for key, reason in t.why.items()}
    spec |= {"people": people.entries} if people.entries else {}
    return spec, why | {f"people.{name}": reason for name, reason in people.why.items()}


def _rename(spec: dict[str, Any], why: dict[str, str], visits: Sequence[str]) -> None:
    """Give people whose names are used for something else another one."""
    for fault in list(name_faults(spec, list(visits))):
        name = fault.column.removeprefix("people.")
        if name in spec.get("people", {}):
            entry = spec["people"].pop(name)
            spec["people"][f"{name}_of_person"] = {"column": name, **entry}
            why[f"people.{name}_of_person"] = why.pop(f"people.{name}", "")


def _instrument(tool: Questionnaire, visits: Visits, long: bool) -> dict[str, Any]:
    """Its entry, with the visits at which it is asked and how its columns name them."""
    entry: dict[str, Any] = dict(tool.entry)
    if long:
        return entry
    asked = [visits.named(word) for word in visits.words if word in tool.visits]
    asked = asked or [visits.names[0]]
    if len(asked) < len(visits.names):
        entry["visits"] = asked
    renamed = {visits.named(w): w for w in tool.visits if visits.named(w) != w}
    return entry | ({"visit_names": renamed} if renamed else {})


def study_text(spec: Mapping[str, Any], why: Mapping[str, str], left_out: Mapping[str, str]) -> str:
    """Return the file's text.

    Parameters
    ----------
    why : mapping of dotted key -> sentence
        What each guess rests on.
    left_out : mapping of column -> reason
    """
    lines = [*_top(spec, why), *_tables(spec, why)]
    tail = TAIL + "\n".join(left_out_lines(left_out)) if left_out else ""
    return HEAD + "\n".join(lines) + tail + "\n"


def _top(spec: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    for key, value in spec.items():
        if key not in ("rounds", "instruments", "people"):
            yield _line(key, value, why.get(key, ""))
    if spec["layout"] == "long":
        yield from second_table_lines(_value(spec["id"]))


def _tables(spec: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    for part in ("rounds", "instruments"):
        for name, entry in spec[part].items():
            yield f"\n[{part}.{_key(name)}]"
            for key, value in entry.items():
                reason = why.get(f"{part}.{name}.{key}", "as the columns name them")
                yield _line(key, value, reason)
    if "people" in spec:
        yield "\n[people]"
    for name, entry in spec.get("people", {}).items():
        yield _line(name, entry, why.get(f"people.{name}", ""))
    yield from arm_lines(spec.get("people", {}))


def _line(key: str, value: Any, why: str) -> str:
    return f"{_key(key)} = {_value(value)}" + (f"  # guess: {why}" if why else "")


def _key(name: str) -> str:
    """A bare key where TOML allows one, else a quoted one."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    """A TOML value; JSON's texts, numbers and lists are TOML's."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
