"""The averaged family: the mean of two log-odds and of two ledgers, of parts fitted once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.errors import DesignError, ModelError
from predict.evaluation import Plan, cross_validation
from predict.evaluation.cross_validation import cross_fit, rivals
from predict.features.training_set import TrainingSet
from predict.model_folder import load_model, save_model
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_folder
from predict.models import fitting
from predict.models.families import FAMILIES
from predict.models.families.averaged import Averaged
from predict.models.fitting import fit_recipe, parts_of
from predict.models.recipe import Recipe
from predict.models.response_model import FittedRecipe, ResponseModel
from predict.simulation.examples import demo

SETTINGS = {
    "linear.strength": 0.02,
    "boosted.max_depth": 2,
    "boosted.eta": 0.15,
    "boosted.rounds": 20,
}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    example = demo(tmp_path_factory.mktemp("demo"), people=1500, seed=2)
    cohort = pr.read_cohort(example.table, example.study)
    return pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")


@pytest.fixture(scope="module")
def model(training: TrainingSet) -> ResponseModel:
    assert training.n >= 1000
    return pr.train(training, Recipe(family="averaged", params=SETTINGS), refits=0)


@pytest.fixture(scope="module")
def parts(training: TrainingSet, model: ResponseModel) -> list[FittedRecipe]:
    return [fit_recipe(training, part) for part in parts_of(model.fitted.recipe)]


@pytest.fixture(scope="module")
def features(model: ResponseModel, training: TrainingSet) -> pd.DataFrame:
    return training.X[[column.name for column in model.columns]]


def test_its_log_odds_are_the_mean_of_the_parts(
    model: ResponseModel, parts: list[FittedRecipe], features: pd.DataFrame
) -> None:
    mean = np.mean([part.margin(features) for part in parts], axis=0)
    np.testing.assert_allclose(model.fitted.margin(features), mean, atol=1e-12)
    assert np.abs(parts[0].margin(features) - parts[1].margin(features)).max() > 0.05


def test_its_ledger_is_the_mean_of_two_ledgers_and_adds_up(
    model: ResponseModel, parts: list[FittedRecipe], features: pd.DataFrame
) -> None:
    log_odds, shares, start = model.explained(features)
    np.testing.assert_allclose(start + shares.sum(axis=1), log_odds, atol=1e-9)
    own = [part.explained(features)[1] / part.calibration.a for part in parts]
    np.testing.assert_allclose(shares / model.fitted.calibration.a, np.mean(own, axis=0), atol=1e-9)


def test_it_is_calibrated_on_the_mean_of_out_of_fold_log_odds(
    model: ResponseModel, parts: list[FittedRecipe]
) -> None:
    np.testing.assert_allclose(
        model.fitted.margins, np.mean([part.margins for part in parts], axis=0)
    )
    assert model.fitted.calibration.kind == "platt"


def test_parts_that_were_fitted_already_are_not_fitted_again(
    training: TrainingSet, model: ResponseModel, parts: list[FittedRecipe],
    monkeypatch: pytest.MonkeyPatch, features: pd.DataFrame,
) -> None:  # fmt: skip
    monkeypatch.setattr(fitting, "search", lambda *_: pytest.fail("searched again"))
    again = fit_recipe(training, model.fitted.recipe, parts=parts)
    assert np.array_equal(again.log_odds(features), model.log_odds(features))


def test_judging_fits_each_part_once_a_fold(
    training: TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    real = fitting.search

    def spy(family, *asked):  # type: ignore[no-untyped-def]
        searched.append(family.name)
        return real(family, *asked)

    monkeypatch.setattr(fitting, "search", spy)
    plan = Plan(outer=2, repeats=1, families=("linear", "boosted", "averaged"))
    judged = cross_fit(training, Recipe(family="best", trials=0, inner=2), plan)
    assert sorted(searched) == ["boosted", "boosted", "linear", "linear"]
    assert judged.models == ("linear", "boosted", "averaged")
    assert np.isfinite(judged.probability["averaged"]).all()
    between = np.sort([judged.margin["linear"], judged.margin["boosted"]], axis=0)
    assert (judged.margin["averaged"] >= between[0] - 1e-9).all()
    assert (judged.margin["averaged"] <= between[1] + 1e-9).all()


def test_below_a_thousand_people_it_is_not_offered(training: TrainingSet) -> None:
    plan = Plan()
    assert "averaged" in rivals(Recipe(family="best"), plan, 1000)
    assert "averaged" not in rivals(Recipe(family="best"), plan, 999)
    few = training.take(np.arange(400))
    for learn in (pr.train, lambda t, r: cross_validation.cross_fit(t, r, plan)):
        with pytest.raises(DesignError, match=r"1,000 people.*linear or boosted"):
            learn(few, Recipe(family="averaged"))


def test_a_stored_model_is_the_same_and_written_the_same(
    model: ResponseModel, features: pd.DataFrame, tmp_path: Path
) -> None:
    folder = save_model(model, tmp_path / "model", made="then")
    again = load_model(folder)
    for one, other in zip(again.explained(features), model.explained(features), strict=True):
        assert np.array_equal(one, other)
    other = save_model(again, tmp_path / "again", made="then")
    name = FAMILIES["averaged"].file
    assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_a_file_that_lacks_a_half_is_refused(model: ResponseModel, tmp_path: Path) -> None:
    folder = save_model(model, tmp_path / "model")
    manifest, files = read_folder(folder)
    name = FAMILIES["averaged"].file
    files[name] = files[name].replace(b'"linear"', b'"linnet"', 1)
    (folder / name).write_bytes(files[name])
    facts = {key: value for key, value in manifest.items() if key not in ("files", "format")}
    (folder / MANIFEST).write_bytes(manifest_bytes(facts, files))
    with pytest.raises(ModelError, match=name):
        load_model(folder)


def test_marginal_reasons_add_up_too(training: TrainingSet, features: pd.DataFrame) -> None:
    recipe = Recipe(family="averaged", params=SETTINGS, reasons="marginal")
    model = pr.train(training, recipe, refits=0)
    assert model.marginal is not None
    log_odds, shares, start = model.marginal.explained(features)
    np.testing.assert_allclose(start + shares.sum(axis=1), log_odds, atol=1e-9)
    np.testing.assert_allclose(log_odds, model.log_odds(features), atol=1e-9)


def test_drivers_interval_and_interactions_come_from_it_as_from_any(
    training: TrainingSet, features: pd.DataFrame
) -> None:
    recipe = Recipe(family="averaged", params={**SETTINGS, "boosted.rounds": 5}, inner=2)
    model = pr.train(training, recipe, refits=6)
    assert model.interval is not None
    assert model.facts["drivers"]["interventional"]["background"] == training.n
    Z = model.fitted.prepared(features.iloc[:20])
    fitted = model.fitted.estimator
    assert isinstance(fitted, Averaged)
    shares, _ = fitted.contributions(Z)
    np.testing.assert_allclose(fitted.interactions(Z).sum(axis=2), shares, atol=1e-5)


def test_settings_are_named_after_their_part() -> None:
    family = FAMILIES["averaged"]
    assert family.setting_faults({"boosted.eta": 0.1, "linear.l1_ratio": 0.5}) == []
    assert len(family.setting_faults({"eta": 0.1, "boosted.eta": 7})) == 2
    assert replace(Recipe(), family="averaged", params={"boosted.eta": 0.1}).decided is family
