from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from predict.models.calibration import fit_none, fit_platt, probability


def test_platt_equals_the_maximum_likelihood_of_a_logistic_regression():
    rng = np.random.default_rng(0)
    margin = rng.normal(size=400)
    y = (rng.random(400) < 1 / (1 + np.exp(-(0.3 + 0.6 * margin)))).astype(int)
    expected = sm.Logit(y, sm.add_constant(margin)).fit(disp=0).params
    found = fit_platt(margin, y)
    assert (found.b, found.a) == pytest.approx(tuple(expected), abs=1e-5)


def test_a_margin_that_ranks_the_wrong_way_gives_everybody_the_rate():
    y = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    found = fit_platt(-np.arange(8.0), y)
    assert found.a == 0.0
    assert probability(found.apply(np.array([5.0, -5.0]))) == pytest.approx([5 / 8, 5 / 8])


def test_no_calibration_changes_nothing():
    margin = np.array([-1.0, 2.0])
    assert fit_none(margin, np.array([0, 1])).apply(margin).tolist() == [-1.0, 2.0]
