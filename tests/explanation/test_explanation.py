"""Reasons add up, are the same after storing, and are watched over by second opinions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.cohort import Cohort
from predict.errors import UsageError
from predict.explanation import (
    Explanation,
    driver_stability,
    interactions,
    interventional_gap,
    largest_remainder,
    permutation_importance,
    prediction_instability,
    top_overlap,
    with_drivers,
)
from predict.features.training_set import TrainingSet
from predict.models.bootstrap import RefitResults, refit_many
from predict.models.response_model import ResponseModel
from predict.simulation.examples import demo

SETTINGS = {"max_depth": 2, "eta": 0.15, "rounds": 25}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    example = demo(tmp_path_factory.mktemp("demo"), people=500, seed=2)
    return pr.read_cohort(example.table, example.study)


@pytest.fixture(scope="module")
def training(cohort: Cohort) -> TrainingSet:
    return pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")


@pytest.fixture(scope="module")
def model(training: TrainingSet) -> ResponseModel:
    return pr.train(training, pr.Recipe(params=SETTINGS), refits=0)


@pytest.fixture(scope="module")
def linear(training: TrainingSet) -> ResponseModel:
    return pr.train(training, pr.Recipe(family="linear", params={"strength": 0.02}), refits=0)


@pytest.fixture(scope="module")
def reasons(model: ResponseModel, cohort: Cohort) -> Explanation:
    return pr.explain(model, cohort)


@pytest.fixture(scope="module")
def features(model: ResponseModel, training: TrainingSet) -> pd.DataFrame:
    return training.X[[column.name for column in model.columns]]


@pytest.fixture(scope="module")
def refits(model: ResponseModel, training: TrainingSet) -> RefitResults:
    return refit_many(training, model.fitted, 20, seed=4, workers=1)


def test_printed_integers_add_up_for_every_person(reasons: Explanation) -> None:
    printed = reasons.printed()
    assert (printed.drop(columns="end").sum(axis=1) == printed["end"]).all()
    assert printed["end"].between(1, 99).all()


def test_a_persons_ledger_adds_up_and_hides_what_it_is_told_to(reasons: Explanation) -> None:
    for person in reasons.values.index[:25]:
        ledger = reasons.person(person, hidden=["age"]).set_index("step")["points"]
        assert ledger.drop("end").sum() == ledger["end"]
        assert "age" not in ledger
        assert len(ledger) <= 9
    with pytest.raises(UsageError, match="NOUN_WRONG: Expected a person's id as text, got an int"):
        reasons.person(355)  # type: ignore[arg-type]  # the mistake itself
    with pytest.raises(UsageError, match="Nobody of that id"):
        reasons.person("not there")


def test_points_add_up_to_the_move_from_the_start(reasons: Explanation) -> None:
    start = 100 / (1 + np.exp(-reasons.start))
    moved = start + reasons.points().sum(axis=1)
    np.testing.assert_allclose(moved, 100 * reasons.probability, atol=1e-6)


def test_domains_and_own_groups_keep_the_whole(reasons: Explanation) -> None:
    whole = reasons.contributions.sum(axis=1)
    np.testing.assert_allclose(reasons.by_domain().sum(axis=1), whole, atol=1e-12)
    names = list(reasons.contributions)
    halves = reasons.grouped({"first": names[:5], "second": names[5:]})
    np.testing.assert_allclose(halves.sum(axis=1), whole, atol=1e-12)


def test_rounding_keeps_the_total_and_stays_within_a_unit() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 4, (500, 12))
    totals = np.floor(values.sum(axis=1) + 0.5).astype("int64")
    whole = largest_remainder(values, totals)
    assert (whole.sum(axis=1) == totals).all()
    assert np.abs(whole - values).max() < 1.1


def test_linear_reasons_are_weight_times_value_summed_by_column(
    linear: ResponseModel, cohort: Cohort
) -> None:
    told = pr.explain(linear, cohort)
    X = linear.features(cohort).loc[told.values.index]
    Z = linear.fitted.prepared(X)
    by_hand = linear.fitted.calibration.a * Z * np.array(linear.fitted.estimator.weights)
    summed = by_hand.T.groupby(list(linear.fitted.preparation.origin)).sum().T
    np.testing.assert_allclose(told.contributions, summed[list(told.contributions)], atol=1e-12)
    np.testing.assert_allclose(told.start + summed.sum(axis=1), linear.log_odds(X), atol=1e-12)


def test_dependence_counts_everybody_and_hides_the_few(reasons: Explanation) -> None:
    age = reasons.dependence("age")
    assert age["n"].sum() == len(reasons.values)
    item = reasons.dependence("phq9_2_baseline")
    assert item.loc[item["n"] < 11, "mean_points"].isna().all()
    assert item["answer"].tolist()[-1] == "not answered"
    sex = reasons.dependence("sex")
    assert set(sex["answer"]) <= {"female", "male", "other", "not answered"}
    with pytest.raises(UsageError, match="Did you mean 'age'"):
        reasons.dependence("agee")


def test_every_plot_of_shap_takes_the_reasons(reasons: Explanation) -> None:
    told = reasons.shap()
    np.testing.assert_allclose(told.values.sum(axis=1) + told.base_values, reasons.log_odds)
    import shap

    assert shap.plots.bar(told, show=False).get_xlabel()


def test_a_figure_of_reasons_shows_the_leading_columns(reasons: Explanation) -> None:
    overall = reasons.overall()
    axes = reasons.plot(most=5)
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(overall["mean_points"][:5])
    person = reasons.values.index[0]
    one = reasons.plot(person=person, most=4)
    ledger = reasons.person(person, most=4)
    moved = sum(bar.get_width() for bar in one.patches)
    assert moved == ledger["points"].iloc[-1] - ledger["points"].iloc[0]


def test_stability_ranks_every_driver_and_keeps_the_strongest(
    reasons: Explanation, refits: RefitResults, model: ResponseModel, features: pd.DataFrame
) -> None:
    shipped = model.contributions(features)[0].abs().mean()
    table = driver_stability(shipped, refits)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert (table["rank_low"] <= table["rank_high"]).all()
    assert table["agreement"].iloc[0] > 0.9
    assert (table["agreement"] + table["flips"] <= 1).all()
    assert all(0 <= share <= 1 for share in top_overlap(shipped, refits).values())


def test_instability_is_zero_when_every_refit_says_the_same() -> None:
    log_odds = np.linspace(-2, 2, 50)
    same = RefitResults(
        pd.DataFrame(np.tile(log_odds, (10, 1))), *[pd.DataFrame()] * 3, asked=10, lost=0, seed=1
    )
    told = prediction_instability(log_odds, same)
    assert told["mape"] == 0
    assert told["above_5"] == 0
    assert sum(one["n"] for one in told["bins"]) == 50


@pytest.mark.parametrize("family", ["prior", "severity", "linear", "boosted"])
def test_drivers_are_plain_json_without_anybodys_values(family: str, training: TrainingSet) -> None:
    small = training.take(np.arange(150))
    fixed = {"boosted": {**SETTINGS, "rounds": 5}, "linear": {"strength": 0.02}}
    recipe = pr.Recipe(family=family, params=fixed.get(family, {}), trials=0)
    model = pr.train(small, recipe, refits=0)
    refits = refit_many(small, model.fitted, 6, seed=1, workers=1)
    facts = with_drivers(model, small, refits, seed=1).facts
    told = json.loads(json.dumps(facts["drivers"], allow_nan=False))
    assert told["people"] == 150
    assert len(told["drivers"]) == len(model.columns)
    assert facts["unstable_drivers"] == told["unstable"]
    assert (told["interventional"] is None) == (family != "boosted")
    assert not any(str(person) in json.dumps(told) for person in small.X.index)


def test_permutation_agrees_on_an_unused_column_and_on_the_strongest(
    model: ResponseModel, training: TrainingSet, features: pd.DataFrame
) -> None:
    strength = model.contributions(features)[0].abs().mean()
    table = permutation_importance(model, features, training.y, seed=3).set_index("column")
    assert (table.loc[strength.index[strength == 0], "brier_rise"] == 0).all()
    assert strength.idxmax() in table.index[:3]


def test_points_lie_near_the_interventional_values(
    model: ResponseModel, linear: ResponseModel, features: pd.DataFrame
) -> None:
    gap = interventional_gap(model, features, sample=40)
    assert gap["background"] == len(features)
    assert gap["correlation"] > 0.9
    assert gap["mean_gap"] < 1.0
    with pytest.raises(UsageError, match="exact"):
        interventional_gap(linear, features)


def test_interactions_are_symmetric_sums_and_linear_has_none(
    model: ResponseModel, linear: ResponseModel, features: pd.DataFrame
) -> None:
    pairs = interactions(model, features, most=5, sample=100)
    assert len(pairs) == 5
    assert pairs["log_odds"].is_monotonic_decreasing
    assert (pairs["first"] != pairs["second"]).all()
    with pytest.raises(UsageError, match="no interactions"):
        interactions(linear, features)


def test_stored_drivers_come_back(
    model: ResponseModel, training: TrainingSet, refits: RefitResults, tmp_path: Path
) -> None:
    from predict.model_folder import load_model, save_model

    told = with_drivers(model, training, refits, seed=1)
    save_model(told, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.facts["drivers"] == told.facts["drivers"]
    assert again.facts["unstable_drivers"] == told.facts["unstable_drivers"]
