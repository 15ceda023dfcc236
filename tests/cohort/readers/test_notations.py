"""One notation, many doors: the same cell reads alike, and what is declared is read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.safety_answers import safety_at
from predict.errors import StudyError, TableError

ITEMS = [f"q{item}" for item in range(1, 10)]
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq9": {"columns": "q{item}"}},
}
LABELS = {**STUDY, "instruments": {"phq9": {"columns": "q{item}", "answers": "labels"}}}
SEX = {"kind": "choice", "codes": {"1": "female", "2": "male"}}
LABELLED = ["3 - Nearly every day", "(3) Nearly every day", "Nearly every day", "2*"]


def people(rows: int = 4, **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"person": [f"P{n}" for n in range(rows)], **dict.fromkeys(ITEMS, "2")})
    return frame.assign(**columns)


def doors(tmp_path: Path, frame: pd.DataFrame) -> dict[str, Any]:
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    return {"frame": frame, "csv": tmp_path / "t.csv", "parquet": tmp_path / "t.parquet"}


def codes(cohort: Cohort) -> list[str]:
    return [str(code) for code in cohort.rows["code"]]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("268", "If it was counted in another unit than others have"),
        ("268, 35", "A cell holds one number"),
        ("268 months", "Write the number alone, of everybody in one unit"),
        ("35,5", 'decimal = ","'),
    ],
)
def test_an_age_of_another_unit_is_refused_with_the_unit_that_was_read(tmp_path, cell, told):
    age = {"kind": "number", "unit": "years", "range": [18, 110]}
    table = doors(tmp_path, people(age=["30", cell, "41", "52"]))["csv"]
    cohort = read_cohort(table, {**STUDY, "people": {"age": age}})
    message = cohort.problems["message"].iloc[0]
    assert "'age' must be a number from 18 to 110 (years), in plain digits." in message
    assert told in message
    assert "268" not in message
    assert codes(cohort).count("") == 3


@pytest.mark.parametrize("door", ["frame", "csv"])
def test_text_ids_that_a_program_wrote_as_decimals_are_told_and_stay(tmp_path, door):
    ids = [f"{n}.0" for n in range(220, 224)]
    cohort = read_cohort(doors(tmp_path, people(person=ids))[door], STUDY)
    problems = cohort.problems.set_index("code")["message"]
    assert problems["ID_AS_DECIMAL"].startswith("4 rows have an id with a decimal point")
    assert cohort.rows["id"].tolist() == ids
    plain = read_cohort(people(person=[220.0, 221.0, 222.0, 223.0]), STUDY)
    assert "ID_AS_DECIMAL" not in plain.problems["code"].tolist()


@pytest.mark.parametrize("door", ["frame", "csv", "parquet"])
def test_labels_are_read_alike_by_declaration(tmp_path, door):
    cohort = read_cohort(doors(tmp_path, people(q9=LABELLED))[door], LABELS)
    assert cohort.at("baseline")["phq9_9"].tolist() == [3.0, 3.0, 3.0]
    assert codes(cohort) == ["", "", "", "NOT_A_NUMBER"]


@pytest.mark.parametrize("door", ["frame", "csv"])
def test_undeclared_labels_are_refused_with_the_remedy_and_never_lose_a_flag(tmp_path, door):
    cohort = read_cohort(doors(tmp_path, people(q9=LABELLED))[door], STUDY)
    assert codes(cohort) == ["NOT_A_NUMBER"] * 4
    assert 'answers = "labels"' in cohort.problems["message"].iloc[0]
    flags = safety_at(cohort, "baseline")
    assert flags["flag"].tolist() == ["item9_reported"] * 4
    assert flags["value"].tolist() == [3.0, 3.0, 3.0, 2.0]


def test_text_that_nobody_declared_is_still_refused_in_parquet(tmp_path):
    with pytest.raises(TableError, match="COLUMN_TYPE"):
        read_cohort(doors(tmp_path, people())["parquet"], STUDY)


def test_a_label_beside_another_code_is_refused():
    cohort = read_cohort(people(1, q9=["1 - Nearly every day"]), LABELS)
    assert codes(cohort) == ["NOT_A_NUMBER"]
    assert safety_at(cohort, "baseline")["value"].tolist() == [3.0]


def test_labels_follow_the_coding_of_the_table():
    entry = {"phq9": {"columns": "q{item}", "answers": "labels", "coding_low": 1}}
    frame = people(2, q9=["4 - Nearly every day", "Not at all"])
    cohort = read_cohort(frame, {**STUDY, "instruments": entry})
    assert cohort.at("baseline")["phq9_9"].tolist() == [3.0, 0.0]


def test_an_instrument_kept_without_its_words_says_so():
    entry = {"isi": {"columns": "q{item}", "answers": "labels"}}
    with pytest.raises(StudyError, match="without its words"):
        read_cohort(people(), {**STUDY, "instruments": entry})


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        ("0 - Not at all", ""),
        ("not at all", ""),
        ("sometimes", "item9_unreadable"),
        ("", "item9_missing"),
    ],
)
def test_the_kind_reading_invents_no_report(cell, flag):
    assert safety_at(read_cohort(people(1, q9=[cell]), STUDY), "baseline")["flag"].tolist() == [
        flag
    ]


def test_bare_names_of_a_visit_are_declared_as_empty():
    study = {
        **STUDY,
        "visits": ["baseline", "fu"],
        "instruments": {
            "phq2": {"columns": "phq9_{item}_{visit}", "visit_names": {"baseline": ""}}
        },
    }
    columns = ["person", "phq9_1", "phq9_2", "phq9_1_fu", "phq9_2_fu"]
    cohort = read_cohort(pd.DataFrame([["a", 1, 2, 3, 0]], columns=columns), study)
    assert cohort.total("phq2", "baseline").tolist() == [3.0]
    assert cohort.total("phq2", "fu").tolist() == [3.0]


def test_an_instrument_asked_once_needs_no_visit_in_its_names():
    study = {**STUDY, "visits": ["baseline", "end"]}
    asked = {"phq2": {"columns": "q{item}", "visits": ["baseline"]}}
    cohort = read_cohort(people(), {**study, "instruments": asked})
    assert cohort.total("phq2", "baseline").tolist() == [4.0] * 4
    with pytest.raises(StudyError, match="visits = \\['baseline'\\]"):
        read_cohort(people(), study)


def test_the_id_may_be_the_index_by_its_name():
    frame = people()
    indexed = read_cohort(frame.set_index("person"), STUDY)
    pd.testing.assert_frame_equal(indexed.frame(), read_cohort(frame, STUDY).frame())
    with pytest.raises(TableError, match="person"):
        read_cohort(frame.drop(columns="person"), STUDY)


def test_long_tables_may_have_both_keys_in_the_index():
    study = {**STUDY, "layout": "long", "visit": "when"}
    frame = people().assign(when="baseline").set_index(["person", "when"])
    assert len(read_cohort(frame, study).ids) == 4


def test_ids_of_bytes_are_the_text_they_hold(tmp_path):
    frame = people(person=[b"P000", b"P001", b"P002", b"P003"])
    frame[ITEMS] = 2
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    for table in (frame, path):
        assert read_cohort(table, STUDY).ids.tolist() == ["P000", "P001", "P002", "P003"]


def test_bytes_that_are_no_text_are_refused_with_the_column():
    with pytest.raises(TableError, match=r"COLUMN_TYPE: Column 'person'"):
        read_cohort(people(1, person=[b"\xff\xfe"]), STUDY)


def test_a_partly_labelled_category_reads_as_its_csv_does(tmp_path):
    frame = people(q9=pd.Categorical(["Not at all", 1, 2, "Nearly every day"]))
    mixed = read_cohort(frame, LABELS)
    assert mixed.at("baseline")["phq9_9"].tolist() == [0.0, 1.0, 2.0, 3.0]
    frame.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(mixed.frame(), read_cohort(tmp_path / "t.csv", LABELS).frame())


@pytest.mark.parametrize(
    "cells",
    [
        pd.arrays.SparseArray([0, 0, 1, 0]),
        pd.Categorical([1, "a", 2.5, None]),
        pd.interval_range(0, 4),
        [[1], [2, 3], [], [4]],
        [{"a": 1}, {}, {}, {}],
        np.array([1 + 2j] * 4),
        pd.period_range("2024-01", periods=4, freq="M"),
    ],
    ids=["sparse", "mixed", "interval", "lists", "records", "complex", "period"],
)
def test_a_column_that_the_study_never_names_may_hold_anything(cells):
    assert len(read_cohort(people(other=cells), STUDY).ids) == 4


@pytest.mark.parametrize("cells", [pd.interval_range(0, 4), [[1], [2], [3], [4]], [{}] * 4])
def test_a_named_column_of_a_kind_that_is_not_read_says_which(cells):
    study = {**STUDY, "people": {"age": {"kind": "number"}}}
    with pytest.raises(TableError, match="Column 'age' holds values that are neither") as caught:
        read_cohort(people(age=cells), study)
    assert caught.value.code == "COLUMN_TYPE"


def test_sparse_items_are_read():
    cohort = read_cohort(people(q9=pd.arrays.SparseArray([0, 0, 1, 0])), STUDY)
    assert cohort.at("baseline")["phq9_9"].tolist() == [0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("door", ["frame", "csv", "parquet"])
def test_logical_cells_find_their_codes(tmp_path, door):
    entry = {"kind": "choice", "codes": {"1": "yes", "0": "no"}}
    study = {**LABELS, "people": {"treated": entry}}
    frame = people(treated=[True, False, True, False])
    cohort = read_cohort(doors(tmp_path, frame)[door], study)
    assert cohort.people["treated"].tolist() == ["yes", "no", "yes", "no"]
    words = {"kind": "choice", "codes": {"true": "on", "false": "off"}}
    cohort = read_cohort(doors(tmp_path, frame)[door], {**LABELS, "people": {"treated": words}})
    assert cohort.people["treated"].tolist() == ["on", "off", "on", "off"]


def test_a_logical_cell_is_still_no_answer_to_an_item():
    assert codes(read_cohort(people(1, q1=["TRUE"]), STUDY)) == ["NOT_A_NUMBER"]


def test_typed_dates_need_no_format(tmp_path):
    study = {**LABELS, "dates": {"column": "seen", "format": "%d/%m/%Y"}}
    frame = people(seen=pd.to_datetime(["2024-02-29"] * 4))
    text = frame.assign(seen="29/02/2024")
    dates = [read_cohort(table, study).date("baseline") for table in (frame, text)]
    frame.to_parquet(tmp_path / "t.parquet")
    dates.append(read_cohort(tmp_path / "t.parquet", study).date("baseline"))
    for found in dates:
        assert found.dt.strftime("%Y-%m-%d").tolist() == ["2024-02-29"] * 4


def test_semicolons_and_decimal_commas_are_read_by_declaration(tmp_path):
    study = {**STUDY, "people": {"bmi": {"kind": "number", "range": [10, 80]}}}
    frame = people(q1=["2", "2,0", "1", "0"], bmi=["23,5", "30", "19,25", "1.5"])
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, sep=";")
    with pytest.raises(TableError, match='delimiter = ";"'):
        read_cohort(path, study)
    cohort = read_cohort(path, {**study, "delimiter": ";", "decimal": ","})
    assert cohort.people["bmi"].tolist() == [23.5, 30.0, 19.25]
    assert codes(cohort) == ["", "", "", "NOT_A_NUMBER"]
    assert cohort.at("baseline")["phq9_1"].tolist() == [2.0, 2.0, 1.0]


def test_a_decimal_comma_that_nobody_declared_is_refused_with_the_remedy():
    study = {**STUDY, "people": {"bmi": {"kind": "number"}}}
    cohort = read_cohort(people(1, bmi=["23,5"]), study)
    assert 'decimal = ","' in cohort.problems["message"].iloc[0]


def test_tabs_are_a_delimiter_and_an_unknown_one_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    people().to_csv(path, index=False, sep="\t")
    assert len(read_cohort(path, {**STUDY, "delimiter": "\t"}).ids) == 4
    with pytest.raises(TableError, match=r'delimiter = "\\t"'):
        read_cohort(path, STUDY)
    with pytest.raises(StudyError, match="delimiter"):
        read_cohort(path, {**STUDY, "delimiter": "::"})


def test_rows_of_a_semicolon_file_that_are_too_long_keep_their_ids(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("person;q1;q2\na;1;2\nb;1;2;3\nc;0;0\n")
    study = {**STUDY, "delimiter": ";", "instruments": {"phq2": {"columns": "q{item}"}}}
    rows = read_cohort(path, study).rows
    assert rows["id"].tolist() == ["a", "b", "c"]
    assert rows["code"].tolist() == ["", "ROW_TOO_LONG", ""]


@pytest.mark.parametrize(
    "cell",
    ["3 – Nearly every day", "3: Nearly every day", "3=Nearly every day", "NEARLY EVERY DAY.",
     "Nearly every day [3]", "[3] Nearly every day", "Nearly\u00a0every day",
     "3) Nearly every day"],
)  # fmt: skip
def test_code_and_label_stand_beside_each_other_in_many_ways(cell):
    assert read_cohort(people(1, q9=[cell]), LABELS).at("baseline")["phq9_9"].tolist() == [3.0]


@pytest.mark.parametrize("cell", ["3Nearly every day", "3 Nearly every", "2 or 3", "-", "3 - 3"])
def test_what_only_resembles_a_label_is_refused(cell):
    assert codes(read_cohort(people(1, q9=[cell]), LABELS)) == ["NOT_A_NUMBER"]


def test_days_of_a_frame_need_no_format_whatever_holds_them():
    study = {**LABELS, "dates": {"column": "seen", "format": "%d.%m.%Y"}}
    zone = pd.Timestamp("2024-02-29 23:30", tz="Europe/Berlin")
    for cells in ([zone] * 4, [date(2024, 2, 29)] * 4):
        dates = read_cohort(people(seen=cells), study).date("baseline")
        assert dates.dt.strftime("%Y-%m-%d").tolist() == ["2024-02-29"] * 4


def test_sites_are_alike_with_and_without_a_decimal_point(tmp_path):
    study = {**LABELS, "site": "place"}
    frame = people(place=[1.0, np.nan, 2.0, 1.0])
    frame.assign(place=["1", "", "2", "1"]).to_csv(tmp_path / "t.csv", index=False)
    found = [read_cohort(table, study).people["place"] for table in (frame, tmp_path / "t.csv")]
    assert found[0].tolist()[::2] == ["1", "2"]
    pd.testing.assert_series_equal(*found)


@pytest.mark.parametrize(
    ("cell", "words"),
    [(">89", "codes = "), ("≥ 90", "codes = "), ("20-39", 'kind = "choice"'), ("23,5", "decimal")],
)
def test_a_refused_age_says_how_such_cells_are_declared(cell, words):
    study = {**STUDY, "people": {"age": {"kind": "number"}}}
    assert words in read_cohort(people(1, age=[cell]), study).problems["message"].iloc[0]


def test_a_served_request_is_read_as_its_csv_is(tmp_path):
    study = {**LABELS, "people": {"age": {"kind": "number"}, "sex": SEX}}
    frame = people(age=[30, 41.5, None, 50], sex=["1", "2", None, "1"], q9=["0", "3", "", "1"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    records = json.loads(frame.to_json(orient="records"))
    for row in records:
        row |= {"q9": None if row["q9"] == "" else int(row["q9"])}
        row |= {"sex": None if row["sex"] is None else int(row["sex"])}
    served = read_cohort(pd.DataFrame.from_records(records), study)
    pd.testing.assert_frame_equal(served.frame(), read_cohort(tmp_path / "t.csv", study).frame())
