"""A total that stands on every row of the person: the start's, at a visit that has no rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from predict.definitions.study.keys import Spec, fault
from predict.errors import Problem, did_you_mean

START = "baseline"
_NAME = re.compile(r"[a-z]\w*")


def lines_of_the_start(instrument: str, column: str, visits: Sequence[str], start: str) -> str:
    """Return the three lines that make a person's total the start of round one.

    Examples
    --------
    >>> print(lines_of_the_start("hamd", "BASVAL", ["week_1", "week_2"], "baseline"))
    visits = ["baseline", "week_1", "week_2"]; under [rounds.one] start = "baseline"; under
    [instruments.hamd] person_total = { baseline = "BASVAL" }
    """
    listed = ", ".join(f'"{visit}"' for visit in (start, *visits))
    return (
        f'visits = [{listed}]; under [rounds.one] start = "{start}"; '
        f'under [instruments.{instrument}] person_total = {{ {start} = "{column}" }}'
    )


def person_total_faults(name: str, entry: Spec, visits: list[str], spec: Spec) -> Iterator[Problem]:
    """Yield a fault for each visit of a person's total that the study has not, or has with rows."""
    where, rows = f"instruments.{name}.person_total", spec.get("visit_values", {}).values()
    if entry.get("person_total") and spec.get("layout") == "wide":
        yield fault("PERSON_TOTAL_WIDE", where, _of_wide(name, entry, visits))
        return
    for visit, column in entry.get("person_total", {}).items():
        if visits and visit not in visits:
            start = visit if _NAME.fullmatch(visit) else START
            message = f"'{visit}' is not a visit.{did_you_mean(visit, visits)} Visits:"
            message = f"{message} {', '.join(visits)}."
            before = _before_all_rows(name, column, visits, rows, start)
            yield fault("VISIT_UNKNOWN", where, f"{message}{before}")
        elif _has_own_total(entry, visit, visits, rows):
            yield fault("TOTAL_TWICE", where, two_totals(name, visit, column, visits, rows))


def _of_wide(name: str, entry: Spec, visits: Sequence[str]) -> str:
    """What to write where each row is a person already: the total of each visit by its column."""
    stated, words = entry.get("total", {}), entry.get("visit_names", {})
    asked = [visit for visit in entry.get("visits", visits) if visit not in entry["person_total"]]
    columns = {**entry["person_total"]}
    if isinstance(stated, Mapping):
        columns |= stated
    else:
        columns |= {v: str(stated).replace("{visit}", str(words.get(v, v))) for v in asked}
    order = [visit for visit in visits if visit in columns] or list(columns)
    told = ", ".join(f'{visit} = "{columns[visit]}"' for visit in order)
    message = "person_total is of a long table, whose person has several rows. In a wide one every"
    message = f"{message} column stands on the person's row: name the column of each visit, under"
    return f"{message} [instruments.{name}] total = {{ {told} }}."


def two_totals(
    name: str, visit: str, column: str, visits: Sequence[str], rows: Collection[str]
) -> str:
    """Return what is said where a visit has a total on its own row and one of the person's.

    Parameters
    ----------
    rows : collection of str
        Visits that the study says rows are of; empty where the table's words are their names.
    """
    others = ", ".join(f'"{other}"' for other in visits if other != visit)
    return (
        f"'{visit}' would have two totals of {name}: the one on its own rows, and '{column}' on "
        f"every row of the person.{_before_all_rows(name, column, visits, rows, START)} If "
        f"rows of '{visit}' hold no total, leave it out under [instruments.{name}]: visits = "
        f"[{others}]."
    )


def _before_all_rows(
    name: str, column: Any, visits: Sequence[str], rows: Collection[str], start: str
) -> str:
    """What to write, after a space, where the total is from before all rows."""
    told = "A total from before all rows is of"
    free = [visit for visit in visits if rows and visit not in rows]
    if free:
        return f" {told} '{free[0]}': person_total = {{ {free[0]} = \"{column}\" }}."
    if start in visits:
        return ""
    lines = lines_of_the_start(name, str(column), visits, start)
    return f" {told} a visit of its own, put first: {lines}."


def _has_own_total(entry: Spec, visit: str, visits: list[str], rows: Collection[str]) -> bool:
    """Whether the study says that rows of this visit are there, and where their total stands."""
    stated = (entry.get("total"), entry.get("totals", {}).get("total"))
    by_name = any(isinstance(place, Mapping) and visit in place for place in stated)
    by_pattern = any(isinstance(place, str) for place in stated)
    return by_name or (by_pattern and visit in rows and visit in entry.get("visits", visits))
