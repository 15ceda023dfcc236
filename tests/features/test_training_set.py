from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "proofs"))

import leak_guards as planted
from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.errors import DesignError
from predict.features import BLOCKS, features_as_of
from predict.features import training_set as assembly
from predict.features.training_set import assemble
from predict.simulation import simulate
from predict.statistics.metrics import auroc

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo():
    table = simulate("demo", people=300, seed=3).table
    return read_cohort(table, read_study(ROOT / "experiments" / "demo_study.toml"))


@pytest.mark.parametrize("leak", planted.LEAKS, ids=lambda leak: leak.name)
def test_a_planted_leak_is_refused_with_its_code(leak: planted.Leak):
    assert planted.refused_with(leak) == leak.code


@pytest.mark.parametrize("leak", planted.LEAKS, ids=lambda leak: leak.name)
def test_it_is_this_guard_that_refuses_it(leak: planted.Leak):
    assert planted.holds(leak)


def test_an_honest_question_passes_every_guard():
    made = planted.ask(planted.cohort())
    assert made.n == planted.PEOPLE
    assert "late" not in made.X


def test_a_suspicious_column_can_be_accepted_by_name():
    early = {"kind": "number", "range": [0, 1], "known_at": "baseline"}
    made = planted.ask(planted.cohort(copy=early), accept=("copy",))
    assert "copy" in made.chosen


@pytest.mark.parametrize("block", BLOCKS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_row_is_computed_from_that_row_alone(demo, block: str, data: st.DataObject):
    as_of = "round_two_start"
    ids = data.draw(st.lists(st.sampled_from(list(demo.people.index)), min_size=1, max_size=6))
    some = list(dict.fromkeys(ids))
    together = features_as_of(demo, as_of, [block]).frame.loc[some]
    alone = features_as_of(demo.take(some), as_of, [block]).frame
    pd.testing.assert_frame_equal(alone, together)


def test_no_column_is_known_after_the_visit_the_model_stands_at(demo):
    study = demo.study
    for round_name, as_of in (("one", "baseline"), ("two", "round_two_start")):
        made = assemble(demo, "phq9_response", round=round_name, as_of=as_of)
        late = [c.name for c in made.columns if study.order(c.visit) > study.order(as_of)]
        assert late == []


def test_rows_are_sorted_by_id_whatever_the_order_of_the_table(demo):
    mixed = simulate("demo", people=300, seed=3).table.sample(frac=1, random_state=1)
    made = assemble(demo, "phq9_response")
    again = assemble(read_cohort(mixed, demo.study), "phq9_response")
    assert made.X.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(made.frame(), again.frame())


def test_everybody_is_in_the_training_set_or_left_out_with_a_reason(demo):
    made = assemble(demo, "phq9_response", round="two")
    assert set(made.X.index) | set(made.left_out["id"]) == set(demo.people.index)
    assert not set(made.X.index) & set(made.left_out["id"])
    assert (made.left_out["why"] != "").all()


def test_the_frame_holds_what_was_chosen_and_not_the_rivals_columns(demo):
    made = assemble(demo, "phq9_response", blocks=["items"])
    assert "phq9_total_baseline" in made.X
    assert list(made.frame().columns) == ["id", "group", "outcome", *made.chosen]
    assert set(made.dictionary()["name"]) == set(made.chosen)


def test_taking_people_takes_all_they_own(demo):
    made = assemble(demo, "phq9_response")
    some = made.take(np.array([0, 0, 5]))
    assert some.n == 3
    assert list(some.y.index) == list(some.groups.index) == list(some.X.index)


def test_an_unknown_round_says_which_there_are(demo):
    with pytest.raises(DesignError, match="It declares: one, two"):
        assemble(demo, "phq9_response", round="three")


@pytest.mark.parametrize("seed", range(10))
def test_a_random_choice_of_many_values_is_no_copy_of_the_outcome(seed: int) -> None:
    draw = np.random.default_rng(seed)
    y = pd.Series(draw.integers(0, 2, 140))
    district = pd.Series(draw.integers(0, 96, 140).astype(str))
    assert not assembly._tells(district, y)


@pytest.mark.parametrize("levels", [2, 8, 40])
def test_a_choice_that_tells_the_outcome_is_still_found(levels: int) -> None:
    draw = np.random.default_rng(levels)
    y = pd.Series(draw.integers(0, 2, 240))
    written_after = (y + 2 * pd.Series(draw.integers(0, levels // 2, 240))).astype(str)
    assert assembly._tells(written_after, y)


def test_few_people_must_agree_more_before_a_column_is_suspected() -> None:
    y = pd.Series([0] * 12 + [1] * 12)
    near = pd.Series([*range(10), 20, 21, 10, 11, *range(12, 20), 22, 23])
    assert 0.8 < auroc(y, near) < 0.95
    assert not assembly._tells(near, y)
    assert assembly._tells(pd.Series(range(24)), y)
    many, alike = pd.concat([y] * 5), pd.concat([near] * 5)
    assert assembly._tells(alike.reset_index(drop=True), many.reset_index(drop=True))


def test_a_scale_turned_round_at_one_visit_is_among_the_causes_that_a_copy_may_have():
    start = 10 + np.arange(60) % 18
    table = pd.DataFrame({"person": [f"p{n}" for n in range(60)], "phq9_start": start})
    # Half the start or less is 27 - start <= start / 2: from 18 on, whoever answers.
    table["phq9_end"] = 27 - start
    study = {
        "id": "person",
        "layout": "wide",
        "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"total": "phq9_{visit}"}},
    }
    with pytest.raises(DesignError, match="LEAK_LABEL_COPY") as caught:
        assemble(table, "phq9_response", study=study, blocks=["scales"])
    said = str(caught.value)
    assert "check at which visit" in said
    assert "wrong way round at one visit (answers, coding_low" in said
    assert "the rule and its floor" in said
