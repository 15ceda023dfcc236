"""A recipe that cannot be learned is refused when it is written, every fault at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from predict.errors import ExperimentError
from predict.evaluation import Plan
from predict.models.recipe import Recipe
from predict.pipeline import read_experiment

STUDY = Path(__file__).parents[2] / "experiments" / "demo_study.toml"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trials": -5}, "TRIALS_WRONG: trials = -5; give a whole number, 0 or more."),
        ({"trials": 2.5}, "TRIALS_WRONG: trials = 2.5; give"),
        ({"inner": 0}, "INNER_WRONG: inner = 0; give a whole number, 2 or more."),
        ({"inner": True}, "INNER_WRONG: inner = True; give"),
        ({"seed": -1}, "SEED_WRONG: seed = -1; give a whole number, 0 to 2147483647."),
        ({"seed": "one"}, "SEED_WRONG: seed = 'one'; give"),
        ({"threads": 0}, "THREADS_WRONG: threads = 0; give a whole number, 1 or more."),
        ({"family": "boost"}, "No family named 'boost'. Did you mean 'boosted'? `predict list fam"),
        ({"calibration": "plat"}, "No calibration named 'plat'. Did you mean 'platt'? Known: none"),
        ({"params": {"depth": 3}}, "'depth' is no setting of 'boosted'. Did you mean 'max_depth'?"),
        ({"params": {"eta": 0.0}}, "eta = 0.0; give a number from 0.0001 to 1."),
        ({"params": {"max_depth": 2.5}}, "max_depth = 2.5; give a whole number from 1 to 12."),
        ({"params": {"eta": float("nan")}}, "eta = nan; give a number"),
        ({"params": {"eta": "0.1"}}, "eta = '0.1'; give a number"),
        ({"params": [0.1]}, "give settings by name"),
        (
            {"family": "prior", "params": {"eta": 0.1}},
            "no setting of 'prior'. It has none",
        ),
        (
            {"family": "linear", "params": {"l1_ratio": 2}},
            "l1_ratio = 2; give a number",
        ),
        ({"family": "best", "params": {"eta": 0.1}}, "params belong to one family."),
    ],
    ids=str,
)
def test_what_cannot_be_learned_is_refused_with_what_to_do(given, said):
    with pytest.raises(ExperimentError, match="RECIPE_INVALID: A fault in the recipe") as caught:
        Recipe(**given)
    assert said in str(caught.value)


def test_all_faults_are_named_at_once():
    with pytest.raises(ExperimentError, match="5 faults in the recipe") as caught:
        Recipe(trials=-5, inner=0, seed=-1, threads=0, params={"depth": 3})
    assert [problem.column for problem in caught.value.problems] == [
        f"recipe.{name}" for name in ("trials", "inner", "seed", "threads", "params")
    ]


def test_the_lowest_values_and_numpys_whole_numbers_are_accepted():
    assert Recipe(trials=0, inner=2, seed=0, threads=1).inner == 2
    assert Recipe(trials=np.int64(3)).trials == 3


def test_a_plan_names_all_its_faults_too():
    with pytest.raises(ExperimentError) as caught:
        Plan(outer=1, repeats=0, resamples=0, level=1.5, families=("linaer",))
    assert len(caught.value.problems) == 5
    assert "Did you mean 'linear'?" in str(caught.value)


def test_an_experiment_names_the_faults_of_recipe_and_plan_together():
    with pytest.raises(ExperimentError) as caught:
        read_experiment(
            {
                "study": str(STUDY),
                "outcome": "phq9_response",
                "recipe": {"trials": -5, "calibration": 3},
                "evaluation": {"inner": 1, "outer": 1, "refits": 1},
            }
        )
    assert [problem.column for problem in caught.value.problems] == [
        "recipe.calibration",
        "evaluation.refits",
        "recipe.trials",
        "evaluation.inner",
        "evaluation.outer",
    ]
