"""The verdict's grammar, and what it admits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.differences import differences_table, paired_difference, simplest
from predict.evaluation.measures import bootstrap, metrics_table
from predict.evaluation.plan import Plan
from predict.evaluation.strata import strata_table
from predict.evaluation.verdict import verdict, verdict_family

Maker = Callable[..., OutOfFold]
PLAN = Plan(outer=4, resamples=100)
QUESTION: Any = SimpleNamespace(
    round="one",
    as_of="baseline",
    outcome=SimpleNamespace(name="phq9_response"),
    study=SimpleNamespace(visits=("baseline", "round_one_end"), cluster=None, time=None),
    entered_twice=0,
)


def judged(
    estimates: OutOfFold,
    model: str = "boosted",
    *,
    question: Any = QUESTION,
    arm: np.ndarray | None = None,
    **further: pd.DataFrame,
) -> dict[str, Any]:
    draws = bootstrap(estimates, PLAN, seed=1)
    halves = np.where(np.arange(estimates.n) % 2, "a", "b") if arm is None else arm
    strata = {"arm": pd.Series(halves, index=estimates.ids)}
    tables = {
        "metrics": metrics_table(estimates, draws, PLAN),
        "differences": differences_table(estimates, draws, PLAN),
        "strata": strata_table(estimates, strata, PLAN, seed=1),
        **further,
    }
    return verdict(estimates, question, model, tables, PLAN)


def test_a_strong_model_is_shown_to_be_better_and_severity_leads(out_of_fold: Maker) -> None:
    said = judged(out_of_fold(2000))
    assert said["sentence"].startswith(
        "The boosted model as of baseline is shown to be better than baseline severity (Brier -0."
    )
    assert list(said["comparisons"]) == ["severity", "prior"]


def test_noise_is_not_shown_to_be_better_than_the_prior(out_of_fold: Maker) -> None:
    said = judged(out_of_fold(300, signal=0.0))
    assert said["comparisons"]["prior"]["state"] != "better"
    assert "nothing known at baseline is shown to predict better than the prior" in said["sentence"]


def test_severity_alone_is_admitted_when_it_does_not_beat_the_prior(out_of_fold: Maker) -> None:
    said = judged(out_of_fold(2000, noise=3.0))
    assert said["not_better_than_prior"] == ["severity"]
    assert "baseline alone (severity) is not shown to be better than the prior" in said["sentence"]


def test_the_sentence_has_its_numbers(out_of_fold: Maker) -> None:
    estimates = out_of_fold(400)
    sentence = judged(estimates)["sentence"]
    assert f"{estimates.n} people, {estimates.events} with the outcome." in sentence
    assert sentence.count("Brier") == 2
    assert "\n" not in sentence


def test_differences_are_of_the_same_people(out_of_fold: Maker) -> None:
    estimates = out_of_fold(300)
    gap = paired_difference(estimates, "boosted", "severity")
    boosted = ((estimates.mean("boosted") - estimates.y) ** 2).mean()
    severity = ((estimates.mean("severity") - estimates.y) ** 2).mean()
    assert gap.estimate == pytest.approx(boosted - severity)


def test_equal_rivals_ship_the_simpler(out_of_fold: Maker) -> None:
    estimates = out_of_fold(300)
    same = OutOfFold(
        estimates.ids,
        estimates.y,
        estimates.groups,
        estimates.folds,
        {"linear": estimates.probability["boosted"], "boosted": estimates.probability["boosted"]},
    )
    assert simplest(same) == "linear"
    assert verdict_family("best", same) == "linear"


def test_a_constant_is_one_half_within_every_group(out_of_fold: Maker) -> None:
    estimates = out_of_fold(400)
    arms = pd.Series(np.where(estimates.y == 1, "mostly", "few"), index=estimates.ids)
    arms.iloc[:100] = "few"
    table = strata_table(estimates, {"arm": arms}, PLAN, seed=1).query("model == 'prior'")
    assert set(table["estimate"].dropna()) == {0.5}


def test_small_groups_are_not_named(out_of_fold: Maker) -> None:
    estimates = out_of_fold(400)
    sites = pd.Series("large", index=estimates.ids)
    sites.iloc[:40] = "small"
    table = strata_table(estimates, {"site": sites}, PLAN, seed=1)
    assert set(table["value"]) == {"large", "(within)"}


def with_study(**facts: Any) -> Any:
    study = SimpleNamespace(**{**vars(QUESTION.study), **facts})
    return SimpleNamespace(**{**vars(QUESTION), "study": study})


def test_a_model_that_knows_the_arm_only_is_told_so_before_anything_else(
    out_of_fold: Maker,
) -> None:
    estimates = out_of_fold(1200, signal=0.0)
    draw = np.random.default_rng(5)
    treated = draw.random(estimates.n) < 0.5
    y = (draw.random(estimates.n) < np.where(treated, 0.7, 0.35)).astype(np.int8)
    p = np.tile(np.where(treated, 0.7, 0.35), (2, 1)) + 1e-3 * draw.normal(size=(2, estimates.n))
    arms_only = replace(estimates, y=y, probability={**estimates.probability, "boosted": p})
    said = judged(arms_only, arm=np.where(treated, "treated", "waiting"))
    assert said["sentence"].startswith("Within each arm the AUROC is 0.")
    assert said["within"]["arm"]["auroc"] == pytest.approx(0.5, abs=0.05)
    assert said["auroc"]["estimate"] > 0.6


def test_a_rate_that_moved_is_told_first(out_of_fold: Maker) -> None:
    estimates = out_of_fold(1200)
    month = np.argsort(np.argsort(estimates.y + np.random.default_rng(1).normal(size=estimates.n)))
    question = with_study(time="month")
    question.extras = pd.DataFrame({"month": month}, index=estimates.ids)
    question.y = pd.Series(estimates.y, index=estimates.ids)
    question.groups = pd.Series(estimates.ids, index=estimates.ids)
    said = judged(estimates, question=question)
    assert said["sentence"].startswith("The rate rose from ")
    assert "next year's people will not have these odds" in said["sentence"]
    assert said["drift"]["last"] > said["drift"]["first"] + 0.2


def test_people_entered_twice_are_told_first(out_of_fold: Maker) -> None:
    question = SimpleNamespace(**{**vars(QUESTION), "entered_twice": 120})
    said = judged(out_of_fold(300), question=question)["sentence"]
    assert said.startswith("120 of 300 people are alike in every answer, beyond chance")


def test_few_clusters_widen_every_interval_and_fewer_still_have_none(out_of_fold: Maker) -> None:
    estimates = out_of_fold(900)
    people = judged(estimates)["auroc"]
    question = with_study(cluster="clinic")
    eight, four = (
        judged(replace(estimates, groups=(np.arange(900) % k).astype(object)), question=question)
        for k in (8, 4)
    )
    assert eight["sampling"] == {
        "holds_for": "new values of 'clinic'",
        "cluster": "clinic",
        "intervals_by": "few_clusters",
        "units": 8,
    }
    assert eight["auroc"]["low"] < people["estimate"] < eight["auroc"]["high"]
    assert np.isnan(four["auroc"]["low"])
    assert four["comparisons"]["prior"]["state"] == "not_shown"
    assert "4 of 'clinic' are too few for any interval" in four["sentence"]
    assert "nan" not in four["sentence"]


def test_a_difference_too_small_to_matter_is_none(out_of_fold: Maker) -> None:
    estimates = out_of_fold(4000)
    nearly = estimates.probability["severity"] + 1e-5
    said = judged(replace(estimates, probability={**estimates.probability, "boosted": nearly}))
    against = said["comparisons"]["severity"]
    assert against["state"] == "no_different"
    assert "is shown to be no different from baseline severity" in said["sentence"]
    assert said["smallest_difference"] == pytest.approx(0.001, rel=0.05)


def test_log_loss_decides_where_the_outcome_is_rare(out_of_fold: Maker) -> None:
    estimates = out_of_fold(6000)
    draw = np.random.default_rng(2)
    truth = 1 / (1 + np.exp(3.1 - 0.6 * draw.normal(size=estimates.n)))
    y = (draw.random(estimates.n) < truth).astype(np.int8)
    assert 0.04 < y.mean() < 0.09
    p = {name: np.full((2, estimates.n), y.mean()) for name in ("prior", "severity")}
    said = judged(replace(estimates, y=y, probability={**p, "boosted": np.tile(truth, (2, 1))}))
    against = said["comparisons"]["prior"]
    assert (said["decided_by"], against["metric"]) == ("log_loss", "log_loss")
    assert against["state"] == "better"
    assert abs(against["brier_difference"]) < 0.001 < abs(against["difference"])


def test_new_places_and_the_next_year_are_told(out_of_fold: Maker) -> None:
    names = ["place", "metric", "estimate", "low", "high", "new_low", "new_high"]
    left_out = [(f"site {k}", "o_e", 1.0, 0.9, 1.1, np.nan, np.nan) for k in range(7)]
    rows = [("(summary)", "o_e", 1.0, 0.9, 1.1, 0.6, 1.5), *left_out]
    late = [("last third", "o_e", 1.54, 1.4, 1.7, np.nan, np.nan)]
    said = judged(
        out_of_fold(300),
        places=pd.DataFrame(rows, columns=names),
        later=pd.DataFrame(late, columns=names),
    )
    assert "a new place would see 0.60 to 1.50 events for each expected" in said["sentence"]
    assert "the last third saw 1.54 (1.40 to 1.70)" in said["sentence"]
    assert said["places"]["places"] == 7
