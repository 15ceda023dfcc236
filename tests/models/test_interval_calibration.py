"""The interval of an estimate: learned, stored as plain numbers, and wide enough on simulations."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.features.training_set import TrainingSet, assemble
from predict.models.bootstrap import refit_many
from predict.models.fitting import fit_recipe
from predict.models.interval import limits
from predict.models.interval_calibration import (
    Trial,
    between_clusters,
    find_misfit,
    fit_scatter,
    learn_interval,
    measured,
    shift,
)
from predict.models.known_truths import known_truths
from predict.models.recipe import Recipe
from predict.simulation.examples import demo


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    """Round one of 260 people of the simulated programme, on scales and people only."""
    made = demo(tmp_path_factory.mktemp("demo"), people=260, seed=3)
    return assemble(
        read_cohort(made.table, made.study), "phq9_response", blocks=("scales", "people")
    )


@pytest.mark.parametrize("family", ["prior", "severity"])
def test_an_interval_is_learned_for_every_family(training: TrainingSet, family: str) -> None:
    fitted = fit_recipe(training, Recipe(family=family, trials=0))
    interval = learn_interval(training, fitted, times=12)
    assert json.loads(json.dumps(interval)) == interval
    X = training.X[[column.name for column in fitted.columns]]
    low, high = limits(interval, fitted.log_odds(X), X)
    p = fitted.probability(X)
    assert ((low < p) & (p < high)).all()
    assert interval["coverage"] > 0.7
    assert interval["refits"] + interval["refits_lost"] == 12


def test_the_same_seed_learns_the_same_interval(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="severity", trials=0))
    first, second = (learn_interval(training, fitted, times=6, seed=3) for _ in range(2))
    assert first == second


def test_no_person_stands_in_what_is_stored(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="severity", trials=0))
    stored = json.dumps(learn_interval(training, fitted, times=6))
    assert not any(person in stored for person in training.X.index)
    assert len(stored) < 3000


BASE = {"z": 1.645, "people": 4000}


def trial(kind: str, strays: float, *, seed: int = 1, sd: float = 0.1) -> Trial:
    """People whose true probability strays from the estimate by so many points."""
    draw = np.random.default_rng(seed)
    estimate = draw.normal(size=4000)
    p = 1 / (1 + np.exp(-estimate))
    truth = np.clip(p + draw.normal(scale=strays, size=4000), 0.001, 0.999)
    return Trial(kind, np.log(truth / (1 - truth)), estimate, np.full(4000, sd))


def held(some: Trial, misfit: float) -> np.ndarray:
    return some.coverage({**BASE, "misfit": misfit, "between": 0.0})


def test_the_misfit_is_the_smallest_that_holds_overall_and_in_each_fifth() -> None:
    some = trial("own", 0.06)
    misfit = find_misfit(BASE, [some])
    assert held(some, misfit)[0] >= 0.95
    assert held(some, misfit)[1:].min() >= 0.92
    barely = held(some, misfit - 0.002)
    assert barely[0] < 0.95 or barely[1:].min() < 0.92
    assert find_misfit(BASE, [trial("own", 0.0)]) == 0.0


def test_each_kind_of_truth_must_be_held_by_itself() -> None:
    near, far = trial("own", 0.02), trial("rival", 0.10, seed=2)
    misfit = find_misfit(BASE, [near, near, near, far])
    assert misfit == find_misfit(BASE, [far])
    assert held(far, misfit)[0] >= 0.95


def test_what_is_measured_was_not_tuned_on() -> None:
    measures = measured(BASE, [trial("own", 0.02), trial("rival", 0.10, seed=2)])
    # Tuned on the near truth alone, the far one is held by few: their mean lies well below both.
    assert measures["coverage"] < 0.8
    assert len(measures["coverage_fifths"]) == 5


def test_where_everybody_has_one_truth_fifths_are_those_of_the_estimate() -> None:
    estimate = np.random.default_rng(3).permutation(np.repeat([-2.0, -1.0, 0.0, 1.0, 2.0], 100))
    flat = Trial("own", np.zeros(500), estimate, np.full(500, 0.3))
    assert held(flat, 0.0).tolist() == [0.2, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_truths_stray_from_the_model_in_three_ways(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="severity", trials=0))
    refits = refit_many(training, fitted, 6, seed=1, workers=1, explain=False)
    scale, truths = known_truths(training, fitted, refits, seed=1)
    own = fitted.log_odds(training.X[[column.name for column in fitted.columns]])
    kinds = [truth.kind for truth in truths]
    assert kinds == ["own", "drawn", "drawn", "drawn", "rival"]
    assert scale >= 1.0
    assert np.corrcoef(truths[0].log_odds, own)[0, 1] == pytest.approx(1.0)
    trees = fit_recipe(training, Recipe(family="boosted", trials=0))
    assert truths[-1].log_odds == pytest.approx(trees.log_odds(training.X))
    drawn = truths[1].log_odds - truths[1].log_odds.mean()
    again = refits.log_odds.to_numpy()[0]
    assert drawn == pytest.approx(scale * (again - again.mean()))
    assert all(truth.estimates.shape == (len(truth.estimates), training.n) for truth in truths)


def clustered(training: TrainingSet, count: int, sd: float) -> tuple[TrainingSet, np.ndarray]:
    """Four thousand people of clusters that differ, with estimates that know nothing of it."""
    draw = np.random.default_rng(4)
    groups = draw.integers(0, count, 4000)
    line = draw.normal(size=4000)
    p = 1 / (1 + np.exp(-(line + draw.normal(0, sd, count)[groups])))
    y = pd.Series((draw.random(4000) < p).astype("int8"))
    study = replace(training.study, cluster="site")
    X = pd.DataFrame({"line": line})
    return replace(training, X=X, y=y, groups=pd.Series(groups), study=study), line


def test_what_a_new_cluster_adds_is_found_and_widened_for_few_clusters(
    training: TrainingSet,
) -> None:
    many, line = clustered(training, 80, 0.7)
    assert between_clusters(many, line, level=0.9) == pytest.approx(0.7, abs=0.12)
    few, line = clustered(training, 5, 0.7)
    assert between_clusters(few, line, level=0.9) == 0.0
    unnamed = replace(many, study=replace(many.study, cluster=None))
    assert between_clusters(unnamed, line, level=0.9) == 0.0


def test_a_cluster_where_everybody_responded_has_a_finite_shift() -> None:
    moved, error = shift(np.ones(30), np.zeros(30))
    assert moved == pytest.approx(np.log(30.5 / 0.5))
    assert np.isfinite(error)


def test_the_scatter_function_keeps_the_mean_variance() -> None:
    draw = np.random.default_rng(2)
    design = np.column_stack([np.ones(500), draw.normal(size=500)])
    spread = np.exp(0.2 * design[:, 1]) * draw.uniform(0.8, 1.2, 500)
    fitted = np.exp(design @ fit_scatter(design, spread))
    assert fitted.mean() == pytest.approx((spread**2).mean(), rel=1e-6)
