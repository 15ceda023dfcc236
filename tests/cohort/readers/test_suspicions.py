"""Warnings on what is allowed but seldom meant."""

from __future__ import annotations

import pandas as pd
import pytest

from predict.cohort import read_cohort

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq9": {"columns": "p{item}"}},
}


def told(ids: list[str], answers: list[str]) -> set[str]:
    table = pd.DataFrame([answers] * len(ids), columns=[f"p{i}" for i in range(1, 10)])
    cohort = read_cohort(table.assign(person=ids), STUDY)
    assert len(cohort.people) == len(ids)
    assert not cohort.problems["message"].str.contains("Doe|jane|123-45").any()
    return set(cohort.problems["code"])


@pytest.mark.parametrize("person", ["jane@clinic.org", "123-45-6789", "Jane Doe", "Doe, Jane"])
def test_an_id_that_looks_personal_is_told_and_kept(person: str) -> None:
    assert told([person], ["0", "1", "2", "3", "0", "1", "2", "3", "0"]) == {"ID_LOOKS_PERSONAL"}


@pytest.mark.parametrize("person", ["jane@clinic.org", "123-45-6789", "Doe, Jane"])
def test_one_personal_id_among_codes_is_enough(person: str) -> None:
    answers = ["0", "1", "2", "3", "0", "1", "2", "3", "0"]
    assert told(["P 1@", "A-2", person, "7,3"], answers) == {"ID_LOOKS_PERSONAL"}


@pytest.mark.parametrize("person", ["P 1@", "A-2", "7,3", "P00123", "NA", "00123", "site-7/12"])
def test_a_code_is_no_name(person: str) -> None:
    assert told([person], ["0", "1", "2", "3", "0", "1", "2", "3", "0"]) == set()


def test_a_number_with_a_point_is_no_name_but_no_id_as_another_table_writes_it() -> None:
    assert told(["1.0"], ["0", "1", "2", "3", "0", "1", "2", "3", "0"]) == {"ID_AS_DECIMAL"}


def test_one_answer_to_everything_is_told_unless_nobody_has_a_symptom() -> None:
    assert told(["a"], ["0"] * 9) == set()
    table = pd.DataFrame([["2"] * 9, ["0"] * 9], columns=[f"p{i}" for i in range(1, 10)])
    codes = read_cohort(table.assign(person=["a", "b"]), STUDY).problems["code"]
    assert codes.tolist() == ["STRAIGHT_LINES"]


def test_an_item_nobody_answered_is_told_a_silent_visit_is_not() -> None:
    table = pd.DataFrame([["0", "1", "", *["0", "3"] * 3]], columns=[f"p{i}" for i in range(1, 10)])
    found = read_cohort(table.assign(person=["a"]), STUDY).problems
    assert found["code"].tolist() == ["COLUMN_EMPTY"]
    assert "nobody answered item 3" in found["message"].iloc[0]
    assert told(["a"], [""] * 9) == set()
