"""Each person's answer: yes, no, unknown or not applicable, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predict.cohort import Cohort, CohortLike, StudyLike, as_cohort
from predict.definitions.outcomes.rules import RULES
from predict.definitions.study import Round, RoundName
from predict.errors import Problem, StudyError

if TYPE_CHECKING:
    from predict.definitions.outcomes import Outcome

ANSWERS = ("yes", "no", "unknown", "not_applicable")
NO_START, NO_END, PART_MISSING = "no_start_score", "no_end_score", "part_missing"
# With fewer people at a visit, nobody's score may be chance; with as many, it was not asked.
FEWEST_ASKED = 50
Tri = np.ndarray  # 1 yes, 0 no, NaN unknown


@dataclass(frozen=True)
class _Told:
    """Each person's answer, whether the question applies, and why an unknown one is unknown."""

    yes: Tri
    applies: np.ndarray
    why: np.ndarray


def label(
    table: CohortLike,
    outcome: Outcome | str | Mapping[str, Any],
    *,
    round: RoundName = "one",
    study: StudyLike | None = None,
) -> pd.DataFrame:
    """Return each person's answer to an outcome over a round.

    Round one runs from its start to its end. Round two runs from the start of round *one* to the
    end of round two, and asks only those who took it: any answer at its own start or end visit, or
    the study's ``taken`` column; where round two is scheduled, everyone with an answer at baseline.

    Parameters
    ----------
    table : Cohort, DataFrame or path
        The people.
    outcome : Outcome, name or mapping
        What is asked of each of them.
    round : {"one", "two"}
        Over which round.
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    DataFrame
        Index ``id``. ``answer``: yes, no, unknown or not_applicable. ``why``: empty,
        ``no_start_score``, ``no_end_score``, ``part_missing`` (of a combination that the known
        parts would decide), ``below_floor`` or ``not_in_round``. ``start``, ``end``: the scores
        (of a combination, its first part's).

    Raises
    ------
    StudyError
        When the study lacks the round or an instrument of the outcome, or never asks for a score
        that the outcome needs (``OUTCOME_NOT_ASKED``).
    ExperimentError
        When there is no such outcome.
    UsageError
        When a table is given without its study.

    See Also
    --------
    predict.assemble : A training set of those whose answer is known.

    Examples
    --------
    >>> study = {
    ...     "id": "person", "layout": "wide", "visits": ["baseline", "end"],
    ...     "rounds": {"one": {"start": "baseline", "end": "end"}},
    ...     "instruments": {"phq9": {"total": "phq9_{visit}"}},
    ... }
    >>> table = pd.DataFrame(
    ...     {"person": ["a", "b"], "phq9_baseline": ["16", "16"], "phq9_end": ["8", ""]}
    ... )
    >>> label(table, "phq9_response", study=study)[["answer", "why"]].values.tolist()
    [['yes', ''], ['unknown', 'no_end_score']]
    """
    from predict.definitions.outcomes import read_outcome

    cohort = as_cohort(table, study)
    rule = read_outcome(outcome, cohort.study.own_instruments)
    planned = cohort.study.round(round)
    start = cohort.study.round("one").start
    _refuse_not_asked(cohort, rule, round)
    answers = _answer(cohort, rule, start, planned.end)
    begun = _eligible(cohort, rule, start)
    taking = took_round(cohort, planned)
    scores = [_score(cohort, _first(rule), visit) for visit in (start, planned.end)]
    answer, why = _words(answers, begun, taking)
    return pd.DataFrame(
        {"answer": answer, "why": why, "start": scores[0], "end": scores[1]}, index=cohort.ids
    )


def not_asked(cohort: Cohort, outcome: Outcome, *, round: str = "one") -> tuple[Problem, ...]:
    """Return what an outcome needs and nobody was asked over a round, each with what to do.

    A score is not asked where the study does not say where it stands, or where none of 50 or more
    people who answered at the visit has it.
    """
    start, end = cohort.study.round("one").start, cohort.study.round(round).end
    lacking = dict.fromkeys(
        (cohort.study.measure(name).instrument.scale(scale).title, visit)
        for name, scale, visit in _needed(outcome, start, end)
        if not _is_asked(cohort, name, scale, visit)
    )
    message = "has no score at '{}', which '{}' needs; state where it stands, or choose another."
    return tuple(
        Problem("OUTCOME_NOT_ASKED", f"{title} {message.format(visit, outcome.name)}", column=visit)
        for title, visit in lacking
    )


def _refuse_not_asked(cohort: Cohort, outcome: Outcome, round: str) -> None:
    problems = not_asked(cohort, outcome, round=round)
    if problems:
        message = f"'{outcome.name}' cannot be answered over round {round}."
        raise StudyError(message, code="OUTCOME_NOT_ASKED", problems=problems)


def _is_asked(cohort: Cohort, instrument: str, scale: str, visit: str) -> bool:
    if not cohort.asks(instrument, visit, scale):
        return False
    answered = int(cohort.present(visit).sum())
    return answered < FEWEST_ASKED or bool(cohort.total(instrument, visit, scale).notna().any())


def _needed(outcome: Outcome, start: str, end: str) -> Iterator[tuple[str, str, str]]:
    """Every instrument, scale and visit whose score decides the answer or the floor."""
    for part in outcome.parts:
        yield from _needed(part, start, end)
    if outcome.entry:
        yield from ((*pair, start) for pair in outcome.entry_measures)
    if isinstance(outcome.floor, Mapping):
        yield from ((name, "total", start) for name in outcome.floor)
    if outcome.combine:
        return
    if outcome.rule == "leaves_entry":
        yield from ((*pair, end) for pair in outcome.entry_measures)
        return
    if RULES[outcome.rule].from_start or outcome.floor is not None:
        yield outcome.instrument, outcome.scale, start
    yield outcome.instrument, outcome.scale, end


def took_round(cohort: Cohort, planned: Round) -> np.ndarray:
    """Return whether each person took a round; everybody is taken to have begun round one."""
    if planned.taken and planned.taken in cohort.people:
        return np.asarray(_truth(cohort.people[planned.taken]))
    if planned.name == "one":
        return np.ones(len(cohort.ids), dtype=bool)
    if cohort.study.treatment.round_two == "scheduled":
        return cohort.present(cohort.study.round("one").start).to_numpy()
    there = cohort.present(planned.end)
    if planned.own_start:
        there |= cohort.present(planned.start)
    return there.to_numpy()


def _truth(column: pd.Series) -> np.ndarray:
    """A taken column as booleans, whether it was read as numbers or as a people choice."""
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(dtype=np.float64) == 1)
    return column.fillna("").str.lower().isin(["1", "yes", "true"]).to_numpy(dtype=bool)


def _words(answers: _Told, begun: Tri, taking: np.ndarray) -> tuple[Any, Any]:
    """The answer's word and reason; the first that holds counts, from the last line upwards."""
    yes = answers.yes
    answer = np.where(np.isnan(yes), "unknown", np.where(yes == 1, "yes", "no")).astype(object)
    why = np.where(np.isnan(yes), answers.why, "").astype(object)
    for here, word, reason in (
        (~answers.applies | (begun == 0), "not_applicable", "below_floor"),
        (np.isnan(begun), "unknown", NO_START),
        (~taking, "not_applicable", "not_in_round"),
    ):
        answer[here], why[here] = word, reason
    return answer, why


def _first(outcome: Outcome) -> Outcome:
    """The outcome itself, or the first single one among its parts."""
    return _first(outcome.parts[0]) if outcome.parts else outcome


def _score(cohort: Cohort, outcome: Outcome, visit: str) -> pd.Series:
    return cohort.total(outcome.instrument, visit, outcome.scale)


def _answer(cohort: Cohort, outcome: Outcome, start: str, end: str) -> _Told:
    """Yes, no or unknown, and whether the question applies; the outcome's own floor left aside."""
    everyone = np.ones(len(cohort.ids), dtype=bool)
    if outcome.combine:
        return _combined(cohort, outcome, start, end)
    if outcome.rule == "leaves_entry":
        left = 1 - condition(cohort, outcome.entry, end)
        return _Told(left, everyone, np.full(len(left), NO_END, dtype=object))
    before, after = _score(cohort, outcome, start), _score(cohort, outcome, end)
    yes = outcome.responds(before, after).to_numpy(dtype=np.float64)
    open_start = before.isna() if RULES[outcome.rule].from_start else before.isna() & False
    why = np.where(after.isna(), NO_END, NO_START).astype(object)
    return _Told(np.where(open_start | after.isna(), np.nan, yes), everyone, why)


def _combined(cohort: Cohort, outcome: Outcome, start: str, end: str) -> _Told:
    """Join the parts; a part whose own floor leaves a person out does not count for that person.

    Known only where every part that applies is known: were "either" yes as soon as one part is,
    and "both" no, whoever lost a part would be counted by what is left of the answer.
    """
    parts = [_part(cohort, part, start, end) for part in outcome.parts]
    neutral = 0.0 if outcome.combine == "any_of" else 1.0
    held = [np.where(part.applies, part.yes, neutral) for part in parts]
    joined = _any(held) if outcome.combine == "any_of" else _all(held)
    missing = [part.applies & np.isnan(part.yes) for part in parts]
    why = np.full(len(joined), PART_MISSING, dtype=object)
    for reason in (NO_START, NO_END):  # of a person who lacks both ends, the end is told
        lacking = [gap & (part.why == reason) for gap, part in zip(missing, parts, strict=True)]
        why[np.isnan(joined) & np.any(lacking, axis=0)] = reason
    yes = np.where(np.any(missing, axis=0), np.nan, joined)
    return _Told(yes, np.any([part.applies for part in parts], axis=0), why)


def _part(cohort: Cohort, part: Outcome, start: str, end: str) -> _Told:
    """One part, its floor included: it applies unless the floor is known not to be met."""
    answers, begun = _answer(cohort, part, start, end), _eligible(cohort, part, start)
    yes = np.where(np.isnan(begun), np.nan, answers.yes)
    why = np.where(np.isnan(begun) & ~np.isnan(answers.yes), NO_START, answers.why)
    return _Told(yes, answers.applies & (begun != 0), why)


def below_floor(cohort: Cohort, outcome: Outcome) -> np.ndarray:
    """Return whose start is known to be below the least from which the outcome is asked.

    Of a combination: whoever is below in every part. An outcome without a floor leaves nobody out.
    """
    below = np.asarray(_eligible(cohort, outcome, cohort.study.round("one").start) == 0)
    parts = [below_floor(cohort, part) for part in outcome.parts]
    return below | np.all(parts, axis=0) if parts else below


def _eligible(cohort: Cohort, outcome: Outcome, visit: str) -> Tri:
    """Whether the start is at or beyond the floor; unknown where a needed score is missing."""
    if outcome.entry:
        return condition(cohort, outcome.entry, visit)
    if isinstance(outcome.floor, Mapping):
        return _any([_beyond(cohort, name, "total", f, visit) for name, f in outcome.floor.items()])
    if outcome.combine:
        return np.ones(len(cohort.ids))
    if outcome.floor is None:
        start = _score(cohort, outcome, visit)
        return np.where(start.isna() & RULES[outcome.rule].from_start, np.nan, 1.0)
    return _beyond(cohort, outcome.instrument, outcome.scale, outcome.floor, visit)


def _beyond(cohort: Cohort, instrument: str, scale: str, floor: float, visit: str) -> Tri:
    """Whether a score is at or beyond a floor, on the bad side of it."""
    bad_is_high = cohort.study.measure(instrument).instrument.scale(scale).better == "low"
    key = "at_least" if bad_is_high else "at_most"
    return condition(cohort, {"instrument": instrument, "scale": scale, key: floor}, visit)


def condition(cohort: Cohort, rule: Mapping[str, Any], visit: str) -> Tri:
    """Return whether a rule of several scores holds at a visit: 1, 0 or NaN where it is open.

    Parameters
    ----------
    rule : mapping
        ``{instrument, scale, at_least}`` or ``at_most``, or ``any_of`` / ``all_of`` of such.
    """
    if "any_of" in rule:
        return _any([condition(cohort, part, visit) for part in rule["any_of"]])
    if "all_of" in rule:
        return _all([condition(cohort, part, visit) for part in rule["all_of"]])
    score = cohort.total(rule["instrument"], visit, rule.get("scale", "total")).to_numpy()
    holds = np.ones(len(score), dtype=bool)
    with np.errstate(invalid="ignore"):
        if "at_least" in rule:
            holds &= score >= rule["at_least"] - 1e-9
        if "at_most" in rule:
            holds &= score <= rule["at_most"] + 1e-9
    return np.where(np.isnan(score), np.nan, holds.astype(np.float64))


def _any(parts: list[Tri]) -> Tri:
    """Yes if any is; no if all are no; else open."""
    table = np.column_stack(parts)
    open_ = np.isnan(table).any(axis=1)
    return np.where((table == 1).any(axis=1), 1.0, np.where(open_, np.nan, 0.0))


def _all(parts: list[Tri]) -> Tri:
    """No if any is; yes if all are yes; else open."""
    table = np.column_stack(parts)
    open_ = np.isnan(table).any(axis=1)
    return np.where((table == 0).any(axis=1), 0.0, np.where(open_, np.nan, 1.0))
