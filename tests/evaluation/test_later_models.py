"""Models that stand after the first visit answer another question, and have plain rules to beat."""

from __future__ import annotations

import numpy as np
import pytest

from predict.cohort import Cohort
from predict.evaluation import Evaluation, Plan, evaluate
from predict.features.training_set import assemble
from predict.models.recipe import Recipe

PLAN = Plan(outer=3, repeats=1, families=("prior", "severity"), resamples=50)
PLAIN = Recipe(family="severity", trials=0, inner=2)


@pytest.fixture(scope="module")
def early(cohort: Cohort) -> Evaluation:
    training = assemble(cohort, "phq9_response", round="one", as_of="session_2", blocks=("scales",))
    return evaluate(training, PLAIN, PLAN)


@pytest.fixture(scope="module")
def second(cohort: Cohort) -> Evaluation:
    training = assemble(cohort, "phq9_response", round="two", blocks=("scales",))
    return evaluate(training, PLAIN, PLAN)


def test_early_change_is_held_against_the_starting_score_alone(early: Evaluation) -> None:
    assert "start" in early.verdict["comparisons"]
    assert "the starting score alone" in early.verdict["sentence"]
    gain = early.differences.query("model == 'severity' and rival == 'start' and metric == 'auroc'")
    assert np.isfinite(gain["estimate"]).all()


def test_round_two_is_held_against_the_state_after_round_one_alone(second: Evaluation) -> None:
    assert {"start", "state"} <= set(second.metrics["model"])
    assert "the state after round one alone" in second.verdict["sentence"]
    assert "severity so far" in second.verdict["sentence"].lower()


def test_round_two_is_judged_within_round_one_states(second: Evaluation) -> None:
    within = second.strata.query("stratum == 'round_one_state' and value == '(within)'")
    assert "severity" in set(within["model"])
    # Within a state, the state itself tells nothing.
    assert within.set_index("model").loc["state", "estimate"] == pytest.approx(0.5)


def test_a_baseline_model_has_no_such_rules(cohort: Cohort) -> None:
    training = assemble(cohort, "phq9_response", blocks=("scales",))
    assert set(evaluate(training, PLAIN, PLAN).metrics["model"]) == {"prior", "severity"}


def test_best_ships_the_simplest_family_within_one_standard_error(cohort: Cohort) -> None:
    training = assemble(cohort, "phq9_response", blocks=("scales",))
    judged = evaluate(training, Recipe(family="best", trials=0, inner=2), PLAN)
    assert judged.verdict["model"] == judged.verdict["simplest_within_one_standard_error"]
