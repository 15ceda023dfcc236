"""Compiled contributions: hand-computed games, XGBoost's own numbers, and the same bytes always."""

from __future__ import annotations

import itertools
import json
import math
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from predict.models.families.attribution import (
    Fallback,
    Refused,
    Tables,
    compile_booster,
    compile_or_fall_back,
    vectors,
)
from predict.models.families.attribution import kernels as loops
from predict.models.families.attribution.games import cover_tables
from predict.models.families.attribution.paths import distinct_splits, leaf_paths
from predict.models.families.attribution.reading import read_booster
from predict.models.families.attribution.vectors import Vectors


def fitted(
    X: np.ndarray,
    y: np.ndarray,
    rounds: int = 20,
    weight: np.ndarray | None = None,
    **settings: Any,
) -> Any:
    chosen = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, **settings}
    return xgb.train(chosen, xgb.DMatrix(X, y, weight=weight), num_boost_round=rounds)


def source(booster: Any) -> bytes:
    return bytes(booster.save_raw("json"))


def changed(booster: Any, change: Any) -> bytes:
    model = json.loads(source(booster))
    change(model["learner"])
    return json.dumps(model).encode()


@pytest.fixture(scope="module")
def answers() -> np.ndarray:
    rng = np.random.default_rng(3)
    X = np.hstack([rng.integers(0, 4, (700, 6)), rng.normal(45, 12, (700, 1))]).astype("f4")
    X[rng.random(X.shape) < 0.05] = np.nan
    return X


@pytest.fixture(scope="module")
def outcome(answers: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(4)
    return (np.nan_to_num(answers)[:, :3].sum(axis=1) + rng.normal(0, 2, 700) > 4).astype("f4")


@pytest.fixture(scope="module")
def booster(answers: np.ndarray, outcome: np.ndarray) -> Any:
    return fitted(answers, outcome)


@pytest.fixture(scope="module")
def tables(booster: Any) -> Tables:
    return compile_booster(source(booster))


@pytest.fixture(scope="module")
def deep(answers: np.ndarray, outcome: np.ndarray) -> Tables:
    """Tables of 256 entries among them, which a byte of a pattern just reaches."""
    booster = fitted(answers, outcome, rounds=3, max_depth=8, min_child_weight=0, gamma=0)
    made = compile_booster(source(booster))
    assert made.memory.width.max() == 8
    return made


def test_a_leaf_table_is_the_shapley_sum_over_subsets() -> None:
    share, value, k = [0.3, 0.0, 0.8], 2.0, 3
    table = cover_tables(np.array([share]), np.array([value]))[0]

    def worth(coalition: set[int], pattern: int) -> float:
        held = [(pattern >> j) & 1 if j in coalition else share[j] for j in range(k)]
        return value * math.prod(held)

    for pattern, i in itertools.product(range(2**k), range(k)):
        others = [j for j in range(k) if j != i]
        expected = sum(
            math.factorial(len(some)) * math.factorial(k - 1 - len(some)) / math.factorial(k)
            * (worth({*some, i}, pattern) - worth(set(some), pattern))
            for size in range(k)
            for some in itertools.combinations(others, size)
        )  # fmt: skip
        assert table[i, pattern] == pytest.approx(expected, abs=1e-15)


def test_contributions_are_those_of_xgboost(
    booster: Any, tables: Tables, answers: np.ndarray
) -> None:
    expected = booster.predict(xgb.DMatrix(answers), pred_contribs=True)
    reasons = tables.contributions(answers)
    assert np.abs(reasons.values - expected[:, :-1]).max() < 2e-6
    assert reasons.start == pytest.approx(float(expected[0, -1]), abs=1e-6)
    assert np.abs(reasons.margin - expected.sum(axis=1)).max() < 5e-6


def test_start_plus_contributions_is_the_margin(tables: Tables, answers: np.ndarray) -> None:
    reasons = tables.contributions(answers)
    np.testing.assert_allclose(
        reasons.start + reasons.values.sum(axis=1), reasons.margin, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("tier", ["numba", "numpy"])
@pytest.mark.parametrize(("threads", "block"), [(1, 1), (2, 64), (2, 1000)])
def test_threads_blocks_and_kernels_leave_the_same_bytes(
    tables: Tables, answers: np.ndarray, tier: Any, threads: int, block: int
) -> None:
    rows = answers[:150]
    once = tables.contributions(rows, tier="numpy")
    again = tables.contributions(rows, tier=tier, threads=threads, block=block)
    assert again.values.tobytes() == once.values.tobytes()
    assert again.margin.tobytes() == once.margin.tobytes()


@pytest.mark.parametrize("registers", [vectors.PLAIN, *(kind for _, kind in vectors.KNOWN)])
def test_every_kind_of_vectors_leaves_the_same_bytes(
    tables: Tables,
    deep: Tables,
    answers: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    registers: Vectors,
) -> None:
    import numba

    if registers.width > vectors.chosen().width or registers.entries > vectors.chosen().entries:
        pytest.skip(f"this processor has no registers like {registers}")
    monkeypatch.setattr(vectors, "chosen", lambda: registers)
    built = loops.built(numba.njit(nogil=True))
    monkeypatch.setattr(loops, "compiled", lambda: built)
    assert (built.lanes > 1) == (registers.entries > 0)
    for made in (tables, deep):
        expected = made.contributions(answers, tier="numpy")
        reasons = replace(made).contributions(answers, tier="numba")
        assert reasons.values.tobytes() == expected.values.tobytes()
        assert reasons.margin.tobytes() == expected.margin.tobytes()


def test_without_numba_the_answer_is_the_same(
    tables: Tables, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_numba = tables.contributions(answers, tier="numba")
    tables = replace(tables)  # nothing compiled yet
    monkeypatch.setitem(sys.modules, "numba", None)
    loops.compiled.cache_clear()
    try:
        assert loops.compiled() is None
        assert np.array_equal(tables.contributions(answers, tier="numba").values, with_numba.values)
    finally:
        loops.compiled.cache_clear()


def test_a_stream_of_small_parts_starts_numba_once_it_pays(
    booster: Any, answers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from predict.models.families.attribution import tables as module

    started: list[bool] = []
    monkeypatch.setattr(loops, "loaded", lambda: False)
    monkeypatch.setattr(loops, "compiled", lambda: started.append(True))
    tables = compile_booster(source(booster))
    monkeypatch.setattr(module, "WORTH_COMPILING", 2.5 * len(answers) * tables.memory.lookups)
    for _ in range(3):
        assert not started
        tables.contributions(answers)
    assert started


def test_where_nothing_can_be_cached_the_loops_are_compiled_all_the_same() -> None:
    class Numba:
        @staticmethod
        def njit(**options: bool) -> Any:
            if options.get("cache"):
                raise RuntimeError("cannot cache function: no locator available")
            return lambda loop: ("compiled", loop)

    assert loops._jit(Numba)(loops.add_one) == ("compiled", loops.add_one)


def test_compiled_code_is_kept_under_a_name_that_follows_every_text_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = loops.named_after_sources(loops.add_one)
    assert loop.__qualname__ == f"add_one_{loops.sources()}"
    sums = np.zeros(2, dtype=np.int32)
    loop(np.int32([5, 7]), np.uint8([1, 0]), sums, 2)
    assert sums.tolist() == [7, 5]
    real = loops.getsource
    monkeypatch.setattr(
        loops, "getsource", lambda module: real(module) + "#" * module.__name__.endswith("vectors")
    )
    assert loops.sources.__wrapped__() != loops.sources()


def test_the_loops_mean_what_they_say_without_being_compiled() -> None:
    """The plain Python bodies, which numba compiles, on one tile."""
    X = np.float32([[0.5], [1.5], [np.nan]])
    codes = loops.staggered(2, loops.TILE, np.uint8)
    threshold = np.float32([0, 1, 1.5, 2])
    loops.encode(X, [0], [0, 4], threshold, 1, codes.view(np.uint32))
    assert codes[:, :3].tolist() == [[1, 3, 255], [2, 4, 0]]
    patterns, sums = np.zeros((2, loops.TILE), np.uint8), np.zeros((1, loops.TILE), np.int32)
    limit = np.uint8([3, 4])  # x < 1.5 with missing to the right, then with missing to the left
    loops.set_bits(codes, 0, [0, 1], limit, 0, 2, patterns, 1, loops.TILE)
    assert patterns[1, :3].tolist() == [3, 0, 2]
    table = np.uint8([7, 5, 3, 1, 0, 0, 0, 2, 1, 0, 0, 0])
    loops.add_run(table, [0], [1], 0, 1, patterns, sums, 0, loops.TILE, 4, 3)
    assert sums[0, :3].tolist() == [1 + 2 * 256, 7 + 65536, 3]
    loops.add_one(np.int32([10, 20, 30, 40]), patterns[1], sums[0], 3)
    assert sums[0, :3].tolist() == [41 + 2 * 256, 17 + 65536, 33]


def test_values_on_a_threshold_and_one_step_beside_it_go_the_right_way() -> None:
    X = np.float32([[0], [0], [1], [1]] * 20)
    booster = fitted(X, (X[:, 0] > 0).astype("f4"), rounds=3, max_depth=1, min_child_weight=0)
    threshold = json.loads(source(booster))["learner"]["gradient_booster"]["model"]["trees"][0]
    at = np.float32(threshold["split_conditions"][0])
    rows = np.array([[at], [np.nextafter(at, np.float32(-1))], [np.nextafter(at, np.float32(2))]])
    expected = booster.predict(xgb.DMatrix(rows), pred_contribs=True)
    reasons = compile_booster(source(booster)).contributions(rows)
    np.testing.assert_allclose(reasons.values, expected[:, :-1], atol=1e-6)


def test_double_precision_is_rounded_as_xgboost_rounds_it(
    tables: Tables, answers: np.ndarray
) -> None:
    exact = answers.astype("f8") * (1 + 1e-12)
    assert np.array_equal(
        tables.contributions(exact).values, tables.contributions(exact.astype("f4")).values
    )


def test_a_column_with_more_thresholds_than_a_byte_holds() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 2)).astype("f4")
    y = (np.sin(40 * X[:, 0]) > 0).astype("f4")
    booster = fitted(X, y, rounds=60, max_depth=6, max_bin=1024, eta=1.0, min_child_weight=0)
    tables = compile_booster(source(booster))
    assert np.bincount(tables.planes.feature).max() > 1
    expected = booster.predict(xgb.DMatrix(X), pred_contribs=True)
    for tier in ("numba", "numpy"):
        reasons = tables.contributions(X, tier=tier)
        scale = np.abs(reasons.margin).max()
        assert np.abs(reasons.values - expected[:, :-1]).max() < 1e-5 * scale


def test_trees_without_a_split_give_the_start_to_everybody(
    answers: np.ndarray, outcome: np.ndarray
) -> None:
    booster = fitted(answers, outcome, rounds=3, gamma=1e9, base_score=0.3)
    reasons = compile_booster(source(booster)).contributions(answers)
    assert not reasons.values.any()
    margin = booster.predict(xgb.DMatrix(answers), output_margin=True)
    np.testing.assert_allclose(reasons.margin, margin, atol=1e-6)


def test_the_best_iteration_counts_and_a_number_of_trees_can_be_asked_for(
    booster: Any, answers: np.ndarray
) -> None:
    stopped = booster.copy()
    stopped.set_attr(best_iteration="4")
    first_five = booster[:5].predict(xgb.DMatrix(answers), output_margin=True)
    for tables in (compile_booster(source(stopped)), compile_booster(source(booster), n_trees=5)):
        np.testing.assert_allclose(tables.margin(answers), first_five, atol=2e-6)


@pytest.mark.parametrize("rate", [1e-9, 0.3, 1 - 1e-9])
def test_a_base_score_at_the_edge_is_held_where_xgboost_holds_it(rate: float) -> None:
    X = np.ones((4, 1), dtype="f4")
    booster = fitted(X, np.float32([0, 1, 0, 1]), rounds=0, base_score=rate)
    margin = booster.predict(xgb.DMatrix(X), output_margin=True)
    assert compile_booster(source(booster)).margin(X) == pytest.approx(margin, abs=1e-6)


def test_a_cover_of_zero_needs_no_special_case(booster: Any, answers: np.ndarray) -> None:
    def empty_leaves(learner: Any) -> None:
        for tree in learner["gradient_booster"]["model"]["trees"]:
            last = tree["left_children"].index(-1)
            tree["sum_hessian"][last] = 0.0

    raw = changed(booster, empty_leaves)
    other = xgb.Booster(model_file=bytearray(raw))
    expected = other.predict(xgb.DMatrix(answers), pred_contribs=True)
    assert (
        np.abs(compile_booster(raw).contributions(answers).values - expected[:, :-1]).max() < 1e-5
    )


def test_beneath_a_node_that_no_training_row_reached_the_ways_are_even(
    booster: Any, answers: np.ndarray
) -> None:
    def nobody_there(learner: Any) -> None:
        for tree in learner["gradient_booster"]["model"]["trees"]:
            left = tree["left_children"]
            empty = next(n for n in reversed(range(len(left))) if left[n] >= 0)
            for node in (empty, left[empty], tree["right_children"][empty]):
                tree["sum_hessian"][node] = 0.0

    raw = changed(booster, nobody_there)
    nodes = read_booster(raw).nodes
    paths = leaf_paths(nodes, distinct_splits(nodes))
    last = (paths.split >= 0).sum(axis=1) - 1
    unseen = nodes.cover[paths.node] == 0
    assert unseen.sum() == 2 * len(nodes.roots)
    assert set(paths.share[unseen, last[unseen]]) == {0.5}
    expected = xgboost_contributions(raw, answers)
    if expected is not None:
        reasons = compile_booster(raw).contributions(answers)
        assert np.abs(reasons.values - expected[:, :-1]).max() < 1e-5


def xgboost_contributions(raw: bytes, rows: np.ndarray) -> np.ndarray | None:
    """Return XGBoost's own; nothing before 3.3, which divides by the cover of zero."""
    try:
        other = xgb.Booster(model_file=bytearray(raw))
        return np.asarray(other.predict(xgb.DMatrix(rows), pred_contribs=True))
    except xgb.core.XGBoostError:
        return None


def test_covers_that_do_not_add_up_leave_room_for_whole_leaves(
    booster: Any, answers: np.ndarray
) -> None:
    """Equal leaves earn nothing, unless a cover was lost on the way."""

    def equal_leaves(learner: Any) -> None:
        for tree in learner["gradient_booster"]["model"]["trees"]:
            for node, child in enumerate(tree["left_children"]):
                if child == -1:
                    tree["split_conditions"][node] = -0.6
            tree["sum_hessian"][tree["left_children"].index(-1)] = 0.0

    raw = changed(booster, equal_leaves)
    other = xgb.Booster(model_file=bytearray(raw))
    margin = other.predict(xgb.DMatrix(answers), output_margin=True)
    assert np.abs(compile_booster(raw).margin(answers) - margin).max() < 1e-5


def test_a_constant_column_and_a_twin_behave_as_theory_says(
    answers: np.ndarray, outcome: np.ndarray
) -> None:
    """An unused column earns exactly nothing; twins share what the one column earned."""
    twins = np.column_stack([answers, np.ones(len(answers)), answers[:, 0]]).astype("f4")
    booster = fitted(twins, outcome, rounds=60, colsample_bytree=0.5, eta=0.1, seed=1)
    values = compile_booster(source(booster)).contributions(twins).values
    assert not values[:, 7].any()
    alone = fitted(answers, outcome, rounds=60, colsample_bytree=0.5, eta=0.1, seed=1)
    single = compile_booster(source(alone)).contributions(answers).values[:, 0]
    both = values[:, 0] + values[:, 8]
    assert np.abs(values[:, [0, 8]]).mean(axis=0).min() > 0
    assert np.corrcoef(both, single)[0, 1] > 0.95
    assert np.abs(values[:, 0]).mean() < np.abs(single).mean()


def refusals(booster: Any) -> dict[str, bytes]:
    """Return a source for each thing the compiler refuses."""

    def tree(learner: Any) -> Any:
        return learner["gradient_booster"]["model"]["trees"][0]

    return {
        "NOT_A_BOOSTER": b"{}",
        "GBLINEAR": changed(booster, lambda x: x["gradient_booster"].update(name="gblinear")),
        "DART": changed(booster, lambda x: x["gradient_booster"].update(name="dart")),
        "MULTI_CLASS": changed(booster, lambda x: x["learner_model_param"].update(num_class="3")),
        "OBJECTIVE": changed(booster, lambda x: x["objective"].update(name="rank:pairwise")),
        "CATEGORICAL_SPLIT": changed(booster, lambda x: tree(x)["split_type"].__setitem__(0, 1)),
        "ABSURD_LEAF": changed(
            booster, lambda x: tree(x)["split_conditions"].__setitem__(-1, 3e15)
        ),
    }


@pytest.mark.parametrize(
    "reason",
    ["NOT_A_BOOSTER", "GBLINEAR", "DART", "MULTI_CLASS", "OBJECTIVE", "CATEGORICAL_SPLIT",
     "ABSURD_LEAF"],
)  # fmt: skip
def test_what_tables_cannot_hold_is_refused_by_name(booster: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        compile_booster(refusals(booster)[reason])
    assert refused.value.reason == reason


# XGBoost 3.4 says that the name is deprecated (2026-11); the trees are weighted all the same.
@pytest.mark.filterwarnings("ignore:.*booster=dart:UserWarning")
def test_real_dart_and_linear_boosters_are_refused(
    answers: np.ndarray, outcome: np.ndarray
) -> None:
    dart = fitted(answers, outcome, rounds=6, booster="dart", rate_drop=0.5)
    with pytest.raises(Refused, match="DART"):
        compile_booster(source(dart))


def test_deep_paths_and_large_tables_are_refused(answers: np.ndarray, outcome: np.ndarray) -> None:
    deep = fitted(
        answers, outcome, rounds=1, max_depth=14, min_child_weight=0, reg_lambda=0, gamma=0
    )
    with pytest.raises(Refused, match="TOO_DEEP"):
        compile_booster(source(deep))
    with pytest.raises(Refused, match="TOO_LARGE"):
        compile_booster(source(fitted(answers, outcome)), largest_table=1000)


def test_other_names_than_the_models_are_refused(booster: Any) -> None:
    with pytest.raises(Refused, match="NAMES"):
        compile_booster(source(booster), ["only", "three", "names"])


def test_the_fallback_answers_in_the_same_shape(
    booster: Any, tables: Tables, answers: np.ndarray
) -> None:
    def own(X: np.ndarray) -> np.ndarray:
        return np.asarray(booster.predict(xgb.DMatrix(X), pred_contribs=True))

    made = compile_or_fall_back(refusals(booster)["DART"], own)
    assert isinstance(made, Fallback)
    assert made.refused == "DART"
    reasons, expected = made.contributions(answers), tables.contributions(answers)
    np.testing.assert_allclose(reasons.values, expected.values, atol=5e-6)
    np.testing.assert_allclose(reasons.margin, expected.margin, atol=5e-6)
    assert isinstance(compile_or_fall_back(source(booster), own), Tables)


def test_no_rows_give_no_contributions(tables: Tables) -> None:
    reasons = tables.contributions(np.empty((0, 7), dtype="f4"))
    assert reasons.values.shape == (0, 7)
    with pytest.raises(ValueError, match="7 features"):
        tables.contributions(np.zeros((2, 3)))


def test_a_hundred_random_cases_agree_with_xgboost(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    path = Path(__file__).parents[3] / "proofs" / "attribution_cases.py"
    monkeypatch.syspath_prepend(path.parent)
    spec = spec_from_file_location("attribution_cases", path)
    assert spec is not None
    assert spec.loader is not None
    proof = module_from_spec(spec)
    spec.loader.exec_module(proof)
    assert proof.main(share=0.01) == 0
