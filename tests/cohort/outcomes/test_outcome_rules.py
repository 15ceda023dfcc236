"""Every rule by hand: the score at which the answer turns, on both kinds of scale."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.definitions.outcomes import RULES, outcome_names, read_outcome
from predict.definitions.outcomes.rules import reliable_change
from predict.errors import ExperimentError, UsageError


@pytest.mark.parametrize(
    ("outcome", "start", "yes", "no"),
    [
        ("phq9_response", 15, 7, 8),  # half of 15 is 7.5
        ("phq9_response", 16, 8, 9),
        ("hamd_response", 9, 4, 5),
        ("phq9_remission", 20, 4, 5),  # Hull 2022: below 5
        ("phq9_clinically_significant", 20, 9, 10),  # falls by 5 and ends below 10
        ("phq9_clinically_significant", 12, 7, 8),
        ("phq9_nhs_reliable_improvement", 16, 10, 11),  # NHS: 6 or more
        ("gad7_nhs_reliable_improvement", 16, 12, 13),
        # Jacobson-Truax: 1.96 x 5.71 x sqrt(2 x .11) = 5.249, strictly beyond: 6 points
        ("phq9_reliable_improvement", 16, 10, 11),
        ("phq9_reliable_deterioration", 10, 16, 15),
        # 1.96 x 4.89 x sqrt(2 x .08) = 3.834: 4 points
        ("gad7_reliable_improvement", 16, 12, 13),
        ("phq9_minimal_difference", 15, 10, 11),
        ("phq9_minimal_difference_share", 15, 12, 13),  # a fifth of 15 is 3
        ("phq9_worsening", 15, 20, 19),
        ("gad7_worsening", 5, 9, 8),
        ("pcl5_reliable_change", 50, 35, 36),
        ("pcl5_clinically_significant", 40, 25, 26),
        ("pcl5_clinically_significant", 60, 28, 29),
        ("who5_improvement", 40, 52, 48),  # scores go by four; a rise of 10
        ("mbi_exhaustion_response", 5.2, 4.2, 4.4),  # means: 5.2 - 4.2 is one point
        ("mbi_efficacy_response", 3.5, 4.5, 4.3333),  # high is good: it must rise
        ("madrs_remission", 30, 10, 11),
        ("qids_remission", 20, 5, 6),
        ("isi_minimal_difference", 20, 14, 15),
        ("cesd_remission", 30, 15, 16),
    ],
)
def test_the_answer_turns_where_it_should(
    outcome: str, start: float, yes: float, no: float
) -> None:
    asked = read_outcome(outcome)
    scores = pd.Series([float(start)] * 2)
    assert asked.responds(scores, pd.Series([float(yes), float(no)])).tolist() == [True, False]


def test_halving_a_scale_where_high_is_good_halves_the_distance_to_the_best() -> None:
    asked = read_outcome({"instrument": "who5", "rule": "response"})
    assert asked.cut(40.0) == 70.0  # 60 from the best; half of it is 30
    assert asked.responds(pd.Series([40.0, 40.0]), pd.Series([72.0, 68.0])).tolist() == [
        True,
        False,
    ]


def test_a_scale_that_does_not_start_at_nought_is_halved_from_its_lowest_score() -> None:
    assert read_outcome("mhi5_four_response").cut(9.0) == 4.5


@given(
    st.sampled_from([n for n in outcome_names() if not read_outcome(n).combine]),
    st.integers(0, 27),
    st.integers(0, 27),
)
def test_cut_and_responds_agree_and_a_better_end_never_turns_yes_to_no(
    name: str, start: int, end: int
) -> None:
    asked = read_outcome(name)
    if not RULES[asked.rule].single:
        return
    scale = asked.measured
    cut, (before, after) = asked.cut(float(start)), (float(start), float(end))
    answer = asked.responds(pd.Series([before]), pd.Series([after])).iloc[0]
    low_is_yes = (scale.better == "low") == asked.good
    assert answer == (after <= cut + 1e-9 if low_is_yes else after >= cut - 1e-9)
    nearer = after - 1 if low_is_yes else after + 1
    assert not answer or asked.responds(pd.Series([before]), pd.Series([nearer])).iloc[0]


@pytest.mark.parametrize("name", outcome_names())
def test_every_outcome_comes_back_from_its_own_mapping(name: str) -> None:
    asked = read_outcome(name)
    assert read_outcome(asked.to_dict()) == asked
    assert asked.title
    assert asked.good != (name.endswith("worsening") or "deterioration" in name)


@pytest.mark.parametrize(
    ("sd", "reliability", "change"),
    [(5.5, 0.84, 6.10), (6.1, 0.89, 5.61), (5.5, 0.89, 5.06), (4.7, 0.92, 3.68), (4.5, 0.83, 5.14)],
)
def test_reliable_change_by_hand(sd: float, reliability: float, change: float) -> None:
    # Jacobson and Truax 1991: 1.96 sqrt(2 SEM^2), SEM = SD sqrt(1 - r).
    assert reliable_change(sd, reliability) == pytest.approx(change, abs=0.005)


def test_reliable_change_keeps_its_sd_reliability_and_source_together() -> None:
    for name in outcome_names():
        asked = read_outcome(name)
        if asked.rule.startswith("reliable"):
            assert asked.source
            assert asked.amount is not None or (asked.sd and asked.reliability)


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"instrument": "phq9", "rule": "respons"}, "OUTCOME_RULE"),
        ({"instrument": "phq", "rule": "response"}, "INSTRUMENT_UNKNOWN"),
        ({"instrument": "phq9", "rule": "response", "flor": 3}, "OUTCOME_KEY_UNKNOWN"),
        ({"instrument": "mbi_gs", "rule": "points", "amount": 1}, "SCALE_UNKNOWN"),
        ({"instrument": "phq9", "rule": "points"}, "OUTCOME_RULE"),
        ({"instrument": "cesd", "rule": "remission"}, "OUTCOME_RULE"),
        ({"instrument": "phq9", "rule": "reliable_improvement", "sd": 5}, "OUTCOME_RULE"),
        ({"any_of": ["phq9_respons"]}, "OUTCOME_UNKNOWN"),
        ({"any_of": []}, "OUTCOME_COMBINE"),
        ({"any_of": ["phq9_response"], "all_of": ["gad7_response"]}, "OUTCOME_COMBINE"),
        ({"any_of": ["phq9_response"], "floor": 3}, "OUTCOME_FLOOR"),
    ],
)
def test_a_faulty_outcome_is_refused_with_its_code(spec: dict[str, Any], code: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        read_outcome(spec)
    assert code in {p.code for p in caught.value.problems}


def test_a_misspelt_name_gets_a_suggestion_and_a_combination_has_no_single_cut() -> None:
    with pytest.raises(ExperimentError, match="Did you mean 'phq9_response'"):
        read_outcome("phq_response")
    with pytest.raises(UsageError, match="NO_SINGLE_CUT"):
        read_outcome("depression_or_anxiety_response").cut(12.0)
    with pytest.raises(UsageError, match="NO_SINGLE_CUT"):
        read_outcome("mbi_not_burned_out").cut(5.0)


def test_an_outcome_knows_every_score_that_decides_it() -> None:
    assert read_outcome("phq9_response").measures == (("phq9", "total"),)
    both = read_outcome("depression_or_anxiety_response")
    assert both.measures == (("phq9", "total"), ("gad7", "total"))
    burnout = read_outcome("mbi_not_burned_out").measures
    assert {scale for _, scale in burnout} == {"exhaustion", "cynicism", "efficacy"}


def test_a_shipped_share_without_a_floor_says_what_it_does_with_a_start_of_nothing() -> None:
    for name in outcome_names():
        outcome = read_outcome(name)
        share = outcome.rule in ("response", "minimal_difference") and (outcome.amount or 1) < 1
        if share and outcome.floor is None:
            assert "a start of 0" in outcome.title, name
