"""The ROC curve at even shares, against scikit-learn's corners and the AUROC."""

from __future__ import annotations

import numpy as np
import pytest

from predict.statistics.metrics.ranking import auroc, roc


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_runs_through_the_corners_of_scikit_learn(seed: int) -> None:
    from sklearn.metrics import roc_curve

    rng = np.random.default_rng(seed)
    p = rng.random(300).round(2)
    y = rng.random(300) < p
    wrong, right, _ = roc_curve(y, p, drop_intermediate=False)
    curve = roc(y, p, steps=50)
    inner = zip(curve["false_positive"][1:-1], curve["true_positive"][1:-1], strict=True)
    for share, picked in inner:
        below = wrong <= share
        low, high = right[below].max(), right[~below].min()
        assert low <= picked <= high
    area = np.trapezoid(curve["true_positive"], curve["false_positive"])
    assert area == pytest.approx(auroc(y, p), abs=0.02)


def test_one_class_has_no_curve() -> None:
    assert roc([1, 1], [0.2, 0.4]).empty


def test_ties_are_picked_together() -> None:
    curve = roc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], steps=4)
    assert curve["true_positive"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
