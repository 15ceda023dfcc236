"""Names of columns: patterns such as ``phq9_{item}_{visit}``, and names already taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from predict.errors import Problem

Spec = Mapping[str, Any]

# Columns beside the people's in tables of the package: a training set, its scores, a ledger.
TAKEN = ("id", "group", "outcome", "start", "end", "start_score", "end_score")
# Ends of the names that feature blocks give their columns, beside those of visits.
_ENDS = ("band", "gain_round_one", "halved_round_one")
_DESIGN = ("cluster", "site", "time")
# What a pattern may hold, and the mark that parts a visit from the rest of it.
_FIELD = re.compile(r"\{[^}]*\}")
_BARE = re.compile(r"^\{visit\}[_.\- ]?|[_.\- ]?\{visit\}")
_KNOWN = ("{item}", "{item:02}", "{item:03}", "{visit}")


def name_faults(spec: Spec, visits: list[str]) -> Iterator[Problem]:
    """Yield a fault for each people column whose name would stand for two things.

    Examples
    --------
    >>> spec = {"people": {"start": {"kind": "number"}}}
    >>> [str(fault) for fault in name_faults(spec, ["baseline"])]
    ["PERSON_NAME_TAKEN: 'people.start': the name 'start' is used for something else; call it
    otherwise, [people.start_of_person], with column = 'start'."]
    """
    for name, entry in spec.get("people", {}).items():
        column = entry.get("column", name)
        if name in TAKEN:
            yield _taken(name, column, "is used for something else")
        elif _is_feature(name, spec, visits):
            yield _taken(name, column, "is that of an instrument's own column")
        elif name in _design(spec) and column != name:
            yield _taken(name, column, "is also that of the study's site, cluster, time or round")
    for key in _DESIGN:
        if spec.get(key) in ("start_score", "end_score"):
            message = f"'{key}' names a column '{spec[key]}', a name that is used for something"
            yield Problem("COLUMN_NAME_TAKEN", f"{message} else; rename the column.", column=key)


def _taken(name: str, column: str, why: str) -> Problem:
    message = f"'people.{name}': the name '{name}' {why}; call it otherwise,"
    message = f"{message} [people.{name}_of_person], with column = '{column}'."
    return Problem("PERSON_NAME_TAKEN", message, column=f"people.{name}")


def _is_feature(name: str, spec: Spec, visits: list[str]) -> bool:
    """Whether a feature block may give one of its columns this name."""
    ends = tuple(f"_{end}" for end in (*visits, *_ENDS))
    starts = tuple(f"{instrument}_" for instrument in spec.get("instruments", {}))
    return name.startswith(starts) and name.endswith(ends)


def _design(spec: Spec) -> set[str | None]:
    rounds = spec.get("rounds", {}).values()
    return {spec.get(key) for key in _DESIGN} | {entry.get("taken") for entry in rounds}


def pattern_fault(pattern: Any, *, item: bool, visit: bool) -> str:
    """Return what is wrong with a pattern and what to do, or ``""``.

    Parameters
    ----------
    item, visit : bool
        Whether the pattern must hold ``{item}`` and ``{visit}``.

    Examples
    --------
    >>> pattern_fault("phq9_{item}", item=True, visit=True)
    "Pattern 'phq9_{item}' holds no {visit}, so visits could not be told apart; add it, or write
    visits = ['baseline'] where it is asked once."
    """
    if not isinstance(pattern, str) or not pattern:
        return 'A column pattern must be text, such as "phq9_{item}_{visit}".'
    odd = [field for field in _FIELD.findall(pattern) if field not in _KNOWN]
    if odd:
        return f"Pattern '{pattern}' holds {odd[0]}; use {{item}}, {{item:02}} or {{visit}}."
    if item and "{item" not in pattern:
        return f"Pattern '{pattern}' holds no {{item}}, so items could not be told apart; add it."
    if visit and "{visit}" not in pattern:
        message = f"Pattern '{pattern}' holds no {{visit}}, so visits could not be told apart;"
        return f"{message} add it, or write visits = ['baseline'] where it is asked once."
    return ""


def fill(pattern: str, *, item: str = "", visit: str = "") -> str:
    """Return the column a pattern names.

    A visit whose name in columns is empty takes the mark that parts it from the rest with it.

    Examples
    --------
    >>> fill("cesd{item:02}.{visit}", item="7", visit="0")
    'cesd07.0'
    >>> fill("phq9_{item}_{visit}", item="1"), fill("{visit}.phq9.{item}", item="1")
    ('phq9_1', 'phq9.1')
    """
    named = pattern.replace("{item:02}", item.zfill(2)).replace("{item:03}", item.zfill(3))
    named = named.replace("{item}", item)
    if not visit:
        named = _BARE.sub("", named, count=1)
    return named.replace("{visit}", visit)
