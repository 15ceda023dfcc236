"""Suppression: small cells go, and no combination of what is printed gives one back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.analysis.outcome_report import outcome_tables, shared_tables
from predict.cohort import read_cohort
from predict.simulation import simulate
from predict.simulation.examples import shipped
from predict.statistics.disclosure import SMALLEST, Table, protect, recoverable


def masks_of(tables: tuple[Table, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the masks printed, those hidden, and every guarded small group."""
    shown, hidden, guarded = [], [], []
    for table in tables:
        rows: dict[int, list[np.ndarray]] = {}
        for (row, column), mask in table.masks.items():
            visible = pd.notna(table.frame.loc[row, column])
            (shown if visible else hidden).append(mask)
            rows.setdefault(row, []).append(mask)
        for masks in rows.values():
            guarded += masks + [a & ~b for a in masks for b in masks if not (b & ~a).any()]
    small = [m for m in guarded if 0 < m.sum() < SMALLEST]
    width = len((shown + hidden)[0])
    empty = np.zeros((0, width), dtype=bool)
    return (
        np.array(shown),
        np.array(hidden) if hidden else empty,
        np.array(small) if small else empty,
    )


def check(tables: tuple[Table, ...]) -> int:
    """Assert that no small group is printed or a linear combination of printed ones."""
    shown, _, small = masks_of(tables)
    counts = shown.sum(axis=1)
    assert not ((counts > 0) & (counts < SMALLEST)).any()
    assert not recoverable(shown, small).any()
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
        tables.append(Table(name, pd.DataFrame(rows), masks, ("rate",)))
    check(protect(tables))


@pytest.mark.parametrize(("name", "people"), [("demo", 200), ("burnout-2026", 400)])
def test_all_tables_of_a_cohort_together_give_nothing_back(name, people):
    drawn = simulate(name, people=people, seed=2)
    cohort = read_cohort(drawn.table, shipped(f"{name}_study.toml"))
    outcomes, attrition = shared_tables(cohort)
    assert check((*outcomes.tables, *attrition.tables)) > 10


def test_what_follows_from_a_hidden_count_is_hidden_too():
    drawn = simulate("demo", people=300, seed=3)
    cohort = read_cohort(drawn.table, shipped("demo_study.toml"))
    found = outcome_tables(cohort).shared()["strata"].frame
    gone = found[found["yes"].isna() | found["n"].isna()]
    assert len(gone)
    assert (gone["suppressed"] == "yes").all()
    assert gone[["rate", "low", "high", "gain"]].isna().all().all()


def test_the_only_hidden_group_is_not_found_by_subtraction():
    """Three sites of 5, 20 and 30 people and their total: hiding one cell alone would not do."""
    site = np.repeat([0, 1, 2], [5, 20, 30])
    masks = {(i, "n"): site == i for i in range(3)} | {(3, "n"): np.ones(55, dtype=bool)}
    frame = pd.DataFrame({"site": ["a", "b", "c", "all"], "n": [5, 20, 30, 55]})
    (found,) = protect([Table("sites", frame, masks)])
    assert found.frame["n"].isna().tolist() == [True, True, False, False]


def test_large_cells_stay_as_they_are():
    everyone = np.ones(50, dtype=bool)
    frame = pd.DataFrame({"yes": [20], "n": [50], "rate": [0.4]})
    table = Table("t", frame, {(0, "n"): everyone, (0, "yes"): np.arange(50) < 20}, ("rate",))
    (found,) = protect([table])
    assert found.frame.loc[0, ["yes", "n", "rate"]].tolist() == [20, 50, 0.4]
