"""The verdict's grammar, and what it admits."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.differences import brier_difference, differences_table, simplest
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
    study=SimpleNamespace(visits=("baseline", "round_one_end")),
)


def judged(found: OutOfFold, model: str = "boosted") -> dict[str, Any]:
    draws = bootstrap(found, PLAN, seed=1)
    halves = pd.Series(np.where(np.arange(found.n) % 2, "a", "b"), index=found.ids)
    return verdict(
        found,
        QUESTION,
        model,
        metrics_table(found, draws, PLAN),
        differences_table(found, draws, PLAN),
        strata_table(found, {"arm": halves}, PLAN, seed=1),
    )


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
    found = out_of_fold(400)
    sentence = judged(found)["sentence"]
    assert f"{found.n} people, {found.events} with the outcome." in sentence
    assert sentence.count("Brier") == 2
    assert "\n" not in sentence


def test_differences_are_of_the_same_people(out_of_fold: Maker) -> None:
    found = out_of_fold(300)
    gap = brier_difference(found, "boosted", "severity")
    boosted = ((found.mean("boosted") - found.y) ** 2).mean()
    severity = ((found.mean("severity") - found.y) ** 2).mean()
    assert gap.estimate == pytest.approx(boosted - severity)


def test_equal_rivals_ship_the_simpler(out_of_fold: Maker) -> None:
    found = out_of_fold(300)
    same = OutOfFold(
        found.ids,
        found.y,
        found.groups,
        found.folds,
        {"linear": found.probability["boosted"], "boosted": found.probability["boosted"]},
    )
    assert simplest(same) == "linear"
    assert verdict_family("best", same) == "linear"


def test_a_constant_is_one_half_within_every_group(out_of_fold: Maker) -> None:
    found = out_of_fold(400)
    arms = pd.Series(np.where(found.y == 1, "mostly", "few"), index=found.ids)
    arms.iloc[:100] = "few"
    table = strata_table(found, {"arm": arms}, PLAN, seed=1).query("model == 'prior'")
    assert set(table["estimate"].dropna()) == {0.5}


def test_small_groups_are_not_named(out_of_fold: Maker) -> None:
    found = out_of_fold(400)
    sites = pd.Series("large", index=found.ids)
    sites.iloc[:40] = "small"
    table = strata_table(found, {"site": sites}, PLAN, seed=1)
    assert set(table["value"]) == {"large", "(within)"}
