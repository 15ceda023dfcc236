"""Safety flags come from the raw answers, of refused rows too."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.safety_answers import flags_of, safety_at

PHQ9 = {"phq9": {"items": {"9": "p9_{visit}", "1": "p1_{visit}"}}}


def study(instruments: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "later"],
        "missing_codes": [99],
        "rounds": {},
        "instruments": instruments,
    }


def flags(cells: list[str], ones: list[str] | None = None) -> pd.DataFrame:
    table = pd.DataFrame(
        {"person": [f"p{i}" for i in range(len(cells))], "p9_baseline": cells, "p1_baseline": ones}
    ).assign(p1_later="", p9_later="")
    table["p1_baseline"] = table["p1_baseline"].fillna("0").astype("str")
    return safety_at(read_cohort(table, study(PHQ9)), "baseline")


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        ("0", ""),
        ("0.0", ""),
        ("1", "item9_reported"),
        ("3", "item9_reported"),
        ("7", "item9_reported"),  # out of range: the row is refused, the flag stays
        ("２", "item9_reported"),  # full width: refused by the grammar, read for safety
        ("2,0", "item9_reported"),
        ("", "item9_missing"),
        ("99", "item9_missing"),
        ("often", "item9_unreadable"),
        ("0-1", "item9_reported"),  # two answers: the one of most concern
        ("0 or 2", "item9_reported"),
        ("0/0", ""),
        ("2024-01-02", "item9_unreadable"),  # what a spreadsheet made of "1-2"
        ("1/2/2024", "item9_unreadable"),
        ("-1", "item9_missing"),  # an undeclared code is no answer, and no nought
    ],
)
def test_each_answer_has_its_flag(cell: str, flag: str) -> None:
    assert flags([cell])["flag"].tolist() == [flag]


def test_a_row_refused_for_another_reason_keeps_its_flag() -> None:
    found = flags(["2", "0"], ones=["often", "0"])
    assert found["flag"].tolist() == ["item9_reported", ""]
    assert found["value"].tolist() == [2.0, 0.0]
    assert found["instrument"].tolist() == ["phq9", "phq9"]


OWN = {"title": "Own", "scales": [{"name": "total", "title": "Own total", "low": 0, "high": 56}]}


@pytest.mark.parametrize(
    ("instruments", "flag"),
    [
        ({"gad7": {"total": "t_{visit}"}}, "item9_not_asked"),
        ({"phq9": {"total": "t_{visit}"}}, "item9_only_total"),  # its item 9 asks
        ({"own": {"total": "t_{visit}", "define": OWN}}, "item9_only_total"),  # nobody knows
    ],
)
def test_a_total_of_what_asks_is_told_apart_from_a_study_that_does_not_ask(
    instruments: dict[str, object], flag: str
) -> None:
    table = pd.DataFrame({"person": ["a"], "t_baseline": ["20"], "t_later": ["3"]})
    cohort = read_cohort(table, study(instruments))
    assert safety_at(cohort, "baseline")["flag"].tolist() == [flag]
    assert flags_of(cohort, "baseline").tolist() == [flag]


@pytest.mark.parametrize(("answer", "flag"), [("0", ""), ("2", "item9_reported")])
def test_an_answer_counts_for_more_than_a_total_beside_it(answer: str, flag: str) -> None:
    beside = {**PHQ9, "hamd": {"total": "h_{visit}"}}
    table = pd.DataFrame({"person": ["a"], "p9_baseline": [answer], "h_baseline": ["20"]})
    table = table.assign(p1_baseline="0", p1_later="", p9_later="", h_later="")
    found = safety_at(read_cohort(table, study(beside)), "baseline")
    assert found["flag"].tolist() == [flag]


def test_the_highest_concern_of_several_questions_wins() -> None:
    several = {**PHQ9, "qids_sr16": {"items": {"12": "q12_{visit}"}}}
    table = pd.DataFrame(
        {"person": list("abc"), "p9_baseline": ["0", "1", "0"], "q12_baseline": ["", "3", "2"]}
    ).assign(p1_baseline="0", p1_later="", p9_later="", q12_later="")
    found = safety_at(read_cohort(table, study(several)), "baseline")
    assert found["flag"].tolist() == ["item9_missing", "item9_reported", "item9_reported"]
    assert found[["instrument", "item", "value"]].values.tolist()[1:] == [
        ["qids_sr16", "12", 3.0],
        ["qids_sr16", "12", 2.0],
    ]


def test_a_skipped_question_of_the_screener_is_not_missing() -> None:
    keys = ["1", "2", "3", "4", "5", "6", "6_recent"]
    entry = {"cssrs": {"items": {key: f"c{key}_{{visit}}" for key in keys}}}
    rows = [["0", "0", "", "", "", "0", ""], ["0", "1", "", "0", "0", "0", ""]]
    table = pd.DataFrame(rows, columns=[f"c{key}_baseline" for key in keys])
    table = table.assign(person=["a", "b"], **{f"c{key}_later": "" for key in keys})
    found = safety_at(read_cohort(table, study(entry)), "baseline")
    assert found["flag"].tolist() == ["", "item9_reported"]
    later = safety_at(read_cohort(table, study(entry)), "later")
    assert later["flag"].tolist() == ["item9_missing", "item9_missing"]


def test_rows_that_cannot_be_cut_have_no_answer() -> None:
    import tempfile
    from pathlib import Path

    text = "person,p9_baseline,p1_baseline,p9_later,p1_later\na,2,0,,\nb,2\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text)
        found = safety_at(read_cohort(path, study(PHQ9)), "baseline")
    assert found["flag"].tolist() == ["item9_reported", "item9_unreadable"]


@pytest.mark.parametrize("visit", ["when", ""], ids=["by a column", "by windows of days"])
def test_answers_of_later_visits_are_seen_however_visits_are_told(visit: str) -> None:
    items = {f"q{item}": ["0", "0"] for item in range(1, 9)}
    days = ["2024-01-01", "2024-02-05"]
    table = {"person": ["a", "a"], "when": ["baseline", "end"], "day": days, **items}
    study = {
        "id": "person",
        "layout": "long",
        "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq9": {"columns": "q{item}"}},
        "dates": {"column": "day", "windows": {"baseline": [0, 6], "end": [21, 60]}},
        **({"visit": visit} if visit else {}),
    }
    cohort = read_cohort(pd.DataFrame({**table, "q9": ["0", "3"]}), study, as_of="baseline")
    assert cohort.safety["phq9_9_end"].tolist() == [3.0]
    assert cohort.at("baseline")["phq9_9"].tolist() == [0.0]
