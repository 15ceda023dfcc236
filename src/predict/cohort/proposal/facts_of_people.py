"""People columns and places in an unknown table; what is left out, and why."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from predict.cohort.formats.hints import Hints
from predict.cohort.proposal.by_names import advised, define_own, under_own
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
# Codes seldom begin at 0 and run on; counts do, and so do these names.
FEWEST_COUNTED = 6
COUNTS = re.compile(
    r"(^|[ _.\-])(no|n|num|nr|number|counts?|kids|children|times|episodes|years|months|weeks|days)"
    r"([ _.\-]|$)",
    re.IGNORECASE,
)
YEARS = (1900, 2100)
# The age of a person, not an age group or an age at onset.
AGE = re.compile(r"^age([ _.\-]?(y|yrs?|years|in[ _.\-]years|baseline|pre|t?0))?$", re.IGNORECASE)
ADULTS = (18, 110)
AS_SEEN = "range as seen: widen it"


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
    names = [column.name for column in table.columns if column.name not in taken]
    advice = advised(names, visits, long=long)
    for column in table.columns:
        if column.name in taken:
            continue
        if PLACES.match(column.name) and not people.site and constant_within(column, ids):
            people.site = column.name
            continue
        reason = advice.get(column.name, "") if column.is_number else ""
        reason = reason or _unfit(column, ids, long, len(people.entries))
        if reason:
            people.left_out[column.name] = reason
            continue
        name = re.sub(r"\W+", "_", column.name.lower()).strip("_") or "fact"
        while name in people.entries:
            name += "_too"
        stated = _stated(column, name, table.hints)
        entry, at = stated or _entry(column, name), _visit_of(column.name, visits)
        people.entries[name] = entry | ({"known_at": at} if at else {})
        people.why[name] = _why(column, at, seen=not stated and "range" in entry)
    return people


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
        return _of_each_visit(column)
    if not column.is_number and filled.nunique() > MANY_VALUES:
        return "text of many values"
    if column.is_whole and filled.nunique() == len(filled) and not long:
        return "another whole number for everybody, as a row number has"
    return "" if so_far < MOST_PEOPLE else f"more than {MOST_PEOPLE} columns"


def _of_each_visit(column: ColumnFacts) -> str:
    """What to do with a column that differs between the rows of one person."""
    reason = "differs between the rows of one person"
    if not column.is_number or column.filled.nunique() < FEWEST_ITEMS:
        return reason
    name = re.sub(r"\W+", "_", column.name.lower()).strip("_")
    own = f"{define_own(name)}, and in the study write {under_own(name, column.name)}"
    return f"{reason}; a score of each visit? {own}"


def _is_amount(column: ColumnFacts) -> bool:
    """Whether few whole numbers are no codes: how many of something, or years."""
    low, high = column.ends
    many = column.filled.nunique()
    counted = low == 0 and (many >= FEWEST_COUNTED or (many > 2 and COUNTS.search(column.name)))
    return bool(counted) or (low >= YEARS[0] and high <= YEARS[1])


def _is_adults(column: ColumnFacts) -> bool:
    """Whether a column is an age, and everybody's is an adult's."""
    low, high = column.ends
    return bool(AGE.match(column.name)) and low >= ADULTS[0] and high <= ADULTS[1]


def _entry(column: ColumnFacts, name: str) -> dict[str, object]:
    own = {} if name == column.name else {"column": column.name}
    few = column.filled.nunique() <= MANY_VALUES and column.is_whole and column.values()
    if column.is_number and not (few and not _is_amount(column)):
        low, high = ADULTS if _is_adults(column) else column.ends
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


def _why(column: ColumnFacts, at: str, *, seen: bool) -> str:
    """What a guess rests on; `seen` where its range is the lowest and highest value there."""
    kind = "number" if column.filled.nunique() > MANY_VALUES else f"{len(column.values())} values"
    if "values" in kind and column.is_whole and _is_amount(column):
        kind = f"a count or a year, {AS_SEEN}; or codes, then a choice"
    elif seen:
        kind = "an age, range of adults" if _is_adults(column) else f"number, {AS_SEEN}"
    when = f"known at {at} by its name" if at else "known at the first visit"
    left = f"; {column.lone_values} more, of one row each, left out" if column.lone_values else ""
    return f"{kind}{left if kind.endswith('values') else ''}; {when}"
