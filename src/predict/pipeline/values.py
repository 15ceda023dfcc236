"""What each value of an experiment must be, so that none is found wrong after hours of learning.

Numbers and settings that a recipe or a plan holds are refused by these themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from predict.appraisal.checks import CHECKS
from predict.appraisal.tripod import ITEMS
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.definitions.outcomes.checking import outcome_problems
from predict.definitions.study import Study
from predict.errors import Problem, did_you_mean
from predict.evaluation.schemes import SCHEMES
from predict.models.reliance import threshold_problems

Spec = Mapping[str, Any]
# Groupings that judging makes by itself, beside the study's columns.
OWN_GROUPS = ("age", "severity", "start")


@dataclass(frozen=True)
class Wanted:
    """What a value must be: a test, and its words with an example."""

    holds: Callable[[Any], bool]
    words: str


def value_problems(spec: Spec) -> Iterator[Problem]:
    """Yield every value that no study could make right; keys of a wrong type are told elsewhere."""
    for path, wanted in VALUES.items():
        value = value_at(spec, path)
        if value is not None and not wanted.holds(value):
            message = f"'{path}' must be {wanted.words}; correct it."
            yield Problem("VALUE_UNFIT", message, column=path)
    yield from _unknown("evaluation.schemes", _texts(spec, "evaluation.schemes"), SCHEMES)
    yield from _reasons("mute", spec.get("mute"), CHECKS)
    yield from _reasons("statements", spec.get("statements"), ITEMS)
    if isinstance(spec.get("reliance"), Mapping):
        yield from threshold_problems(spec["reliance"])


def study_problems(spec: Spec, study: Study) -> Iterator[Problem]:
    """Yield every value that names something the study does not hold."""
    yield from _unknown("round", _texts(spec, "round"), study.rounds)
    yield from _unknown("as_of", _texts(spec, "as_of"), study.visits)
    yield from _unknown("columns", _texts(spec, "columns"), study.people)
    places = (study.site, study.cluster, study.time, study.treatment.arm)
    groups = [*study.people, *(place for place in places if place), *OWN_GROUPS]
    yield from _outcome(spec, study)
    yield from _unknown("evaluation.subgroups", _texts(spec, "evaluation.subgroups"), groups)
    measured = tuple(f"{name}_" for name in study.instruments)
    strange = [
        name
        for name in _texts(spec, "accept")
        if name not in study.people and not name.startswith(measured)
    ]
    yield from _unknown("accept", strange, study.people)


def _outcome(spec: Spec, study: Study) -> Iterator[Problem]:
    """Faults of an inline outcome; of a sound one, instruments that the study does not hold."""
    asked, own = spec.get("outcome", ""), study.own_instruments
    faults = list(outcome_problems(asked, "outcome", own)) if isinstance(asked, Mapping) else []
    yield from faults
    if faults or not (isinstance(asked, Mapping) or asked in outcome_names()):
        return
    for name in read_outcome(asked, own).instruments:
        if name not in study.instruments:
            held = ", ".join(study.instruments) or "none"
            message = f"The study holds no instrument '{name}', which the outcome needs; it holds"
            message = f"{message} {held}. Add [instruments.{name}] to it, or ask another outcome."
            yield Problem("INSTRUMENT_NOT_IN_STUDY", message, column="outcome")


def value_at(spec: Spec, path: str) -> Any:
    """Return the value at a dotted path, or None where there is none."""
    section, _, key = path.rpartition(".")
    part = spec.get(section, {}) if section else spec
    return part.get(key) if isinstance(part, Mapping) else None


def _texts(spec: Spec, path: str) -> list[str]:
    value = value_at(spec, path)
    listed = value if isinstance(value, list | tuple) else [value]
    return [name for name in listed if isinstance(name, str)]


def _unknown(path: str, names: Iterable[str], choices: Iterable[str]) -> Iterator[Problem]:
    every = list(choices)
    for name in names:
        if name not in every:
            hint = did_you_mean(name, every)
            message = f"'{path}' names '{name}'.{hint} Known: {', '.join(every) or 'none'}."
            yield Problem("NAME_UNKNOWN", message, column=path)


def _reasons(path: str, table: Any, choices: Iterable[str]) -> Iterator[Problem]:
    """Of a table of names and words: names that mean nothing here, and words that are none."""
    if not isinstance(table, Mapping):
        return
    yield from _unknown(path, table, choices)
    for name, words in table.items():
        if not (isinstance(words, str) and words.strip()):
            message = f"'{path}.{name}' must be a sentence; write why, or what is so."
            yield Problem("VALUE_UNFIT", message, column=f"{path}.{name}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(*words: str) -> Wanted:
    return Wanted(lambda v: v in words, " or ".join(f'"{word}"' for word in words))


def _rising(values: Any) -> bool:
    """Whether a list holds numbers between 0 and 1, each above the one before."""
    numbers = [v for v in values if _is_number(v) and 0 < v < 1]
    return 0 < len(values) == len(numbers) and numbers == sorted(set(numbers))


def _distinct(values: Any) -> bool:
    return all(isinstance(v, str) and v for v in values) and len(set(values)) == len(values)


_NAMES = Wanted(_distinct, "a list of names, each once")
_SOME = Wanted(lambda v: _distinct(v) and bool(v), "a list of names, each once, one at least")
_SHARES = "numbers between 0 and 1 in rising order"

VALUES: dict[str, Wanted] = {
    "name": Wanted(lambda v: bool(v.strip()), "text that is not empty"),
    **dict.fromkeys(("columns", "accept", "evaluation.schemes", "evaluation.subgroups"), _NAMES),
    **dict.fromkeys(("blocks", "evaluation.families"), _SOME),
    "evaluation.thresholds": Wanted(_rising, f"{_SHARES}, such as [0.3, 0.7]"),
    "evaluation.clinical_range": Wanted(
        lambda v: _rising(v) and len(v) == 2, f"two {_SHARES}, such as [0.3, 0.7]"
    ),
    "evaluation.smallest_difference": Wanted(
        lambda v: _is_number(v) and 0 <= v < 0.1,
        "a share of the prior's loss below 0.1, such as 0.004",
    ),
    "evaluation.gate": _one_of("warn", "refuse"),
}
