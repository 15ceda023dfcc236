"""Interventional Shapley values of many rows against a large background: woodelf's time over ours.

Both begin with a fitted booster and 20,000 people; ours protects them as well. Needs the extra
``bench``.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from woodelf import WoodelfExplainer

from _booster import answers, booster, in_turns, machine, peer
from predict.models.families.attribution import (
    Contributions,
    against,
    background_of,
    compile_booster,
)

AGREEMENT = 1e-6


def main(rows: int, people: int, trees: int, depth: int, threads: int) -> float:
    """Print both times, how far the exact values lie apart, and the ratio."""
    X, behind = answers(rows), answers(people, seed=7)
    model = booster(X, trees=trees, depth=depth, threads=threads)
    raw = bytes(model.save_raw("json"))
    names = [f"f{i}" for i in range(X.shape[1])]
    frame, others = pd.DataFrame(X, columns=names), pd.DataFrame(behind, columns=names)

    def ours() -> Contributions:
        tables = compile_booster(raw)
        made = against(tables, background_of(tables, behind))
        return made.contributions(X, threads=threads, tier="numba")

    def theirs() -> np.ndarray:
        return np.asarray(WoodelfExplainer(model, others).shap_values(frame, verbose=False))

    tables = compile_booster(raw)
    exact = tables.marginal(tables.histograms(behind), people).contributions(X)
    gap = float(np.abs(exact.values - theirs()).max())
    long, short = in_turns(3, theirs, ours)
    what = f"{rows} rows x {X.shape[1]}, {people} people, {trees} trees of depth {depth}"
    print(machine())
    print(f"largest difference before protection {gap:.1e}")
    assert gap <= AGREEMENT, f"differs by {gap:.1e}, {AGREEMENT} allowed"
    return peer("interventional", "woodelf-explainer", what, long, short)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    parts = chosen.rows, chosen.people, chosen.trees, chosen.depth, chosen.threads
    raise SystemExit(main(*parts) < 1)
