"""Earlier visits at which a model may stand: how many people have answers and an outcome there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from predict.cohort import Cohort
from predict.definitions.study import RoundName, Study


@dataclass(frozen=True)
class Counted:
    """People with answers at a visit and a known outcome: all, and those of the rarer answer."""

    people: int
    rarer: int


def round_known_at(study: Study, round: str) -> str:
    """Return the first visit at which it is known who has a round, where a model may stand."""
    if round == "one" or study.treatment.round_two == "scheduled":
        return study.visits[0]
    planned = study.rounds[round]
    # A column that says who takes it is written between the rounds.
    return study.rounds["one"].end if planned.taken else planned.start


def counted_before(
    cohort: Cohort, labels: pd.DataFrame, round: RoundName, as_of: str
) -> dict[str, Counted]:
    """Return whom a model of each earlier visit would have, the nearest visit first."""
    study, answer = cohort.study, labels["answer"]
    first = study.order(round_known_at(study, round))
    earlier = study.visits[first : study.order(as_of)]
    counts = {}
    for visit in reversed(earlier):
        here = answer[cohort.present(visit).reindex(labels.index)]
        yes, no = int((here == "yes").sum()), int((here == "no").sum())
        counts[visit] = Counted(yes + no, min(yes, no))
    return counts


def stand_earlier(earlier: Mapping[str, Counted], wanted: int) -> str:
    """Return a sentence, after a space, with the nearest earlier visit that has enough; or nothing.

    Examples
    --------
    >>> before = {"week_2": Counted(30, 9), "baseline": Counted(80, 31)}
    >>> stand_earlier(before, 10)
    " At 'baseline' 31 of them have answers: as_of = 'baseline' may do."
    >>> stand_earlier(before, 50)
    ''
    """
    enough = [visit for visit, counted in earlier.items() if counted.rarer >= wanted]
    if not enough:
        return ""
    visit = enough[0]
    count = earlier[visit].rarer
    return f" At '{visit}' {count} of them have answers: as_of = '{visit}' may do."
