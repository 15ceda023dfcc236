"""Where a table lies and how it is said to be written: one word carries both through every verb."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.formats import FORMATS, located, open_table
from predict.cohort.formats.base import needing
from predict.cohort.intake import mark, taken_in
from predict.definitions.study import read_study
from predict.errors import StudyError, TableError, UsageError

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
}
PEOPLE = pd.DataFrame({"person": ["a", "b"], "q1": [0, 3], "q2": [1, 2]})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    PEOPLE.to_csv(path, index=False)
    return path


def test_a_place_is_read_back_as_it_was_written():
    place = located("parquet:in/people?sheet=a+b&expect_rows=3")
    assert (place.form, place.path, dict(place.options)["sheet"]) == ("parquet", "in/people", "a b")
    assert located(str(place)) == place
    plain = located("people.csv").stating(expect_rows=3)
    assert located(str(plain)) == plain


def test_an_address_keeps_its_two_slashes_through_a_path(monkeypatch):
    monkeypatch.setitem(FORMATS, "service", FORMATS["csv"])
    assert located(Path("service:https://host.org/api/")).path == "https://host.org/api"


def test_a_file_whose_name_looks_like_a_place_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PEOPLE.to_csv("csv:people", index=False)
    assert located("csv:people").form == ""
    assert len(read_cohort("csv:people", STUDY).ids) == 2


def test_the_study_or_the_place_may_force_a_format(table):
    with pytest.raises(TableError, match="TABLE_NOT_PARQUET"):
        read_cohort(f"parquet:{table}", STUDY)
    with pytest.raises(TableError, match="TABLE_NOT_PARQUET"):
        read_cohort(table, {**STUDY, "format": "parquet"})
    assert len(read_cohort(f"csv:{table}", {**STUDY, "format": "parquet"}).ids) == 2


def test_a_format_that_nobody_knows_is_told_with_the_nearest(table):
    with pytest.raises(UsageError, match=r"FORMAT_UNKNOWN.*Did you mean 'parquet'"):
        read_cohort(table, {**STUDY, "format": "parqet"})


def test_another_number_of_rows_than_expected_is_refused(table):
    assert len(read_cohort(f"table:{table}?expect_rows=2", STUDY).ids) == 2
    with pytest.raises(TableError, match="ROWS_EXPECTED: The table has 2 rows, 3 were expected"):
        read_cohort(f"table:{table}?expect_rows=3", STUDY)


def test_a_missing_library_names_the_extra_that_brings_it():
    form = FORMATS["csv"]
    form.__class__.extra = "formats"
    try:
        extra = r"FORMAT_EXTRA.*predict-response\[formats\]"
        with pytest.raises(TableError, match=extra), needing(form):
            raise ImportError
    finally:
        del form.__class__.extra


def test_lines_below_the_names_describe_the_columns(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('person,q1,q2\nWho,"Little\ninterest",Low\n' + "a,0,1\nb,3,2\n")
    study = read_study({**STUDY, "header_rows": 2})
    cohort = read_cohort(path, study)
    assert cohort.at("baseline")["phq2_1"].tolist() == [0, 3]
    assert cohort.problems["code"].tolist() == ["HEADER_ROWS"]
    file = open_table(path, dialect=study.dialect)
    assert file.probe().notes["q1"].label == "Little\ninterest"
    starts = [stretch.start for stretch in file.form.stretches(file, 1)]
    assert starts[0] == len('person,q1,q2\nWho,"Little\ninterest",Low\n')
    with pytest.raises(StudyError, match="header_rows"):
        read_study({**STUDY, "header_rows": 0})


def test_a_place_goes_through_the_intake_of_a_batch(table, tmp_path, monkeypatch):
    with taken_in(f"csv:{table}?expect_rows=2", tmp_path) as intake:
        assert intake.files == (f"csv:{table.resolve()}?expect_rows=2",)
        assert mark(intake.files[0]) == mark(table)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(table.read_bytes())))
    with taken_in("csv:-", tmp_path) as intake:
        assert open_table(intake.files[0]).read().table.num_rows == 2
    with taken_in(f"csv:{tmp_path}/*.csv", tmp_path) as intake:
        assert intake.files == (f"csv:{table}",)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\xc1\xe2\xc3\xc9" * 10 + b"ASCII SPSS PORT FILE   ", "save it as .sav"),
        (b"RDX3\nX\n", "write_parquet"),
        (b"\x00\x01\x00\x00Standard Jet DB\x00", "export its table as CSV"),
        (b"\x00" * 12 + b"\xc2\xea\x81\x63\xb3\x14", "sas7bdat"),
    ],
)
def test_files_of_kinds_that_are_not_read_are_refused_with_what_to_do(tmp_path, head, word):
    path = tmp_path / "export.dat"
    path.write_bytes(head)
    with pytest.raises(TableError, match="FORMAT_NOT_READ") as refused:
        open_table(path)
    assert word in str(refused.value)
