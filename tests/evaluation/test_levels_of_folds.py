"""What a fold's level must not move: ranking, slope and shape, of everybody and of groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.measures import bootstrap, measure, metrics_table, slope_reach
from predict.evaluation.plan import Plan
from predict.evaluation.subgroups import subgroups_table
from predict.statistics.metrics.agreement import log_odds

Maker = Callable[..., OutOfFold]
PLAN = Plan(outer=4, resamples=100).at_rate(0.5)


def shifted(estimates: OutOfFold, model: str = "severity") -> OutOfFold:
    """The same estimates, those of each fold moved by a level of its own."""
    levels = np.array([-1.0, -0.3, 0.4, 1.0])[estimates.folds]
    moved = 1 / (1 + np.exp(-(log_odds(estimates.probability[model]) + levels)))
    return replace(estimates, probability={**estimates.probability, model: moved})


def test_a_level_of_its_own_in_each_fold_moves_neither_slope_nor_ranking(
    out_of_fold: Maker,
) -> None:
    estimates = out_of_fold(600)
    before, after = measure(estimates, "severity"), measure(shifted(estimates), "severity")
    assert after["auroc"] == pytest.approx(before["auroc"])
    assert after["calibration_slope"] == pytest.approx(before["calibration_slope"], rel=1e-6)
    draws = [bootstrap(one, PLAN, seed=1)["severity", "calibration_slope"]
             for one in (estimates, shifted(estimates))]  # fmt: skip
    assert np.allclose(*draws, rtol=1e-3)


def test_nor_those_of_a_subgroup(out_of_fold: Maker) -> None:
    estimates = out_of_fold(600)
    # The group lies mostly in the folds whose level is low.
    member = np.where(
        np.random.default_rng(2).random(600) < 0.2 + 0.2 * estimates.folds[0], "a", "b"
    )
    groups = {"sex": pd.Series(member, index=estimates.ids)}
    tables = [
        subgroups_table(one, "severity", groups, PLAN, seed=1).set_index(["value", "metric"])
        for one in (estimates, shifted(estimates))
    ]
    for metric in ("auroc", "calibration_slope"):
        columns = ["estimate", "low", "high", "gap"]
        before, after = (table.loc[("a", metric), columns].astype(float) for table in tables)
        assert np.allclose(before, after, rtol=1e-3)


def test_a_calibration_that_flattens_a_rival_does_not_take_its_ranking_away(
    out_of_fold: Maker,
) -> None:
    estimates = out_of_fold(400)
    flat = np.full(estimates.folds.shape, float(estimates.y.mean()))
    margin = {"severity": log_odds(estimates.probability["severity"])}
    flattened = replace(
        estimates, probability={**estimates.probability, "severity": flat}, margin=margin
    )
    measures = measure(flattened, "severity")
    assert measures["auroc"] == pytest.approx(measure(estimates, "severity")["auroc"])
    assert np.isnan(measures["calibration_slope"])


def test_models_that_differ_between_folds_widen_the_slopes_interval(out_of_fold: Maker) -> None:
    """The planted fault: half of the folds shrink their estimates, half stretch them."""
    estimates = out_of_fold(2_000)
    line = log_odds(estimates.probability["boosted"])
    uneven = 1 / (1 + np.exp(-line * np.array([0.5, 2.0, 0.6, 1.6])[estimates.folds]))
    wide = replace(estimates, probability={**estimates.probability, "boosted": uneven})
    assert slope_reach(wide, "boosted", level=0.95) > 3 * slope_reach(
        estimates, "boosted", level=0.95
    )
    # A slope is a ratio: flat models lie far above the others, and none far below.
    table = metrics_table(wide, bootstrap(wide, PLAN, seed=1), PLAN)
    row = table.set_index(["model", "metric"]).loc[("boosted", "calibration_slope")]
    assert row["high"] - row["estimate"] > 1.1 * (row["estimate"] - row["low"])
