"""Learning the interval of an estimate: construction S, a bootstrap calibrated on simulations.

Refits alone are too narrow, whatever their number: they share the model's own approximation error.
So outcomes are drawn from a slightly sharpened version of the model, the recipe is run on them, and
the interval is widened until it holds those known truths.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.training_set import TrainingSet
from predict.files import round10
from predict.models.bootstrap import RefitResults, refit_many
from predict.models.families import FAMILIES
from predict.models.fitting import fit_recipe
from predict.models.interval import circumstances, landmarks, terms
from predict.models.response_model import FittedRecipe
from predict.statistics.intervals import normal_quantile

Floats = NDArray[np.float64]

LEVEL = 0.90
# Aims above the level: real truths stray further from the model than those drawn from it.
AIM, AIM_FIFTH = 0.95, 0.92
SIMULATIONS = 6
SHARPENING = 3
SHARPEST = 2.0
WIDEST = 3.0


def learn_interval(
    training: TrainingSet,
    fitted: FittedRecipe,
    *,
    refits: RefitResults | None = None,
    times: int = 200,
    simulations: int = SIMULATIONS,
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
    simulations : int
        Outcome vectors drawn from the model.

    Returns
    -------
    dict
        What `interval.json` holds: the function of the scatter, tau, and the coverage and width
        measured on a simulated truth that tau was not tuned on.

    References
    ----------
    Riley & Collins 2023, Biom J 65:2200302 (instability); Loh 1987, J Am Stat Assoc 82:155
    (calibrating a confidence coefficient by simulation).
    """
    names = [column.name for column in fitted.columns]
    X = training.X[names]
    log_odds = fitted.log_odds(X)
    done = refits or refit_many(training, fitted, times, seed=seed, workers=workers, explain=False)
    marks = landmarks(X, fitted.columns)
    missing, distance = circumstances(X, marks)
    centre, farthest = float(np.median(log_odds)), float(np.quantile(distance, 0.99))
    design = terms(log_odds, missing, distance, centre=centre, farthest=farthest)
    spread = np.asarray(done.log_odds.to_numpy().std(axis=0, ddof=1), dtype=np.float64)
    weights = fit_scatter(design, spread)
    sd = np.exp(design @ weights / 2)
    scale, truth, errors = _simulate(training, fitted, log_odds, simulations, seed)
    z = normal_quantile(LEVEL)
    tau = find_tau(errors, sd, truth, z)
    held_tau = find_tau(errors[:-1], sd, truth, z)
    reach = z * np.sqrt(sd**2 + tau**2)
    return {
        "construction": "S",
        "level": LEVEL,
        "z": round10(z),
        "tau": round10(tau),
        "scale": round10(scale),
        "centre": round10(centre),
        "farthest": round10(farthest),
        "weights": [round10(float(w)) for w in weights],
        "marks": {name: [round10(v) for v in pair] for name, pair in marks.items()},
        "refits": done.kept,
        "refits_lost": done.lost,
        "simulations": simulations,
        **_measured(errors[-1], sd, truth, z, held_tau),
        "mean_width": round10(
            float(np.mean(_sigmoid(log_odds + reach) - _sigmoid(log_odds - reach)))
        ),
        "central_range": round10(float(np.ptp(np.quantile(_sigmoid(log_odds), [0.05, 0.95])))),
    }


def fit_scatter(design: Floats, spread: Floats) -> Floats:
    """Return the weights of log variance on the design, scaled so that mean variances agree."""
    variance = np.maximum(spread**2, 1e-10)
    ridge = 1e-6 * len(design) * np.eye(design.shape[1])
    weights = np.linalg.solve(design.T @ design + ridge, design.T @ np.log(variance))
    weights[0] += np.log(variance.mean() / np.exp(design @ weights).mean())
    return np.asarray(weights, dtype=np.float64)


def _simulate(
    training: TrainingSet, fitted: FittedRecipe, log_odds: Floats, simulations: int, seed: int
) -> tuple[float, Floats, Floats]:
    """Return the sharpening, the simulated truth and each simulation's errors, all log-odds."""
    draw = np.random.default_rng([seed, 7])
    spreads = [
        float(np.std(_rerun(training, fitted, log_odds, draw).out_of_fold))
        for _ in range(SHARPENING)
    ]
    seen = float(np.std(fitted.out_of_fold)) if len(fitted.out_of_fold) else 0.0
    usual = float(np.mean(spreads))
    # Shrinkage makes a model's own copies narrower than the model: undo as much before simulating.
    scale = float(np.clip(seen / usual, 1.0, SHARPEST)) if usual > 0 else 1.0
    truth = log_odds.mean() + scale * (log_odds - log_odds.mean())
    X = training.X[[column.name for column in fitted.columns]]
    errors = [_rerun(training, fitted, truth, draw).log_odds(X) - truth for _ in range(simulations)]
    return scale, truth, np.array(errors)


def _rerun(
    training: TrainingSet, fitted: FittedRecipe, truth: Floats, draw: np.random.Generator
) -> FittedRecipe:
    """Run the recipe, settings fixed, on outcomes drawn from a known truth."""
    outcome = (draw.random(len(truth)) < _sigmoid(truth)).astype(np.int8)
    learned = FAMILIES[fitted.recipe.family].learned
    kept = {name: value for name, value in fitted.params.items() if name not in learned}
    recipe = replace(fitted.recipe, params=kept, trials=0)
    simulated = replace(training, y=pd.Series(outcome, index=training.y.index))
    return fit_recipe(simulated, recipe)


def find_tau(errors: Floats, sd: Floats, truth: Floats, z: float) -> float:
    """Return the smallest tau whose interval holds 95 % overall and 92 % in each fifth of truth."""

    def holds(tau: float) -> bool:
        inside = np.abs(errors) <= z * np.sqrt(sd**2 + tau**2)
        overall, fifths = _coverage(inside, truth)
        return overall >= AIM and min(fifths) >= AIM_FIFTH

    low, high = 0.0, WIDEST
    if holds(low):
        return low
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _coverage(inside: NDArray[np.bool_], truth: Floats) -> tuple[float, list[float]]:
    by_person = np.atleast_2d(inside).mean(axis=0)
    order = np.argsort(truth, kind="stable")
    fifths = [float(by_person[part].mean()) for part in np.array_split(order, 5)]
    return float(by_person.mean()), fifths


def _measured(
    errors: Floats, sd: Floats, truth: Floats, z: float, tau: float
) -> dict[str, float | list[float]]:
    """Return coverage on a simulation that this tau was not tuned on."""
    overall, fifths = _coverage(np.abs(errors) <= z * np.sqrt(sd**2 + tau**2), truth)
    return {"coverage": round10(overall), "coverage_fifths": [round10(v) for v in fifths]}


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float64)
