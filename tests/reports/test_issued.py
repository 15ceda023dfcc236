"""Estimates beside what happened, by quarter: recomputed from the raw table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.reports.issued import honest_estimates, issued_by_quarter

RNG = np.random.default_rng(0)
PEOPLE = tuple(
    fixtures.Person(
        f"Q{number}",
        tuple(int(value) for value in RNG.integers(1, 4, 9)),
        estimate=float(RNG.uniform(0.2, 0.8)),
        low=0.1,
        high=0.9,
        later={"round_one_end": tuple(int(value) for value in RNG.integers(0, 3, 9))},
    )
    for number in range(120)
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    made = fixtures.dated_table(PEOPLE)
    back = pd.to_timedelta(np.random.default_rng(1).integers(0, 300, len(made)), unit="D")
    came = pd.to_datetime(made["seen_baseline"]) - back
    return made.assign(seen_baseline=came.dt.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def made(table: pd.DataFrame) -> Any:
    return fixtures.make_report(PEOPLE, study=fixtures.DATED, table=table, only="phq9-r1 v1.4.0")


def test_each_quarter_holds_the_people_estimates_and_outcomes_of_the_raw_table(
    made: Any, table: pd.DataFrame
) -> None:
    context = made.context
    quarters = issued_by_quarter(context, context.views[0])
    when = pd.to_datetime(table["seen_baseline"])
    names = when.dt.year.astype("str") + " Q" + when.dt.quarter.astype("str")
    start, end = (
        table[[f"phq9_{i}_{visit}" for i in range(1, 10)]].astype("float64").sum(axis=1)
        for visit in ("baseline", "round_one_end")
    )
    chance = pd.Series([person.estimate for person in PEOPLE])
    assert [quarter.name for quarter in quarters] == sorted(set(names))
    for quarter in quarters:
        mine = names == quarter.name
        assert quarter.everyone.sum() == mine.sum()
        assert quarter.events.sum() == (end[mine] <= start[mine] / 2).sum()
        assert quarter.estimate == pytest.approx(chance[mine].mean())


def test_the_front_page_tells_quarters_under_the_disclosure_control(made: Any) -> None:
    columns = made.model()["models"][0]["front"]["pictures"]
    told = next(part for part in columns[2] if "rows" in part)
    assert told["caption"].startswith("Estimated and happened in 100")
    context = made.context
    for row, quarter in zip(
        told["rows"], issued_by_quarter(context, context.views[0]), strict=True
    ):
        small = min(quarter.events.sum(), (quarter.everyone & ~quarter.events).sum()) < 11
        assert row[3] == context.content.few or not small
    assert any(row[3] != context.content.few for row in told["rows"])


def test_without_days_no_quarter_is_told() -> None:
    made = fixtures.make_report(only="phq9-r1 v1.4.0")
    assert issued_by_quarter(made.context, made.context.views[0]) == ()
    column = made.model()["models"][0]["front"]["pictures"][2]
    assert "model.front.no_quarters" in [part.get("say") for part in column]
    assert not [part for part in column if "rows" in part]


def test_an_estimate_of_somebody_learned_from_is_no_honest_one(made: Any) -> None:
    context = made.context
    view = context.views[0]
    first = next(iter(view.rows))
    rows = {**view.rows, first: {**view.rows[first], "flags": "in_training"}}
    seen = replace(view, rows=rows)
    context = replace(context, views=(seen,))
    estimates = honest_estimates(context, seen)["probability"]
    assert np.isnan(estimates[first])
    assert estimates.notna().sum() == len(estimates) - 1
