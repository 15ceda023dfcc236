"""People columns and places in an unknown table; what is left out, and why."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from predict.cohort.formats.hints import Hints
from predict.cohort.proposal.columns import (
    MANY_VALUES,
    ColumnFacts,
    TableFacts,
    constant_within,
)

PLACES = re.compile(
    r"^(site|cent(er|re)|clinic|cluster|hospital|pool.*inv|union_council|uc)$", re.I
)
# More columns than this are seldom facts of a person; the rest is listed and left out.
MOST_PEOPLE = 40
FEWEST_FILLED = 0.5
FEWEST_ITEMS = 5


@dataclass
class PeopleFound:
    """People columns with what each guess rests on, the place people come from, what is left out.

    Parameters
    ----------
    entries : dict of name -> keys of ``[people.NAME]``
    why : dict of name -> sentence
    site : str
    left_out : dict of column -> reason
    """

    entries: dict[str, dict[str, object]] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    site: str = ""
    left_out: dict[str, str] = field(default_factory=dict)


def people_found(
    table: TableFacts, taken: Sequence[str], ids: pd.Series, visits: Mapping[str, str]
) -> PeopleFound:
    """Return what the columns that nobody has taken tell of a person.

    Parameters
    ----------
    visits : mapping of str to str
        The word that stands for each visit in the names of columns, and the visit.
    """
    people, long = PeopleFound(), not ids.is_unique
    blocks = _blocks([column.name for column in table.columns if column.name not in taken])
    for column in table.columns:
        if column.name in taken:
            continue
        if PLACES.match(column.name) and not people.site and constant_within(column, ids):
            people.site = column.name
            continue
        reason = _unfit(column, ids, long, len(people.entries)) or blocks.get(column.name, "")
        if reason:
            people.left_out[column.name] = reason
            continue
        name = re.sub(r"\W+", "_", column.name.lower()).strip("_") or "fact"
        while name in people.entries:
            name += "_too"
        entry = _stated(column, name, table.hints) or _entry(column, name)
        at = _visit_of(column.name, visits)
        people.entries[name] = entry | ({"known_at": at} if at else {})
        people.why[name] = _why(column, at)
    return people


def _blocks(names: Sequence[str]) -> dict[str, str]:
    """Columns numbered through: items of a questionnaire that does not ship, and what to do."""
    stems: dict[str, set[str]] = {}
    heads = {name: re.match(r"^(.*?)[ _.\-]?(\d{1,2})(?=$|[ _.\-])", name) for name in names}
    for head in heads.values():
        if head and head[1]:
            stems.setdefault(head[1], set()).add(head[2])
    reason = "an item of a questionnaire that does not ship? Define it in instruments/{}.toml"
    return {
        name: reason.format(re.sub(r"\W+", "_", head[1].lower()))
        for name, head in heads.items()
        if head and len(stems.get(head[1], ())) >= FEWEST_ITEMS
    }


def _unfit(column: ColumnFacts, ids: pd.Series, long: bool, so_far: int) -> str:
    """Why a column is no fact of a person, or nothing."""
    filled = column.filled
    people = ids[filled.index].nunique() if long else len(filled)
    if people < FEWEST_FILLED * (ids.nunique() if long else len(column.cells)):
        return "blank for more than half"
    if filled.nunique() < 2:
        return "one value for everybody"
    if column.is_date:
        return "dates: state them under [dates]"
    if long and not constant_within(column, ids):
        return "differs between the rows of one person"
    if not column.is_number and filled.nunique() > MANY_VALUES:
        return "text of many values"
    if column.is_whole and filled.nunique() == len(filled) and not long:
        return "another whole number for everybody, as a row number has"
    return "" if so_far < MOST_PEOPLE else f"more than {MOST_PEOPLE} columns"


def _entry(column: ColumnFacts, name: str) -> dict[str, object]:
    own = {} if name == column.name else {"column": column.name}
    few = column.filled.nunique() <= MANY_VALUES and column.is_whole and column.values()
    if column.is_number and not few:
        low, high = column.ends
        return {**own, "kind": "number", "range": [math.floor(low), math.ceil(high)]}
    return {**own, "kind": "choice", "values": column.values()}


def _stated(column: ColumnFacts, name: str, hints: Hints) -> dict[str, object]:
    """What the source itself says of a column: its choices, or its range."""
    own = {} if name == column.name else {"column": column.name}
    choices, ends = hints.choices.get(column.name), hints.ranges.get(column.name)
    if choices and set(column.filled) <= set(choices):
        return {**own, "kind": "choice", "codes": dict(choices)}
    return {**own, "kind": "number", "range": list(ends)} if ends and column.is_number else {}


def _visit_of(name: str, visits: Mapping[str, str]) -> str:
    """The visit that a column's name ends in, where it is not the first."""
    for place, (word, visit) in enumerate(visits.items()):
        if place and re.search(rf"[ _.\-]{re.escape(word)}$", name):
            return visit
    return ""


def _why(column: ColumnFacts, at: str) -> str:
    kind = "number" if column.filled.nunique() > MANY_VALUES else f"{len(column.values())} values"
    when = f"known at {at} by its name" if at else "known at the first visit"
    left = f"; {column.lone_values} more, of one row each, left out" if column.lone_values else ""
    return f"{kind}{left if 'values' in kind else ''}; {when}"
