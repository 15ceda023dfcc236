"""Measures of out-of-fold estimates, and the bootstrap that all rivals share."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.group_measures import measured
from predict.evaluation.lost_to_follow_up import _Reading
from predict.evaluation.measures import bootstrap, measure, metrics_table
from predict.evaluation.plan import Plan
from predict.statistics.intervals import person_weights
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.agreement import (
    calibration_intercept,
    calibration_slope,
    evened,
    log_odds,
    slope_draws,
    slope_within,
)
from predict.statistics.metrics.ranking import auroc, auroc_draws

Maker = Callable[..., OutOfFold]
PLAN = Plan(outer=4, resamples=200)


def test_the_prior_has_an_auroc_of_one_half_exactly(out_of_fold: Maker) -> None:
    estimates = out_of_fold()
    table = metrics_table(estimates, bootstrap(estimates, PLAN, seed=1), PLAN).set_index(
        ["model", "metric"]
    )
    assert tuple(table.loc[("prior", "auroc"), ["estimate", "low", "high"]]) == (0.5, 0.5, 0.5)


def test_every_metric_of_every_rival_has_one_row_and_an_interval_that_holds_it(
    out_of_fold: Maker,
) -> None:
    estimates = out_of_fold()
    table = metrics_table(estimates, bootstrap(estimates, PLAN, seed=1), PLAN)
    assert len(table) == len(METRICS) * 3
    rows = table.dropna(subset=["estimate"])
    assert (rows["low"] <= rows["estimate"] + 1e-6).all()
    assert (rows["estimate"] <= rows["high"] + 1e-6).all()


def test_weights_of_one_reproduce_the_estimates(out_of_fold: Maker) -> None:
    estimates = out_of_fold()
    ones = np.ones((1, estimates.n), dtype=np.float32)
    y, p = estimates.y, estimates.probability["severity"][0]
    assert auroc_draws(y, p, ones)[0] == pytest.approx(auroc(y, p), abs=1e-9)
    intercepts, slopes = slope_draws(y, p, ones)
    assert intercepts[0] == pytest.approx(calibration_intercept(y, p), abs=1e-6)
    assert slopes[0] == pytest.approx(calibration_slope(y, p), abs=1e-6)


def test_drawn_values_equal_metrics_of_the_resampled_people(out_of_fold: Maker) -> None:
    estimates = out_of_fold(repeats=1)
    draws = bootstrap(estimates, PLAN, seed=3)
    weights = person_weights(estimates.folds[0], resamples=200, seed=3)
    people = np.repeat(np.arange(estimates.n), weights[7].astype(int))
    y, p = estimates.y[people], estimates.probability["severity"][0, people]
    for name in ("brier", "brier_scaled", "log_loss", "o_e", "calibration_in_the_large"):
        assert draws["severity", name][7] == pytest.approx(METRICS[name](y, p), rel=1e-4)
    # The spread of a fold's estimates hangs on no outcome: it is that of all its people.
    line, back = evened(log_odds(estimates.probability["severity"][0]), estimates.folds[0])
    slope = back * slope_within(y, line[people], estimates.folds[0][people])
    assert draws["severity", "calibration_slope"][7] == pytest.approx(slope, abs=0.005)


def test_blocks_of_resamples_do_not_change_the_count(
    out_of_fold: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimates = out_of_fold()
    monkeypatch.setattr("predict.evaluation.measures.BLOCK", estimates.n * 30)
    draws = bootstrap(estimates, PLAN, seed=1)
    assert len(draws["boosted", "brier"]) == len(draws["boosted", "auroc"]) == 200
    assert len(draws["boosted", "ici"]) == 50


def test_the_truth_is_well_calibrated(out_of_fold: Maker) -> None:
    values = measure(out_of_fold(4000), "boosted")
    assert values["calibration_slope"] == pytest.approx(1, abs=0.15)
    assert values["calibration_intercept"] == pytest.approx(0, abs=0.1)


def test_a_distance_lies_inside_its_interval_though_resamples_stray_farther(
    out_of_fold: Maker,
) -> None:
    estimates = out_of_fold()
    draws = {
        key: sample + 0.2 * (key[1] == "ici")
        for key, sample in bootstrap(estimates, PLAN, seed=1).items()
    }
    table = metrics_table(estimates, draws, PLAN).query("metric == 'ici'")
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"]).all()
    assert (table["low"] >= 0).all()


def test_one_brier_score_is_told_of_the_same_people(out_of_fold: Maker) -> None:
    """Repeats differ: the score of averaged estimates is another, and stands in no table."""
    estimates, everybody = out_of_fold(), np.arange(200)
    told = measure(estimates, "severity")["brier"]
    averaged = float(((estimates.mean("severity") - estimates.y) ** 2).mean())
    assert told - averaged > 0.005
    weights = np.ones((1, 200), dtype=np.float32)
    group = measured(estimates, "severity", everybody, weights, PLAN)["brier"]
    assert group[0] == pytest.approx(told)
    assert group[1][0] == pytest.approx(told)
    nobody = pd.DataFrame(index=pd.Index([], name="id"))
    owners = pd.Series([], dtype=object)
    fitted: Any = SimpleNamespace(probability=None)
    reading = _Reading(estimates, "severity", fitted, nobody, owners, np.ones(200))
    assert reading.values(1)["brier"].estimate == pytest.approx(told)
