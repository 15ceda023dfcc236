"""A cohort knows when answers were given, in either layout, and tells it to nobody unasked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort

WIDE: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "session_2", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "dates": {"column": "seen_{visit}"},
}
LONG: dict[str, Any] = {
    **WIDE,
    "layout": "long",
    "visit": "visit",
    "instruments": {"phq9": {"total": "phq9"}},
    "dates": {"column": "seen"},
}
DAYS = {"a": ("2026-02-20", "", "2026-03-20"), "b": ("2026-03-01", "2026-03-08", "2026-03-29")}


def wide_table(days: dict[str, tuple[str, ...]] = DAYS) -> pd.DataFrame:
    rows = [
        {"person": person, **{f"seen_{v}": d for v, d in zip(WIDE["visits"], told, strict=True)}}
        for person, told in days.items()
    ]
    return pd.DataFrame(rows).assign(**{f"phq9_{v}": "12" for v in WIDE["visits"]})


def long_table() -> pd.DataFrame:
    rows = [
        {"person": person, "visit": visit, "seen": day, "phq9": "12"}
        for person, told in DAYS.items()
        for visit, day in zip(WIDE["visits"], told, strict=True)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(params=["wide", "long"])
def cohort(request: pytest.FixtureRequest) -> Cohort:
    if request.param == "wide":
        return read_cohort(wide_table(), WIDE)
    return read_cohort(long_table(), LONG)


def test_dates_are_kept_by_visit(cohort: Cohort) -> None:
    assert cohort.date("baseline").tolist() == [
        pd.Timestamp("2026-02-20"),
        pd.Timestamp("2026-03-01"),
    ]
    assert cohort.date("session_2").isna().tolist() == [True, False]
    assert cohort.date("baseline").index.tolist() == ["a", "b"]


def test_days_run_from_the_first_visit(cohort: Cohort) -> None:
    assert cohort.days("baseline").tolist() == [0.0, 0.0]
    assert cohort.days("round_one_end").tolist() == [28.0, 28.0]
    assert np.isnan(cohort.days("session_2")["a"])


def test_taking_people_takes_their_dates(cohort: Cohort) -> None:
    taken = cohort.take(["b"])
    assert taken.date("round_one_end").tolist() == [pd.Timestamp("2026-03-29")]
    assert cohort.take(["b", "a"]).days("session_2").index.tolist() == ["b", "a"]


@pytest.mark.parametrize(("table", "study"), [(wide_table(), WIDE), (long_table(), LONG)])
def test_dates_after_the_as_of_visit_are_left_unread(table: pd.DataFrame, study: Any) -> None:
    later = "seen_round_one_end" if study is WIDE else "seen"
    table.loc[table.index[-1], later] = "not a date"
    cohort = read_cohort(table, study, as_of="baseline")
    assert list(cohort.dates) == ["baseline"]
    assert len(cohort.people) == 2


def test_a_count_of_days_has_no_calendar() -> None:
    study = {**WIDE, "dates": {"days": "seen_{visit}"}}
    cohort = read_cohort(wide_table({"a": ("0", "7", "29.5")}), study)
    assert cohort.days("round_one_end").tolist() == [29.5]
    assert cohort.date("round_one_end").isna().all()


def test_a_first_visit_without_a_count_of_days_is_day_nought() -> None:
    study = {**WIDE, "dates": {"days": "seen_{visit}"}}
    cohort = read_cohort(wide_table({"a": ("", "7", "")}), study)
    assert cohort.days("baseline").tolist() == [0.0]
    assert cohort.days("session_2").tolist() == [7.0]
    assert np.isnan(cohort.days("round_one_end")["a"])


def test_a_study_without_dates_has_none() -> None:
    cohort = read_cohort(wide_table(), {k: v for k, v in WIDE.items() if k != "dates"})
    assert cohort.dates.columns.empty
    assert cohort.date("baseline").isna().all()
    assert cohort.days("baseline").isna().all()
    assert len(cohort.take(["a"]).dates) == 1


def test_a_refused_row_keeps_the_day_of_its_answers() -> None:
    table = wide_table().assign(phq9_baseline=["12", "900"])
    cohort = read_cohort(table, WIDE)
    assert cohort.rows["status"].tolist() == ["valid", "rejected"]
    assert cohort.dates["baseline"].tolist()[1] == pd.Timestamp("2026-03-01")
    assert cohort.date("baseline").tolist() == [pd.Timestamp("2026-02-20")]


def test_a_date_going_backwards_refuses_its_row_without_windows_too() -> None:
    table = wide_table({"a": ("2026-03-20", "", "2026-02-20")})
    assert read_cohort(table, WIDE).rows["code"].tolist() == ["DATE_BEFORE_START"]


def test_no_date_is_told_in_a_problem_or_a_picture_of_the_cohort() -> None:
    table = wide_table({"a": ("2026-03-20", "", "2026-02-20"), "b": ("20/03/2026", "", "")})
    cohort = read_cohort(table, WIDE)
    told = cohort.problems.to_csv() + cohort.flow.to_csv() + repr(cohort) + cohort._repr_html_()
    assert "2026" not in told
