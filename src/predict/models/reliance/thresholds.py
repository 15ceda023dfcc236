"""Where an estimate gets a note and where there is none: chosen in the experiment, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np

from predict.errors import ExperimentError, Problem, did_you_mean

# The day calibration was last checked, and why estimates are shown of a model that is not shown to
# be better than giving everybody the rate; both are kept beside the thresholds.
CHECKED_ON, SHOWN = "calibrated_on", "show_unproven"
BESIDE = (CHECKED_ON, SHOWN)


@dataclass(frozen=True)
class Thresholds:
    """Where OK ends and where the model must be silent; chosen in the experiment, kept with it.

    Parameters
    ----------
    missing_note, missing_stop : int
        Missing items of an instrument above which a note is made, and no estimate is given. An
        instrument's own stricter rule wins.
    missing_share_stop : float
        Share of all the model's columns that may be missing.
    match_note, match_stop : float
        Distance (0-1) between an estimate and the rate of people who got about the same.
    alike_note : int
        People who got about the same estimate, below which a note is made.
    group_note : int
        People of the same age band, sex or severity, below which a note is made.
    age_note, age_stop : int
        Months since calibration was last checked on recent patients, from which on a note is made,
        and after which no estimate is given. Both need `calibrated_on`.
    """

    missing_note: int = 0
    missing_stop: int = 4
    missing_share_stop: float = 0.5
    match_note: float = 0.05
    match_stop: float = 0.10
    alike_note: int = 100
    group_note: int = 200
    age_note: int = 12
    age_stop: int = 24


def checked_thresholds(given: Mapping[str, Any]) -> Thresholds:
    """Return thresholds from the mapping of an experiment.

    Raises
    ------
    ExperimentError
        With every fault of the mapping.
    """
    problems = list(threshold_problems(given))
    if problems:
        message = "The thresholds under [reliance] cannot be used."
        raise ExperimentError(message, code="THRESHOLD", problems=problems)
    return Thresholds(**{name: value for name, value in given.items() if name not in BESIDE})


def threshold_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every fault of the experiment's thresholds, each with its remedy.

    Examples
    --------
    >>> [problem.column for problem in threshold_problems({"missing_stp": 4, "match_note": 2})]
    ['reliance.missing_stp', 'reliance.match_note']
    """
    types = {field.name: field.type for field in fields(Thresholds)}
    for name, value in given.items():
        fault = "" if name in BESIDE else _threshold_fault(name, value, types)
        if fault:
            yield Problem("THRESHOLD", f"'reliance.{name}' {fault}", column=f"reliance.{name}")
    if CHECKED_ON in given and not _is_day(given[CHECKED_ON]):
        message = f"'reliance.{CHECKED_ON}' must be a day such as 2026-03-20."
        yield Problem("THRESHOLD", message, column=f"reliance.{CHECKED_ON}")
    if SHOWN in given and not is_reason(given[SHOWN]):
        message = f"'reliance.{SHOWN}' must be the reason, in words; each page prints it."
        yield Problem("THRESHOLD", message, column=f"reliance.{SHOWN}")
    yield from _crossed(given)


def is_reason(given: Any) -> bool:
    """Return whether what an experiment gives is a reason in words."""
    return isinstance(given, str) and bool(given.strip())


def _threshold_fault(name: str, value: Any, types: Mapping[str, Any]) -> str:
    if name not in types:
        hint = did_you_mean(name, types)
        return f"is no threshold.{hint} Known: {', '.join(sorted([*types, *BESIDE]))}."
    number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
    if types[name] == "int":
        return "" if number and value == int(value) and value >= 0 else "must be a whole number."
    return "" if number and 0 <= value <= 1 else "must be a share, a number from 0 to 1."


def _crossed(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Where both are stated, a limit at which the model is silent before it makes a note."""
    for name in ("missing", "match", "age"):
        note, stop = given.get(f"{name}_note"), given.get(f"{name}_stop")
        if not (isinstance(note, int | float) and isinstance(stop, int | float)):
            continue
        if note > stop:
            message = f"'reliance.{name}_note' lies beyond '{name}_stop'; a note comes first."
            yield Problem("THRESHOLD", message, column=f"reliance.{name}_note")


def _is_day(given: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(given)))
    except ValueError:
        return not given
