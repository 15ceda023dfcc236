"""Four answers, each with its reason, over rounds one and two."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.labelling import label
from predict.errors import StudyError

VISITS = ["baseline", "round_one_end", "round_two_start", "round_two_end"]


def cohort(
    *rows: tuple[object, ...],
    rounds: dict[str, Any] | None = None,
    scheduled: bool = False,
    instruments: tuple[str, ...] = ("phq9",),
    extra: dict[str, list[str]] | None = None,
) -> Cohort:
    """People with the totals of each instrument at the four visits, instrument by instrument."""
    columns = [f"{name}_{visit}" for name in instruments for visit in VISITS]
    table = pd.DataFrame(list(rows), columns=columns).astype("str").replace({"None": ""})
    table = table.assign(person=[f"p{i}" for i in range(len(rows))], **(extra or {}))
    default = {"start": "round_two_start", "end": "round_two_end"}
    return read_cohort(
        table,
        {
            "id": "person",
            "layout": "wide",
            "visits": VISITS,
            "rounds": {"one": {"start": "baseline", "end": "round_one_end"}, "two": default}
            | (rounds or {}),
            "instruments": {name: {"total": f"{name}_{{visit}}"} for name in instruments},
            "treatment": {"round_two": "scheduled" if scheduled else "chosen"},
        },
    )


def answers(found: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(found["answer"], found["why"], strict=True))


def test_a_person_without_followup_has_an_unknown_outcome() -> None:
    people = cohort((20, 10, None, None), (20, 11, None, None), (20, None, None, None),
                    (None, 3, None, None), (9, 2, None, None), (10, 5, None, None))  # fmt: skip
    found = label(people, "phq9_response")
    assert answers(found) == [
        ("yes", ""),
        ("no", ""),
        ("unknown", "no_end_score"),
        ("unknown", "no_start_score"),
        ("not_applicable", "below_floor"),
        ("yes", ""),  # the floor itself is included
    ]
    assert found["start"].tolist()[:2] == [20.0, 20.0]
    assert found.index.tolist() == [f"p{i}" for i in range(6)]


def test_round_two_runs_from_the_start_of_round_one_among_those_who_took_it() -> None:
    people = cohort(
        (20, 12, 14, 9),  # took it; 20 -> 9 is a response, 14 -> 9 would not be
        (20, 5, None, None),  # never began round two
        (20, 12, 14, None),  # began, no end
        (20, 12, None, 8),  # answered at its end only: took it
        (8, 5, 12, 2),  # below the floor at the start of round one
    )
    assert answers(label(people, "phq9_response", round="two")) == [
        ("yes", ""),
        ("not_applicable", "not_in_round"),
        ("unknown", "no_end_score"),
        ("yes", ""),
        ("not_applicable", "below_floor"),
    ]


def test_without_an_own_start_only_the_end_visit_shows_who_took_round_two() -> None:
    rounds = {"two": {"end": "round_two_end"}}
    people = cohort((20, 12, None, 9), (20, 12, None, None), rounds=rounds)
    found = label(people, "phq9_response", round="two")
    assert answers(found) == [("yes", ""), ("not_applicable", "not_in_round")]


def test_a_scheduled_round_two_is_for_everyone_with_a_baseline() -> None:
    people = cohort((20, 12, None, 9), (20, None, None, None), (None, 5, None, 3), scheduled=True)
    assert answers(label(people, "phq9_response", round="two")) == [
        ("yes", ""),
        ("unknown", "no_end_score"),
        ("not_applicable", "not_in_round"),
    ]


def test_a_taken_column_says_who_took_the_round() -> None:
    rounds = {"two": {"end": "round_two_end", "taken": "went"}}
    people = cohort((20, 12, None, 9), (20, 12, None, 9), (20, 12, None, None),
                    rounds=rounds, extra={"went": ["1", "0", "1.0"]})  # fmt: skip
    assert answers(label(people, "phq9_response", round="two")) == [
        ("yes", ""),
        ("not_applicable", "not_in_round"),
        ("unknown", "no_end_score"),
    ]


def joined(*rows: tuple[object, object, object, object]) -> Cohort:
    """Start and end of the PHQ-9, then of the GAD-7."""
    wide = [(a, b, None, None, c, d, None, None) for a, b, c, d in rows]
    return cohort(*wide, instruments=("phq9", "gad7"))


def test_depression_or_anxiety_asks_those_at_either_floor() -> None:
    people = joined(
        (20, 10, 12, 12),  # depression halved
        (20, 15, 12, 6),  # anxiety halved
        (20, 15, 12, 12),  # neither
        (6, 1, 12, 9),  # only anxiety is asked: not halved
        (6, 1, 8, 1),  # neither at its floor
        (20, 15, 12, None),  # anxiety open, depression not halved
        (20, 5, 12, None),  # one yes is enough
        (None, 3, 12, 3),  # anxiety alone is enough to ask and to answer
        (None, 3, 5, 3),  # depression's floor is open
    )
    assert [a for a, _ in answers(label(people, "depression_or_anxiety_response"))] == [
        "yes", "yes", "no", "no", "not_applicable", "unknown", "yes", "yes", "unknown",
    ]  # fmt: skip


def test_all_of_needs_every_part() -> None:
    people = joined((20, 9, 12, 7), (20, 9, 12, 8), (20, None, 12, 8), (9, 9, 8, 7), (9, 5, 7, 5))
    assert [a for a, _ in answers(label(people, "nhs_recovery"))] == [
        "yes", "no", "no", "yes", "not_applicable",
    ]  # fmt: skip


def test_combinations_nest_and_take_inline_parts() -> None:
    spec = {
        "name": "either",
        "any_of": [
            {"all_of": ["phq9_worsening", "gad7_worsening"]},
            {"instrument": "phq9", "rule": "remission", "end": 0},
        ],
    }
    people = joined((10, 16, 5, 9), (10, 16, 5, 8), (10, 0, 5, 5))
    assert [a for a, _ in answers(label(people, spec))] == ["yes", "no", "yes"]


def test_the_burnout_rule_needs_exhaustion_and_one_of_the_others() -> None:
    # Preprint: exhaustion >= 4.8 and (cynicism >= 3.8 or efficacy <= 4.3).
    scales = ("exhaustion", "cynicism", "efficacy")
    study = {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"mbi_gs": {"totals": {s: f"{s}_{{visit}}" for s in scales}}},
    }
    rows = [
        ("4.8", "3.8", "5", "4.79", "5", "1"),  # no longer exhausted
        ("5", "1", "4.3", "5", "3.7", "4.4"),  # exhausted, but neither cynical nor ineffective
        ("5", "4", "5", "5", "4", "5"),  # unchanged
        ("4.7", "6", "0", "1", "1", "6"),  # did not meet the rule
        ("5", "4", "5", "", "1", "5"),  # exhaustion open, the rest fails the rule already
        ("5", "4", "5", "", "4", "5"),  # open
    ]
    columns = [f"{s}_{v}" for v in ("baseline", "end") for s in scales]
    table = pd.DataFrame(rows, columns=columns).assign(person=list("abcdef"))
    people = read_cohort(table, study)
    found = label(people, "mbi_not_burned_out")
    assert found["answer"].tolist() == ["yes", "yes", "no", "not_applicable", "yes", "unknown"]
    any_scale = label(people, "mbi_any_response")["answer"]
    assert any_scale.tolist()[:4] == ["no", "no", "no", "yes"]


def test_a_study_without_the_round_or_instrument_is_told() -> None:
    people = cohort((20, 10, None, None))
    with pytest.raises(StudyError, match="INSTRUMENT_NOT_IN_STUDY"):
        label(people, "gad7_response")
    with pytest.raises(StudyError, match="ROUND_UNKNOWN"):
        label(people, "phq9_response", round="three")


def test_labels_do_not_depend_on_other_people() -> None:
    rows = [(20, 10, None, None), (None, 3, 4, 5), (12, 7, 14, 5), (9, 1, 1, 1)]
    together = label(cohort(*rows), "phq9_response", round="two")
    for place, row in enumerate(rows):
        alone = label(cohort(row), "phq9_response", round="two")
        assert alone.iloc[0].tolist()[:2] == together.iloc[place].tolist()[:2]
