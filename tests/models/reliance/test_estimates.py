"""Estimates held against what happened, conformal sets, distance: rules that need the number."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.errors import ExperimentError
from predict.features.columns import Column
from predict.models.interval import limits
from predict.models.reliance import RelianceProfile, Thresholds, judge, profile
from predict.models.reliance.estimates import EstimateProfile, conformal_sets, conformal_thresholds
from predict.scoring.reason_words import written

COLUMNS = (
    Column("age", "Age", "number", "person", "people", "baseline", low=18, high=110),
    Column("score", "Score", "number", "total", "phq9", "baseline", "total", low=0, high=27),
)


def made(n: int = 3000, *, off: float = 0.0, seed: int = 1) -> tuple[Any, np.ndarray]:
    """People whose out-of-fold estimates are right, or `off` by so much."""
    draw = np.random.default_rng(seed)
    p = draw.uniform(0.1, 0.9, n)
    X = pd.DataFrame({"age": draw.uniform(20, 80, n), "score": draw.uniform(0, 27, n)})
    X.index = pd.Index([f"p{i}" for i in range(n)], name="id")
    y = (draw.random(n) < np.clip(p - off, 0, 1)).astype("int8")
    training = SimpleNamespace(
        X=X,
        y=pd.Series(y, index=X.index),
        n=n,
        columns=COLUMNS,
        round="one",
        as_of="baseline",
        outcome=SimpleNamespace(instrument="phq9"),
        study=SimpleNamespace(instruments={}),
    )
    return training, np.log(p / (1 - p))


def learned(**changes: Any) -> RelianceProfile:
    training, log_odds = made(**changes)
    return profile(training, columns=COLUMNS, out_of_fold=log_odds)


def person(log_odds: float = 0.0, **values: float) -> tuple[pd.DataFrame, np.ndarray]:
    X = pd.DataFrame([{"age": 50.0, "score": 13.0, **values}], index=["new"])
    return X, np.array([log_odds])


def level(reliance: RelianceProfile, log_odds: float = 0.0, **values: float) -> tuple[str, str]:
    X, line = person(log_odds, **values)
    judged = judge(reliance, X, log_odds=line)
    return str(judged.reliance.iloc[0]), written(judged.reasons()["new"])


def test_a_matching_estimate_of_a_usual_person_is_ok() -> None:
    assert level(learned()) == ("ok", "")
    assert level(learned(), log_odds=2.0) == ("ok", "")


def test_estimates_that_did_not_match_what_happened_stop() -> None:
    assert "does_not_match" in level(learned(off=0.2))[1]


def test_estimates_that_were_somewhat_off_are_noted() -> None:
    answer = level(learned(n=20000, off=0.075))
    assert answer[0] == "note"
    assert "matches_roughly" in answer[1]


@pytest.mark.parametrize("n", [300, 3000])
def test_too_few_people_with_such_an_estimate_are_a_note(n: int) -> None:
    answer = level(learned(n=n), log_odds=6.0)
    assert answer[0] == "note"
    assert "too_few_alike" in answer[1]


def test_between_fifty_and_a_hundred_alike_is_noted() -> None:
    answer = level(learned(n=620))
    assert answer[0] == "note"
    assert answer[1].startswith("few_alike;")


def test_a_value_outside_training_stops() -> None:
    assert "value_outside; Age" in level(learned(), age=105.0)[1]


def test_answers_that_are_unlike_training_taken_together_are_a_note() -> None:
    training, log_odds = made()
    training.X["age"] = 50 + (training.X["age"] - 50) / 4
    training.X["score"] = 13 + (training.X["score"] - 13) / 4
    training.X.iloc[:8] = [80.0, 27.0]
    training.X.iloc[8:16] = [20.0, 0.0]
    reliance = profile(training, columns=COLUMNS, out_of_fold=log_odds)
    answer = level(reliance, age=82.0, score=27.0)
    assert answer[0] == "note"
    assert answer[1].split(" | ")[0].startswith("value_unusual")
    assert [part for part in answer[1].split(" | ") if "unlike" in part] == [
        "unlike_training; Taken together, these answers are unlike those the model learned from."
    ]


def test_a_group_whose_estimates_were_off_is_noted() -> None:
    training, log_odds = made()
    young = training.X["age"] < 30
    training.y[young] = 1
    reliance = profile(training, columns=COLUMNS, out_of_fold=log_odds)
    assert "group_off; Age" in level(reliance, log_odds=2.0, age=25.0)[1]
    assert "group_off; Age" not in level(reliance, log_odds=2.0, age=50.0)[1]


def test_each_class_misses_at_most_one_in_ten() -> None:
    training, log_odds = made(20000, seed=4)
    reliance = learned(seed=5)
    assert reliance.estimates is not None
    p, y = 1 / (1 + np.exp(-log_odds)), training.y.to_numpy()
    sets = conformal_sets(reliance.estimates, p)
    for value, word in ((1, "yes"), (0, "no")):
        missed = ~np.isin(sets[y == value], [word, "both"])
        assert missed.mean() == pytest.approx(0.10, abs=0.02)


def test_ties_and_constants_hold_both_outcomes() -> None:
    training, _ = made(400)
    same = np.full(400, -0.35123456789)
    reliance = profile(training, columns=COLUMNS, out_of_fold=same)
    assert reliance.estimates is not None
    p = 1 / (1 + np.exp(-same))
    assert set(conformal_sets(reliance.estimates, p)) == {"both"}
    # What a stored model gives again differs by rounding only.
    assert set(conformal_sets(reliance.estimates, p + 1e-9)) == {"both"}


def test_an_estimate_that_fits_neither_outcome_holds_both() -> None:
    reliance = EstimateProfile((), (), 0.6, 0.4, 0.1, 0.1, {}, (), ())
    assert list(conformal_sets(reliance, np.array([0.5, 0.7, 0.3]))) == ["both", "yes", "no"]


def test_the_share_that_each_set_got_wrong_is_kept() -> None:
    training, log_odds = made(3000)
    reliance = profile(training, columns=COLUMNS, out_of_fold=log_odds).estimates
    assert reliance is not None
    shares = {share.outcome_set: share for share in reliance.sets}
    p, y = 1 / (1 + np.exp(-log_odds)), training.y.to_numpy()
    sets = conformal_sets(reliance, p, training.X)
    assert shares["no"].wrong == pytest.approx(y[sets == "no"].mean(), abs=1e-4)
    assert shares["yes"].wrong == pytest.approx(1 - y[sets == "yes"].mean(), abs=1e-4)
    assert sum(share.n for share in reliance.sets) in range(2970, 3001)


@pytest.mark.filterwarnings("ignore:WARNING. your conformalization dataset:UserWarning")
def test_conformal_thresholds_equal_those_of_mapie() -> None:
    mapie = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Known(ClassifierMixin, BaseEstimator):
        classes_ = np.array([0, 1])

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return np.column_stack([1 - X[:, 0], X[:, 0]])

        def predict(self, X: np.ndarray) -> np.ndarray:
            return (X[:, 0] > 0.5).astype(int)

    training, log_odds = made(400)
    p, y = 1 / (1 + np.exp(-log_odds)), training.y.to_numpy()
    yes_above, no_below = conformal_thresholds(p, y)
    grid = np.linspace(0, 1, 101)
    for value, ours in ((1, grid >= yes_above - 1e-12), (0, grid <= no_below + 1e-12)):
        split = mapie.SplitConformalClassifier(
            Known(), confidence_level=0.9, conformity_score="lac", prefit=True
        )
        split.conformalize(p[y == value][:, None], y[y == value])
        _, sets = split.predict_set(grid[:, None])
        # MAPIE never returns an empty set here: it adds the likelier class; ours tells it apart.
        differs = sets[:, value, 0] != ours
        assert differs.mean() < 0.02


def test_the_profile_survives_json_with_its_estimates() -> None:
    reliance = learned()
    assert RelianceProfile.from_dict(json.loads(json.dumps(reliance.to_dict()))) == reliance


def test_no_rate_of_fewer_than_fifty_is_kept() -> None:
    reliance = learned(n=300).estimates
    assert reliance is not None
    assert all(r is None for r, n in zip(reliance.rates, reliance.people, strict=True) if n < 50)


def test_thresholds_come_from_the_experiment_and_misspelt_ones_are_refused() -> None:
    training, log_odds = made(3000)
    strict = profile(training, {"alike_note": 10_000}, columns=COLUMNS, out_of_fold=log_odds)
    assert level(strict)[1].startswith("few_alike;")
    with pytest.raises(ExperimentError, match="Did you mean 'alike_note'"):
        profile(training, {"alike_notte": 10})


def test_thresholds_of_rules_that_are_no_more_do_not_keep_an_older_model_from_loading() -> None:
    reliance = learned()
    stored = reliance.to_dict()
    stored["thresholds"] |= {"alike_stop": 50, "alike_from": 1000, "distance_slack": 0.0}
    assert RelianceProfile.from_dict(stored) == reliance


def test_without_out_of_fold_estimates_only_the_answers_are_judged() -> None:
    training, _ = made(300)
    assert level(profile(training, Thresholds()))[0] == "ok"


INTERVAL = {
    "z": 1.645, "tau": 0.1, "centre": 0.0, "farthest": 1.0,
    "weights": [-4.0, 0.0, 0.5, 2.0, 1.0, 0.0], "marks": {"age": [50.0, 40.0]},
}  # fmt: skip


NEWER = {
    "z": 1.645, "misfit": 0.05, "between": 0.0, "people": 500, "centre": 0.0, "farthest": 1.0,
    "weights": [-4.0, 0.0, 0.0, 0.0, 0.0, 0.0], "marks": {},
}  # fmt: skip


def test_a_misfit_is_as_wide_in_points_and_so_wider_in_log_odds_near_the_ends() -> None:
    X = pd.DataFrame({"age": [50.0, 50.0]}, index=["a", "b"])
    steady = {**NEWER, "weights": [-16.0, 0, 0, 0, 0, 0], "misfit": 0.06}
    low, high = limits(steady, np.array([0.0, 2.0]), X)
    middle, end = 1 / (1 + np.exp(-np.array([0.0, 2.0])))
    assert high[0] - middle == pytest.approx(1.645 * 0.06, abs=0.002)
    assert end - low[1] == pytest.approx(1.645 * 0.06, abs=0.002)
    assert high[1] == pytest.approx(end + 1.645 * 0.06, abs=0.002)


def test_a_new_cluster_widens_the_interval() -> None:
    X, line = person()
    low, high = limits(NEWER, line, X)
    wider_low, wider_high = limits({**NEWER, "between": 0.9}, line, X)
    assert wider_high[0] > 1 / (1 + np.exp(-1.645 * 0.9)) > high[0]
    assert wider_low[0] < low[0]


def test_no_range_is_narrower_than_so_many_people_allow() -> None:
    X = pd.DataFrame({"age": [50.0, 50.0]}, index=["a", "b"])
    certain = {**NEWER, "weights": [-16.0, 0, 0, 0, 0, 0], "misfit": 0.0, "people": 100}
    low, high = limits(certain, np.array([-40.0, 40.0]), X)
    assert low[1] <= 0.97
    assert high[0] >= 0.03
    assert (high - low > 0.02).all()


def test_an_interval_holds_its_estimate_and_widens_with_missing_answers() -> None:
    whole, line = person()
    low, high = limits(INTERVAL, line, whole)
    assert low[0] < 0.5 < high[0]
    missing = whole.assign(score=np.nan)
    wider_low, wider_high = limits(INTERVAL, line, missing)
    assert wider_high[0] - wider_low[0] > high[0] - low[0]


def test_without_an_interval_the_limits_are_missing() -> None:
    whole, line = person()
    assert np.isnan(limits(None, line, whole)).all()


def test_a_profile_without_estimates_is_equal_to_one_that_dropped_them() -> None:
    training, log_odds = made(300)
    reliance = profile(training, columns=COLUMNS, out_of_fold=log_odds)
    assert replace(reliance, estimates=None) == profile(training)
