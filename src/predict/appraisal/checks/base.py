"""What a check may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from predict.appraisal.design import Design

State = Literal["issue", "note", "passed", "not_applicable", "muted"]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Parameters
    ----------
    state : str
        ``issue`` must be answered, ``note`` should be read, ``passed``, ``not_applicable``, or
        ``muted`` with the experiment's reason.
    text : str
        Expected, got, do this; no one's answer is in it.
    title : str
        What stands, where the check's own first line names several things; empty for that line.
    """

    state: State
    text: str = ""
    title: str = ""


Check = Callable[[Design], Result]

PASSED = Result("passed")


def issue(text: str, title: str = "") -> Result:
    """Return a result that must be answered."""
    return Result("issue", text, title)


def note(text: str, title: str = "") -> Result:
    """Return a result that should be read."""
    return Result("note", text, title)


def not_applicable(why: str) -> Result:
    """Return that the check has nothing to look at, and why."""
    return Result("not_applicable", why)


def listed(names: list[str], most: int = 3) -> str:
    """Return names for a sentence, the first few.

    Examples
    --------
    >>> listed(["a", "b", "c", "d"])
    "'a', 'b', 'c' and 1 more"
    """
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
