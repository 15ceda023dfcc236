"""All contributions of 100,000 rows: XGBoost's pred_contribs against the compiled tables.

Turning the rows into codes is counted; compiling the model, once, is printed apart. XGBoost is
timed on part of the rows and scaled, in turns with ours. ``--no-numba`` measures the NumPy tier.
"""

from __future__ import annotations

import argparse

import numpy as np
import xgboost as xgb

from _booster import Took, answers, booster, in_turns, machine, peer
from predict.models.families.attribution import compile_booster

AGREEMENT = 1e-5
TURNS = 5


def main(rows: int, trees: int, depth: int, threads: int, tier: str) -> float:
    """Print the times, the largest difference and the ratio."""
    X = answers(rows)
    model = booster(X, trees=trees, depth=depth, threads=threads)
    raw = bytes(model.save_raw("json"))
    tables = compile_booster(raw)
    some = X[: max(1, rows // 20)]
    expected = model.predict(xgb.DMatrix(some), pred_contribs=True)
    found = tables.contributions(X, threads=threads, tier=tier)
    gap = float(np.abs(found.values[: len(some)] - expected[:, :-1]).max())
    compiling, theirs, ours = in_turns(
        TURNS,
        lambda: compile_booster(raw),
        lambda: model.predict(xgb.DMatrix(some), pred_contribs=True),
        lambda: tables.contributions(X, threads=threads, tier=tier),
    )
    whole = Took(*(part * rows / len(some) for part in theirs))
    what = f"{rows} rows x {X.shape[1]}, {trees} trees of depth {depth}, {threads} threads, {tier}"
    print(machine())
    print(f"compiling {compiling.wall:.3f} s, largest difference {gap:.1e}")
    assert gap <= AGREEMENT, f"differs by {gap:.1e}, {AGREEMENT} allowed"
    return peer("pred_contribs", "xgboost", what, whole, ours)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-numba", action="store_true", help="plain NumPy only")
    chosen = parser.parse_args()
    kind = "numpy" if chosen.no_numba else "numba"
    least = 45 if chosen.no_numba else 400 if chosen.depth < 5 else 250
    ratio = main(chosen.rows, chosen.trees, chosen.depth, chosen.threads, kind)
    raise SystemExit(ratio < least)
