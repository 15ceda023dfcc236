"""Properties every metric must have, and what each is not defined for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.statistics.metrics import METRICS, calibration_slope
from predict.statistics.metrics.agreement import (
    levelled,
    log_odds,
    logistic_fit,
    slope_over_folds,
    slope_within,
)
from predict.statistics.metrics.curves import calibration_curve, distances


def people(seed: int, n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    p = draw.uniform(0.05, 0.95, n)
    y = (draw.random(n) < p).astype(int)
    y[:2] = 0, 1
    return y, p


@pytest.mark.parametrize("name", METRICS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_people_does_not_matter(name: str, seed: int) -> None:
    y, p = people(seed)
    turned = np.random.default_rng(seed + 1).permutation(len(y))
    assert METRICS[name](y[turned], p[turned]) == pytest.approx(METRICS[name](y, p), abs=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_auroc_ignores_any_increasing_change_and_turns_over_with_the_outcome(seed: int) -> None:
    y, p = people(seed)
    auroc = METRICS["auroc"]
    assert auroc(y, p**3) == pytest.approx(auroc(y, p))
    assert auroc(1 - y, p) == pytest.approx(1 - auroc(y, p))


def test_one_estimate_for_all_has_no_slope_and_one_distance() -> None:
    y = np.array([0, 0, 1, 1, 1])
    p = np.full(5, 0.5)
    assert np.isnan(calibration_slope(y, p))
    assert distances(y, p).ici == pytest.approx(0.1)
    assert METRICS["auroc"](y, p) == 0.5
    assert calibration_curve(y, p).empty


def test_separated_classes_have_no_finite_slope() -> None:
    assert np.isnan(calibration_slope([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]))


def test_one_class_has_no_auroc() -> None:
    assert np.isnan(METRICS["auroc"]([1, 1], [0.2, 0.8]))


def test_the_truth_lies_on_the_diagonal() -> None:
    y, p = people(3, n=5000)
    curve = calibration_curve(y, p)
    assert (np.abs(curve["observed"] - curve["estimate"]) < 0.06).all()
    assert (curve["low"] < curve["high"]).all()


def test_a_curve_of_folds_at_other_levels_has_the_shape_within_them() -> None:
    """Estimates right within each fold, its level off: pooled, the diagonal would bend."""
    draw = np.random.default_rng(3)
    fold = np.repeat(np.arange(6), 2_000)
    level, own = np.linspace(-1, 1, 6)[fold], draw.normal(0, 0.8, 12_000)
    y = (draw.random(12_000) < 1 / (1 + np.exp(-(own + level)))).astype(int)
    p = 1 / (1 + np.exp(-(own - level / 3)))
    curve = calibration_curve(y, p, strata=fold)
    pooled = calibration_curve(y, p)
    line = [
        np.polyfit(log_odds(t["estimate"]), log_odds(t["observed"]), 1)[0] for t in (curve, pooled)
    ]
    assert line[0] == pytest.approx(1, abs=0.1)
    assert line[1] < 0.8
    assert (curve["low"] < curve["observed"]).all()


def test_one_fold_gives_the_plain_curve_with_a_sandwich_band() -> None:
    draw = np.random.default_rng(5)
    p = draw.uniform(0.1, 0.9, 3_000)
    y = (draw.random(3_000) < p).astype(int)
    one, plain = calibration_curve(y, p, strata=np.zeros(3_000)), calibration_curve(y, p)
    assert np.allclose(one["observed"], plain["observed"], atol=1e-6)
    assert np.allclose(one["high"] - one["low"], plain["high"] - plain["low"], rtol=0.15)


def test_levelled_margins_of_a_steep_slope_far_from_zero_are_finite() -> None:
    """Margins that hardly vary, as a model of noise has them: the slope is in the thousands."""
    draw = np.random.default_rng(1)
    fold, own = np.repeat([0, 1, 2], 200), draw.normal(size=600)
    y = (draw.random(600) < 1 / (1 + np.exp(-own))).astype(int)
    margin = -0.2 + 1e-4 * own + 1e-3 * fold
    level = levelled(y, margin, fold)
    assert np.isfinite(level).all()
    slope = slope_within(y, margin, fold)
    pooled = logistic_fit(y, np.column_stack([np.ones(600), 1e4 * (level - level.mean())]))[0]
    assert 1e4 * pooled[1] == pytest.approx(slope, rel=1e-4)


def test_flat_models_count_in_the_mean_slope_of_folds() -> None:
    """One of three at the lower estimate and two of three at the upper: log-odds 2 log 2 apart.

    Two folds tell the upper from the lower by 1 and by 4: their own slopes are 1.386 and .347. By
    hand: the spreads .5 and 2 have roots .707 and 1.414, so that lines run to 1.414 and 2.828; the
    regression's slope lies between .980 and .490, times the mean of 1 / root, 1.061.
    """
    y = np.array([1, 0, 0, 1, 1, 0] * 2)
    line, folds = np.array([0, 0, 0, 1, 1, 1, 0, 0, 0, 4, 4, 4]), np.repeat([1, 2], 6)
    wide, mean = slope_within(y, line, folds), slope_over_folds(y, line, folds)
    assert 0.347 < wide < 1.061 * 0.490 < mean < 1.061 * 0.980
    # Folds alike in spread are one regression, and one that is one number for all has no slope.
    alike = np.where(folds == 2, line / 4, line)
    assert slope_over_folds(y, alike, folds) == pytest.approx(slope_within(y, alike, folds))
    flat = np.r_[line, np.full(6, 2.0)]
    again = slope_over_folds([*y, *y[:6]], flat, [*folds, *[3] * 6])
    assert again == pytest.approx(mean)
