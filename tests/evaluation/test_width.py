"""The interval of an estimate: learned, stored as plain numbers, and wide enough on simulations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from predict.features.training_set import TrainingSet
from predict.models.fitting import fit_recipe
from predict.models.interval import limits
from predict.models.interval_calibration import find_tau, fit_scatter, learn_interval
from predict.models.recipe import Recipe


@pytest.mark.parametrize("family", ["prior", "severity"])
def test_an_interval_is_learned_for_every_family(training: TrainingSet, family: str) -> None:
    fitted = fit_recipe(training, Recipe(family=family, trials=0))
    interval = learn_interval(training, fitted, times=12, simulations=3)
    assert json.loads(json.dumps(interval)) == interval
    X = training.X[[column.name for column in fitted.columns]]
    low, high = limits(interval, fitted.log_odds(X), X)
    p = fitted.probability(X)
    assert ((low < p) & (p < high)).all()
    assert interval["coverage"] > 0.7
    assert interval["refits"] + interval["refits_lost"] == 12


def test_the_same_seed_learns_the_same_interval(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="severity", trials=0))
    first, second = (
        learn_interval(training, fitted, times=6, simulations=2, seed=3) for _ in range(2)
    )
    assert first == second


def test_no_person_stands_in_what_is_stored(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="severity", trials=0))
    stored = json.dumps(learn_interval(training, fitted, times=6, simulations=2))
    assert not any(person in stored for person in training.X.index)
    assert len(stored) < 3000


def test_tau_is_the_smallest_that_holds() -> None:
    draw = np.random.default_rng(1)
    truth = draw.normal(size=4000)
    sd = np.full(4000, 0.1)
    errors = draw.normal(scale=0.3, size=(4, 4000))
    tau = find_tau(errors, sd, truth, 1.645)
    inside = (np.abs(errors) <= 1.645 * np.sqrt(sd**2 + tau**2)).mean()
    assert 0.95 <= inside < 0.965
    assert find_tau(errors / 100, sd, truth, 1.645) == 0


def test_the_scatter_function_keeps_the_mean_variance() -> None:
    draw = np.random.default_rng(2)
    design = np.column_stack([np.ones(500), draw.normal(size=500)])
    spread = np.exp(0.2 * design[:, 1]) * draw.uniform(0.8, 1.2, 500)
    fitted = np.exp(design @ fit_scatter(design, spread))
    assert fitted.mean() == pytest.approx((spread**2).mean(), rel=1e-6)
