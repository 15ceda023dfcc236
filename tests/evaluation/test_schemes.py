"""Bootstrap, places, time, learning curve, shuffled outcomes: each on a small cohort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from predict.errors import ExperimentError
from predict.evaluation import Plan
from predict.evaluation.schemes import run_schemes
from predict.evaluation.schemes.learning import learning_curve, shuffled
from predict.evaluation.schemes.optimism import optimism
from predict.evaluation.schemes.places import SUMMARY, later, places
from predict.features.training_set import TrainingSet
from predict.models.recipe import Recipe

PLAN = Plan(outer=3)
PLAIN = Recipe(family="totals", trials=0, inner=2)


def test_the_bootstrap_takes_optimism_off(training: TrainingSet) -> None:
    table = optimism(training, PLAIN, PLAN, times=8).set_index("metric")
    assert table.loc["auroc", "corrected"] == pytest.approx(
        table.loc["auroc", "apparent"] - table.loc["auroc", "optimism"]
    )
    assert (table["asked"] == 8).all()


def test_copies_split_over_folds_ask_for_too_many_trees(training: TrainingSet) -> None:
    """The planted fault: without grouping, tuning sees the copies and overfits the resample."""
    people = replace(training, groups=pd.Series(training.X.index, index=training.X.index))
    settings = {"eta": 0.3, "max_depth": 6, "min_child_weight": 1}
    boosted = Recipe(family="boosted", params=settings, inner=2)
    grouped = optimism(people, boosted, PLAN, times=3).set_index("metric")
    split = optimism(people, boosted, PLAN, times=3, grouped=False).set_index("metric")
    assert split.loc["auroc", "optimism"] > grouped.loc["auroc", "optimism"] + 0.02


def test_lost_resamples_are_counted(training: TrainingSet) -> None:
    rare = training.take(
        np.r_[np.flatnonzero(training.y == 1)[:11], np.flatnonzero(training.y == 0)]
    )
    table = optimism(rare, PLAIN, PLAN, times=12)
    assert table["lost"].iloc[0] > 0


def test_every_place_is_left_out_and_summarised(training: TrainingSet) -> None:
    table = places(training, PLAIN, PLAN)
    summary = table[table["place"] == SUMMARY].set_index("metric")
    assert {"auroc", "o_e"} <= set(summary.index)
    area = summary.loc["auroc"]
    assert area["new_low"] <= area["low"] <= area["estimate"] <= area["high"] <= area["new_high"]


def test_the_last_third_is_judged_by_a_model_of_the_first_two(training: TrainingSet) -> None:
    timed = replace(
        training,
        study=replace(training.study, time="month", cluster=None),
        groups=pd.Series(training.X.index, index=training.X.index),
        extras=training.extras.assign(month=np.arange(training.n)),
    )
    table = later(timed, PLAIN, PLAN)
    assert set(table["place"]) == {"last third"}
    assert table["n"].iloc[0] == pytest.approx(training.n / 3, abs=1)


def test_without_a_time_column_there_is_no_temporal_split(training: TrainingSet) -> None:
    assert later(training, PLAIN, PLAN).empty


def test_the_learning_curve_grows_in_events(training: TrainingSet) -> None:
    table = learning_curve(training, PLAIN, PLAN).query("metric == 'auroc'")
    assert table["events"].is_monotonic_increasing
    assert len(table) >= 4


def test_shuffled_outcomes_leave_nothing_to_find(training: TrainingSet) -> None:
    row = shuffled(training, PLAIN, PLAN).iloc[0]
    assert row["low"] < 0.5 < row["high"]


def test_an_unknown_scheme_is_refused(training: TrainingSet) -> None:
    with pytest.raises(ExperimentError, match="Did you mean 'places'"):
        run_schemes(training, PLAIN, Plan(schemes=("place",)))
