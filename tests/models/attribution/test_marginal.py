"""Marginal reasons: games counted by hand, every subset of a background, and what is stored."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from predict.models.families.attribution import Tables, compile_booster
from predict.models.families.attribution.games import marginal_tables, pattern_starts
from predict.models.families.attribution.marginal import (
    Background,
    against,
    background_of,
    people_alike,
)

FEATURES = 4


def answers(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, (rows, FEATURES)).astype("f4")
    X[:, 3] = rng.normal(45, 12, rows)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X


def fitted(X: np.ndarray, **settings: Any) -> Any:
    filled = np.nan_to_num(X)
    y = (filled[:, 0] + filled[:, 1] * filled[:, 2] + filled[:, 3] / 20 > 6).astype("f4")
    chosen = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "eta": 0.3, **settings}
    return xgb.train(chosen, xgb.DMatrix(X, y), num_boost_round=8)


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    return answers(400, 1)


@pytest.fixture(scope="module")
def booster(people: np.ndarray) -> Any:
    return fitted(people)


@pytest.fixture(scope="module")
def tables(booster: Any) -> Tables:
    return compile_booster(bytes(booster.save_raw("json")))


def shapley(booster: Any, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Every subset of features taken from the row, the others from each background person."""
    worth = {}
    for size in range(FEATURES + 1):
        for taken in itertools.combinations(range(FEATURES), size):
            mixed = background.copy()
            mixed[:, list(taken)] = row[list(taken)]
            margins = booster.predict(xgb.DMatrix(mixed), output_margin=True)
            worth[taken] = float(margins.astype("f8").mean())
    weight = [
        math.factorial(s) * math.factorial(FEATURES - 1 - s) / math.factorial(FEATURES)
        for s in range(FEATURES)
    ]
    return np.array(
        [
            sum(
                weight[len(some)] * (worth[tuple(sorted((*some, i)))] - worth[some])
                for some in worth
                if i not in some
            )
            for i in range(FEATURES)
        ]
    )


def test_a_leaf_table_is_the_mean_of_games_against_each_person() -> None:
    rng = np.random.default_rng(0)
    k, value = 3, 2.0
    histogram = rng.dirichlet(np.ones(2**k))
    table = marginal_tables(histogram[None], np.array([value]))[0]

    def earned(i: int, row: int, person: int) -> float:
        total = 0.0
        for size in range(k):
            for some in itertools.combinations([j for j in range(k) if j != i], size):
                holds = all((row if j in some else person) >> j & 1 for j in range(k) if j != i)
                weight = math.factorial(size) * math.factorial(k - 1 - size) / math.factorial(k)
                total += weight * value * holds * ((row >> i & 1) - (person >> i & 1))
        return total

    for row, i in itertools.product(range(2**k), range(k)):
        expected = sum(histogram[q] * earned(i, row, q) for q in range(2**k))
        assert table[i, row] == pytest.approx(expected, abs=1e-14)


def test_contributions_are_shapley_values_against_everybody(
    booster: Any, tables: Tables, people: np.ndarray
) -> None:
    made = tables.marginal(tables.histograms(people), len(people))
    rows = answers(6, 2)
    reasons = made.contributions(rows)
    for row, values in zip(rows, reasons.values, strict=True):
        np.testing.assert_allclose(values, shapley(booster, row, people), atol=3e-6)


def test_they_add_up_to_the_very_margin_of_the_other_reasons(
    tables: Tables, people: np.ndarray
) -> None:
    made = tables.marginal(tables.histograms(people), len(people))
    rows = answers(200, 3)
    reasons, other = made.contributions(rows), tables.contributions(rows)
    np.testing.assert_allclose(reasons.margin, other.margin, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        reasons.start + reasons.values.sum(axis=1), reasons.margin, atol=1e-12
    )
    assert reasons.start == pytest.approx(tables.margin(people).mean(), abs=1e-6)
    assert np.abs(reasons.values - other.values).max() > 0.01


def test_a_background_of_one_person_gives_that_person_no_contributions(
    tables: Tables, people: np.ndarray
) -> None:
    made = tables.marginal(tables.histograms(people[:1]), 1)
    assert np.abs(made.contributions(people[:1]).values).max() < 1e-6


def test_threads_blocks_and_tiers_leave_the_same_bytes(tables: Tables, people: np.ndarray) -> None:
    made = tables.marginal(tables.histograms(people), len(people))
    once = made.contributions(people, tier="numpy")
    for way in ({"tier": "numba"}, {"tier": "numba", "threads": 2, "block": 77}):
        again = made.contributions(people, **way)  # type: ignore[arg-type]
        assert again.values.tobytes() == once.values.tobytes()
        assert again.margin.tobytes() == once.margin.tobytes()


def test_each_leaf_counts_everybody_once(tables: Tables, people: np.ndarray) -> None:
    starts = pattern_starts(tables.forest.leaves)
    totals = np.add.reduceat(tables.histograms(people), starts[:-1])
    assert set(totals.tolist()) == {len(people)}


def test_trees_without_a_split_hold_nothing_against_anybody(people: np.ndarray) -> None:
    booster = fitted(people, gamma=1e9)
    tables = compile_booster(bytes(booster.save_raw("json")))
    background = background_of(tables, people)
    reasons = against(tables, background).contributions(people)
    assert not reasons.values.any()
    np.testing.assert_allclose(reasons.margin, tables.margin(people), atol=1e-12)


def test_every_stored_count_is_of_whole_groups(tables: Tables, people: np.ndarray) -> None:
    exact = tables.histograms(people)
    assert ((exact > 0) & (exact < 11)).any()  # or there were nothing to protect
    background = background_of(tables, people)
    assert background.people == len(people)
    assert ((background.count == 0) | (background.count >= 11)).all()


def test_no_combination_of_stored_counts_tells_of_fewer_than_a_group(
    tables: Tables, people: np.ndarray
) -> None:
    """Counts are sums over groups: their span holds nobody's row, nor any small set of rows."""
    alike = people_alike(tables, people, smallest=11)
    kinds = np.unique(np.nan_to_num(alike, nan=-1), axis=0, return_inverse=True)[1].ravel()
    assert np.bincount(kinds).min() >= 11
    groups = np.array([kinds == kind for kind in range(kinds.max() + 1)])
    few = np.zeros((50, len(people)), dtype=bool)
    rng = np.random.default_rng(5)
    for row, size in zip(few, rng.integers(1, 11, 50), strict=True):
        row[rng.choice(len(people), size, replace=False)] = True
    columns, asked = groups.T.astype(float), few.T.astype(float)
    missed = columns @ np.linalg.lstsq(columns, asked, rcond=None)[0] - asked
    assert (np.abs(missed).max(axis=0) > 1e-6).all()


def test_protected_reasons_stay_near_and_add_up(tables: Tables, people: np.ndarray) -> None:
    rows = answers(300, 7)
    exact = tables.marginal(tables.histograms(people), len(people)).contributions(rows)
    reasons = against(tables, background_of(tables, people)).contributions(rows)
    np.testing.assert_allclose(reasons.margin, exact.margin, rtol=0, atol=1e-12)
    assert np.abs(reasons.values - exact.values).mean() < 0.1 * np.abs(exact.values).mean()


def test_a_background_comes_back_from_plain_values(tables: Tables, people: np.ndarray) -> None:
    background = background_of(tables, people)
    again = Background.from_dict(json.loads(json.dumps(background.to_dict())))
    rows = answers(20, 8)
    one, other = against(tables, background), against(tables, again)
    assert (one.contributions(rows).values == other.contributions(rows).values).all()


@pytest.mark.parametrize("change", ["shorter", "more", "below zero"])
def test_counts_of_other_trees_are_refused(tables: Tables, people: np.ndarray, change: str) -> None:
    stored = background_of(tables, people).to_dict()
    count = stored["count"]
    if change == "shorter":
        del count[-1]
    elif change == "more":
        count[0] += 1
    else:
        count[0], count[1] = -1, count[0] + count[1] + 1
    with pytest.raises(ValueError, match="do not fit these trees"):
        against(tables, Background.from_dict(stored))
