from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.errors import DesignError
from predict.statistics.splits import Fold, fold_table, folds, refuse_shared_groups


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), clusters=st.integers(12, 40))
def test_a_cluster_is_never_on_both_sides(seed: int, clusters: int):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, clusters, 200)
    y = rng.integers(0, 2, 200)
    for fold in folds(y, groups, outer=4, seed=seed):
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_everybody_is_judged_once_a_repeat():
    y = np.tile([0, 1], 30)
    made = folds(y, np.arange(60), outer=5, repeats=3, seed=1)
    for repeat in range(3):
        judged = np.concatenate([f.test for f in made if f.repeat == repeat])
        assert sorted(judged) == list(range(60))


def test_each_fold_has_its_share_of_yes():
    y = np.array([1] * 20 + [0] * 80)
    for fold in folds(y, np.arange(100), outer=5, seed=3):
        assert y[fold.test].sum() == 4


def test_the_same_seed_gives_the_same_folds_and_another_does_not():
    y, people = np.tile([0, 1], 50), np.arange(100)
    first, again, other = (folds(y, people, outer=5, seed=s) for s in (1, 1, 2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(first, other, strict=True))


def test_a_person_on_both_sides_is_refused_with_its_code():
    fold = Fold(0, 0, train=np.array([0, 1]), test=np.array([2]))
    with pytest.raises(DesignError, match="LEAK_SPLIT"):
        refuse_shared_groups([fold], np.array(["ann", "bob", "ann"]))


def test_fewer_people_of_one_outcome_than_folds_is_said_plainly():
    with pytest.raises(DesignError, match="3 of the rarer outcome"):
        folds(np.array([1, 1, 1] + [0] * 30), np.arange(33), outer=5, seed=1)


def test_repeats_of_few_clusters_are_distinct_and_balanced():
    rng = np.random.default_rng(1)
    groups, y = rng.integers(0, 8, 800), rng.integers(0, 2, 800)
    table = fold_table(folds(y, groups, outer=5, repeats=5, seed=1), 800)
    divisions = {tuple(pd.factorize(row)[0]) for row in table}
    assert len(divisions) == len(table) == 5
    for row in table:
        sizes = np.bincount(row, minlength=5)
        assert sizes.min() > 50
        assert sizes.max() < 350


def test_where_there_are_fewer_divisions_there_are_fewer_repeats():
    groups = np.repeat(np.arange(5), 20)
    made = folds(np.tile([0, 1], 50), groups, outer=5, repeats=3, seed=1)
    assert {fold.repeat for fold in made} == {0}


def test_people_alone_fill_the_folds_evenly_beside_groups():
    groups = np.concatenate([np.repeat(np.arange(20), 10), np.arange(100, 400)])
    y = np.tile([0, 0, 1], 167)[:500]
    row = fold_table(folds(y, groups, outer=5, seed=2), 500)[0]
    assert np.ptp(np.bincount(row)) <= 2
    assert np.ptp(np.bincount(row, y)) <= 2
