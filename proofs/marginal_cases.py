"""Random models, backgrounds and rows: marginal reasons against woodelf-explainer's.

Each case draws a booster as ``attribution_cases`` does, a background of 20 to 400 people and rows
on thresholds, one step beside them and missing. Woodelf, which compares otherwise on a threshold
and then misses the margin, is asked about numbers between the same thresholds. A case is kept when

- contributions equal woodelf's to 1e-6 of the margin's scale, before the background is protected;
  where woodelf's own values miss the margin they are no judge, and the definition itself is: the
  mean of XGBoost's predictions over the background for every set of columns, counted apart,
- start plus contributions is XGBoost's margin to 1e-6 of that scale, protected or not,
- threads, blocks and kernels leave the same bytes,
- every protected count is 0 or at least a group's.

It needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from woodelf import WoodelfExplainer

from attribution_cases import awkward_rows, draw_booster, draw_people, one_answer
from predict.models.families.attribution import Refused, Tables, compile_booster
from predict.models.families.attribution.marginal import against, background_of

CASES = 1000
AGREEMENT = 1e-6


def main(share: float = 1.0, first: int = 0) -> int:
    """Run a share of the cases and return how many were not kept."""
    fates = Counter(fate(number) for number in range(first, first + round(CASES * share)))
    for name, count in sorted(fates.items()):
        print(f"{name}: {count}")
    lost = sum(count for name, count in fates.items() if name.startswith("LOST"))
    print(f"proof: {fates.total() - lost}/{fates.total()}")
    return lost


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
    values, between = (
        exact.contributions(rows, tier="numpy"),
        [between_thresholds(part, tables) for part in (rows, people)],
    )
    judged_by, right = "woodelf", woodelf(booster, *between)
    own = np.abs(values.start + right.sum(axis=1) - margin).max() / scale
    if own > AGREEMENT:
        judged_by, right = "every set of columns: woodelf's miss", every_set(booster, rows, people)
    gap = np.abs(values.values - right).max() / scale
    return (
        f"LOST {number}: off by {gap:.2g} of the scale"
        if gap > AGREEMENT
        else f"kept, judged by {judged_by}"
    )


def every_set(booster: Any, rows: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return Shapley's values by their definition: 2 to the power of the columns games a row.

    A set is worth the mean margin of the row with its other columns taken from each of the people.
    """
    p = rows.shape[1]
    worth = np.array([mean_margin(booster, rows, people, inside) for inside in sets(p)])
    values = np.zeros(rows.shape)
    for number, inside in enumerate(sets(p)):
        share = 1 / (p * comb(p - 1, int(inside.sum()))) if not inside.all() else 0.0
        for column in np.flatnonzero(~inside):
            values[:, column] += share * (worth[number | 1 << column] - worth[number])
    return values


def sets(p: int) -> np.ndarray:
    """Return every set of columns, the set numbered n having column i where n has bit i."""
    return (np.arange(2**p)[:, None] >> np.arange(p) & 1).astype(bool)


def mean_margin(
    booster: Any, rows: np.ndarray, people: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """Return each row's mean margin, its columns outside the set those of the people in turn."""
    mixed = np.where(inside, rows[:, None], people[None])
    data = xgb.DMatrix(mixed.reshape(-1, rows.shape[1]), nthread=1)
    margins = booster.predict(data, output_margin=True).astype("f8")
    return np.asarray(margins.reshape(len(rows), len(people)).mean(axis=1))


def between_thresholds(X: np.ndarray, tables: Tables) -> np.ndarray:
    """Return numbers that every split sends the same way and that lie on none of them."""
    known = np.unique(tables.forest.splits.threshold.astype("f8"))
    if not len(known):
        return X.astype("f8")
    edges = np.concatenate([[known[0] - 1], known, [known[-1] + 1]])
    middle = (edges[1:] + edges[:-1]) / 2
    return np.where(np.isnan(X), np.nan, middle[np.searchsorted(known, X, side="right")])


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
