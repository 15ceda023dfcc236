"""Column names from patterns such as ``phq9_{item}_{visit}``."""

from __future__ import annotations

import re
from typing import Any

_FIELD = re.compile(r"\{[^}]*\}")
_BARE = re.compile(r"^\{visit\}[_.\- ]?|[_.\- ]?\{visit\}")
_KNOWN = ("{item}", "{item:02}", "{visit}")


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
    named = pattern.replace("{item:02}", item.zfill(2)).replace("{item}", item)
    if not visit:
        named = _BARE.sub("", named, count=1)
    return named.replace("{visit}", visit)
