"""Would more people help? The same recipe on fewer of them, and on shuffled outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from predict.errors import DesignError
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.features.training_set import TrainingSet
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.statistics.metrics import auroc, brier
from predict.statistics.splits import folds

COLUMNS = ["share", "events", "n", "metric", "estimate", "low", "high"]
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
TRIALS = 3
SHUFFLES = 20


def learning_curve(
    training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
) -> pd.DataFrame:
    """Learn from growing shares of each training part; judge on the same people left out.

    Returns
    -------
    DataFrame
        share, events and n learned from (mean over folds), metric (auroc, brier), estimate (mean
        over folds), low, high (smallest and largest fold). Shares too small to learn are left out.
    """
    small = replace(recipe, trials=min(recipe.trials, TRIALS))
    made = folds(training.y, training.groups, outer=plan.outer, seed=recipe.seed)
    draw = np.random.default_rng(recipe.seed)
    orders = [draw.permutation(fold.train) for fold in made]
    rows: list[tuple[object, ...]] = []
    for share in SHARES:
        judged = []
        for fold, order in zip(made, orders, strict=True):
            inside = np.sort(order[: round(share * len(order))])
            judged += _one(training, small, inside, fold.test)
        if judged:
            rows += _rows(share, np.array(judged))
    return pd.DataFrame(rows, columns=COLUMNS)


def _one(
    training: TrainingSet, recipe: Recipe, inside: np.ndarray, test: np.ndarray
) -> list[tuple[float, ...]]:
    part = training.take(inside)
    try:
        p = fit_recipe(part, recipe).probability(training.X.iloc[test])
    except DesignError:
        return []
    y = training.y.to_numpy()[test]
    return [(part.events, part.n, auroc(y, p), brier(y, p))]


def _rows(share: float, judged: np.ndarray) -> list[tuple[object, ...]]:
    events, n = judged[:, 0].mean(), judged[:, 1].mean()
    return [
        (share, events, n, name, np.nanmean(v), np.nanmin(v), np.nanmax(v))
        for name, v in (("auroc", judged[:, 2]), ("brier", judged[:, 3]))
    ]


def shuffled(
    training: TrainingSet, recipe: Recipe, plan: Plan, estimates: OutOfFold | None = None
) -> pd.DataFrame:
    """Judge the recipe on shuffled outcomes: what it reaches when there is nothing to find.

    Outcomes are shuffled among everybody; the search is left out for speed. A recipe whose AUROC on
    shuffled outcomes is not near .5 leaks.

    Returns
    -------
    DataFrame
        share (1), events, n, metric ``auroc`` (mean over shuffles), low and high (5th and 95th
        percentile).

    References
    ----------
    Ojala & Garriga 2010, J Mach Learn Res 11:1833.
    """
    plain = replace(recipe, trials=0, inner=2)
    areas = []
    for number in range(SHUFFLES):
        draw = np.random.default_rng([recipe.seed, 11, number])
        y = pd.Series(draw.permutation(training.y.to_numpy()), index=training.y.index)
        other = replace(training, y=y)
        fold = folds(y, training.groups, outer=plan.outer, seed=recipe.seed + number)[0]
        p = fit_recipe(other.take(fold.train), plain).probability(training.X.iloc[fold.test])
        areas.append(auroc(y.to_numpy()[fold.test], p))
    low, high = np.quantile(areas, [0.05, 0.95])
    row = (
        1.0,
        training.events,
        training.n,
        "auroc",
        float(np.mean(areas)),
        float(low),
        float(high),
    )
    return pd.DataFrame([row], columns=COLUMNS)
