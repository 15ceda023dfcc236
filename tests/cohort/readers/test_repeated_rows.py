"""Which of several rows counts never depends on the order of a file, and nothing goes unsaid."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.safety_answers import safety_at
from predict.errors import StudyError

LONG: dict[str, Any] = {
    "id": "person",
    "layout": "long",
    "visit": "visit",
    "visits": ["baseline", "end"],
    "rounds": {},
    "instruments": {"phq9": {"columns": "p{item}"}, "phq2": {"items": {"1": "g1", "2": "g2"}}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}
ITEMS = [f"p{item}" for item in range(1, 10)]
DATED = {**LONG, "dates": {"column": "seen"}}


def row(person: str, visit: str, value: Any, seen: str = "", **more: Any) -> dict[str, Any]:
    answers = dict.fromkeys(ITEMS, value)
    return {"person": person, "visit": visit, "seen": seen, **answers, "g1": "", "g2": "", **more}


def read(*rows: dict[str, Any], study: dict[str, Any] = LONG, **more: Any) -> Cohort:
    table = pd.DataFrame([{"age": "", **each} for each in rows])
    return read_cohort(table.astype(str), {**study, **more})


def said(cohort: Cohort, code: str) -> str:
    found = cohort.problems.loc[cohort.problems["code"] == code, "message"]
    return str(found.iloc[0]) if len(found) else ""


def start(cohort: Cohort) -> list[float]:
    return [float(value) for value in cohort.at("baseline")["phq9_1"]]


EVENT = row("a", "baseline", "", seen="2023-01-01")


@pytest.mark.parametrize("rule", ["refuse", "first", "last"])
@pytest.mark.parametrize("order", [1, -1])
def test_rows_of_events_are_no_rows_of_a_visit(rule, order):
    rows = [row("a", "baseline", 2), EVENT, EVENT, row("b", "baseline", 1)][::order]
    cohort = read(*rows, duplicates=rule)
    assert dict(zip(cohort.ids, start(cohort), strict=True)) == {"a": 2.0, "b": 1.0}
    assert said(cohort, "ROWS_EMPTY").startswith("2 rows hold no answer")
    assert said(cohort, "ROWS_DROPPED") == ""


@pytest.mark.parametrize("visit", ["unscheduled", ""])
def test_an_event_at_no_visit_of_the_study_refuses_nobody(visit):
    assert read(row("a", "baseline", 2), row("a", visit, "")).rows["code"].tolist() == [""]
    answered = read(row("a", "baseline", 2), row("a", visit, 1))
    assert answered.rows["code"].tolist() == ["VISIT_UNKNOWN"]


def test_an_empty_row_alone_is_a_visit_without_answers():
    cohort = read(row("a", "baseline", ""), row("b", "baseline", 1))
    assert cohort.ids.tolist() == ["a", "b"]
    assert np.isnan(start(cohort)[0])
    assert said(cohort, "ROWS_EMPTY") == ""


def test_a_person_of_empty_rows_only_comes_back():
    cohort = read(EVENT, EVENT, row("b", "baseline", 1))
    assert cohort.rows["status"].tolist() == ["valid", "valid"]
    assert not cohort.present("baseline")["a"]


def test_missing_codes_hold_nothing():
    cohort = read(row("a", "baseline", 2), row("a", "baseline", "99"), missing_codes=[99])
    assert start(cohort) == [2.0]


def test_a_base_row_gives_its_facts_to_the_row_of_answers():
    base = row("a", "baseline", "", age="40")
    for rows in permutations([base, row("a", "baseline", 2)]):
        cohort = read(*rows)
        assert start(cohort) == [2.0]
        assert cohort.people["age"].tolist() == [40.0]


def test_facts_that_differ_between_such_rows_are_still_a_conflict():
    base = row("a", "baseline", "", age="40")
    cohort = read(base, row("a", "baseline", 2, age="41"))
    assert cohort.rows["code"].tolist() == ["PERSON_CONFLICT"]


def test_an_event_before_the_start_moves_no_window():
    study = {**LONG, "dates": {"column": "seen", "windows": {"end": [20, 40]}}}
    rows = [EVENT, row("a", "baseline", 2, "2024-01-01"), row("a", "end", 1, "2024-01-29")]
    cohort = read(*rows, study=study)
    assert cohort.at("end")["phq9_1"].tolist() == [1.0]
    del study["visit"]
    study["dates"] = {"column": "seen", "windows": {"baseline": [0, 7], "end": [20, 40]}}
    assert read(*rows, study=study).at("end")["phq9_1"].tolist() == [1.0]


TWICE = [
    row("a", "baseline", 1, "2024-01-05"),
    row("a", "baseline", 2, "2024-01-01"),
    row("a", "baseline", 3, ""),
]


@pytest.mark.parametrize(("rule", "kept"), [("first", 2.0), ("last", 1.0)])
def test_first_and_last_go_by_date_in_any_order(rule, kept):
    for rows in permutations(TWICE):
        cohort = read(*rows, study=DATED, duplicates=rule)
        assert start(cohort) == [kept]
        assert said(cohort, "ROWS_DROPPED").startswith("2 rows were dropped")


def test_without_dates_they_go_by_the_order_of_the_table():
    for rule, kept in (("first", 1.0), ("last", 3.0)):
        cohort = read(*TWICE, duplicates=rule)
        assert start(cohort) == [kept]
        assert "in the table's order" in said(cohort, "ROWS_DROPPED")


def test_nearest_keeps_the_row_nearest_to_the_visits_day():
    study = {**LONG, "dates": {"column": "seen", "targets": {"end": 28}}, "duplicates": "nearest"}
    late = [row("a", "end", n, f"2024-01-{day}") for n, day in ((0, 18), (1, 27), (2, 31))]
    for rows in permutations([row("a", "baseline", 3, "2024-01-01"), *late]):
        assert read(*rows, study=study).at("end")["phq9_1"].tolist() == [1.0]
    by_window = {**study, "dates": {"column": "seen", "windows": {"end": [20, 40]}}}
    cohort = read(row("a", "baseline", 3, "2024-01-01"), *late, study=by_window)
    assert cohort.at("end")["phq9_1"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duplicates": "nearest"}, r"\[dates\]"),
        ({"duplicates": "nearest", "dates": {"column": "seen"}}, "state end under"),
        ({"duplicates": "nearest", "dates": {"column": "d"}, "layout": "wide"}, "first or last"),
        ({"dates": {"column": "seen", "targets": {"ende": 3}}}, "VISIT_UNKNOWN"),
    ],
)
def test_nearest_needs_a_day_for_every_visit(changes, words):
    with pytest.raises(StudyError, match=words):
        read(row("a", "baseline", 1), **changes)


def test_a_kept_row_that_is_blank_where_a_dropped_one_is_not_is_told():
    one = row("a", "baseline", 1, g1="", g2="")
    other = row("a", "baseline", "", g1="2", g2="2")
    cohort = read(one, other, duplicates="first")
    assert start(cohort) == [1.0]
    assert said(cohort, "BLANK_KEPT").startswith("1 rows that count hold no answer to phq2")
    assert said(read(one, {**other, "g1": "", "g2": ""}, duplicates="first"), "BLANK_KEPT") == ""


@pytest.mark.parametrize("rule", ["refuse", "first", "last"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_safety_answer_stands_whichever_row_counts(rule, order):
    rows = [row("a", "baseline", 0), row("a", "baseline", 0, p9=3)][::order]
    flags = safety_at(read(*rows, duplicates=rule), "baseline")
    assert flags["flag"].tolist() == ["item9_reported"]
    assert flags["value"].tolist() == [3.0]


def test_a_safety_answer_outside_its_window_stands_too():
    study = {**LONG, "dates": {"column": "seen", "windows": {"end": [20, 40]}}}
    rows = [row("a", "baseline", 0, "2024-01-01"), row("a", "end", 0, "2024-06-01", p9=2)]
    cohort = read(*rows, study=study)
    assert cohort.at("end")["phq9_1"].isna().all()
    assert safety_at(cohort, "end")["flag"].tolist() == ["item9_reported"]


def test_a_repeated_row_that_is_blank_hides_no_missing_answer():
    flags = safety_at(read(row("a", "baseline", 1, p9=""), EVENT), "baseline")
    assert flags["flag"].tolist() == ["item9_missing"]


WIDE: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}_{visit}"}},
    "people": {"age": {"kind": "number"}},
}
COLUMNS = ["person", "age", "q1_baseline", "q2_baseline", "q1_end", "q2_end"]


def wide(*rows: tuple[Any, ...], **more: Any) -> Cohort:
    extra = ["seen_baseline", "seen_end"] if "dates" in more else []
    return read_cohort(pd.DataFrame(rows, columns=COLUMNS + extra).astype(str), {**WIDE, **more})


@pytest.mark.parametrize("rule", ["refuse", "first", "last"])
@pytest.mark.parametrize("order", [1, -1])
def test_an_empty_row_of_a_wide_table_does_not_compete(rule, order):
    rows = [("a", "", "", "", "", ""), ("a", 30, 1, 2, 0, 0), ("b", 40, 1, 1, 1, 1)][::order]
    cohort = wide(*rows, duplicates=rule)
    assert dict(zip(cohort.ids, cohort.people["age"], strict=True)) == {"a": 30.0, "b": 40.0}
    assert sorted(cohort.rows["code"]) == ["", "", "ROW_EMPTY"]


def test_a_wide_row_of_facts_alone_is_no_empty_row():
    cohort = wide(("a", 30, "", "", "", ""), ("a", "", 1, 2, 0, 0))
    assert cohort.rows["code"].tolist() == ["ID_REPEATED"] * 2
    kept = wide(("a", 30, "", "", "", ""), ("a", "", 1, 2, 0, 0), duplicates="first")
    assert said(kept, "BLANK_KEPT").startswith("1 rows that count hold no answer to phq2")


def test_empty_rows_only_leave_one_person():
    cohort = wide(("a", "", "", "", "", ""), ("a", "", "", "", "", ""))
    assert cohort.rows["code"].tolist() == ["", "ROW_EMPTY"]


@pytest.mark.parametrize(("rule", "age"), [("first", 31.0), ("last", 30.0)])
def test_wide_rows_go_by_the_date_of_the_first_visit(rule, age):
    dates = {"column": "seen_{visit}"}
    rows = [
        ("a", 30, 1, 1, 1, 1, "2024-02-01", "2024-03-01"),
        ("a", 31, 2, 2, 2, 2, "2024-01-01", "2024-05-01"),
    ]
    for some in permutations(rows):
        cohort = wide(*some, duplicates=rule, dates=dates)
        assert cohort.people["age"].tolist() == [age]
        assert sorted(cohort.rows["code"]) == ["", "ID_REPEATED"]


@pytest.mark.parametrize("visit", ["when", ""], ids=["by a column", "by windows of days"])
def test_a_row_carried_forward_is_no_measurement(visit: str) -> None:
    table = pd.DataFrame(
        {
            "person": ["a"] * 3,
            "when": ["baseline", "middle", "end"],
            "day": ["2024-01-01", "2024-02-26", "2024-06-17"],
            "how": ["", "", "LOCF"],
            "total": [20, 9, 9],
        }
    )
    study = {
        "id": "person",
        "layout": "long",
        "visits": ["baseline", "middle", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"total": "total"}},
        "dates": {
            "column": "day",
            "windows": {"baseline": [0, 6], "middle": [50, 60], "end": [160, 180]},
        },
        "derived": "how",
        **({"visit": visit} if visit else {}),
    }
    cohort = read_cohort(table, study)
    assert cohort.total("phq9", "middle").tolist() == [9]
    assert cohort.total("phq9", "end").isna().all()
    assert cohort.problems.set_index("code")["message"]["ROWS_DERIVED"].startswith("1 rows")
    without = {key: value for key, value in study.items() if key != "derived"}
    assert read_cohort(table, without).total("phq9", "end").tolist() == [9]
