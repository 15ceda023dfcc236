"""What a column without any effect gets: contributions learned from shuffled outcomes.

A model gives every column something, and in a small cohort much of it. Whether a column's
contributions are more than chance is seen beside those of models learned by the same settings from
the same people with their outcomes shuffled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from predict.models.families import FAMILIES, Resample
from predict.models.response_model import FittedRecipe

SURE = 0.99
SMALLEST = 1e-12
FARTHEST = 30.0  # log-odds: a curvature of 0 tells nothing


def learned_from_shuffled(
    shipped: FittedRecipe,
    prepared: pd.DataFrame,
    y: np.ndarray,
    on: pd.DataFrame,
    *,
    seed: list[int],
) -> np.ndarray:
    """Return contributions before calibration of a model learned from shuffled outcomes.

    Parameters
    ----------
    shipped : FittedRecipe
        Whose settings and preparation are kept.
    prepared, on : DataFrame, shape (people, columns)
        Features of those learned from, and of those explained, as `shipped` prepares them.
    y : array of 0 and 1, shape (people,)

    Returns
    -------
    ndarray, shape (people explained, columns)
    """
    shuffled = np.random.default_rng(seed).permutation(y)
    again = FAMILIES[shipped.recipe.family].refit(
        Resample(prepared, shuffled, np.ones(len(shuffled), dtype="int64")),
        shipped.params,
        shipped=shipped.estimator,
        seed=shipped.recipe.seed,
    )
    return replace(shipped, estimator=again).margin_shares(on)[1]


def beyond_shuffled(margins: np.ndarray, y: np.ndarray) -> float:
    """Return how many times further weights scatter than those of shuffled outcomes; 1 at least.

    The error of a logistic weight goes with the root of the mean squared residual over the mean of
    p (1 - p). Of shuffled outcomes both are the rate's. Where a column parts the outcomes nearly,
    most people are told surely and the few who are not told rightly weigh the more.

    Parameters
    ----------
    margins : array (people,)
        Log-odds by models that did not learn from these people, before calibration.
    y : array of 0 and 1, shape (people,)

    References
    ----------
    Huber 1967, Proc Fifth Berkeley Symp 1:221; White 1982, Econometrica 50:1 (an estimate's
    variance when the model does not hold: the residuals' square between two inverse curvatures).

    Examples
    --------
    Half of the people have the outcome, three in four told rightly at odds of three to one:

    >>> y = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    >>> margins = np.log(3) * np.array([1, 1, 1, 1, -1, -1, -1, -1])
    >>> round(beyond_shuffled(margins, y), 4), round(beyond_shuffled(3 * margins, y), 2)
    (1.1547, 7.01)
    """
    p, rate = 1 / (1 + np.exp(-np.clip(margins, -FARTHEST, FARTHEST))), float(np.mean(y))
    residual, curvature = np.mean((y - p) ** 2), np.mean(p * (1 - p))
    return float(max(np.sqrt(residual * rate * (1 - rate)) / curvature, 1.0))


def strength_by_chance(shuffled: pd.DataFrame) -> pd.Series:
    """Return how strong each column must be so that chance alone lifts none of them so far.

    Each column is held against its own strengths in models of shuffled outcomes, in standard
    deviations; the largest of these over columns follows the law of a largest value, and its
    99th percentile is read from its mean and spread. So one cohort in a hundred names a column
    without effect, however many columns there are.

    Parameters
    ----------
    shuffled : DataFrame, shape (shuffles, columns)
        Mean absolute contributions.

    References
    ----------
    Altmann et al. 2010, Bioinformatics 26:1340 (importances of permuted outcomes); Westfall and
    Young 1993, Resampling-Based Multiple Testing (the largest of studentised statistics).

    Examples
    --------
    >>> shuffled = pd.DataFrame({"age": [0.1, 0.2, 0.3], "sex": [0.0, 0.1, 0.2]})
    >>> strength_by_chance(shuffled).round(2).to_dict()
    {'age': 0.87, 'sex': 0.77}
    """
    away = shuffled - shuffled.mean()
    count, variance = len(shuffled), shuffled.var(ddof=1)
    share = _by_chance(away, variance)
    # Each shuffle against the others, as the shipped model is against all of them.
    others = ((count - 1) * variance - away**2 * count / (count - 1)) / max(count - 2, 1)
    largest = (away * count / (count - 1) / _spread(others, variance, share)).max(axis=1)
    # Gumbel: mean and standard deviation of a largest value tell its place and its scale.
    scale = largest.std(ddof=1) * np.sqrt(6) / np.pi
    reach = largest.mean() + scale * (-np.log(-np.log(SURE)) - np.euler_gamma)
    threshold: pd.Series = shuffled.mean() + reach * _spread(variance, variance, share)
    return threshold


def _by_chance(away: pd.DataFrame, variance: pd.Series) -> float:
    """Return how much of the difference between columns' variances few shuffles make by chance.

    Of a column that shuffled models hardly ever use, they know too small a spread.
    """
    chance = ((away**4).mean() - variance**2).mean() / len(away)
    between = variance.var(ddof=1) if variance.size > 1 else 0.0
    return float(np.clip(chance / between, 0.0, 1.0)) if between > 0 else 1.0


def _spread(own: Any, variance: pd.Series, share: float) -> Any:
    """Return standard deviations, drawn to that of all columns by so much."""
    return np.sqrt((1 - share) * own + share * variance.mean()).clip(lower=SMALLEST)
