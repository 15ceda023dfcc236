"""Explaining against predicting: the compiled tables' time over that of XGBoost's predict.

The tables give contributions and log-odds of every row; XGBoost gives log-odds only, by its
fastest way (in place, no matrix built).
"""

from __future__ import annotations

import argparse

import numpy as np

from _booster import answers, booster, in_turns, machine, peer
from predict.models.families.attribution import compile_booster


def main(rows: int, trees: int, depth: int, threads: int) -> float:
    """Print both times and the ratio; below 1 explaining is the cheaper of the two."""
    X = answers(rows)
    model = booster(X, trees=trees, depth=depth, threads=threads)
    tables = compile_booster(bytes(model.save_raw("json")))
    margin = model.inplace_predict(X, predict_type="margin")
    found = tables.contributions(X, threads=threads, tier="numba")
    gap = float(np.abs(found.margin - margin).max())
    theirs, ours = in_turns(
        15,
        lambda: model.inplace_predict(X),
        lambda: tables.contributions(X, threads=threads, tier="numba"),
    )
    what = f"{rows} rows x {X.shape[1]}, {trees} trees of depth {depth}, {threads} threads"
    print(machine())
    print(f"margins differ by {gap:.1e}")
    allowed = 1e-5 * max(1.0, float(np.abs(margin).max()))
    assert gap <= allowed, f"margins differ by {gap:.1e}, {allowed:.1e} allowed"
    return peer("inplace_predict, ours over theirs", "xgboost", what, ours, theirs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.rows, chosen.trees, chosen.depth, chosen.threads) > 0.2)
