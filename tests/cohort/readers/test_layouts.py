"""Wide and long tables of the same people give the same cohort; dates, windows, second tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.errors import TableError

WIDE: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "session_2", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq2": {"columns": "q{item}_{visit}"}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}
LONG: dict[str, Any] = {
    **WIDE,
    "layout": "long",
    "visit": "when",
    "visit_values": {"0": "baseline", "1": "session_2", "2": "round_one_end"},
    "instruments": {"phq2": {"columns": "q{item}"}},
}


def long_table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["person", "when", "age", "q1", "q2"])
    return table.astype("str").replace("None", "")


def test_wide_and_long_give_the_same_cohort() -> None:
    rng = np.random.default_rng(4)
    answers = rng.integers(0, 4, (8, 6)).astype(object)
    answers[rng.random((8, 6)) < 0.2] = ""
    columns = [f"q{i}_{visit}" for visit in WIDE["visits"] for i in (1, 2)]
    wide = pd.DataFrame(answers, columns=columns).assign(
        person=[f"p{i}" for i in range(8)], age=[str(20 + i) for i in range(8)]
    )
    rows = [
        (p, place, 20 + i, answers[i, 2 * place], answers[i, 2 * place + 1])
        for i, p in enumerate(wide["person"])
        for place in range(3)
    ]
    one, other = read_cohort(wide, WIDE), read_cohort(long_table(*rows), LONG)
    pd.testing.assert_frame_equal(one.frame(), other.frame())
    pd.testing.assert_frame_equal(one.answers, other.answers)
    shuffled = long_table(*rows).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        read_cohort(shuffled, LONG).frame().sort_index(), one.frame().sort_index()
    )


def test_a_visit_is_found_by_value_name_or_number() -> None:
    table = long_table(("a", "0.0", 30, 1, 1), ("a", "session_2", 30, 2, 2), ("a", "2", 30, 3, 3))
    cohort = read_cohort(table, LONG)
    assert [cohort.at(v)["phq2_1"].iloc[0] for v in LONG["visits"]] == [1.0, 2.0, 3.0]


def test_an_unknown_visit_refuses_its_person_unless_it_is_to_be_ignored() -> None:
    table = long_table(("a", 0, 30, 1, 1), ("a", 7, 30, 2, 2), ("b", 0, 40, 0, 0))
    assert read_cohort(table, LONG).rows["code"].tolist() == ["VISIT_UNKNOWN", ""]
    ignoring = {**LONG, "ignored_visits": [7]}
    assert read_cohort(table, ignoring).rows["status"].tolist() == ["valid", "valid"]


def test_two_rows_of_one_visit_refuse_the_person_or_follow_the_study() -> None:
    table = long_table(("a", 0, 30, 1, 1), ("a", 0, 30, 3, 3), ("b", 0, 40, 0, 0))
    assert read_cohort(table, LONG).rows["code"].tolist() == ["VISIT_REPEATED", ""]
    for rule, value in (("first", 1.0), ("last", 3.0)):
        cohort = read_cohort(table, {**LONG, "duplicates": rule})
        assert cohort.at("baseline")["phq2_1"].tolist() == [value, 0.0]


def test_a_fact_is_taken_from_the_visit_it_is_known_at() -> None:
    table = long_table(("a", 0, 30, 1, 1), ("a", 2, 31, 0, 0), ("b", 2, 50, 0, 0))
    cohort = read_cohort(table, LONG)
    assert cohort.people["age"].iloc[0] == 30.0
    assert np.isnan(cohort.people["age"].iloc[1])  # b has no baseline row: not known then
    study = {**LONG, "visits": ["screening", *LONG["visits"]]}
    study["people"] = {"age": {"kind": "number", "known_at": "screening"}}
    told = read_cohort(table, study)  # no row of that visit: must agree on all rows
    assert told.rows["code"].tolist() == ["PERSON_CONFLICT", ""]


def test_nothing_later_than_the_as_of_visit_is_read() -> None:
    table = long_table(
        ("a", 0, 30, 1, 1), ("a", 2, 30, 9, 9), ("a", 2, 30, 9, 9), ("b", 2, 1, 0, 0)
    )
    cohort = read_cohort(table, LONG, as_of="baseline")
    assert list(cohort.visits) == ["baseline"]
    assert cohort.ids.tolist() == ["a", "b"]
    assert cohort.present("baseline").tolist() == [True, False]


def test_a_long_total_may_stand_on_every_row_of_the_person() -> None:
    study = {
        **LONG,
        "instruments": {
            "phq2": {
                "total": "score",
                "visits": ["session_2"],
                "person_total": {"baseline": "start"},
            }
        },
        "people": {},
    }
    table = pd.DataFrame(
        {"person": ["a", "b"], "when": ["1", "1"], "score": ["2", "9"], "start": ["6", "5"]}
    )
    cohort = read_cohort(table, study)
    assert cohort.total("phq2", "baseline").tolist() == [6.0]
    assert cohort.rows["column"].tolist() == ["", "score"]
    early = read_cohort(table, study, as_of="baseline")
    assert early.total("phq2", "baseline").tolist() == [6.0, 5.0]


def test_people_may_stand_in_a_second_table(tmp_path: Path) -> None:
    study = {
        **LONG,
        "people_table": "people.csv",
        "people_id": "who",
        "people": {
            "age": {"kind": "number", "range": [18, 110], "table": "people"},
            "sex": {"kind": "choice", "codes": {"1": "female", "2": "male"}, "table": "people"},
        },
    }
    long_table(("a", 0, 0, 1, 1), ("b", 0, 0, 2, 2), ("c", 0, 0, 3, 3)).to_csv(
        tmp_path / "t.csv", index=False
    )
    people = pd.DataFrame({"who": ["b", "a"], "age": ["41", "7"], "sex": ["2.0", "1"]})
    people.to_csv(tmp_path / "people.csv", index=False)
    cohort = read_cohort(tmp_path / "t.csv", study)
    assert cohort.rows["code"].tolist() == ["OUT_OF_RANGE", "", ""]
    assert cohort.people.loc["b"].tolist() == [41.0, "male"]
    assert cohort.people.loc["c"].isna().all()
    table = pd.read_csv(tmp_path / "t.csv", dtype="str")
    given = read_cohort(table, study, people=people)
    pd.testing.assert_frame_equal(given.frame(), cohort.frame())
    for other, code in (
        (None, "PEOPLE_TABLE_MISSING"),
        (people.drop(columns="sex"), "COLUMN_MISSING"),
        (pd.concat([people, people]), "PEOPLE_ID_REPEATED"),
    ):
        with pytest.raises(TableError, match=code):
            read_cohort(table, study, people=other)


def dated(column: str = "day", **windows: list[float]) -> dict[str, Any]:
    return {**LONG, "people": {}, "dates": {"column": column, "windows": windows}}


def dated_table(*rows: tuple[str, int | str, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["person", "when", "day", "q1"]).astype("str")
    return table.assign(q2="0")


def test_an_answer_outside_its_window_is_not_used_and_told() -> None:
    table = dated_table(
        ("a", 0, "2024-02-01", 3), ("a", 2, "2024-02-29", 1),
        ("b", 0, "2024-02-01T23:59:00+12:00", 3), ("b", 2, "2024-05-29", 1),
        ("c", 0, "2024-02-01", 3), ("c", 2, "", 2),
    )  # fmt: skip
    cohort = read_cohort(table, dated(round_one_end=[21, 42]))
    ends = cohort.at("round_one_end")["phq2_1"]
    assert ends.isna().tolist() == [False, True, False]  # c's day is unknown: kept
    assert "OUTSIDE_WINDOW" in set(cohort.problems["code"])


def test_visits_may_be_known_by_their_dates_alone() -> None:
    study = {**dated(baseline=[0, 3], session_2=[10, 20], round_one_end=[21, 42])}
    del study["visit"], study["visit_values"]
    table = dated_table(
        ("a", "", "2024-01-31", 3), ("a", "", "2024-02-14", 2), ("a", "", "2024-02-26", 1),
        ("a", "", "2024-06-01", 0),
    )  # fmt: skip
    cohort = read_cohort(table, study)
    assert [cohort.at(v)["phq2_1"].iloc[0] for v in study["visits"]] == [3.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2024-02-29", ""),
        ("2023-02-29", "DATE_UNREADABLE"),
        ("01/02/2024", "DATE_UNREADABLE"),
        ("24-02-01", "DATE_UNREADABLE"),
        ("45292", "DATE_UNREADABLE"),
        ("2019-01-01", "DATE_BEFORE_START"),
    ],
)
def test_dates_follow_one_stated_format(day: str, code: str) -> None:
    table = dated_table(("a", 0, "2024-01-01", 3), ("a", 1, day, 1), ("b", 0, "2024-01-01", 3))
    assert read_cohort(table, dated(session_2=[0, 90])).rows["code"].tolist() == [code, ""]


def test_a_table_with_no_date_in_the_format_is_stopped() -> None:
    table = dated_table(("a", 0, "01/02/2024", 3), ("b", 0, "02/02/2024", 3))
    with pytest.raises(TableError, match="DATE_FORMAT"):
        read_cohort(table, dated(baseline=[0, 9]))
    study = dated(baseline=[0, 9])
    study["dates"]["format"] = "%d/%m/%Y"
    assert len(read_cohort(table, study).people) == 2


def test_wide_tables_have_windows_by_days() -> None:
    study = {
        **WIDE,
        "people": {},
        "dates": {"days": "day_{visit}", "windows": {"session_2": [5, 9]}},
    }
    table = pd.DataFrame(
        {"person": ["a", "b"], **{f"q{i}_{v}": ["1", "2"] for v in WIDE["visits"] for i in (1, 2)}}
    ).assign(day_baseline="0", day_session_2=["7", "11.5"], day_round_one_end="30")
    cohort = read_cohort(table, study)
    assert cohort.present("session_2").tolist() == [True, False]
    assert cohort.present("round_one_end").all()


def test_dates_of_wide_tables_have_names_of_visits_of_their_own() -> None:
    names = {"baseline": "0", "session_2": "1", "round_one_end": "2"}
    table = pd.DataFrame(
        {"person": ["a", "b"], **{f"q{i}.{v}": ["1", "2"] for v in "012" for i in (1, 2)}}
    ).assign(**{"day.0": "0", "day.1": ["7", "11.5"], "day.2": "30"})
    phq2 = {"columns": "q{item}.{visit}", "visit_names": names}
    study = {**WIDE, "people": {}, "instruments": {"phq2": phq2}, "dates": {"days": "day.{visit}"}}
    with pytest.raises(TableError) as caught:
        read_cohort(table, study)
    told = {problem.column: problem.message for problem in caught.value.problems}
    assert 'write visit_names = { session_2 = "1" }' in told["day.session_2"]
    study["dates"] |= {"visit_names": names, "windows": {"session_2": [5, 9]}}
    cohort = read_cohort(table, study)
    assert cohort.days("round_one_end").tolist() == [30, 30]
    assert cohort.present("session_2").tolist() == [True, False]
    assert read_cohort(table, read_study(study).to_dict()).days("session_2").tolist() == [7, 11.5]


@pytest.mark.parametrize(
    "entry",
    [
        {"columns": "gad7_q{item}"},
        {"columns": "gad7_{item}", "item_names": {"1": "nervous", "2": "control"}},
        {"items": {"1": "gad_nervous", "2": "gad_worry", "3": "gad_worry_much", "4": "gad_relax",
                   "5": "gad_restless", "6": "gad_irritable", "7": "gad_fear"}},
    ],
)  # fmt: skip
def test_common_export_names_are_mapped(entry: dict[str, Any]) -> None:
    study = {**WIDE, "visits": ["baseline"], "rounds": {}, "people": {}}
    study["instruments"] = {"gad7": entry}
    names = entry.get("item_names", {})
    columns = [
        entry["items"][str(i)]
        if "items" in entry
        else entry["columns"].replace("{item}", names.get(str(i), str(i)))
        for i in range(1, 8)
    ]
    table = pd.DataFrame([["a", *["2"] * 7]], columns=["person", *columns])
    assert read_cohort(table, study).total("gad7", "baseline").tolist() == [14.0]


def test_hamd_code_3_on_weight_and_insight_means_not_assessed() -> None:
    study = {**WIDE, "visits": ["baseline"], "rounds": {}, "people": {}}
    study["instruments"] = {"hamd": {"columns": "h{item}"}}
    rows = [["a", *["0"] * 15, "3", "2"], ["b", *["0"] * 13, "3", *["0"] * 3]]
    table = pd.DataFrame(rows, columns=["person", *[f"h{i}" for i in range(1, 18)]])
    cohort = read_cohort(table, study)
    assert cohort.rows["code"].tolist() == ["", "OUT_OF_RANGE"]
    assert cohort.at("baseline")["hamd_16"].isna().all()
    assert cohort.at("baseline")["hamd_17"].tolist() == [2.0]


def burnout(entry: dict[str, Any], answers: list[list[int]]) -> dict[str, float]:
    study = {**WIDE, "visits": ["baseline"], "rounds": {}, "people": {}}
    study["instruments"] = {"mbi_gs": entry}
    table = pd.DataFrame(answers, columns=[f"m{i}" for i in range(1, 17)]).astype("str")
    cohort = read_cohort(table.assign(person=[f"p{i}" for i in range(len(answers))]), study)
    return cohort.totals("baseline").iloc[0].to_dict()


def test_burnout_answers_from_one_to_seven_are_declared_never_guessed() -> None:
    rows = [[7] * 16, [1] * 16, [4] * 16, [2] * 16]
    declared = burnout({"columns": "m{item}", "coding_low": 1}, rows)
    assert declared == dict.fromkeys(
        ["mbi_gs_exhaustion", "mbi_gs_cynicism", "mbi_gs_efficacy"], 6.0
    )
    with pytest.raises(TableError, match="coding_low = 1"):
        burnout({"columns": "m{item}"}, rows)


def test_the_burnout_item_map_is_the_studys_to_change() -> None:
    exhausted = [6 if i in (1, 2, 3, 4, 6) else 0 for i in range(1, 17)]
    assert burnout({"columns": "m{item}"}, [exhausted])["mbi_gs_exhaustion"] == 6.0
    # A translation that asks the sixth question in the sixteenth place, and the other way round.
    moved = [6 if i in (1, 2, 3, 4, 16) else 0 for i in range(1, 17)]
    swapped = {"columns": "m{item}", "item_names": {"6": "16", "16": "6"}}
    found = burnout(swapped, [moved])
    assert (found["mbi_gs_exhaustion"], found["mbi_gs_efficacy"]) == (6.0, 0.0)


def test_a_row_that_cannot_be_cut_refuses_its_person(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("person,when,age,q1,q2\na,0,30,1,1\na,1,30,2\nb,0,40,0,3\nc,0\n")
    cohort = read_cohort(path, LONG)
    assert cohort.rows[["id", "status", "code"]].values.tolist() == [
        ["a", "rejected", "ROW_TOO_SHORT"],
        ["b", "valid", ""],
        ["c", "rejected", "ROW_TOO_SHORT"],
    ]
    told = cohort.problems[cohort.problems["level"] == "row"]
    assert told[["code", "row"]].values.tolist() == [["ROW_TOO_SHORT", 2], ["ROW_TOO_SHORT", 4]]


@pytest.mark.parametrize("as_of", [None, "baseline"])
def test_a_long_table_of_nobody_is_an_empty_cohort(tmp_path: Path, as_of: str | None) -> None:
    path = tmp_path / "t.csv"
    path.write_text("person,when,age,q1,q2\n")
    cohort = read_cohort(path, LONG, as_of=as_of)
    assert len(cohort.people) == 0
    assert "TABLE_NO_ROWS" in set(cohort.problems["code"])


def test_rows_without_a_readable_date_are_told_apart_from_those_outside_a_window() -> None:
    study = {**dated(baseline=[0, 3], session_2=[10, 20], round_one_end=[21, 42])}
    del study["visit"], study["visit_values"]
    table = dated_table(
        ("a", "", "2024-01-31", 3), ("a", "", "2024-02-14", 2), ("a", "", "2024-09-26", 1),
        ("a", "", "", 1), ("b", "", "2024-01-31", 1), ("b", "", "soon", 1),
    )  # fmt: skip
    problems = read_cohort(table, study).problems
    told = problems.set_index("code")["message"]
    assert told["OUTSIDE_WINDOW"].startswith("1 rows lie outside")
    assert told["ROWS_UNDATED"].startswith("2 rows have no date")
