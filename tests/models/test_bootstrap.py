"""The refit machine: the same numbers for any number of workers, whole clusters, lost resamples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.errors import DesignError
from predict.features.columns import Column
from predict.features.training_set import TrainingSet
from predict.models.bootstrap import RefitResults, refit_many
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe

SETTINGS = {"max_depth": 2, "eta": 0.2, "rounds": 12}
STUDY = read_study(
    {
        "id": "person",
        "layout": "wide",
        "visits": ["v", "w"],
        "rounds": {"one": {"start": "v", "end": "w"}},
        "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    }
)


def people(n: int = 300, seed: int = 0) -> TrainingSet:
    """People whose outcome follows `mood`; `noise` and the choice `site` say nothing."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"p{i:04d}" for i in range(n)], name="id")
    mood = rng.integers(0, 10, n).astype("float64")
    X = pd.DataFrame(
        {
            "mood": np.where(rng.random(n) < 0.05, np.nan, mood),
            "noise": rng.normal(size=n),
            "site": rng.choice(["a", "b"], n),
        },
        index=index,
    )
    y = (rng.random(n) < 1 / (1 + np.exp(0.6 * (mood - 4.5)))).astype("int8")
    columns = tuple(
        Column(
            name, name.title(), "choice" if name == "site" else "number", "person", "people", "v"
        )
        for name in X
    )
    return TrainingSet(
        X=X,
        y=pd.Series(y, index=index),
        groups=pd.Series(index, index=index, dtype="str"),
        columns=columns,
        chosen=tuple(X),
        labels=pd.DataFrame(),
        left_out=pd.DataFrame({"id": [], "why": []}),
        study=STUDY,
        outcome=read_outcome("phq9_response"),
        round="one",
        as_of="v",
        blocks=("people",),
        extras=pd.DataFrame(index=index),
    )


@pytest.fixture(scope="module")
def training() -> TrainingSet:
    return people()


@pytest.fixture(scope="module")
def refits(training: TrainingSet) -> RefitResults:
    fitted = fit_recipe(training, Recipe(params=SETTINGS))
    return refit_many(training, fitted, 12, seed=5, workers=1)


def test_a_strong_driver_keeps_its_direction_and_noise_does_not_lead(refits: RefitResults) -> None:
    assert (refits.alike["mood"] > 0.8).all()
    assert (refits.strength["mood"] > refits.strength["noise"]).all()


def test_estimates_without_reasons_are_the_same_estimates(
    training: TrainingSet, refits: RefitResults
) -> None:
    fitted = fit_recipe(training, Recipe(params=SETTINGS))
    plain = refit_many(training, fitted, 3, seed=5, workers=1, explain=False)
    np.testing.assert_allclose(
        plain.log_odds.to_numpy(), refits.log_odds.to_numpy()[:3], rtol=0, atol=1e-9
    )
    assert plain.strength.shape == (3, 0)


def test_two_workers_give_the_same_bytes(training: TrainingSet, refits: RefitResults) -> None:
    fitted = fit_recipe(training, Recipe(params=SETTINGS))
    both = refit_many(training, fitted, 12, seed=5, workers=2)
    assert both.log_odds.equals(refits.log_odds)
    assert both.strength.equals(refits.strength)


def test_other_people_can_be_asked_about(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(family="linear", params={"strength": 0.01}))
    others = people(20, seed=9).X
    asked = refit_many(training, fitted, 4, seed=1, workers=1, on=others)
    assert asked.log_odds.shape == (4, 20)
    assert asked.raised.shape == (20, 3)
    assert asked.spread.gt(0).all()


def test_a_cluster_is_drawn_whole_or_not_at_all(training: TrainingSet) -> None:
    from predict.models.bootstrap import _clusters, _resample, _Share

    clusters = pd.Series([f"c{i // 10}" for i in range(training.n)], index=training.X.index)
    clustered = replace(training, groups=clusters)
    fitted = fit_recipe(training, Recipe(params=SETTINGS))
    share = _Share(
        training.X, training.y.to_numpy(), _clusters(clustered), fitted, training.X,
        np.empty((0, 0)), 3, range(1), False,
    )  # fmt: skip
    drawn = pd.Series(_resample(share, 0)).groupby(clusters.to_numpy())
    assert (drawn.min() == drawn.max()).all()
    assert drawn.first().sum() == clusters.nunique()


def test_too_few_people_of_an_outcome_are_refused_by_name(training: TrainingSet) -> None:
    fitted = fit_recipe(training, Recipe(params=SETTINGS))
    rare = replace(training, y=pd.Series(np.r_[np.ones(6), np.zeros(294)], index=training.X.index))
    with pytest.raises(DesignError, match="REFITS_LOST"):
        refit_many(rare, fitted, 10, seed=1, workers=1)
