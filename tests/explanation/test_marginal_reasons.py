"""Marginal reasons from an experiment to a score: beside the others, stored as counts of groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.cohort import Cohort
from predict.errors import DesignError, ExperimentError, ModelError
from predict.features.training_set import TrainingSet
from predict.model_folder import load_model, save_model
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_folder
from predict.models.marginal_reasons import against_everybody, points
from predict.models.response_model import ResponseModel
from predict.pipeline.experiment import read_experiment
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings
from predict.simulation.examples import demo

SETTINGS = {"max_depth": 3, "eta": 0.15, "rounds": 25}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    example = demo(tmp_path_factory.mktemp("demo"), people=500, seed=2)
    return pr.read_cohort(example.table, example.study)


@pytest.fixture(scope="module")
def training(cohort: Cohort) -> TrainingSet:
    return pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")


@pytest.fixture(scope="module")
def model(training: TrainingSet) -> ResponseModel:
    return pr.train(training, pr.Recipe(params=SETTINGS, reasons="marginal"), refits=0)


@pytest.fixture(scope="module")
def plain(training: TrainingSet) -> ResponseModel:
    return pr.train(training, pr.Recipe(params=SETTINGS), refits=0)


@pytest.fixture(scope="module")
def features(model: ResponseModel, training: TrainingSet) -> pd.DataFrame:
    return training.X[[column.name for column in model.columns]]


def test_estimates_and_path_reasons_do_not_depend_on_marginal_ones(
    model: ResponseModel, plain: ResponseModel, features: pd.DataFrame
) -> None:
    assert plain.marginal is None
    for one, other in zip(model.explained(features), plain.explained(features), strict=True):
        assert np.array_equal(one, other)


def test_marginal_reasons_add_up_to_the_same_estimate(
    model: ResponseModel, features: pd.DataFrame
) -> None:
    assert model.marginal is not None
    log_odds, shares, start = model.marginal.explained(features)
    np.testing.assert_allclose(log_odds, model.log_odds(features), rtol=0, atol=1e-12)
    np.testing.assert_allclose(start + shares.sum(axis=1), log_odds, rtol=0, atol=1e-9)
    assert start == pytest.approx(model.log_odds(features).mean(), abs=0.03)


def test_the_model_states_what_protecting_people_costs(
    model: ResponseModel, plain: ResponseModel, features: pd.DataFrame
) -> None:
    told = model.facts["marginal"]
    assert "marginal" not in plain.facts
    exact = points(against_everybody(model.fitted, features), features)
    assert model.fitted.marginal is not None
    change = np.abs(points(model.fitted.marginal, features) - exact)
    assert (told["people"], told["group"]) == (len(features), 11)
    assert told["mean_change"] == pytest.approx(change.mean(), abs=1e-9)
    assert 0 < told["mean_change"] < 0.2 < told["largest_change"] < 3


def test_a_score_has_both_kinds_side_by_side(model: ResponseModel, cohort: Cohort) -> None:
    scores = pr.score(model, cohort, explain="all")
    shown = scores[scores["status"] == "scored"].iloc[0]
    ours = [f"contribution_{column.name}" for column in model.columns]
    kept = {"marginal_lowered_by", "marginal_raised_by", *ours, *(f"marginal_{n}" for n in ours)}
    assert kept <= set(scores)
    gap = shown[[f"marginal_{name}" for name in ours]].sum() - shown[ours].sum()
    assert model.marginal is not None
    starts = [m.explained(cohort_rows(m, cohort))[2] for m in (model, model.marginal)]
    assert gap == pytest.approx(starts[0] - starts[1], abs=1e-4)
    assert (scores["marginal_raised_by"] != scores["raised_by"]).any()


def cohort_rows(model: ResponseModel, cohort: Cohort) -> pd.DataFrame:
    return model.features(cohort).iloc[:1]


def test_only_models_that_were_asked_have_the_columns(
    model: ResponseModel, plain: ResponseModel, cohort: Cohort
) -> None:
    for explain in ("none", "top", "all"):
        assert not any("marginal" in name for name in pr.score(plain, cohort, explain=explain))
    assert not any("marginal" in name for name in pr.score(model, cohort, explain="none"))


def test_explain_tells_both_a_row(model: ResponseModel, cohort: Cohort) -> None:
    found = pr.explain(model, cohort)
    rows = found.frame()
    assert {"points", "log_odds", "marginal_points", "marginal_log_odds"} <= set(rows)
    assert found.marginal is not None
    whole = rows.groupby("id", sort=False)["marginal_log_odds"].sum()
    np.testing.assert_allclose(found.marginal.start + whole, found.log_odds, atol=1e-9)


def test_a_stored_model_keeps_counts_and_gives_the_same_bytes(
    model: ResponseModel, features: pd.DataFrame, tmp_path: Path
) -> None:
    save_model(model, tmp_path / "model")
    stored = json.loads((tmp_path / "model" / "marginal.json").read_text())
    counts = np.array(stored["count"])
    assert ((counts == 0) | (counts >= 11)).all()
    again = load_model(tmp_path / "model")
    assert again.marginal is not None
    assert model.marginal is not None
    one, other = again.marginal.explained(features), model.marginal.explained(features)
    assert one[1].tobytes() == other[1].tobytes()
    assert again.facts["marginal"] == model.facts["marginal"]
    assert "groups of 11" in (tmp_path / "model" / "card.md").read_text()


def test_counts_of_other_trees_are_refused(model: ResponseModel, tmp_path: Path) -> None:
    folder = save_model(model, tmp_path / "model")
    manifest, files = read_folder(folder)
    stored = json.loads(files["marginal.json"])
    stored["count"][0] += 1
    files["marginal.json"] = json.dumps(stored).encode()
    (folder / "marginal.json").write_bytes(files["marginal.json"])
    facts = {key: value for key, value in manifest.items() if key not in ("files", "format")}
    (folder / MANIFEST).write_bytes(manifest_bytes(facts, files))
    with pytest.raises(ModelError, match=r"marginal\.json"):
        load_model(folder)


def test_marginal_reasons_that_no_longer_come_out_are_refused(
    model: ResponseModel, tmp_path: Path
) -> None:
    folder = save_model(model, tmp_path / "model")
    manifest, files = read_folder(folder)
    canary = json.loads(files["canary.json"])
    canary["marginal"]["contributions"][4][0] += 1e-5
    files["canary.json"] = json.dumps(canary).encode()
    (folder / "canary.json").write_bytes(files["canary.json"])
    facts = {key: value for key, value in manifest.items() if key not in ("files", "format")}
    (folder / MANIFEST).write_bytes(manifest_bytes(facts, files))
    with pytest.raises(ModelError, match="CANARY_DIFFERS"):
        load_model(folder)


def test_on_a_cluster_parts_with_both_kinds_of_reasons_are_the_same_bytes(
    model: ResponseModel, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    folder = save_model(model, tmp_path / "model")
    table = demo(tmp_path / "demo", people=60, seed=2).table
    parts = {}
    for engine in ("local", "dask"):
        settings = ScoringSettings(explain="all", engine=engine, part_rows=30, max_rejected=1.0)
        score_folder(folder, str(table), tmp_path / engine, settings, form="csv")
        parts[engine] = {p.name: p.read_bytes() for p in (tmp_path / engine).glob("part-*")}
    assert any(b"marginal_contribution_" in part for part in parts["local"].values())
    assert len(parts["local"]) > 1
    assert parts["local"] == parts["dask"]


def test_families_that_add_up_have_marginal_reasons_already(training: TrainingSet) -> None:
    recipe = pr.Recipe(family="linear", params={"strength": 0.02}, reasons="marginal")
    assert pr.train(training, recipe, refits=0).marginal is None


def test_trees_too_deep_for_tables_are_refused_with_the_way_out(training: TrainingSet) -> None:
    from predict.models.families.attribution import Fallback
    from predict.models.families.boosted import BoostedTrees

    trees = BoostedTrees(b"{}")
    object.__setattr__(trees, "tables", Fallback(lambda X: X, "TOO_DEEP"))
    with pytest.raises(DesignError, match="max_depth"):
        trees.background(training.X)


def test_an_experiment_asks_for_them_by_one_word(tmp_path: Path) -> None:
    example = demo(tmp_path, people=60, seed=2)
    study = str(example.study)
    asked = {"study": study, "outcome": "phq9_response", "reasons": "marginal"}
    assert read_experiment(asked).recipe.reasons == "marginal"
    with pytest.raises(ExperimentError, match="Did you mean 'marginal'"):
        read_experiment({**asked, "reasons": "marginl"})


def test_deep_trees_still_have_drivers(training: TrainingSet) -> None:
    settings = {"max_depth": 12, "rounds": 3, "min_child_weight": 0, "reg_lambda": 0}
    deep = pr.train(training, pr.Recipe(params=settings), refits=4)
    assert not deep.fitted.estimator.tells_marginal
    assert deep.facts["drivers"]["interventional"] == {}
