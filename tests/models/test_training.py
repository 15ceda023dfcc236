"""Search and training on arrays small enough to think about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.errors import DesignError, ExperimentError, UsageError
from predict.features.training_set import assemble
from predict.models.families import FAMILIES
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.models.tuning import inner_folds, prepared_folds, search
from predict.simulation import simulate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def training():
    study = read_study(ROOT / "experiments" / "demo_study.toml")
    cohort = read_cohort(simulate("demo", people=400, seed=5).table, study)
    return assemble(cohort, "phq9_response", blocks=["scales", "people"])


def test_the_search_is_the_same_however_many_threads_run_it(training):
    one, two = (fit_recipe(training, Recipe(trials=6, threads=threads)) for threads in (1, 2))
    assert one.params == two.params
    assert one.estimator.to_bytes() == two.estimator.to_bytes()
    assert np.array_equal(one.out_of_fold, two.out_of_fold)


def test_a_longer_search_never_ends_worse_on_its_own_folds(training):
    family = FAMILIES["linear"]
    recipe = Recipe(family="linear", trials=8)
    names = family.choose(training)
    folds = prepared_folds(training, names, family, inner_folds(training, recipe))
    bench = family.bench(folds, seed=1, threads=1)
    short, long = (search(family, bench, replace(recipe, trials=n)).loss for n in (1, 8))
    assert long <= short


def test_fixed_settings_skip_the_search(training):
    fitted = fit_recipe(training, Recipe(params={"max_depth": 1, "rounds": 7}))
    assert (fitted.params["max_depth"], fitted.params["rounds"]) == (1, 7)


def test_what_prepares_a_fold_learned_from_that_folds_training_people_only(training):
    family = FAMILIES["linear"]
    folds = inner_folds(training, Recipe(family="linear"))
    made = prepared_folds(training, ["age"], family, folds)
    for fold, data in zip(folds, made, strict=True):
        ages = training.X["age"].iloc[fold.train]
        filled = ages.fillna(ages.median())
        expected = (filled - filled.mean()) / filled.std(ddof=0)
        assert np.allclose(data.train["age"], expected)


def test_severity_looks_at_the_outcome_scales_total_alone(training):
    assert FAMILIES["severity"].choose(training) == ("phq9_total_baseline",)


def test_contributions_of_a_choice_are_one_reason(training):
    fitted = fit_recipe(training, Recipe(family="linear", params={"strength": 0.01}))
    shares, start = fitted.contributions(training.X)
    assert list(shares.columns) == [column.name for column in fitted.columns]
    total = start + shares.sum(axis=1).to_numpy()
    assert np.abs(total - fitted.log_odds(training.X)).max() < 1e-9


def test_the_mean_estimate_matches_the_rate(training):
    fitted = fit_recipe(training, Recipe(trials=4))
    assert fitted.probability(training.X).mean() == pytest.approx(training.y.mean(), abs=0.03)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_of_every_family_is_whole(training, name, monkeypatch):
    monkeypatch.setattr(type(FAMILIES[name]), "fewest", 0)
    small = training.take(np.arange(160))
    params = dict.fromkeys(FAMILIES[name].learned, 5)
    recipe = Recipe(family=name, params=params, trials=0)
    model = train(small, recipe, refits=4)
    assert model.interval["refits"] == model.facts["drivers"]["refits"] == 4
    drivers = {row["column"] for row in model.facts["drivers"]["drivers"]}
    assert drivers == {column.name for column in model.columns}
    assert "refits" not in repr(model)


def test_without_refits_a_model_says_what_it_lacks(training):
    model = train(training, Recipe(family="severity"), refits=0)
    assert model.interval is None
    assert repr(model).endswith("; no interval and no drivers (refits = 0))")


@pytest.mark.parametrize("times", [1, -3])
def test_too_few_refits_are_refused_before_anything_is_learned(training, times):
    with pytest.raises(UsageError, match=f"refits = {times}; give 2 or more"):
        train(training, Recipe(family="severity"), refits=times)


def test_a_recipe_that_judging_has_to_decide_is_not_learned(training):
    with pytest.raises(ExperimentError, match="FAMILY_UNDECIDED"):
        train(training, Recipe(family="best"), refits=0)


def test_too_few_events_stop_with_what_to_do(training):
    rare = np.flatnonzero(training.y.to_numpy() == 1)[:9]
    few = training.take(np.concatenate([rare, np.flatnonzero(training.y.to_numpy() == 0)]))
    with pytest.raises(DesignError, match="9 people of the rarer outcome are too few"):
        fit_recipe(few, Recipe())
