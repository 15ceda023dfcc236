"""What the people were given, and their arms: asked for in a comment, never a setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST_ARMS = 6
# A whole name: an age group or a medical condition is no arm.
ARM = re.compile(
    r"^((study|trial|treat(ment)?|therapy|random(i[sz]ed|i[sz]ation)?|intervention|experimental)"
    r"[ _.\-]?)?(arm|treat(ment|ed)?|group|grp|therapy|condition|intervention|random\w*|allocation)"
    r"([ _.\-]?(arm|group|grp|name|code|id|type|assigned|assignment|allocation|received|\d))?$",
    re.IGNORECASE,
)
ASKED = """
# What were the people given, and was there more than one group? State it; until then pages name no
# treatment, and say that a comparison group is not declared:
# [treatment]
# name = "what the people were given"
# comparison = {comparison}"""


def arm_lines(people: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the commented lines that ask for ``[treatment]``, and name what looks like an arm.

    Parameters
    ----------
    people : mapping of name -> keys of ``[people.NAME]``
        Each holds one value a person.

    Examples
    --------
    >>> two = {"kind": "choice", "values": ["DRUG", "PLACEBO"]}
    >>> print(list(arm_lines({"therapy": two}))[-1])
    # arm = "therapy"  # guess: 'therapy' is named as arms are and has 2 values
    >>> print(list(arm_lines({"age_group": two}))[-1].splitlines()[-1])
    # comparison = false
    """
    arms = {name: _values(entry) for name, entry in people.items() if _is_arm(name, entry)}
    yield ASKED.format(comparison="true" if arms else "false")
    for name, many in arms.items():
        named = people[name].get("column", name)
        why = f"'{named}' is named as arms are and has {many} values"
        yield f'# arm = "{name}"  # guess: {why}'


def _values(entry: Mapping[str, Any]) -> int:
    return len(entry.get("values") or set(dict(entry.get("codes", {})).values()))


def _is_arm(name: str, entry: Mapping[str, Any]) -> bool:
    named = ARM.match(str(entry.get("column", name)))
    return bool(named) and entry["kind"] == "choice" and 2 <= _values(entry) <= MOST_ARMS
