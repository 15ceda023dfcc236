"""Random models and rows: the compiled tables against XGBoost's own pred_contribs.

Each case draws data, settings and awkward rows from its number: repeated features on a path,
values on a threshold and one step beside it, rows of nothing but missing values, trees of one
leaf, covers of zero, early stopping, forests, depths 1 to 8, four objectives. A case is kept when

- contributions and margins agree with XGBoost to 1e-5 of the margin's scale,
- start plus contributions is the margin,
- threads, blocks and kernels leave the same bytes.

A booster that the compiler refuses by name must get XGBoost's own answer through the fallback.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

import numpy as np
import xgboost as xgb

from _proof import counted
from predict.models.families.attribution import Fallback, Tables, compile_or_fall_back

CASES = 10_000
AGREEMENT = 1e-5
OBJECTIVES = ("binary:logistic", "binary:logistic", "binary:logitraw", "reg:squarederror")


def main(share: float = 1.0, first: int = 0) -> int:
    """Run a share of the cases and return how many were not kept."""
    fates = counted(fates_of, range(first, first + round(CASES * share)))
    for name, count in sorted(fates.items()):
        print(f"{name}: {count}")
    lost = sum(count for name, count in fates.items() if name.startswith("LOST"))
    print(f"proof: {fates.total() - lost}/{fates.total()}")
    return lost


def fates_of(numbers: range) -> Counter[str]:
    """Count what became of a block of cases."""
    return Counter(fate(number) for number in numbers)


def fate(number: int) -> str:
    """Return what became of one case; a name that begins with LOST when it was not kept."""
    rng = np.random.default_rng([20261122, number])
    booster, raw, rounds = draw_booster(rng)
    rows = awkward_rows(rng, raw, booster.num_features())
    data = xgb.DMatrix(rows, nthread=1)
    expected = xgboost_contributions(booster, data, rounds)
    margin = booster.predict(data, output_margin=True, iteration_range=(0, rounds))
    made = compile_or_fall_back(raw, lambda X: expected)
    found = made.contributions(rows)
    if isinstance(made, Fallback):
        same = np.array_equal(found.values, expected[:, :-1], equal_nan=True)
        return f"refused, {made.refused}" if same else f"LOST {number}: fallback differs"
    return judge(number, made, rows, expected.astype("f8"), margin.astype("f8"))


def xgboost_contributions(booster: Any, data: Any, rounds: int) -> np.ndarray:
    """Return XGBoost's own contributions; not a number where a cover of zero stops it."""
    try:
        return booster.predict(data, pred_contribs=True, iteration_range=(0, rounds))
    except xgb.core.XGBoostError:
        return np.full((data.num_row(), data.num_col() + 1), np.nan)


def judge(
    number: int, tables: Tables, rows: np.ndarray, expected: np.ndarray, margin: np.ndarray
) -> str:
    """Return whether the tables say what XGBoost says, in any way of running them."""
    found = tables.contributions(rows, tier="numpy")
    scale = max(1.0, float(np.abs(margin).max()))
    if np.abs(found.start + found.values.sum(axis=1) - found.margin).max() > 1e-9 * scale:
        return f"LOST {number}: does not add up"
    if np.abs(found.margin - margin).max() > AGREEMENT * scale:
        return f"LOST {number}: margin off by {np.abs(found.margin - margin).max():.2g}"
    if not one_answer(tables, rows, found.values):
        return f"LOST {number}: bytes differ"
    if not np.isfinite(expected).all():
        return "kept, where XGBoost divides by a cover of zero"
    mine = np.column_stack([found.values, np.full(len(rows), found.start)])
    gap = np.abs(mine - expected).max()
    own = np.abs(expected.sum(axis=1) - margin).max()
    if gap <= AGREEMENT * scale:
        return "kept"
    if own > gap / 10:
        return "kept, where XGBoost's own do not add up"
    return f"LOST {number}: contributions off by {gap:.2g} at a scale of {scale:.2g}"


def one_answer(tables: Tables, rows: np.ndarray, values: np.ndarray) -> bool:
    """Return whether threads, blocks and compiled loops leave the same bytes."""
    ways = [
        {"tier": "numba", "threads": threads, "block": block}
        for threads, block in ((1, 1), (2, 64), (2, 1000))
    ]
    ways += [{"tier": "numpy", "threads": 2, "block": 64}]
    return all(
        tables.contributions(rows, **way).values.tobytes() == values.tobytes() for way in ways
    )


def draw_booster(rng: np.random.Generator) -> tuple[Any, bytes, int]:
    """Return a booster, its JSON and how many rounds of it count."""
    X, y, weight = draw_people(rng)
    settings = draw_settings(rng, y)
    data = xgb.DMatrix(X, label=y, weight=weight, nthread=1)
    wanted = int(rng.integers(1, 12 if settings["max_depth"] < 7 else 4))
    booster = xgb.train(settings, data, num_boost_round=wanted)
    rounds = booster.num_boosted_rounds()
    if rng.random() < 0.2:
        best = int(rng.integers(0, rounds))
        booster.set_attr(best_iteration=str(best))
        rounds = best + 1
    raw = bytes(booster.save_raw("json"))
    if rng.random() < 0.1:
        raw = with_zero_covers(rng, raw)
        booster = xgb.Booster({"nthread": 1}, model_file=bytearray(raw))
    return booster, raw, rounds


def draw_people(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return answers of few values and of many, with holes; sometimes weights of zero."""
    n, p = int(rng.integers(5, 300)), int(rng.integers(1, 9))
    X = rng.integers(0, rng.integers(2, 8), (n, p)).astype("f4")
    many = rng.random(p) < 0.3
    X[:, many] = rng.normal(0, 10.0 ** rng.integers(-3, 4), (n, int(many.sum())))
    X[rng.random((n, p)) < rng.choice([0.0, 0.05, 0.5])] = np.nan
    signal = np.nan_to_num(X[:, 0]) - np.nanmean(np.nan_to_num(X[:, 0]))
    y = (rng.random(n) < 1 / (1 + np.exp(-np.clip(signal, -3, 3)))).astype("f4")
    if rng.random() < 0.05:
        y[:] = rng.integers(0, 2)
    weight = rng.integers(0, 3, n).astype("f4") if rng.random() < 0.2 else None
    return X, y, weight


def draw_settings(rng: np.random.Generator, y: np.ndarray) -> dict[str, Any]:
    """Return settings that reach all kinds of trees."""
    return {
        "objective": str(rng.choice(OBJECTIVES)),
        "max_depth": int(rng.integers(1, 9)),
        "eta": float(rng.choice([0.05, 0.3, 1.0])),
        "reg_lambda": float(rng.choice([0.0, 1.0, 10.0])),
        "gamma": float(rng.choice([0.0, 0.0, 1.0])),
        "min_child_weight": float(rng.choice([0.0, 1.0, 10.0])),
        "subsample": float(rng.choice([1.0, 0.6])),
        "tree_method": str(rng.choice(["hist", "exact", "approx"])),
        "num_parallel_tree": int(rng.choice([1, 1, 1, 3])),
        # A sample of one outcome has no base score of its own.
        "base_score": float(np.clip(y.mean(), 1e-7, 1 - 1e-7)),
        "seed": int(rng.integers(1_000_000)),
        "nthread": 1,
        "verbosity": 0,
    }


def with_zero_covers(rng: np.random.Generator, raw: bytes) -> bytes:
    """Return the model with the cover of some nodes set to zero."""
    model = json.loads(raw)
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        hessians, left = tree["sum_hessian"], np.array(tree["left_children"])
        # Above a leaf a cover of zero makes XGBoost divide zero by zero: mostly leaves, then.
        chances = np.where(left < 0, 0.3, rng.choice([0.0, 0.1], p=[0.8, 0.2]))
        for node in np.flatnonzero(rng.random(len(left)) < chances):
            hessians[node] = 0.0
    return json.dumps(model).encode()


def awkward_rows(rng: np.random.Generator, raw: bytes, p: int) -> np.ndarray:
    """Return rows on thresholds, one step beside them, missing, huge, tiny and of both zeros."""
    trees = json.loads(raw)["learner"]["gradient_booster"]["model"]["trees"]
    asked = np.float32([value for tree in trees for value in tree["split_conditions"]])
    beside = np.concatenate(
        [asked, np.nextafter(asked, np.float32(np.inf)), np.nextafter(asked, np.float32(-np.inf))]
    )
    odd = np.float32([0.0, -0.0, 1e30, -1e30, 1e-42, -1e-42, 1, 2, 3])
    rows = rng.choice(np.concatenate([beside, odd]), (70, p)).astype("f4")
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[0] = np.nan
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the 10,000 cases")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.share, chosen.first) > 0)
