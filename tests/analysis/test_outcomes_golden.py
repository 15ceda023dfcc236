"""Effect sizes, intervals, weights and tests equal R's to 1e-6 (tests/golden/outcomes.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.analysis.adjusted import straight_line
from predict.analysis.attrition import standardised_difference
from predict.analysis.effects import effect_sizes
from predict.analysis.rates import logistic, staying_chances, weighted_rate
from predict.analysis.strata import _dummies, chi_square, f_test
from predict.definitions.outcomes import read_outcome
from predict.definitions.outcomes.rules import reliable_change
from predict.statistics.intervals import wilson

GOLDEN = Path(__file__).parents[1] / "golden"
R = pd.read_csv(GOLDEN / "outcomes.csv", index_col="name")["value"]
PEOPLE = pd.read_csv(GOLDEN / "outcomes_people.csv")
DONE = PEOPLE["stayed"] == 1
START, END = PEOPLE.loc[DONE, "start"], PEOPLE.loc[DONE, "end"]
RESPONSE = (END <= START / 2).astype(float)


def close(value: float, name: str) -> None:
    assert value == pytest.approx(R[name], abs=1e-6)


@pytest.mark.parametrize("name", ["d_pooled", "d_change", "d_within", "d_baseline"])
def test_effect_sizes_equal_r(name):
    close(effect_sizes(START, END)[name], name)


def test_wilson_equals_r():
    interval = wilson(int(RESPONSE.sum()), len(RESPONSE))
    for value, name in zip(interval, ("response", "wilson_low", "wilson_high"), strict=True):
        close(value, name)
    for count in (0, 7, 40):
        _, low, high = wilson(count, 40)
        close(low, f"wilson_{count}_low")
        close(high, f"wilson_{count}_high")


def test_reliable_change_equals_r():
    close(reliable_change(5.5, 0.84), "rci_limit")
    facts = {"instrument": "phq9", "sd": 5.5, "reliability": 0.84, "source": ["worked inputs"]}
    for rule in ("reliable_improvement", "reliable_deterioration"):
        yes = read_outcome({**facts, "rule": rule, "name": rule}).responds(START, END)
        assert yes.sum() == R[rule]


def staying_facts() -> pd.DataFrame:
    words = {"male": PEOPLE["sex"] == "male", "b": PEOPLE["arm"] == "b", "c": PEOPLE["arm"] == "c"}
    return pd.concat([PEOPLE[["start", "age"]], pd.DataFrame(words)], axis=1).astype(float)


def test_the_model_of_staying_equals_glm():
    beta = logistic(staying_facts(), PEOPLE["stayed"])
    for value, name in zip(beta[:3], ("beta_0", "beta_start", "beta_age"), strict=True):
        close(value, name)


def test_the_weighted_rate_equals_r():
    chance = staying_chances(staying_facts(), DONE.to_numpy())
    interval = weighted_rate(RESPONSE, 1 / chance[DONE])
    for value, name in zip(
        interval, ("weighted_rate", "weighted_low", "weighted_high"), strict=True
    ):
        close(value, name)


def test_standardised_differences_equal_r():
    for name in ("start", "age"):
        gap = standardised_difference(PEOPLE.loc[DONE, name], PEOPLE.loc[~DONE, name])
        close(gap, f"smd_{name}")
    male = (PEOPLE["sex"] == "male").astype(float)
    close(standardised_difference(male[DONE], male[~DONE], share=True), "smd_male")


def test_tests_of_difference_equal_r():
    arm, sex = (_dummies(PEOPLE.loc[DONE, name]) for name in ("arm", "sex"))
    test = chi_square(RESPONSE, PEOPLE.loc[DONE, "arm"])
    close(test["statistic"], "chi_square")
    close(test["p"], "chi_square_p")
    start = np.column_stack([np.ones(len(START)), START])
    test = f_test(END, start, np.column_stack([start, arm]))
    close(test["statistic"], "f_gain")
    close(test["p"], "f_gain_p")
    both = np.column_stack([start, arm, sex])
    test = f_test(END, both, np.column_stack([both, arm * sex]))
    close(test["statistic"], "f_arm")
    close(test["p"], "f_arm_p")


def test_the_adjusted_gain_equals_lm():
    intercept, slope = straight_line(PEOPLE.loc[DONE, "age"], START - END)
    close(intercept.estimate, "intercept")
    close(intercept.low, "intercept_low")
    close(slope.estimate, "slope")
    close(slope.high, "slope_high")
