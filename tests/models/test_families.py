"""The contract every model family keeps, and golden weights for the elastic net."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predict.models.families import FAMILIES, FoldData
from predict.models.families.additive import rate_log_odds

RNG = np.random.default_rng(11)
N = 160


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, np.ndarray]:
    Z = pd.DataFrame(RNG.normal(size=(N, 4)), columns=["a", "b", "c", "d"])
    y = (RNG.random(N) < 1 / (1 + np.exp(-(Z["a"] - 0.5 * Z["b"])))).astype("int8").to_numpy()
    return Z, y


def _fitted(name: str, Z: pd.DataFrame, y: np.ndarray):
    family = FAMILIES[name]
    columns = Z[[]] if name == "prior" else Z
    return family.fit(columns, y, family.defaults, seed=1, threads=1), columns


@pytest.mark.parametrize("name", FAMILIES)
def test_start_plus_contributions_is_the_margin(name: str, people):
    fitted, Z = _fitted(name, *people)
    shares, start = fitted.contributions(Z)
    assert shares.shape == Z.shape
    assert np.abs(start + shares.sum(axis=1) - fitted.margin(Z)).max() < 1e-5


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_stored_predicts_alike(name: str, people):
    fitted, Z = _fitted(name, *people)
    again = FAMILIES[name].from_bytes(fitted.to_bytes())
    assert np.array_equal(again.margin(Z), fitted.margin(Z))
    assert again.to_bytes() == fitted.to_bytes()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_seed_gives_the_same_bytes_at_any_thread_count(name: str, people):
    family, (Z, y) = FAMILIES[name], people
    Z = Z[[]] if name == "prior" else Z
    one, two = (family.fit(Z, y, family.defaults, seed=3, threads=t).to_bytes() for t in (1, 2))
    assert one == two


@pytest.mark.parametrize("name", FAMILIES)
def test_a_trial_judges_people_it_did_not_learn_from(name: str, people):
    family, (Z, y) = FAMILIES[name], people
    Z = Z[[]] if name == "prior" else Z
    half = np.arange(N) < N // 2
    folds = [
        FoldData(Z[~test], y[~test], Z[test], y[test], np.flatnonzero(test))
        for test in (half, ~half)
    ]
    trial = family.bench(folds, seed=1, threads=1).attempt(family.defaults)
    expected = np.mean(np.logaddexp(0, trial.margins) - y * trial.margins)
    assert trial.loss == pytest.approx(expected)
    assert trial.margins.shape == (N,)


def test_the_prior_says_the_rate_to_everybody(people):
    Z, y = people
    fitted, nothing = _fitted("prior", Z, y)
    assert fitted.margin(nothing) == pytest.approx(np.full(N, rate_log_odds(y)))


def test_trees_carry_missing_values_on_their_own(people):
    Z, y = people
    holed = Z.mask(RNG.random(Z.shape) < 0.3)
    fitted, _ = _fitted("boosted", holed, y)
    assert np.isfinite(fitted.margin(holed)).all()
    assert np.isfinite(fitted.margin(pd.DataFrame(np.nan, index=[0], columns=Z.columns))).all()


def test_trees_that_learned_nothing_say_so_without_falling_over(people):
    Z, y = people
    family = FAMILIES["boosted"]
    settings = {**family.defaults, "min_child_weight": 1e6, "rounds": 3}
    fitted = family.fit(Z, y, settings, seed=1, threads=1)
    shares, start = fitted.contributions(Z)
    assert not shares.any()
    assert fitted.margin(Z) == pytest.approx(np.full(N, start))


def test_the_elastic_net_equals_glmnet(people):
    """Golden weights: tests/golden/elastic_net.R (R's glmnet) on the same people."""
    golden = pd.read_csv(_golden("elastic_net.csv"))
    table = pd.read_csv(_golden("elastic_net_people.csv"))
    Z, y = table.drop(columns="y"), table["y"].to_numpy()
    params = {"strength": 0.05, "l1_ratio": 0.5}
    fitted = FAMILIES["linear"].fit(Z, y, params, seed=1, threads=1)
    assert [fitted.intercept, *fitted.weights] == pytest.approx(golden["estimate"], abs=1e-6)


def _golden(name: str):
    from pathlib import Path

    return Path(__file__).parents[1] / "golden" / name
