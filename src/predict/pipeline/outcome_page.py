"""An outcome told whole: whom it asks, what counts as yes, from which start to which end score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from predict.definitions.instruments import instrument_of
from predict.definitions.outcomes import RULES, Outcome
from predict.reports.outcome_terms import asked

ANY_START = "any"
JOINED = {"any_of": "any of these is yes", "all_of": "all of these are yes"}


def start_words(outcome: Outcome) -> str:
    """Return which start scores an outcome asks of: its floor, itself included.

    Examples
    --------
    >>> from predict.definitions.outcomes import read_outcome
    >>> start_words(read_outcome("phq9_response")), start_words(read_outcome("who5_improvement"))
    ('10 or above', '50 or below')
    >>> start_words(read_outcome("nhs_recovery"))
    'PHQ-9 total 10 or above, or GAD-7 total 8 or above'
    """
    if outcome.entry:
        return _entry_words(outcome.entry, outcome)
    if isinstance(outcome.floor, Mapping):
        return ", or ".join(
            _score(outcome, tool, "total", floor) for tool, floor in outcome.floor.items()
        )
    if outcome.floor is not None:
        return f"{outcome.floor:g} or {_worse(outcome.measured.better)}"
    floors = {part.name: start_words(part) for part in outcome.parts}
    stated = [f"{name}: {floor}" for name, floor in floors.items() if floor != ANY_START]
    return "; ".join(stated) or ANY_START


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that tell of an outcome: whom it asks, its rule, its marks, its sources.

    Examples
    --------
    >>> from predict.definitions.outcomes import read_outcome
    >>> for line in outcome_lines(read_outcome("hamd_response")):
    ...     print(line)
    HAM-D response: total halved or better (hamd_response)
    Asked of a start score of: 8 or above; others are not applicable (below_floor)
    Yes when: HAM-D-17 total: the burden falls by a share of itself (rule response 0.5)
    Yes at an end score of: 4 or below from 8, 15 or below from 30, 26 or below from 52
    """
    yield f"{outcome.title} ({outcome.name})"
    start = start_words(outcome)
    others = "" if start == ANY_START else "; others are not applicable (below_floor)"
    yield f"Asked of a start score of: {start}{others}"
    if outcome.combine:
        yield f"Yes when {JOINED[outcome.combine]}:"
        yield from (f"  {line}" for part in outcome.parts for line in _part_lines(part))
    else:
        yield from _part_lines(outcome)
    if outcome.source:
        yield f"Source: {'; '.join(outcome.source)}"


def _part_lines(outcome: Outcome) -> Iterator[str]:
    rule = f"{RULES[outcome.rule].title} (rule {outcome.rule_words})"
    yield f"Yes when: {outcome.measured.title}: {rule}"
    if marks := _marks(outcome):
        yield f"Yes at an end score of: {marks}"


def _marks(outcome: Outcome) -> str:
    """The end score that just counts, for the floor, a start in the middle and the worst one."""
    side, way = asked(outcome), "or below" if asked(outcome).falls else "or above"
    cuts = {start: side.cut(start) for start in _starts(outcome)}
    told = {start: cut for start, cut in cuts.items() if cut is not None}
    if told and not RULES[outcome.rule].from_start:
        return f"{next(iter(told.values())):g} {way}, whatever the start"
    return ", ".join(f"{cut:g} {way} from {start:g}" for start, cut in told.items())


def _starts(outcome: Outcome) -> tuple[float, ...]:
    scale = outcome.measured
    best, worst = (scale.low, scale.high) if scale.better == "low" else (scale.high, scale.low)
    first = float(outcome.floor) if isinstance(outcome.floor, int | float) else best
    middle = (first + worst) / 2
    return first, float(round(middle)) if scale.whole else middle, worst


def _entry_words(rule: Mapping[str, Any], outcome: Outcome) -> str:
    """An entry rule in words, parts within parts in brackets."""
    if "instrument" in rule:
        place, word = ("at_least", "above") if "at_least" in rule else ("at_most", "below")
        title = _title(outcome, rule["instrument"], rule.get("scale", "total"))
        return f"{title} {rule[place]:g} or {word}"
    joined = "any_of" if "any_of" in rule else "all_of"
    parts = (
        words if "instrument" in part else f"({words})"
        for part in rule[joined]
        for words in [_entry_words(part, outcome)]
    )
    return (" or " if joined == "any_of" else " and ").join(parts)


def _score(outcome: Outcome, tool: str, scale: str, floor: float) -> str:
    better = instrument_of(tool, outcome.own).scale(scale).better
    return f"{_title(outcome, tool, scale)} {floor:g} or {_worse(better)}"


def _title(outcome: Outcome, tool: str, scale: str) -> str:
    return instrument_of(tool, outcome.own).scale(scale).title


def _worse(better: str) -> str:
    return "above" if better == "low" else "below"
