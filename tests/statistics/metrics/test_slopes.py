"""Estimates that lie within a point in 100 of each other have no slope, in any number of folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.measures import bootstrap, metrics_table
from predict.evaluation.plan import Plan
from predict.operations.monitoring.months import slope as monthly_slope
from predict.statistics.metrics import calibration_slope
from predict.statistics.metrics.agreement import (
    SPREAD,
    from_log_odds,
    log_odds,
    slope_draws,
    slope_draws_over_repeats,
    slope_over_folds,
    slope_over_repeats,
    stratum_slopes,
)

# One of three at the lower estimate and two of three at the upper: log-odds 2 log 2 apart.
Y, STEP = np.array([1, 0, 0, 1, 1, 0]), np.array([0.0, 0, 0, 1, 1, 1])


def folds_of(*widths: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, log-odds and folds; a fold's two estimates lie so far apart."""
    line = np.concatenate([width * STEP + at for at, width in enumerate(widths)])
    return np.tile(Y, len(widths)), line, np.repeat(np.arange(len(widths)), len(Y))


def judged(widths: list[float], *, clusters: int = 0, repeats: int = 2) -> OutOfFold:
    y, line, folds = folds_of(*widths)
    ids = [f"p{number}" for number in range(len(y))]
    groups = np.array(
        [f"c{n % clusters}" for n in range(len(y))] if clusters else ids, dtype=object
    )
    table = np.tile(from_log_odds(line), (repeats, 1))
    return OutOfFold(
        pd.Index(ids), y.astype(np.int8), groups, np.tile(folds, (repeats, 1)), {"linear": table}
    )


def test_by_hand_folds_that_hold_one_number_on_a_page_say_nothing() -> None:
    """Folds 1 apart have the slope 2 log 2 = 1.386; one .002 apart has 693 and does not count."""
    y, line, folds = folds_of(1, 1, 0.002)
    assert slope_over_folds(y, line, folds) == pytest.approx(2 * np.log(2))
    slopes, information = stratum_slopes(y, line, folds)
    assert slopes[:2] == pytest.approx(2 * np.log(2))
    assert np.isnan(slopes[2])
    assert information[2] == 0
    ones = np.ones((1, len(y)), dtype=np.float32)
    assert slope_draws(y, from_log_odds(line), ones, folds)[1] == pytest.approx(2 * np.log(2))


def test_no_slope_is_told_from_fewer_than_half_of_the_folds() -> None:
    """Eight folds of one number, one of estimates from .340 to .344, one that differs."""
    y, line, folds = folds_of(*[0.0] * 8, 0.018, 0.3)
    assert np.isnan(slope_over_folds(y, line, folds))
    assert np.isnan(slope_draws(y, from_log_odds(line), np.ones((3, len(y)), "f4"), folds)[1]).all()
    assert not len(stratum_slopes(y, line, folds)[0])
    half = folds_of(0.0, 1.0)
    assert slope_over_folds(*half) == pytest.approx(2 * np.log(2))
    # A fold of one outcome has no slope, whatever its spread, and is not counted.
    y, line, folds = half
    more = np.r_[y, np.ones(12, int)], np.r_[line, np.zeros(12)], np.r_[folds, np.repeat([7, 8], 6)]
    assert slope_over_folds(*more) == pytest.approx(2 * np.log(2))


def test_no_slope_is_told_from_fewer_than_half_of_the_repeats() -> None:
    y, wide, folds = folds_of(1, 1)
    flat = np.zeros_like(wide)
    ones = np.ones((1, len(y)), dtype=np.float32)
    for rows, told in (([wide, flat], True), ([wide, flat, flat], False)):
        table, deal = from_log_odds(rows), np.tile(folds, (len(rows), 1))
        slope = slope_over_repeats(y, table, deal)
        drawn = slope_draws_over_repeats(y, table, ones, deal)[1]
        assert np.isfinite(slope) == np.isfinite(drawn).all() == told
        if told:
            assert slope == pytest.approx(2 * np.log(2))
            assert drawn[0] == pytest.approx(slope)


@settings(max_examples=40, deadline=None)
@given(
    widths=st.lists(st.sampled_from([0.0, 0.01, 0.07, 0.09, 0.5, 2.0]), min_size=1, max_size=8),
    away=st.floats(-3, 3),
)
def test_a_slope_is_told_where_half_of_the_folds_have_spread_whatever_their_level(
    widths: list[float], away: float
) -> None:
    y, line, folds = folds_of(*widths)
    told = np.mean([width / 2 >= SPREAD for width in widths]) >= 0.5
    slope = slope_over_folds(y, line + away, folds)
    assert np.isfinite(slope) == told
    # Nobody's slope is steeper than the narrowest fold that counts allows.
    assert not told or 0 < slope <= 2 * np.log(2) / (2 * SPREAD) + 1e-6


@pytest.mark.parametrize("clusters", [0, 8, 24])
def test_estimate_draws_and_interval_agree_on_whether_there_is_a_slope(clusters: int) -> None:
    """People drawn, clusters left out one at a time, clusters drawn: one answer for each."""
    plan = Plan(resamples=50)
    for widths, told in (([1.0, 1, 1, 0.01], True), ([1.0, 0.01, 0.01, 0.01], False)):
        one = judged(widths, clusters=clusters)
        table = metrics_table(one, bootstrap(one, plan, seed=1), plan)
        row = table[table["metric"] == "calibration_slope"].iloc[0]
        assert (np.isfinite(row[["estimate", "low", "high"]].astype(float)) == told).all()


def test_one_sample_has_a_slope_only_where_estimates_differ() -> None:
    y = np.tile(Y, 20)
    narrow, wide = (from_log_odds(width * np.tile(STEP, 20)) for width in (0.07, 0.09))
    assert np.isnan(calibration_slope(y, narrow))
    assert np.isnan(monthly_slope(y.astype(np.int8), narrow).estimate)
    expected = pytest.approx(2 * np.log(2) / 0.09)
    assert calibration_slope(y, wide) == expected
    assert monthly_slope(y.astype(np.int8), wide).estimate == expected
    assert np.ptp(log_odds(narrow)) > 0.06


def test_a_resample_that_holds_nobody_of_a_group_is_lost_in_silence() -> None:
    y, line, folds = folds_of(1.0, 1.0)
    weights = np.ones((2, len(y)), dtype=np.float32)
    weights[1] = 0
    drawn = slope_draws(y, from_log_odds(line), weights, folds)
    for values in drawn:  # warnings are errors here
        assert np.isfinite(values).tolist() == [True, False]
