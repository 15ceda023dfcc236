"""A sound design, in which every test plants one fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.appraisal.checks import Design
from predict.cohort import Cohort
from predict.definitions.study import read_study
from predict.evaluation import Evaluation, Plan
from predict.features.columns import Column
from predict.models.recipe import Recipe

ITEMS = tuple(f"phq9_{k}_baseline" for k in range(1, 10))


def responds(start: pd.Series, end: pd.Series) -> pd.Series:
    return end <= start / 2


def sound_training(n: int = 3000, seed: int = 1) -> Any:
    """Nine items, a total, age, route and site of people half of whom respond, for no reason."""
    draw = np.random.default_rng(seed)
    index = pd.Index([f"p{i:05d}" for i in range(n)], name="id")
    mood = draw.normal(size=n)
    answers = np.clip(np.round(1.5 + 0.6 * mood[:, None] + draw.normal(size=(n, 9))), 0, 3)
    X = pd.DataFrame(answers, columns=list(ITEMS), index=index)
    X["phq9_total_baseline"] = X.sum(axis=1)
    X["age"] = draw.uniform(18, 90, n)
    X["route"] = draw.choice(["drip", "pill"], n)
    end = pd.Series(draw.uniform(0, 27, n), index=index)
    start = X["phq9_total_baseline"]
    y = pd.Series(draw.integers(0, 2, n), index=index, dtype="int8")
    site = pd.Series(draw.choice(list("abcdefghijklmnop"), n), index=index)
    labels = pd.DataFrame({"answer": np.where(y == 1, "yes", "no"), "why": "", "start": start})
    scale = SimpleNamespace(name="total", low=0.0, high=27.0)
    return SimpleNamespace(
        copies=None,
        earlier={},
        X=X,
        y=y,
        n=n,
        events=int(y.sum()),
        groups=site,
        chosen=tuple(X.columns),
        columns=(
            *(Column(i, i, "number", "item", "phq9", "baseline") for i in ITEMS),
            Column("phq9_total_baseline", "PHQ-9", "number", "total", "phq9", "baseline", "total"),
            Column("age", "Age", "number", "person", "people", "baseline"),
            Column("route", "Route", "choice", "person", "people", "baseline"),
        ),
        labels=labels,
        extras=pd.DataFrame(
            {"start_score": start, "end_score": end, "site": site, "month": np.arange(n)}
        ),
        round="one",
        as_of="baseline",
        outcome=SimpleNamespace(
            parts=(),
            name="phq9_response",
            instrument="phq9",
            scale="total",
            rule="remission",
            responds=responds,
        ),
        study=SimpleNamespace(
            visits=("baseline", "round_one_end"),
            rounds={},
            cluster="site",
            site="site",
            time="month",
            people={"age": SimpleNamespace(column="age"), "route": SimpleNamespace(column="route")},
            instruments={"phq9": SimpleNamespace(instrument=SimpleNamespace(scales=(scale,)))},
            treatment=SimpleNamespace(arm=None),
        ),
    )


def sound_evaluation(n: int = 300) -> Evaluation:
    draw = np.random.default_rng(1)
    p = draw.uniform(0.2, 0.8, n)
    y = (draw.random(n) < p).astype(int)
    predictions = pd.concat(
        [
            pd.DataFrame(
                {"model": "boosted", "repeat": r, "fold": 1, "id": "", "y": y, "probability": p}
            )
            for r in (1, 2)
        ]
    )
    values = {"auroc": 0.65, "calibration_slope": 1.0, "o_e": 1.0}
    metrics = pd.DataFrame(
        [("boosted", name, value, 0, 1, n, n, 1) for name, value in values.items()],
        columns=["model", "metric", "estimate", "low", "high", "n", "events", "resamples"],
    )
    better = {
        "state": "better", "metric": "brier", "difference": -0.02, "brier_difference": -0.02,
        "low": -0.03, "high": -0.01,
    }  # fmt: skip
    verdict = {
        "model": "boosted",
        "comparisons": {"prior": better, "severity": better},
        "simplest_within_one_standard_error": "boosted",
        "auroc": {"estimate": 0.65, "low": 0.6, "high": 0.7},
        "within": {"site": {"auroc": 0.64, "low": 0.6, "high": 0.7}},
    }
    return Evaluation(metrics, pd.DataFrame(), pd.DataFrame(), predictions, verdict)


STUDY = read_study(
    {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "round_one_end"],
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
        "people": {
            "age": {"kind": "number", "range": [18, 110]},
            "route": {"kind": "choice", "values": ["drip", "pill"]},
        },
    }
)


def cohort_of(training: Any) -> Cohort:
    """The table behind a training set: its answers at baseline and its facts."""
    answers = training.X[list(ITEMS)].rename(columns=lambda name: name.removesuffix("_baseline"))
    rows = {"row": np.arange(training.n) + 1, "id": training.X.index, "status": "valid"}
    return Cohort(
        study=STUDY,
        people=training.X[["age", "route"]],
        visits={"baseline": answers},
        rows=pd.DataFrame(rows),
        problems=pd.DataFrame(),
        flow=pd.DataFrame(),
        safety=pd.DataFrame(),
    )


def make_sound() -> Design:
    training = sound_training()
    return Design(
        training=training,
        recipe=Recipe(),
        plan=Plan(),
        cohort=cohort_of(training),
        evaluation=sound_evaluation(),
    )


@pytest.fixture(scope="module")
def sound() -> Design:
    return make_sound()


@pytest.fixture
def fresh() -> Callable[[], Design]:
    """Return the maker, for tests that change what they get."""
    return make_sound


def with_recipe(design: Design, **changes: object) -> Design:
    return replace(design, recipe=replace(design.recipe, **changes))  # type: ignore[arg-type]
