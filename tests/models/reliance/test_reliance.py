"""OK, NOTE and STOP: each rule, and what the profile may remember."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.errors import ExperimentError
from predict.features.columns import Column
from predict.models.reliance import Reason, RelianceProfile, profile
from predict.models.reliance import judge as judged
from predict.scoring.reason_words import written

ITEMS = tuple(f"phq9_{k}_baseline" for k in range(1, 10))


def judge(*given: Any, **more: Any) -> pd.DataFrame:
    """Level and reasons of each person, the reasons as a scores file holds them."""
    told = judged(*given, **more)
    return told.reliance.to_frame("reliance").assign(
        reason=[written(reasons) for reasons in told.reasons().values()]
    )


def training_set(n: int = 200, *, gad_absent: int = 0) -> Any:
    draw = np.random.default_rng(1)
    X = pd.DataFrame(draw.integers(0, 4, (n, 9)).astype(float), columns=list(ITEMS))
    X["gad7_total_baseline"] = draw.integers(0, 22, n).astype(float)
    X.loc[: gad_absent - 1, "gad7_total_baseline"] = np.nan
    X["age"] = draw.uniform(23.4, 67.8, n)
    X["route"] = np.where(np.arange(n) < 5, "spray", np.where(np.arange(n) % 2, "pill", "drip"))
    X.index = pd.Index([f"p{i}" for i in range(n)], name="id")
    columns = (
        *(
            Column(name, f"PHQ-9 item {k}", "number", "item", "phq9", "baseline", low=0, high=3)
            for k, name in enumerate(ITEMS, 1)
        ),
        Column(
            "gad7_total_baseline", "GAD-7", "number", "total", "gad7", "baseline", low=0, high=21
        ),
        Column("age", "Age", "number", "person", "people", "baseline", low=18, high=110),
        Column("route", "Route", "choice", "person", "people", "baseline"),
    )
    return SimpleNamespace(
        X=X,
        n=n,
        columns=columns,
        round="one",
        as_of="baseline",
        outcome=SimpleNamespace(instrument="phq9"),
        study=SimpleNamespace(
            instruments={"phq9": instrument("PHQ-9", 9, 2), "gad7": instrument("GAD-7", 7, 1)}
        ),
    )


def instrument(title: str, size: int, allowed: int) -> Any:
    scale = SimpleNamespace(items=tuple(map(str, range(size))), allowed_missing=allowed)
    named = SimpleNamespace(title=title, scales=(scale,), column=str)
    return SimpleNamespace(instrument=named, items={})


def one(**changed: object) -> pd.DataFrame:
    person = training_set().X.iloc[[50]].assign(age=40.0)
    return person.assign(**changed)


@pytest.fixture(scope="module")
def reliance() -> RelianceProfile:
    return profile(training_set())


def test_a_complete_usual_person_is_ok(reliance: RelianceProfile) -> None:
    assert judge(reliance, one()).iloc[0].tolist() == ["ok", ""]
    assert judged(reliance, one()).reasons() == {"p50": ()}


def test_more_missing_answers_than_the_rule_allows_stops(reliance: RelianceProfile) -> None:
    two = one(**dict.fromkeys(ITEMS[:2], np.nan))
    three = one(**dict.fromkeys(ITEMS[:3], np.nan))
    assert judge(reliance, two).iloc[0]["reliance"] == "note"
    assert judge(reliance, three).iloc[0].tolist() == [
        "stop",
        "missing_too_many; PHQ-9: more than 2 of 9 answers are missing.",
    ]


def test_a_category_unseen_in_training_stops_and_is_not_repeated(reliance: RelianceProfile) -> None:
    row = judge(reliance, one(route="infusion")).iloc[0]
    assert row["reliance"] == "stop"
    assert row["reason"].startswith("category_unseen; Route")
    assert "infusion" not in row["reason"]


def test_a_missing_category_does_not_stop(reliance: RelianceProfile) -> None:
    assert judge(reliance, one(route=None)).iloc[0]["reliance"] == "ok"


def test_a_second_instrument_may_be_absent_where_training_lacked_it_too() -> None:
    often = profile(training_set(gad_absent=40))
    never = profile(training_set())
    person = one(gad7_total_baseline=np.nan)
    assert judge(often, person).iloc[0]["reliance"] == "note"
    assert judge(never, person).iloc[0]["reliance"] == "stop"


def cohort(present: bool, *, round_two: str = "chosen") -> Any:
    people = pd.DataFrame(index=pd.Index(["p50"], name="id"))
    rounds = {
        "one": SimpleNamespace(start="baseline", end="round_one_end", taken=None),
        "two": SimpleNamespace(start="round_two_start", end="round_two_end", taken=None),
    }
    return SimpleNamespace(
        people=people,
        present=lambda visit: pd.Series(present, index=people.index),
        study=SimpleNamespace(rounds=rounds, treatment=SimpleNamespace(round_two=round_two)),
    )


def test_an_absent_as_of_visit_stops(reliance: RelianceProfile) -> None:
    assert judge(reliance, one(), cohort(True)).iloc[0]["reliance"] == "ok"
    row = judge(reliance, one(), cohort(False)).iloc[0]
    assert row["reason"].startswith("as_of_visit_absent; There are no answers at baseline")


def test_a_round_that_has_not_begun_stops() -> None:
    made = training_set()
    made.round, made.as_of = "two", "round_two_start"
    row = judge(profile(made), one(), cohort(False)).iloc[0]
    assert row["reason"].startswith("round_not_begun; Round two has not begun")


def test_an_unusual_value_is_noted(reliance: RelianceProfile) -> None:
    row = judge(reliance, one(age=67.79)).iloc[0]
    assert row["reliance"] == "note"
    assert "Age" in row["reason"]


def test_reasons_are_joined_and_the_gravest_level_wins(reliance: RelianceProfile) -> None:
    person = one(route="infusion", age=67.79, **dict.fromkeys(ITEMS, np.nan))
    reason = judge(reliance, person).iloc[0]["reason"]
    assert reason.count(" | ") == 2
    assert "value_unusual" not in reason


def test_each_row_is_judged_alone(reliance: RelianceProfile) -> None:
    X = training_set().X
    X.iloc[3, :4] = np.nan
    together = judge(reliance, X)
    alone = pd.concat([judge(reliance, X.iloc[[i]]) for i in range(20)])
    pd.testing.assert_frame_equal(together.iloc[:20], alone)


def test_the_profile_survives_json(reliance: RelianceProfile) -> None:
    assert RelianceProfile.from_dict(json.loads(json.dumps(reliance.to_dict()))) == reliance


def test_the_profile_holds_no_small_count_and_no_one_s_age(reliance: RelianceProfile) -> None:
    stored = reliance.to_dict()
    assert stored["levels"]["route"]["spray"] is None
    ages = training_set().X["age"]
    assert stored["numbers"]["age"]["low"] < ages.min()
    assert stored["numbers"]["age"]["high"] > ages.max()


def dated(**limits: int) -> RelianceProfile:
    return profile(training_set(), {"calibrated_on": "2025-03-20", **limits})


@pytest.mark.parametrize(
    ("today", "level", "code"),
    [
        (date(2026, 3, 1), "ok", ""),
        (date(2026, 4, 1), "note", "model_old"),
        (date(2027, 4, 1), "stop", "model_expired"),
    ],
)
def test_a_model_ages(today: date, level: str, code: str) -> None:
    row = judge(dated(), one(), today=today).iloc[0]
    assert row["reliance"] == level
    assert row["reason"].startswith(code)


def test_the_age_limits_are_the_experiment_s_and_need_both_days() -> None:
    strict, today = dated(age_stop=6), date(2026, 1, 1)
    assert judge(strict, one(), today=today)["reliance"].tolist() == ["stop"]
    assert judge(strict, one())["reliance"].tolist() == ["ok"]
    assert judge(profile(training_set()), one(), today=today)["reliance"].tolist() == ["ok"]
    assert RelianceProfile.from_dict(strict.to_dict()) == strict


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ExperimentError, match="2026-03-20"):
        profile(training_set(), {"calibrated_on": "spring"})


def test_a_reason_is_a_record_whatever_a_label_holds() -> None:
    made = training_set()
    hostile = "Route; as given | by whom"
    made.columns = tuple(
        replace(column, label=hostile) if column.name == "route" else column
        for column in made.columns
    )
    told = judged(profile(made), one(route="infusion")).reasons()["p50"]
    assert told == (Reason("category_unseen", {"label": hostile}),)


def split(text: str) -> list[tuple[str, str]]:
    """What docs/scoring.md says of the column: parts, each a code and its sentence."""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\) \| ", text)]
    return [(part.split("; ", 1)[0], part.split("; ", 1)[1]) for part in parts]


@given(labels=st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_what_a_file_holds_can_be_taken_apart_again(labels: list[str]) -> None:
    reasons = tuple(Reason("value_unusual", {"label": label}) for label in labels)
    rest = ": a value that few of the people learned from had."
    assert split(written(reasons)) == [("value_unusual", label + rest) for label in labels]
