"""Optimism-corrected bootstrap of the whole recipe, tuning included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.errors import DesignError
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.features.training_set import TrainingSet
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.statistics.intervals import percentile_interval
from predict.statistics.metrics import METRICS

COLUMNS = [
    "metric", "apparent", "optimism", "corrected", "low", "high", "asked", "lost",
]  # fmt: skip
MEASURED = ("auroc", "brier", "calibration_slope")
TRIALS = 10
MANY, FEW, LARGE = 200, 40, 2_000


def optimism(
    training: TrainingSet,
    recipe: Recipe,
    plan: Plan,
    estimates: OutOfFold | None = None,
    *,
    times: int | None = None,
    grouped: bool = True,
) -> pd.DataFrame:
    """Correct the apparent performance by the bootstrap's optimism.

    In each resample the whole recipe is learned anew; optimism is its performance on the resample
    minus that on the original people. Copies of a person have to stay in one inner fold: otherwise
    tuning sees the answers, grows too many trees, and the correction is far too large.

    Parameters
    ----------
    times : int, optional
        Resamples: 200 up to 2,000 people, else 40.
    grouped : bool
        False plants the fault that a test must see fail.

    Returns
    -------
    DataFrame
        metric, apparent, optimism, corrected, low, high (percentiles of the corrected values),
        asked, lost (resamples with too few of an outcome).

    References
    ----------
    Harrell, Lee, Mark 1996, Stat Med 15:361; Steyerberg 2019, section 17.2.
    """
    count = times or (MANY if training.n <= LARGE else FEW)
    small = replace(recipe, trials=min(recipe.trials, TRIALS))
    y = training.y.to_numpy()
    apparent = _measures(y, fit_recipe(training, small).probability(training.X))
    work = partial(_one, training, replace(small, threads=1), grouped)
    with ThreadPoolExecutor(recipe.threads) as pool:
        pairs = [pair for pair in pool.map(work, range(count)) if pair is not None]
    if not pairs:
        raise DesignError(
            f"All {count} resamples held too few people of an outcome. Use a plainer scheme.",
            code="RESAMPLES_LOST",
        )
    return _corrected(apparent, np.array(pairs), count, count - len(pairs))


def _resample(training: TrainingSet, draw: np.random.Generator) -> NDArray[np.int64]:
    """Draw people, whole clusters at a time where there are clusters."""
    codes, _ = pd.factorize(training.groups, sort=True)
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    drawn = draw.integers(0, len(members), len(members))
    return np.concatenate([members[i] for i in drawn])


def _one(
    training: TrainingSet, recipe: Recipe, grouped: bool, number: int
) -> NDArray[np.float64] | None:
    """Return a resample's measures on itself and on everybody; None where it cannot be learned."""
    draw = np.random.default_rng([recipe.seed, number])
    inside = np.sort(_resample(training, draw))
    resampled = training.take(inside)
    if not grouped:
        rows = [f"row{i}" for i in range(len(inside))]
        resampled = replace(resampled, groups=pd.Series(rows, index=resampled.groups.index))
    try:
        fitted = fit_recipe(resampled, recipe)
    except DesignError:
        return None
    on_itself = _measures(resampled.y.to_numpy(), fitted.probability(resampled.X))
    on_everybody = _measures(training.y.to_numpy(), fitted.probability(training.X))
    return np.array([on_itself, on_everybody])


def _measures(y: NDArray[np.int8], p: NDArray[np.float64]) -> list[float]:
    return [METRICS[name](y, p) for name in MEASURED]


def _corrected(
    apparent: list[float], pairs: NDArray[np.float64], asked: int, lost: int
) -> pd.DataFrame:
    rows = []
    gaps = pairs[:, 0] - pairs[:, 1]
    for place, name in enumerate(MEASURED):
        # A slope is untold in resamples whose estimates are all alike, and may be in all of them.
        known = gaps[np.isfinite(gaps[:, place]), place]
        gap = float(known.mean()) if len(known) else np.nan
        ends = percentile_interval(apparent[place] - gap, apparent[place] - gaps[:, place])
        rows.append((name, apparent[place], gap, *ends, asked, lost))
    return pd.DataFrame(rows, columns=COLUMNS)
