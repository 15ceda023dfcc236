"""Who was entered twice is found; strangers who answer alike are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.cohort import read_cohort
from predict.features.entered_twice import entered_twice
from predict.statistics.alike_people import AlikePeople, ItemBlock, alike_people


def answers(people: int, *, items: int = 9, options: int = 4, seed: int = 1) -> pd.DataFrame:
    """Answers that hang together by one mood."""
    draw = np.random.default_rng(seed)
    mood = draw.normal(size=(people, 1))
    raw = (options - 1) / 2 + 0.6 * mood + draw.normal(size=(people, items))
    table = np.clip(np.round(raw), 0, options - 1)
    return pd.DataFrame(table, columns=[f"q{k}" for k in range(items)])


def block(table: pd.DataFrame, *, name: str = "scale") -> ItemBlock:
    return ItemBlock(name, tuple(c for c in table if str(c).startswith("q")))


def twice(table: pd.DataFrame, copies: int) -> pd.DataFrame:
    return pd.concat([table, table[:copies]], ignore_index=True)


def look(table: pd.DataFrame) -> AlikePeople:
    return alike_people(table, [block(table)])


@pytest.mark.parametrize("seed", range(8))
def test_strangers_with_nine_yes_or_no_answers_are_not_told(seed: int) -> None:
    table = answers(175, options=2, seed=seed)
    assert table.duplicated(keep=False).sum() > 50  # many are alike, as chance has it
    assert not look(table).beyond_chance


@pytest.mark.parametrize("people", [300, 2000, 20_000])
def test_strangers_with_nine_answers_are_not_told_however_many(people: int) -> None:
    alike = look(answers(people))
    assert not alike.beyond_chance
    assert (alike.group == -1).all()


def test_people_entered_twice_are_found_with_their_copies() -> None:
    table = twice(answers(1000, items=16), 12)
    alike = look(table)
    assert alike.beyond_chance
    assert set(alike.group[alike.group >= 0].index) == {*range(12), *range(1000, 1012)}
    assert (alike.group[:12].to_numpy() == alike.group[1000:].to_numpy()).all()


def test_another_follow_up_makes_two_people_of_equal_baselines() -> None:
    baseline = twice(answers(1000, items=16), 12)
    later = answers(1012, items=16, seed=9).add_suffix("_end")
    first, end = block(baseline), ItemBlock("scale", tuple(later))
    both = pd.concat([baseline, later], axis=1)
    assert alike_people(baseline, [first]).beyond_chance
    assert alike_people(both, [first, end]).pairs == 0


def test_ticking_one_column_down_is_no_sign_whichever_way_items_run() -> None:
    table = answers(400, items=20)
    table.loc[:30] = 1.0
    turned = table.assign(q3=3 - table["q3"])
    assert not look(table).beyond_chance
    for each in (table, turned):
        alike = alike_people(each, [ItemBlock("scale", tuple(each), ("q3",))])
        assert not alike.beyond_chance


def test_people_who_left_out_the_same_items_are_compared_among_themselves() -> None:
    table = answers(600, items=16)
    table.loc[:300, ["q5", "q6", "q7"]] = np.nan
    assert not look(table).beyond_chance
    assert look(twice(table, 8)).beyond_chance


def test_facts_that_follow_from_each_other_count_once() -> None:
    draw = np.random.default_rng(3)
    place = draw.integers(0, 12, 500)
    facts = pd.DataFrame({f"fact{k}": place * (k + 1) for k in range(8)}).astype("float64")
    total = pd.Series(draw.integers(10, 14, 500).astype(float), name="total")
    alike = alike_people(pd.concat([total, facts], axis=1), [], given=["total"])
    assert not alike.beyond_chance


def test_copies_are_found_by_facts_where_there_are_only_totals() -> None:
    draw = np.random.default_rng(4)
    table = pd.DataFrame({
        "total": draw.integers(10, 27, 400).astype(float),
        "age": draw.uniform(18, 80, 400).round(1),
        "children": draw.integers(0, 5, 400).astype(float),
        "income": draw.normal(size=400).round(2),
    })  # fmt: skip
    assert not alike_people(table, [], given=["total"]).beyond_chance
    alike = alike_people(twice(table, 10), [], given=["total"])
    assert alike.group.ge(0).sum() == 20


@settings(max_examples=20)
@given(st.permutations(range(40)), st.permutations(range(6)))
def test_neither_the_order_of_people_nor_of_columns_matters(
    people: list[int], columns: list[int]
) -> None:
    table = twice(answers(36, items=6, options=5), 4)
    moved = table.iloc[people, columns]
    one, other = look(table), look(moved)
    assert (one.pairs, round(one.expected, 9)) == (other.pairs, round(other.expected, 9))
    assert set(one.group[one.group >= 0].index) == set(other.group[other.group >= 0].index)


def test_an_empty_table_holds_nobody() -> None:
    alike = look(answers(3)[:0])
    assert (alike.pairs, len(alike.group)) == (0, 0)


def test_a_cohort_is_compared_at_all_visits_and_its_sites_do_not_count() -> None:
    table = answers(400, items=18)
    table.columns = [f"phq9_{k % 9 + 1}_{('start', 'end')[k // 9]}" for k in range(18)]
    table = twice(table, 6).assign(age=30.0).astype("Int64")
    table = table.assign(person=[f"p{k}" for k in range(406)], site=["a"] * 400 + ["b"] * 6)
    study = {
        "id": "person", "layout": "wide", "visits": ["start", "end"], "site": "site",
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
        "people": {"age": {"kind": "number", "range": [18, 99]}},
    }  # fmt: skip
    alike = entered_twice(read_cohort(table, study))
    assert alike.group.ge(0).sum() == 12
    assert alike.group["p0"] == alike.group["p400"]
