"""Bad inputs 144 to 149: every row is right, and the table as a whole is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.scoring.door_inputs import SHIFTS

from predict.cohort import read_cohort
from predict.model_folder import load_model
from predict.models.reliance.together import Together, Usual
from predict.scoring.answer_signs import _other_items, judge_answers
from predict.scoring.scoring_pass import ScoringPass
from predict.scoring.table_profile import judge_signs

NEW = {
    "CORRELATION_LOST", "ITEMS_OTHER", "ANSWERS_REPEATED", "MISSING_MORE", "NO_ESTIMATE_MANY",
    "DISTRIBUTION_DRIFT", "DISTRIBUTION_OTHER",
}  # fmt: skip


@pytest.fixture(scope="module")
def model(trained):
    return load_model(trained)


def codes(model, table: pd.DataFrame) -> set[str]:
    """What a table as a whole is told, of what is told here."""
    cohort = read_cohort(
        table.drop(columns="phq9_sum", errors="ignore"), model.study, as_of=model.as_of
    )
    problems = judge_signs(model, ScoringPass(model).rows(cohort).signs)
    return {problem.code for problem in problems} & NEW


def put_together(name: str, table: pd.DataFrame) -> pd.DataFrame:
    return SHIFTS[name](table.assign(phq9_sum="").reset_index(drop=True))


def test_the_same_people_are_told_nothing_in_any_number(model, many):
    sizes = [1, 19, 20, 49, 50, 51, 120, 199, 200, 300]
    assert [codes(model, many.sample(size, random_state=size)) for size in sizes] == [set()] * 10


def test_144_answers_of_the_next_person_are_told(model, many):
    assert codes(model, put_together("gad7_of_the_next_person", many)) == {"CORRELATION_LOST"}


def test_144_items_of_other_people_are_told_in_each_scale(model, many):
    random, items = np.random.default_rng(1), [f"gad7_{n}_baseline" for n in range(1, 8)]
    apart = many.assign(**{name: random.permutation(many[name]) for name in items})
    assert "CORRELATION_LOST" in codes(model, apart)


def test_144_a_weaker_correlation_is_no_lost_one(model, many):
    anxious = put_together("gad7_of_the_next_person", many.head(60))
    assert codes(model, pd.concat([anxious, many.iloc[60:]])) == set()


def test_144_145_a_model_that_does_not_remember_how_answers_went_is_not_asked(model, many):
    older = replace(model, reliance=replace(model.reliance, together={}, usual=None))
    for name in ("gad7_of_the_next_person", "items_in_each_others_columns"):
        assert not codes(older, put_together(name, many)) & {"CORRELATION_LOST", "ITEMS_OTHER"}


def test_145_items_in_each_others_columns_are_told(model, many):
    assert "ITEMS_OTHER" in codes(model, put_together("items_in_each_others_columns", many))


def test_145_answers_shuffled_within_people_are_told(model, many):
    items, random = [f"phq9_{n}_baseline" for n in range(1, 10)], np.random.default_rng(2)
    answers = random.permuted(many[items].to_numpy("object"), axis=1)
    assert "ITEMS_OTHER" in codes(model, many.assign(**dict(zip(items, answers.T, strict=True))))


def test_145_items_that_all_move_together_stay_in_their_order():
    before = Together(500, (0.5,) * 3, (0.5, 1.5, 2.0))
    assert before.to_dict() == {"n": 500, "correlations": (0.5,) * 3, "means": (0.5, 1.5, 2.0)}
    from predict.scoring.answer_signs import _other_items

    spread = np.array([0.5, 0.5, 0.5])
    moved, turned = replace(before, means=(0.9, 1.9, 2.4)), replace(before, means=(2.0, 1.5, 0.5))
    assert not _other_items(before, moved, spread, 3.0)
    assert _other_items(before, turned, spread, 3.0)
    assert not _other_items(before, replace(turned, n=1), spread, 3.0)


def test_146_answers_of_somebody_else_are_told(model, many):
    assert codes(model, put_together("answers_of_other_people", many)) == {"ANSWERS_REPEATED"}


def test_146_a_table_laid_twice_under_other_ids_is_told(model, many):
    again = many.assign(person=["Q" + name for name in many["person"]])
    assert codes(model, pd.concat([many, again], ignore_index=True)) == {"ANSWERS_REPEATED"}


def test_146_what_is_usual_among_the_people_learned_from_is_not_told(model):
    signs = {"answered": 1_000, "repeated": 60, "pairs": 1_000**2 / 2}
    usual = replace(model.reliance, usual=Usual(0, 1_000, 55))
    never = replace(model.reliance, usual=Usual(0, 1_000, 0))
    told = [
        [p.code for p in judge_answers(replace(model, reliance=r), signs)] for r in (usual, never)
    ]
    assert told == [[], ["ANSWERS_REPEATED"]]


def test_147_a_column_that_is_missing_more_often_is_told(model, many):
    assert codes(model, put_together("an_item_often_missing", many)) == {"MISSING_MORE"}
    some = many.copy()
    some.loc[some.index[:6], "sex"] = ""  # 6 of 300
    assert codes(model, some) == set()


def test_148_a_jump_of_people_without_an_estimate_is_told_with_its_reason(model, many):
    table = put_together("a_quarter_left_blank", many)
    cohort = read_cohort(table.drop(columns="phq9_sum"), model.study, as_of=model.as_of)
    (told,) = [
        problem.message
        for problem in judge_signs(model, ScoringPass(model).rows(cohort).signs)
        if problem.code == "NO_ESTIMATE_MANY"
    ]
    assert told.startswith("76 of 300 people")
    assert "'missing_too_many'" in told


def test_148_people_below_the_floor_are_no_jump(model, many):
    low = many.copy()
    low.loc[low.index[:90], [f"phq9_{n}_baseline" for n in range(1, 10)]] = "1"
    assert "NO_ESTIMATE_MANY" not in codes(model, low)


def test_149_other_shares_of_a_choice_are_told_and_stop_nothing(model, many):
    levels = {**model.reliance.levels, "sex": {"female": 150, "male": 80, "other": None}}
    known = replace(model, reliance=replace(model.reliance, levels=levels))
    assert codes(known, many) == set()
    assert codes(known, put_together("women_are_men", many)) == {"DISTRIBUTION_DRIFT"}
    women = many[many["sex"] == "female"]
    assert codes(known, women) == {"DISTRIBUTION_DRIFT"}
    assert codes(known, women.head(15)) == set()


def test_149_what_is_not_told_of_a_choice_is_not_held_against_it(model, many):
    assert list(model.reliance.levels["sex"].values()) == [150, None, None]
    assert codes(model, many) == codes(model, many[many["sex"] == "female"]) == set()


@pytest.mark.parametrize(
    ("means", "other"),
    [
        ((2.0, 1.5, 1.0, 0.5), False),
        ((1.0, 0.75, 0.5, 0.25), False),  # milder people: the same order
        ((2.0, 1.5, 0.5, 1.0), False),  # two of like means: not seen
        ((2.0, 0.5, 1.0, 1.5), True),
        ((0.5, 1.0, 1.5, 2.0), True),
    ],
)
def test_questions_in_each_others_columns_are_told_from_milder_answers(means, other):
    before, now = Together(1_000, (), (2.0, 1.5, 1.0, 0.5)), Together(1_000, (), means)
    assert _other_items(before, now, np.full(4, 0.8), reach=3.0) is other
