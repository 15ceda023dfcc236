"""Four answers, each with its reason, over rounds one and two."""

from __future__ import annotations

from typing import Any

import numpy as np
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
        (20, 5, 12, None),  # yes by depression, but anxiety is asked of this person too
        (20, 5, 8, None),  # anxiety is not asked: its end does not matter
        (None, 3, 12, 3),  # whether depression is asked is open
        (None, 3, 5, 3),  # whether anybody asks is open
    )
    assert answers(label(people, "depression_or_anxiety_response")) == [
        ("yes", ""),
        ("yes", ""),
        ("no", ""),
        ("no", ""),
        ("not_applicable", "below_floor"),
        ("unknown", "no_end_score"),
        ("unknown", "part_missing"),
        ("yes", ""),
        ("unknown", "part_missing"),
        ("unknown", "no_start_score"),
    ]


def test_all_of_needs_every_part() -> None:
    people = joined(
        (20, 9, 12, 7),
        (20, 9, 12, 8),
        (20, None, 12, 8),  # decided by anxiety, but depression is asked too
        (20, None, 12, 7),
        (9, 9, 8, 7),
        (9, 5, 7, 5),
    )
    assert answers(label(people, "nhs_recovery")) == [
        ("yes", ""),
        ("no", ""),
        ("unknown", "part_missing"),
        ("unknown", "no_end_score"),
        ("yes", ""),
        ("not_applicable", "below_floor"),
    ]


def test_remission_looks_at_the_end_so_a_missing_start_of_one_part_does_not_matter() -> None:
    people = joined((20, 4, None, 4), (20, 4, None, 9), (None, 4, 12, 4), (None, None, None, 4))
    assert answers(label(people, "depression_and_anxiety_remission")) == [
        ("yes", ""),
        ("no", ""),
        ("yes", ""),
        ("unknown", "no_start_score"),  # the floor needs one start at least
    ]
    alone = {"instrument": "phq9", "rule": "remission", "end": 4}
    assert answers(label(people, alone))[2:] == [("yes", ""), ("unknown", "no_end_score")]


def test_of_several_reasons_the_missing_end_is_told() -> None:
    people = joined((20, 15, None, 8), (20, None, None, 8), (20, 15, 12, 8))
    assert answers(label(people, "depression_or_anxiety_response")) == [
        ("unknown", "no_start_score"),
        ("unknown", "no_end_score"),
        ("no", ""),
    ]


@pytest.mark.parametrize("outcome", ["depression_or_anxiety_response", "nhs_recovery"])
def test_parts_lost_at_random_do_not_move_a_combination(outcome: str) -> None:
    draw = np.random.default_rng(1)
    starts = draw.integers(10, 21, (2000, 2))
    ends = (starts * draw.beta(2, 2, (2000, 2))).astype(int)
    whole = [(a, b, c, d) for (a, c), (b, d) in zip(starts, ends, strict=True)]
    lost = draw.random(2000) < 0.3
    gaps = [(a, b, c, None if gone else d) for (a, b, c, d), gone in zip(whole, lost, strict=True)]
    before, after = (label(joined(*rows), outcome)["answer"] for rows in (whole, gaps))
    rate = (before == "yes").mean()
    known = after[after.isin(["yes", "no"])]
    assert abs((known == "yes").mean() - rate) < 0.025
    assert (after == "unknown").sum() == lost.sum()


def test_a_part_that_is_never_asked_at_the_end_stops_the_question() -> None:
    people = joined(*[(20, 5, 12, None)] * 60)
    with pytest.raises(StudyError, match="GAD-7 total has no score at 'round_one_end'") as caught:
        label(people, "depression_or_anxiety_response")
    assert caught.value.code == "OUTCOME_NOT_ASKED"
    assert label(people, "phq9_response")["answer"].eq("yes").all()
    few = joined(*[(20, 5, 12, None)] * 6)  # of six people the end may be lost by chance
    assert label(few, "depression_or_anxiety_response")["why"].eq("part_missing").all()


def test_a_score_that_the_study_places_nowhere_stops_the_question() -> None:
    table = pd.DataFrame({"person": ["a"], "p_start": ["20"], "g_start": ["12"], "p_end": ["5"]})
    study = {
        "id": "person", "layout": "wide", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {
            "phq9": {"total": "p_{visit}"}, "gad7": {"total": {"start": "g_start"}},
        },
    }  # fmt: skip
    people = read_cohort(table, study)
    for outcome in ("nhs_recovery", "gad7_response"):
        with pytest.raises(StudyError, match="state where it stands, or choose another"):
            label(people, outcome)


def test_nothing_left_of_nothing_is_no_fall() -> None:
    people = cohort((0, 0, None, None), (2, 0, None, None), (0, 3, None, None))
    halved = {"instrument": "phq9", "rule": "response"}
    assert answers(label(people, halved)) == [("no", ""), ("yes", ""), ("no", "")]
    share = label(people, "phq9_minimal_difference_share")
    assert answers(share) == [("no", ""), ("yes", ""), ("no", "")]


def test_a_scale_where_high_is_good_has_nothing_left_to_gain_at_its_top() -> None:
    people = cohort((100, 100, None, None), (60, 84, None, None), instruments=("who5",))
    halved = {"instrument": "who5", "rule": "response"}
    assert answers(label(people, halved)) == [("no", ""), ("yes", "")]


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
