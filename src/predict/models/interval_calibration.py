"""Learning the interval of an estimate: a bootstrap calibrated on known truths.

Refits alone are too narrow, whatever their number: they share the model's own approximation error.
So outcomes are drawn from known truths that stray from the model (`predict.models.known_truths`),
the recipe is run on them, and the interval is widened until it holds those truths. What is added is
a misfit on the probability itself: near 0 and 1 the same points are a longer way in log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.training_set import TrainingSet
from predict.files import round10
from predict.models.bootstrap import RefitResults, refit_many
from predict.models.calibration import probability
from predict.models.interval import (
    FEWEST_CLUSTERS,
    circumstances,
    landmarks,
    limits,
    reaches,
    scatter,
    terms,
)
from predict.models.known_truths import Truth, kinds, known_truths
from predict.models.response_model import FittedRecipe
from predict.statistics.intervals import normal_quantile
from predict.statistics.pooling import pool

Floats = NDArray[np.float64]
Interval = Mapping[str, Any]
LEVEL = 0.90
# Aims above the level: real truths stray further from the model than those drawn here.
AIM, AIM_FIFTH = 0.95, 0.92
WIDEST = 0.5
STEPS = 20
NEWTON_STEPS = 30


def learn_interval(
    training: TrainingSet,
    fitted: FittedRecipe,
    *,
    refits: RefitResults | None = None,
    times: int = 200,
    seed: int = 1,
    workers: int = 1,
) -> dict[str, Any]:
    """Learn the width of the estimates' 90 % interval.

    Parameters
    ----------
    training : TrainingSet
        The people the shipped recipe learned from.
    fitted : FittedRecipe
        The shipped recipe; its settings stay fixed, its number of rounds is chosen anew.
    refits : RefitResults, optional
        From the refit machine, when they were made already (for the drivers' stability).
    times : int
        Refits to make otherwise.

    Returns
    -------
    dict
        What `interval.json` holds: the function of the scatter, the misfit (a standard deviation
        of the probability), what a new cluster adds, and the coverage and width measured on
        truths that the misfit was not tuned on.

    References
    ----------
    Riley & Collins 2023, Biom J 65:2200302 (instability); Loh 1987, J Am Stat Assoc 82:155
    (calibrating a confidence coefficient by simulation).
    """
    X = training.X[[column.name for column in fitted.columns]]
    done = refits or refit_many(training, fitted, times, seed=seed, workers=workers, explain=False)
    between = between_clusters(training, fitted.out_of_fold, level=LEVEL)
    scale, truths = known_truths(training, fitted, done, between=between, seed=seed)
    base = _scatter_of(training, fitted, done)
    trials = [trial for truth in truths for trial in _trials(base, truth, X)]
    misfit = find_misfit(base, trials)
    interval = {**base, "misfit": misfit, "between": between}
    low, high = limits(interval, fitted.log_odds(X), X)
    estimate = probability(fitted.log_odds(X))
    return {
        **base,
        "misfit": round10(misfit),
        "between": round10(between),
        "clusters": clusters_named(training),
        "scale": round10(scale),
        "refits": done.succeeded,
        "refits_lost": done.lost,
        "truths": {kind: len(some) for kind, some in kinds(truths).items()},
        **measured(base, trials),
        "mean_width": round10(float(np.mean(high - low))),
        "central_range": round10(float(np.ptp(np.quantile(estimate, [0.05, 0.95])))),
    }


def _scatter_of(
    training: TrainingSet, fitted: FittedRecipe, refits: RefitResults
) -> dict[str, Any]:
    """Return the function that tells how much refits scatter, as `interval.json` holds it."""
    X = training.X[[column.name for column in fitted.columns]]
    log_odds, marks = fitted.log_odds(X), landmarks(X, fitted.columns)
    missing, distance = circumstances(X, marks)
    centre, farthest = float(np.median(log_odds)), float(np.quantile(distance, 0.99))
    design = terms(log_odds, missing, distance, centre=centre, farthest=farthest)
    spread = np.asarray(refits.log_odds.to_numpy().std(axis=0, ddof=1), dtype=np.float64)
    return {
        "construction": "S2",
        "level": LEVEL,
        "z": round10(normal_quantile(LEVEL)),
        "people": training.n,
        "centre": round10(centre),
        "farthest": round10(farthest),
        "weights": [round10(float(w)) for w in fit_scatter(design, spread)],
        "marks": {name: [round10(v) for v in pair] for name, pair in marks.items()},
    }


def fit_scatter(design: Floats, spread: Floats) -> Floats:
    """Return the weights of log variance on the design, scaled so that mean variances agree."""
    variance = np.maximum(spread**2, 1e-10)
    ridge = 1e-6 * len(design) * np.eye(design.shape[1])
    weights = np.linalg.solve(design.T @ design + ridge, design.T @ np.log(variance))
    weights[0] += np.log(variance.mean() / np.exp(design @ weights).mean())
    return np.asarray(weights, dtype=np.float64)


@dataclass(frozen=True)
class Trial:
    """One rerun against the truth it was drawn from, person by person.

    Parameters
    ----------
    kind : str
        Kind of truth.
    truth, estimate : array (people,)
        Log-odds.
    sd : array (people,)
        Scatter of refits at that estimate, log-odds.
    """

    kind: str
    truth: Floats
    estimate: Floats
    sd: Floats

    def inside(self, interval: Interval) -> NDArray[np.bool_]:
        """Return for whom the interval of the estimate holds the truth."""
        down, up = reaches(interval, self.estimate, self.sd)
        gap = self.truth - self.estimate
        return np.asarray((gap >= -down) & (gap <= up), dtype=bool)

    def coverage(self, interval: Interval) -> Floats:
        """Return the share of people held: overall, and in each of the fifths."""
        inside = self.inside(interval)
        return np.array([inside.mean(), *(inside[part].mean() for part in self.fifths)])

    @cached_property
    def fifths(self) -> list[NDArray[np.int64]]:
        """People in fifths of the truth; of the estimate where everybody's truth is the same."""
        by = self.truth if np.ptp(self.truth) > 1e-9 else self.estimate
        return np.array_split(np.argsort(by, kind="stable"), 5)


def _trials(base: Interval, truth: Truth, X: Any) -> list[Trial]:
    return [
        Trial(truth.kind, truth.log_odds, line, scatter(base, line, X)) for line in truth.estimates
    ]


def find_misfit(base: Interval, trials: Sequence[Trial]) -> float:
    """Return the smallest misfit whose interval holds each kind of truth.

    That is 95 % of people over the reruns of a kind, and 92 % in each fifth of its truth.
    """
    grouped: dict[str, list[Trial]] = {}
    for trial in trials:
        grouped.setdefault(trial.kind, []).append(trial)

    def holds(misfit: float) -> bool:
        interval = {**base, "misfit": misfit, "between": 0.0}
        shares = [
            np.mean([trial.coverage(interval) for trial in some], axis=0)
            for some in grouped.values()
        ]
        return all(share[0] >= AIM and share[1:].min() >= AIM_FIFTH for share in shares)

    if holds(0.0):
        return 0.0
    low, high = 0.0, WIDEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def measured(base: Interval, trials: Sequence[Trial]) -> dict[str, float | list[float]]:
    """Return coverage of each rerun by a misfit tuned on the others, averaged."""
    shares = []
    for place, trial in enumerate(trials):
        others = [other for number, other in enumerate(trials) if number != place]
        interval = {**base, "misfit": find_misfit(base, others), "between": 0.0}
        shares.append(trial.coverage(interval))
    overall, *fifths = np.mean(shares, axis=0)
    return {
        "coverage": round10(float(overall)),
        "coverage_fifths": [round10(float(share)) for share in fifths],
    }


def clusters_named(training: TrainingSet) -> int:
    """Return how many clusters the study's own cluster column divides people into; 0 for none."""
    count = int(training.groups.nunique())
    return count if training.study.cluster and count < training.n else 0


def between_clusters(training: TrainingSet, out_of_fold: Floats, *, level: float) -> float:
    """Return the standard deviation, log-odds, that a new cluster adds to an estimate.

    Each cluster's shift against estimates by models that never saw it is summarised by random
    effects; the spread beyond chance is widened by Student's t, for how few clusters there were.
    (How uncertain the average cluster is shows in refits, which draw whole clusters.) 0 below six
    clusters, and where none are named.

    Parameters
    ----------
    out_of_fold : array (people,)
        Calibrated log-odds, whole clusters left out.
    level : float
        Of the interval that it is to serve, such as .90.

    References
    ----------
    Higgins, Thompson, Spiegelhalter 2009, J R Stat Soc A 172:137, section 4 (a new unit's effect).
    """
    from scipy import stats

    if clusters_named(training) < FEWEST_CLUSTERS or not len(out_of_fold):
        return 0.0
    y = training.y.to_numpy(dtype=np.float64)
    groups = pd.Series(np.arange(training.n)).groupby(training.groups.to_numpy())
    shifts = [shift(y[people], out_of_fold[people]) for people in groups.indices.values()]
    effects, errors = np.array(shifts).T
    widened = stats.t(len(effects) - 1).ppf(0.5 + level / 2) / normal_quantile(level)
    return float(widened * np.sqrt(pool(effects, errors).tau2))


def shift(y: Floats, log_odds: Floats) -> tuple[float, float]:
    """Return by how much a cluster lies above its estimates, log-odds, and the standard error.

    Firth's penalised likelihood of an intercept beside the estimates, which is finite where nobody
    or everybody of the cluster reached the outcome.

    References
    ----------
    Firth 1993, Biometrika 80:27.

    Examples
    --------
    >>> moved, _ = shift(np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(4))
    >>> round(moved, 3) == round(float(np.log(3.5 / 1.5)), 3)
    True
    """
    moved = 0.0
    for _ in range(NEWTON_STEPS):
        p = probability(log_odds + moved)
        weights = p * (1 - p)
        total = max(float(weights.sum()), 1e-9)
        score = float((y - p).sum() + (weights / total) @ (0.5 - p))
        step = float(np.clip(score / total, -1.0, 1.0))
        moved += step
        if abs(step) < 1e-10:
            break
    return moved, 1 / np.sqrt(total)
