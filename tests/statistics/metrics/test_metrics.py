"""Properties every metric must have, and what each is not defined for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.statistics.metrics import METRICS, calibration_slope
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
