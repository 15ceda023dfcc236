"""Several exports of one tool, in a folder or by a pattern: one table, each read as what it is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from predict.cohort import Cohort, read_cohort
from predict.cohort.formats import open_table
from predict.cohort.intake import laid_out, taken_in
from predict.cohort.layouts import open_source
from predict.definitions.study import Study, read_study
from predict.errors import TableError
from predict.scoring.plan import make_plan

ITEMS = [f"phq9_{item}" for item in range(1, 10)]
HEAD = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
REDCAP: dict[str, Any] = {
    "id": "record_id",
    "layout": "long",
    "visit": "redcap_event_name",
    "visits": ["start", "end"],
    "rounds": {"one": {"start": "start", "end": "end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
    "redcap": {"complete_only": True},
}


def redcap(path: Path, person: str, columns: list[str]) -> Path:
    """One person: the age in the base row, a complete form at the start, a begun one at the end."""
    facts = {"record_id": person, "redcap_event_name": "start", "age": "34"}
    form = {**dict.fromkeys(ITEMS, "2"), "redcap_repeat_instrument": "phq9", "phq9_complete": "2"}
    form |= {"record_id": person, "redcap_event_name": "start", "redcap_repeat_instance": "1"}
    late = {**form, "redcap_event_name": "end", "phq9_complete": "0"}
    lines = [",".join(row.get(name, "") for name in columns) for row in (facts, form, late)]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path


COLUMNS = [*HEAD, "age", *ITEMS, "phq9_complete"]


def scores(cohort: Cohort, visit: str) -> dict[str, float]:
    return cohort.total("phq9", visit).dropna().to_dict()


@pytest.mark.parametrize("place", ["{}", "redcap:{}"], ids=["by its bytes", "as stated"])
def test_a_folder_of_redcap_exports_is_no_folder_of_plain_tables(tmp_path, place):
    redcap(tmp_path / "a.csv", "1", COLUMNS)
    redcap(tmp_path / "b.csv", "2", COLUMNS)
    cohort = read_cohort(place.format(tmp_path), REDCAP)
    assert scores(cohort, "start") == {"1": 18, "2": 18}
    assert scores(cohort, "end") == {}  # marked incomplete
    assert cohort.people["age"].tolist() == [34, 34]
    [told] = cohort.problems.loc[cohort.problems["code"] == "FORM_LEFT_OUT", "message"]
    assert told.startswith("2 rows")


def test_a_folder_of_qualtrics_exports_has_header_rows_in_each_and_no_previews(tmp_path):
    names = ["Status", "Finished", "ResponseId", *ITEMS]
    head = [",".join(names), ",".join(names), ",".join(['"{""ImportId"":""x""}"'] * len(names))]
    for name in "ab":
        rows = [f"0,1,R_{name}," + ",".join("2" * 9), f"1,1,P_{name}," + ",".join("3" * 9)]
        (tmp_path / f"{name}.csv").write_text("\n".join([*head, *rows]) + "\n")
    study = {**REDCAP, "id": "ResponseId", "layout": "wide", "people": {}, "redcap": {}}
    study["instruments"] = {"phq9": {"columns": "phq9_{item}", "visits": ["start"]}}
    del study["visit"]
    assert scores(read_cohort(tmp_path, study), "start") == {"R_a": 18, "R_b": 18}


def test_exports_of_two_tools_in_one_folder_are_refused(tmp_path):
    redcap(tmp_path / "a.csv", "1", COLUMNS)
    (tmp_path / "b.csv").write_text("record_id,age\n2,34\n")
    with pytest.raises(TableError, match=r"TABLE_SCHEMAS_DIFFER.*of their own"):
        read_cohort(tmp_path, REDCAP)


def laid(tmp_path: Path, table: str, study: Study) -> list[dict[str, Any]]:
    """The rows that a batch reads, without the repeats' own columns."""
    workshop = tmp_path / "workshop"
    workshop.mkdir()
    with taken_in(table, workshop) as intake, laid_out(intake, study, workshop) as one:
        rows: list[dict[str, Any]] = open_source(one.files[0], study).table.to_pylist()
    return [{name: row[name] for name in ("record_id", "age", "phq9_1", "phq9_9")} for row in rows]


@pytest.mark.parametrize("table", ["{}/in", "{}/in/*.csv"], ids=["folder", "pattern"])
def test_a_batch_reads_exports_whose_columns_stand_in_another_order(tmp_path, table):
    (tmp_path / "in").mkdir()
    redcap(tmp_path / "in" / "a.csv", "1", COLUMNS)
    note = [*HEAD, "note", "phq9_9", *ITEMS[:-1], "age", "phq9_complete"]
    redcap(tmp_path / "in" / "b.csv", "2", note)
    rows = laid(tmp_path, table.format(tmp_path), read_study(REDCAP))
    late = {"age": "", "phq9_1": "", "phq9_9": ""}
    first = {"age": "34", "phq9_1": "2", "phq9_9": "2"}
    assert rows == [{"record_id": p, **cells} for p in ("1", "2") for cells in (first, late)]


@pytest.mark.parametrize(("lacking", "number"), [("a", 1), ("b", 2)])
def test_an_export_that_lacks_an_item_is_named_by_its_number(tmp_path, lacking, number):
    (tmp_path / "in").mkdir()
    for person, name in enumerate("ab"):
        columns = [c for c in COLUMNS if name != lacking or c != "phq9_4"]
        redcap(tmp_path / "in" / f"{name}.csv", str(person), columns)
    message = rf"TABLE_SCHEMAS_DIFFER.*\n.*File {number} of 2 lacks column 'phq9_4'"
    with pytest.raises(TableError, match=message):
        laid(tmp_path, f"{tmp_path}/in/*.csv", read_study(REDCAP))
    with pytest.raises(TableError, match=message):
        read_cohort(tmp_path / "in", REDCAP)


def test_a_format_that_is_stated_of_what_it_cannot_be_is_refused(tmp_path):
    path = redcap(tmp_path / "a.csv", "1", COLUMNS)
    with pytest.raises(TableError, match="TABLE_NOT_FOLDER"):
        open_table(f"folder:{path}")
    with pytest.raises(TableError, match=r"TABLE_IS_FOLDER.*name one file"):
        open_table(f"spss:{tmp_path}")
    packed = tmp_path / "t.zip"
    packed.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(TableError, match=r"FORMAT_NOT_READ.*\.xpt"):
        read_cohort(f"cdisc:{packed}", REDCAP)
    other = tmp_path / "other.csv"
    other.write_text("name,value\nx,1\n")
    with pytest.raises(TableError, match="COLUMN_MISSING"):
        read_cohort(f"google_forms:{other}", REDCAP)


def planned(table: str, model: Any, workshop: Path) -> None:
    with taken_in(table, workshop) as intake, laid_out(intake, model.study, workshop) as one:
        make_plan(model, one, workshop, rows=100)


BROKEN = {
    "empty": (b"", "TABLE_EMPTY"),
    "semicolons": ("\n".join(["person;q1;q2", "b;1;2"]).encode(), "DELIMITER"),
    "another encoding": ("person,q1,q2\nb\u00e9,1,2\n".encode("latin-1"), "NOT_UTF8"),
    "ragged": (b"person,q1,q2\nb,1\nc,1\nd,1\n", "TWO_TABLES"),
    "torn gz": (b"\x1f\x8b\x08" + bytes(20), "TABLE_PACKED"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_of_several_files_the_one_that_cannot_be_read_is_named_by_its_number(tmp_path, kind):
    data, code = BROKEN[kind]
    (tmp_path / "in").mkdir()
    for name in "ac":
        (tmp_path / "in" / f"{name}.csv").write_text(f"person,q1,q2\n{name},1,2\n")
    (tmp_path / "in" / "b.csv").write_bytes(data)
    study = {**REDCAP, "id": "person", "layout": "wide", "people": {}, "redcap": {}}
    study["instruments"] = {"phq2": {"columns": "q{item}", "visits": ["start"]}}
    del study["visit"]
    model = SimpleNamespace(study=read_study(study), as_of="start")
    message = rf"{code}: File 2 of 3, in the order of their names, cannot be read"
    for table in ("in", "in/*.csv")[kind == "torn gz" :]:
        with pytest.raises(TableError, match=message) as error:
            planned(str(tmp_path / table), model, tmp_path)
        assert str(tmp_path) not in str(error.value)
    if kind != "torn gz":
        with pytest.raises(TableError, match=message):
            read_cohort(tmp_path / "in", study)
