"""The whole recipe judged on a small simulated programme."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.errors import DesignError, ExperimentError
from predict.evaluation import Evaluation, Plan, evaluate
from predict.evaluation.cross_validation import cross_fit, rivals
from predict.evaluation.lost_to_follow_up import beside_headline, staying_weights
from predict.evaluation.schemes.places import SUMMARY, places
from predict.features.training_set import TrainingSet, assemble
from predict.files import to_json_value
from predict.models.fitting import fit_recipe
from predict.models.recipe import Recipe
from predict.models.response_model import FittedRecipe, ResponseModel
from predict.models.training import train
from predict.scoring import validate
from predict.simulation.examples import demo

PLAN = Plan(
    outer=3, repeats=2, families=("prior", "severity", "totals"), resamples=60,
    subgroups=("site",),
)  # fmt: skip
RECIPE = Recipe(family="totals", trials=0, inner=2)


@pytest.fixture(scope="module")
def judged(training: TrainingSet, cohort: Cohort) -> Evaluation:
    return evaluate(training, RECIPE, PLAN, cohort=cohort)


def test_the_recipes_own_inner_folds_are_what_is_judged(
    training: TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[int] = set()

    def spy(people: TrainingSet, recipe: Recipe, **parts: object) -> FittedRecipe:
        seen.add(recipe.inner)
        return fit_recipe(people, recipe)

    monkeypatch.setattr("predict.evaluation.cross_validation.fit_recipe", spy)
    cross_fit(training, Recipe(family="severity", inner=5), Plan(outer=2, families=("prior",)))
    assert seen == {5}


def test_every_rival_is_judged_on_the_same_folds(training: TrainingSet) -> None:
    estimates = cross_fit(training, RECIPE, PLAN)
    rows = estimates.frame().pivot_table(index=["repeat", "id"], columns="model", values="fold")
    assert (rows.nunique(axis=1) == 1).all()
    assert len(estimates.frame()) == 3 * 2 * training.n


def test_people_of_one_site_are_in_one_fold(training: TrainingSet) -> None:
    estimates = cross_fit(training, RECIPE, PLAN)
    for row in estimates.folds:
        assert pd.Series(row).groupby(estimates.groups).nunique().eq(1).all()


def test_the_same_seed_gives_the_same_numbers(training: TrainingSet) -> None:
    first, second = (cross_fit(training, RECIPE, PLAN) for _ in range(2))
    assert np.array_equal(first.probability["totals"], second.probability["totals"])


def test_the_recipes_own_family_is_judged_even_if_the_plan_forgets_it() -> None:
    assert rivals(Recipe(family="linear"), Plan(families=("prior",)), 100) == ("prior", "linear")


def test_tables_stand_behind_every_picture(judged: Evaluation) -> None:
    wanted = {"calibration_curve", "decision_curve", "distribution", "thresholds", "subgroups",
              "calibrations", "readings", "usefulness", "roc", "medians"}  # fmt: skip
    assert wanted <= set(judged.tables)


def test_an_evaluation_is_written_and_survives_json(judged: Evaluation, tmp_path: Path) -> None:
    judged.write(tmp_path)
    metrics = pd.read_csv(tmp_path / "evaluation" / "metrics.csv")
    assert list(metrics) == [
        "model",
        "metric",
        "estimate",
        "low",
        "high",
        "n",
        "events",
        "resamples",
    ]
    assert (tmp_path / "verdict.json").exists()
    again = Evaluation.from_dict(to_json_value(judged.to_dict()))
    assert again.verdict["sentence"] == judged.verdict["sentence"]
    assert again.predictions.empty


def test_what_is_stored_with_a_model_holds_no_id_and_no_small_count(judged: Evaluation) -> None:
    stored = to_json_value(judged.to_dict())
    ids = set(judged.predictions["id"])
    assert not any(person in str(stored) for person in list(ids)[:20])
    counts = stored["tables"]["distribution"]["with_outcome"]
    assert all(count is None or count == 0 or count >= 11 for count in counts)


def test_a_small_subgroup_is_only_named(judged: Evaluation) -> None:
    table = judged.tables["subgroups"]
    hidden = table[table["note"] == "suppressed"]
    assert len(hidden) > 0
    assert hidden[["estimate", "low", "high", "n", "events"]].isna().all().all()
    shown = table[table["note"] != "suppressed"]
    assert (shown["n"] >= 11).all()


def test_counting_the_lost_as_no_lowers_the_rate(judged: Evaluation) -> None:
    rate = judged.tables["readings"].query("metric == 'rate'").set_index("reading")["estimate"]
    assert rate["lost_as_no"] < rate["completers"]


def test_above_five_percent_attrition_the_second_reading_stands_beside_the_headline(
    judged: Evaluation,
) -> None:
    table = judged.tables["readings"]
    assert "lost_as_no" not in beside_headline(table.assign(attrition=0.04))
    assert "6% of those" in beside_headline(table.assign(attrition=0.06))["lost_as_no"]["sentence"]
    assert "35% of those" in beside_headline(table.assign(attrition=0.35))["lost_as_no"]["sentence"]


def test_who_resembles_the_lost_weighs_more() -> None:
    draw = np.random.default_rng(1)
    stayed = pd.DataFrame({"score": draw.normal(0, 1, 400)})
    lost = pd.DataFrame({"score": draw.normal(1.5, 1, 200)})
    weights = staying_weights(stayed, lost)
    assert weights.mean() == pytest.approx(1)
    assert np.corrcoef(weights, stayed["score"])[0, 1] > 0.5


def test_platt_is_kept_unless_another_map_is_clearly_better(judged: Evaluation) -> None:
    table = judged.tables["calibrations"]
    assert list(table["calibration"]) == ["platt", "none", "beta", "isotonic"]
    assert table["chosen"].sum() == 1
    chosen = table[table["chosen"]].iloc[0]
    assert chosen["excess"] <= chosen["standard_error"]


def test_a_model_is_validated_on_other_people_without_their_rows(
    training: TrainingSet, cohort: Cohort, tmp_path: Path
) -> None:
    model = train(training, RECIPE, refits=0)
    evaluation = validate(model, cohort, Plan(resamples=50))
    assert evaluation.predictions.empty
    assert set(evaluation.metrics["model"]) == {"totals", "recalibrated"}
    assert evaluation.verdict["counts"]["judged"] <= len(cohort.people)
    evaluation.write(tmp_path)
    assert not (tmp_path / "evaluation" / "predictions.parquet").exists()


def far_off(training: TrainingSet, *, slope: float) -> ResponseModel:
    model = train(training, RECIPE, refits=0)
    bold = replace(model.fitted.calibration, a=slope, b=1.5)
    return replace(model, fitted=replace(model.fitted, calibration=bold))


def test_recalibration_is_shown_to_help_a_model_that_is_far_off(tmp_path: Path) -> None:
    many = demo(tmp_path, people=900, seed=3)
    cohort = read_cohort(many.table, many.study)
    training = assemble(cohort, "phq9_response", blocks=("scales", "people"))
    evaluation = validate(far_off(training, slope=4.0), cohort, Plan(resamples=50))
    assert evaluation.verdict["recalibration"]["state"] == "better"
    assert evaluation.verdict["recalibration"]["slope"] < 0.6
    assert evaluation.verdict["against_rate"]["as_it_is"]["state"] == "worse"
    assert evaluation.verdict["against_rate"]["recalibrated"]["state"] == "better"


def test_a_model_upside_down_is_not_helped_by_pulling_everybody_to_the_rate(
    training: TrainingSet, cohort: Cohort
) -> None:
    evaluation = validate(far_off(training, slope=-4.0), cohort, Plan(resamples=50))
    assert evaluation.verdict["recalibration"]["state"] == "down_to_the_rate"
    assert "is shown to be worse than giving everybody their rate" in evaluation.verdict["sentence"]
    assert "the model is not shown to tell these people apart" in evaluation.verdict["sentence"]
    assert "rate" not in set(evaluation.metrics["model"])


def test_too_few_people_are_not_validated_on(training: TrainingSet, cohort: Cohort) -> None:
    model = train(training, RECIPE, refits=0)
    with pytest.raises(DesignError, match="TOO_FEW_TO_VALIDATE"):
        validate(model, cohort.take(cohort.ids[:30]))


def test_an_impossible_plan_is_refused_with_every_fault() -> None:
    with pytest.raises(ExperimentError, match=r"(?s)outer = 1.*repeats = 0"):
        Plan(outer=1, repeats=0)


def test_too_few_clusters_for_an_interval_are_told_and_nothing_is_nan_in_words(
    training: TrainingSet,
) -> None:
    four = pd.Series([f"c{k % 4}" for k in range(training.n)], index=training.groups.index)
    evaluation = evaluate(replace(training, groups=four), RECIPE, replace(PLAN, outer=2))
    assert evaluation.metrics[["low", "high"]].isna().all(axis=None)
    assert evaluation.tables["decision_curve"]["gain_low"].isna().all()
    assert "nan" not in evaluation.verdict["sentence"]
    assert evaluation.verdict["comparisons"]["prior"]["state"] == "not_shown"


def test_places_are_read_from_folds_that_keep_them_whole(training: TrainingSet) -> None:
    estimates = cross_fit(training, RECIPE, PLAN)
    read = places(training, RECIPE, PLAN, estimates)
    site = next(name for name in read["place"] if name != SUMMARY)
    row = read[(read["place"] == site) & (read["metric"] == "o_e")].iloc[0]
    inside = (training.extras["site"] == site).to_numpy()
    expected = estimates.mean("totals")[inside].sum()
    assert row["estimate"] == pytest.approx(training.y[inside].sum() / expected, rel=1e-5)
    assert set(read.columns) == set(places(training, RECIPE, PLAN).columns)
