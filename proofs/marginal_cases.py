"""Random models, backgrounds and rows: marginal reasons against woodelf-explainer's.

Each case draws a booster as ``attribution_cases`` does, a background of 20 to 400 people and rows
on thresholds, one step beside them and missing. Woodelf takes every threshold one step too low
(findings/woodelf_threshold.sh), so it is asked about numbers between its own. A case is kept when

- contributions equal woodelf's to 1e-6 of the margin's scale, before the background is protected,
- start plus contributions is XGBoost's margin to 1e-6 of that scale, protected or not,
- threads, blocks and kernels leave the same bytes,
- every protected count is 0 or at least a group's.

It needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from woodelf import WoodelfExplainer

from _proof import counted
from attribution_cases import awkward_rows, draw_booster, draw_people, one_answer
from predict.models.families.attribution import Refused, Tables, compile_booster
from predict.models.families.attribution.marginal import against, background_of

CASES = 1000
AGREEMENT = 1e-6


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
    rng = np.random.default_rng([20261128, number])
    booster, raw, rounds = draw_booster(rng)
    booster = booster[:rounds]
    rows, people = awkward_rows(rng, raw, booster.num_features()), background(rng, raw, booster)
    margin = booster.predict(xgb.DMatrix(rows, nthread=1), output_margin=True).astype("f8")
    try:
        tables = compile_booster(raw)
    except Refused as refusal:
        return f"refused, {refusal.reason}"
    scale = max(1.0, float(np.abs(margin).max()))
    return judge(number, tables, booster, rows, people, margin, scale)


def background(rng: np.random.Generator, raw: bytes, booster: Any) -> np.ndarray:
    """Return people like those who were learned from, or awkward ones."""
    p = booster.num_features()
    if rng.random() < 0.3:
        return np.concatenate([awkward_rows(rng, raw, p) for _ in range(int(rng.integers(1, 5)))])
    X = np.concatenate([draw_people(rng)[0] for _ in range(3)], axis=None)
    n = int(rng.integers(20, 400))
    return np.resize(X, (n, p)).astype("f4")


def judge(
    number: int,
    tables: Tables,
    booster: Any,
    rows: np.ndarray,
    people: np.ndarray,
    margin: np.ndarray,
    scale: float,
) -> str:
    """Return whether the tables say what woodelf says, and what is stored is protected."""
    exact = tables.marginal(tables.histograms(people), len(people))
    protected = background_of(tables, people)
    if ((protected.count > 0) & (protected.count < protected.smallest)).any():
        return f"LOST {number}: a small count is stored"
    for marginal in (exact, against(tables, protected)):
        one = marginal.contributions(rows, tier="numpy")
        missed = np.abs(one.start + one.values.sum(axis=1) - margin).max() / scale
        if missed > AGREEMENT:
            return f"LOST {number}: misses the margin by {missed:.2g} of the scale"
        if not one_answer(marginal, rows, one.values):
            return f"LOST {number}: bytes differ"
    values = exact.contributions(rows, tier="numpy").values
    right = woodelf(booster, *(between_thresholds(part, tables) for part in (rows, people)))
    gap = np.abs(values - right).max() / scale
    return f"LOST {number}: off by {gap:.2g} of the scale" if gap > AGREEMENT else "kept"


def between_thresholds(X: np.ndarray, tables: Tables) -> np.ndarray:
    """Return numbers that woodelf's splits send where XGBoost's send these."""
    thresholds = np.unique(tables.forest.splits.threshold)
    if not len(thresholds):
        return X.astype("f8")
    lower = np.nextafter(thresholds, np.float32(-np.inf)).astype("f8")
    edges = np.concatenate([[lower[0] - 1], lower, [lower[-1] + 1]])
    middle = (edges[1:] + edges[:-1]) / 2
    return np.where(np.isnan(X), np.nan, middle[np.searchsorted(thresholds, X, side="right")])


def woodelf(booster: Any, rows: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return woodelf's interventional Shapley values of the margin."""
    names = [f"f{i}" for i in range(rows.shape[1])]
    explainer = WoodelfExplainer(booster, pd.DataFrame(people, columns=names))
    found = explainer.shap_values(pd.DataFrame(rows, columns=names), verbose=False)
    return np.asarray(found, dtype="f8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the 1,000 cases")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.share, chosen.first) > 0)
