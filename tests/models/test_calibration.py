from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from predict.models.calibration import Calibration, fit_none, fit_platt, probability


def test_platt_equals_the_maximum_likelihood_of_a_logistic_regression():
    rng = np.random.default_rng(0)
    margin = rng.normal(size=400)
    y = (rng.random(400) < 1 / (1 + np.exp(-(0.3 + 0.6 * margin)))).astype(int)
    expected = sm.Logit(y, sm.add_constant(margin)).fit(disp=0).params
    calibration = fit_platt(margin, y)
    assert (calibration.b, calibration.a) == pytest.approx(tuple(expected), abs=1e-5)


def test_a_margin_that_ranks_the_wrong_way_gives_everybody_the_rate():
    y = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    calibration = fit_platt(-np.arange(8.0), y)
    assert calibration.a == 0.0
    assert probability(calibration.apply(np.array([5.0, -5.0]))) == pytest.approx([5 / 8, 5 / 8])


def test_no_calibration_changes_nothing():
    margin = np.array([-1.0, 2.0])
    assert fit_none(margin, np.array([0, 1] * 10)).apply(margin).tolist() == [-1.0, 2.0]


def folds_at_levels() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three folds of people whose levels differ, each judged by a model of the others."""
    rng = np.random.default_rng(4)
    fold = np.repeat([0, 1, 2], 300)
    level = np.array([-1.2, 0.0, 1.2])[fold]
    own = rng.normal(0, 0.7, 900)
    y = (rng.random(900) < 1 / (1 + np.exp(-(level + own)))).astype(int)
    return own - level / 2, y, fold


def test_levels_of_folds_are_not_read_as_a_slope():
    margin, y, fold = folds_at_levels()
    dummies = (fold[:, None] == [0, 1, 2]).astype(float)
    expected = sm.Logit(y, np.column_stack([dummies, margin])).fit(disp=0).params[-1]
    calibration = fit_platt(margin, y, fold)
    assert calibration.a == pytest.approx(expected, abs=1e-6)
    assert calibration.a > 0.8 > fit_platt(margin, y).a + 0.4


def test_one_intercept_restores_the_rate():
    margin, y, fold = folds_at_levels()
    assert probability(fit_platt(margin, y, fold).apply(margin)).mean() == pytest.approx(y.mean())


def test_margins_that_separate_the_outcomes_stay_off_certainty():
    y = np.repeat([0, 1], 50)
    estimates = probability(fit_platt(np.linspace(-1, 1, 100), y).apply(np.linspace(-1, 1, 100)))
    assert 0.0 < estimates.min() < estimates.max() < 1.0


def test_a_steep_line_far_from_the_middle_of_its_margins_is_finite():
    rng = np.random.default_rng(0)
    margin = 2.0 + 0.04 * rng.normal(size=60)
    y = (rng.random(60) < probability(30 * (margin - 2.0))).astype(int)
    calibration = fit_platt(margin, y)
    assert calibration.a > 10
    assert probability(calibration.apply(margin)).mean() == pytest.approx(y.mean())


def test_a_hundred_people_parted_perfectly_give_nobody_a_certain_estimate():
    margin = np.r_[np.full(50, -700.0), np.full(50, 700.0)]
    y = np.repeat([0, 1], 50)
    for fit in (fit_none, fit_platt):
        estimate = probability(fit(margin, y).apply(10 * margin))
        assert estimate.min() == pytest.approx(1 / 102)
        assert estimate.max() == pytest.approx(101 / 102)


def test_contributions_add_up_where_an_estimate_is_held_within_the_bound():
    shares = np.array([[1.0, 2.0], [30.0, -2.0], [-400.0, 100.0]])
    start, margin = 0.5, 0.5 + shares.sum(axis=1)
    calibration = Calibration("platt", 0.8, 0.1, 4.0)
    held = calibration.share(shares.copy(), margin, start)
    assert held.sum(axis=1) + calibration.apply(np.array(start)) == pytest.approx(
        calibration.apply(margin)
    )
    assert held[0].tolist() == pytest.approx([0.8, 1.6])
    assert held[1] == pytest.approx(held[1, 1] / -2.0 * shares[1])
