"""Net benefit against the package dcurves and by hand; useful thresholds; pairs; distributions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.statistics.intervals import person_weights
from predict.statistics.metrics.decisions import (
    at_threshold,
    decision_curve,
    decision_difference,
    distribution,
    net_benefit,
    usefulness,
)

PEOPLE = pd.read_csv(Path(__file__).parents[2] / "golden" / "judgement_people.csv")


@pytest.fixture(scope="module")
def dcurves_table() -> pd.DataFrame:
    # dcurves 1.1 writes into a frame slice; its own warnings are not ours.
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from dcurves import dca

        return dca(data=PEOPLE, outcome="y", modelnames=["p"], thresholds=np.arange(1, 100) / 100)


def test_the_decision_curve_equals_dcurves(dcurves_table: pd.DataFrame) -> None:
    curve = decision_curve(PEOPLE["y"], PEOPLE["p"])
    for theirs, ours in (("p", "model"), ("all", "treat_all"), ("none", "treat_none")):
        wanted = dcurves_table[dcurves_table["model"] == theirs].sort_values("threshold")
        assert curve[ours].to_numpy() == pytest.approx(wanted["net_benefit"].to_numpy(), abs=1e-6)


def test_net_benefit_by_hand() -> None:
    # Two of four above .25: one right, one wrong -> 1/4 - 1/4 * 1/3.
    assert net_benefit([1, 0, 1, 0], [0.9, 0.5, 0.1, 0.1], 0.25) == pytest.approx(1 / 4 - 1 / 12)


def test_bands_hold_the_curve() -> None:
    weights = person_weights(PEOPLE["y"], resamples=200, seed=1)
    curve = decision_curve(PEOPLE["y"], PEOPLE["p"], weights=weights)
    inside = (curve["low"] <= curve["model"] + 1e-6) & (curve["model"] <= curve["high"] + 1e-6)
    assert inside.all()


def test_noise_has_no_useful_threshold() -> None:
    draw = np.random.default_rng(1)
    y, p = draw.integers(0, 2, 500), draw.uniform(0.4, 0.6, 500)
    curve = decision_curve(y, p, weights=person_weights(y, resamples=200, seed=1))
    useful = usefulness(curve)
    assert useful.useful == ()
    assert (useful.low, useful.high, useful.looked_at) == (
        0.3,
        0.7,
        len(curve.query("0.295 < threshold < 0.705")),
    )


def test_a_strong_model_has_useful_thresholds() -> None:
    draw = np.random.default_rng(2)
    p = draw.random(2000)
    y = (draw.random(2000) < p).astype(int)
    curve = decision_curve(y, p, weights=person_weights(y, resamples=200, seed=1))
    assert 0.5 in [round(t, 2) for t in usefulness(curve).useful]


def test_pairs_at_a_threshold_count_people() -> None:
    shares = at_threshold([1, 1, 1, 0, 0], [0.9, 0.6, 0.2, 0.7, 0.1], 0.5)
    assert shares.sensitivity.estimate == pytest.approx(2 / 3)
    assert shares.specificity.estimate == pytest.approx(1 / 2)
    assert shares.ppv.estimate == pytest.approx(2 / 3)
    assert shares.npv.estimate == pytest.approx(1 / 2)


def test_a_distribution_counts_everybody_once() -> None:
    spread = distribution(PEOPLE["y"], PEOPLE["p"])
    assert spread["with_outcome"].sum() == PEOPLE["y"].sum()
    assert spread[["with_outcome", "without_outcome"]].to_numpy().sum() == len(PEOPLE)


def test_the_lead_over_a_rival_is_the_difference_of_two_curves() -> None:
    y, p = PEOPLE["y"], PEOPLE["p"]
    rng = np.random.default_rng(3)
    q = np.clip(p + rng.normal(0, 0.2, len(p)), 0, 1)
    gaps = decision_difference(y, p, q, weights=person_weights(y, resamples=200, seed=1))
    ours, theirs = (decision_curve(y, chance)["model"] for chance in (p, q))
    np.testing.assert_allclose(gaps["net_benefit"], theirs)
    np.testing.assert_allclose(gaps["difference"], ours - theirs)
    assert (gaps["low"] <= gaps["high"]).all()
    same = decision_difference(y, p, p, weights=person_weights(y, resamples=50, seed=1))
    assert (same[["difference", "low", "high"]] == 0).all(axis=None)
