"""Suppression: small cells go, and nothing that is printed gives one back."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from predict.analysis import attrition_tables, outcome_tables
from predict.cohort import read_cohort
from predict.simulation import simulate
from predict.simulation.examples import shipped
from predict.statistics.disclosure import (
    SMALLEST_CELL,
    Table,
    Told,
    coarse_parts,
    count,
    opened,
    protect,
)

labelled, sites = partial(Table, labels=("level",)), partial(Table, labels=("site",))


def spanned(printed, hidden):
    """Return which hidden groups (rows) are linear combinations of the printed ones."""
    if len(printed) == 0:
        return np.zeros(len(hidden), dtype=bool)
    atoms = np.unique(np.concatenate([printed, hidden]).astype(float), axis=1)
    shown, asked = atoms[: len(printed)], atoms[len(printed) :]
    fitted = np.linalg.lstsq(shown.T, asked.T, rcond=None)[0]
    return np.asarray(np.abs(shown.T @ fitted - asked.T).max(axis=0) < 1e-7)


def masks_of(tables):
    """Return the masks printed, and every guarded small group."""
    shown, guarded = [], []
    for table in tables:
        rows = {}
        for (row, column), mask in table.masks.items():
            if pd.notna(table.frame.loc[row, column]):
                shown.append(mask)
            rows.setdefault(row, []).append(mask)
        for masks in rows.values():
            guarded += masks + [a & ~b for a in masks for b in masks if not (b & ~a).any()]
    small = [m for m in guarded if 0 < m.sum() < SMALLEST_CELL]
    width = next(len(mask) for table in tables for mask in table.masks.values())
    empty = np.zeros((0, width), dtype=bool)
    return np.array(shown) if shown else empty, np.array(small) if small else empty


def check(tables):
    """Assert that no small group is printed or a linear combination of printed ones."""
    shown, small = masks_of(tables)
    counts = shown.sum(axis=1)
    assert not ((counts > 0) & (counts < SMALLEST_CELL)).any()
    assert not spanned(shown, small).any()
    return len(small)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 400), st.integers(2, 9), st.floats(0.02, 0.9))
def test_no_printed_table_gives_a_suppressed_cell_back(seed, people, levels, chance):
    rng = np.random.default_rng(seed)
    yes, done = rng.random(people) < chance, rng.random(people) < 0.8
    tables = []
    for name in ("site", "band", "everybody"):
        group = rng.integers(0, 1 if name == "everybody" else levels, people)
        rows, masks = [], {}
        for place, level in enumerate(np.unique(group)):
            n = done & (group == level)
            rows.append({"level": level, "yes": (n & yes).sum(), "n": n.sum(), "rate": 0.5})
            masks |= {(place, "n"): n, (place, "yes"): n & yes}
        tables.append(labelled(name, pd.DataFrame(rows), masks, ("rate",)))
    check(protect(tables).tables)


@pytest.mark.parametrize(("name", "people"), [("demo", 200), ("burnout-2026", 400)])
def test_all_tables_of_a_cohort_together_give_nothing_back(name, people):
    drawn = simulate(name, people=people, seed=2)
    cohort = read_cohort(drawn.table, shipped(f"{name}_study.toml"))
    tables = [*outcome_tables(cohort).tables, *attrition_tables(cohort).tables]
    assert check(protect(tables).tables) > 10


def test_what_follows_from_a_hidden_count_is_hidden_too():
    drawn = simulate("demo", people=300, seed=3)
    cohort = read_cohort(drawn.table, shipped("demo_study.toml"))
    table = protect(outcome_tables(cohort).tables)["strata"].frame
    gone = table[table["yes"].isna() | table["n"].isna()]
    assert len(gone)
    assert (gone["suppressed"] == "yes").all()
    assert gone[["rate", "low", "high", "gain"]].isna().all().all()


def test_the_only_hidden_group_is_not_found_by_subtraction():
    """Three sites of 5, 20 and 30 people and their total: hiding one cell alone would not do."""
    site = np.repeat([0, 1, 2], [5, 20, 30])
    masks = {(i, "n"): site == i for i in range(3)} | {(3, "n"): np.ones(55, dtype=bool)}
    frame = pd.DataFrame({"site": ["a", "b", "c", "all"], "n": [5, 20, 30, 55]})
    release = protect([sites("sites", frame, masks)])["sites"]
    assert release.frame["n"].isna().tolist() == [True, True, False, False]


def test_a_count_that_follows_from_what_is_printed_is_told():
    """40 of 100 had 5 and 35 in them: the 40 goes first, and comes back when the 35 had to go."""
    people = np.arange(100)
    groups = {"all": people < 100, "b": people < 40, "c": people >= 40, "s": people < 5}
    groups["d"] = groups["b"] & ~groups["s"]

    def table(name, levels):
        frame = pd.DataFrame({"level": list(levels), "n": [groups[k].sum() for k in levels]})
        return labelled(name, frame, {(i, "n"): groups[k] for i, k in enumerate(levels)})

    release = protect([table("one", ["all", "b", "c"]), table("two", "sd"), table("three", "cd")])
    assert release["one"].frame["n"].tolist() == [100, 40, 60]
    assert release["two"].frame["n"].isna().all()


def test_the_headline_stays_where_hiding_another_count_does():
    """Of 60, 40 and the 20 others in them and 5 outside: without a headline the cheapest goes."""
    people = np.arange(65)
    every, one, other = people < 65, people < 40, (people >= 40) & (people < 60)
    values = [count(group) for group in (every, one, other)]
    sums = [np.array([one, other, people >= 60])]
    assert protect([], values=values, families=sums).fill(values) == [65, 40, None]
    last = [one, other]
    assert protect([], values=values, families=sums, last=last).fill(values) == [None, 40, 20]


def test_what_cannot_be_mended_hides_nothing_in_vain():
    """Two counts of before give 5 people away; the sums that follow are told all the same."""
    people = np.arange(100)
    every, most, half = people < 100, people < 95, people < 50
    before = protect([], values=[count(every)])
    before = replace(before, groups=np.array([every, most]))
    before = replace(before, shown={g.tobytes(): True for g in map(np.packbits, (every, most))})
    values = [count(half), count(~half), count(every & (people >= 90)), count(people < 90)]
    sums = [np.array([half, ~half]), np.array([most, ~most])]
    told = protect([], values=values, families=sums, given=before).fill(values)
    assert told == [50, 50, None, None]


def test_large_cells_stay_as_they_are():
    everyone = np.ones(50, dtype=bool)
    frame = pd.DataFrame({"yes": [20], "n": [50], "rate": [0.4]})
    table = Table("t", frame, {(0, "n"): everyone, (0, "yes"): np.arange(50) < 20}, ("rate",))
    release = protect([table])["t"]
    assert release.frame.loc[0, ["yes", "n", "rate"]].tolist() == [20, 50, 0.4]


def test_two_hidden_siblings_may_not_be_bounded_by_their_sum():
    """Of sites of 5, 4, 60 and 40, hiding the first two leaves 9 for both: a third goes too."""
    site = np.repeat([0, 1, 2, 3], [5, 4, 60, 40])
    masks = {(i, "n"): site == i for i in range(4)} | {(4, "n"): np.ones(109, dtype=bool)}
    frame = pd.DataFrame({"site": ["a", "b", "c", "d", "all"], "n": [5, 4, 60, 40, 109]})
    table = protect([sites("sites", frame, masks)])["sites"].frame["n"]
    assert table.isna().tolist() == [True, True, False, True, False]
    left = 109 - table.dropna().iloc[0]
    optimum = linprog([-1, 0, 0], A_eq=[[1, 1, 1]], b_eq=[left], bounds=(1, None))
    assert -optimum.fun >= SMALLEST_CELL


def test_two_counts_that_differ_by_one_person_do_not_stand_side_by_side():
    """PHQ-9 2000 beside GAD-7 1999 tells of the one person without a GAD-7."""
    everyone = np.ones(2000, dtype=bool)
    counts = [count(everyone), count(np.arange(2000) < 1999)]
    assert protect([], values=counts).fill(counts) == [2000, None]


def test_what_rests_on_a_hidden_group_says_its_stand_in():
    people, few = np.ones(150, dtype=bool), np.arange(150) < 7
    words = Told("the smallest holds 4.7 %", (people, few), "the smallest is small")
    values = [count(people), words]
    assert protect([], values=values).fill(values) == [150, "the smallest is small"]
    assert opened([]).fill(values) == [150, "the smallest holds 4.7 %"]


def test_what_has_left_before_stands_and_binds_what_leaves_later():
    site = np.repeat([0, 1, 2], [5, 20, 30])
    everyone = [count(np.ones(55, dtype=bool)), count(site == 1)]
    before = protect([], values=everyone)
    assert before.fill(everyone) == [55, 20]
    after = protect([], values=[count(site == 2), count(site == 0)], given=before)
    assert not after.may_tell(site == 2)
    assert not after.may_tell(site == 0)
    assert after.may_tell(site == 1)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=30))
def test_coarse_parts_are_large_or_empty_of_each_kind(cells):
    sizes = np.array(cells)
    starts = coarse_parts(sizes)
    assert starts[0] == 0
    if all(n == 0 or n >= SMALLEST_CELL for n in sizes.sum(axis=0)):
        for first, last in zip(starts, [*starts[1:], len(sizes)], strict=True):
            held = sizes[first:last].sum(axis=0)
            assert ((held == 0) | (held >= SMALLEST_CELL)).all()


def test_where_nothing_may_be_told_nothing_is():
    groups = [np.arange(9) < 3, np.arange(9) >= 3, np.ones(9, dtype=bool)]
    counts = [count(group) for group in groups]
    assert protect([], values=counts, families=[np.array(groups[:2])]).fill(counts) == [None] * 3
