"""Tables of a DuckDB file, and folders whose files are one table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import open_table, scan
from predict.cohort.intake import mark
from predict.cohort.person_boundaries import Persons
from predict.definitions.study import read_study
from predict.errors import TableError

WIDE = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
}
LONG = {**WIDE, "layout": "long", "visit": "when", "visits": ["baseline", "end"]}
PEOPLE = pd.DataFrame(
    {"person": [f"p{n}" for n in range(10)], "q1": [n % 4 for n in range(10)], "q2": 1}
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("people", PEOPLE)
        connection.execute('create table "the visits" as select * from people')
        connection.execute("create view sevens as select * from \"the visits\" where person = 'p7'")
    return path


def pieces(place: str | Path, rows: int, study: dict | None = None) -> list[list[dict]]:
    file = open_table(place, id_column="person")
    persons = Persons(read_study(study)) if study else None
    chunks = scan(file, rows, first_row=1, number=0, ids=lambda ids: None, persons=persons).chunks
    return [file.read(chunk).table.to_pylist() for chunk in chunks]


def test_a_table_of_a_database_is_read_by_its_name(database):
    place = f"duckdb:{database}?table=the+visits"
    cohort = read_cohort(place, WIDE)
    assert cohort.at("baseline")["phq2_1"].tolist() == PEOPLE["q1"].tolist()
    assert len(read_cohort(database, {**WIDE, "sheet": "sevens"}).ids) == 1
    assert [row for part in pieces(place, 3) for row in part] == PEOPLE.to_dict("records")


def test_of_several_tables_one_must_be_named(database):
    with pytest.raises(TableError, match=r"TABLES_SEVERAL.*sevens, the visits"):
        read_cohort(database, WIDE)
    with pytest.raises(TableError, match=r"SHEET_UNKNOWN.*Did you mean 'sevens'"):
        read_cohort(f"duckdb:{database}?table=seven", WIDE)


def test_a_table_of_another_schema_goes_by_both_names(database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema trial")
        connection.execute('create table trial."the visits" as from "the visits" limit 2')
    assert len(read_cohort(f"duckdb:{database}?table=trial.the+visits", WIDE).ids) == 2
    assert len(read_cohort(f"duckdb:{database}?table=the+visits", WIDE).ids) == len(PEOPLE)


def test_a_database_cannot_reach_other_files_nor_be_changed(tmp_path):
    (tmp_path / "x.csv").write_text("person,q1,q2\na,0,1\n")
    path = tmp_path / "clinic.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create view outside as select * from read_csv('{tmp_path}/x.csv')")
    before = path.read_bytes()
    with pytest.raises(TableError, match="TABLE_DAMAGED") as stop:
        read_cohort(f"duckdb:{path}?table=outside", WIDE)
    assert str(tmp_path) not in str(stop.value)
    assert path.read_bytes() == before


def test_a_name_is_no_query(database):
    for name in ('the visits" limit 1 --', "range(3)"):
        with pytest.raises(TableError, match="SHEET_UNKNOWN"):
            read_cohort(f"duckdb:{database}?table={name}", WIDE)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_is_one_table(tmp_path, kind):
    folder = tmp_path / "parts"
    folder.mkdir()
    for number, start in enumerate((0, 4, 5)):
        part = PEOPLE.iloc[start : (4, 5, 10)[number]]
        getattr(part, f"to_{kind}")(folder / f"part-{number}.{kind}", index=False)
    cohort = read_cohort(folder, WIDE)
    assert cohort.at("baseline")["phq2_1"].tolist() == PEOPLE["q1"].tolist()
    whole = [str(row) for row in open_table(folder).read().table.to_pylist()]
    for rows in (1, 3, 20):
        assert [str(row) for part in pieces(folder, rows) for row in part] == whole
    before = mark(folder)
    (folder / f"part-9.{kind}").write_bytes((folder / f"part-2.{kind}").read_bytes())
    assert mark(folder) != before


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_person_in_two_files_of_a_folder_is_in_one_chunk(tmp_path, kind):
    table = pd.concat([PEOPLE.assign(when=when) for when in ("baseline", "end")])
    table = table.sort_values("person", ignore_index=True)
    for number, part in enumerate((table[:5], table[5:6], table[6:])):
        getattr(part, f"to_{kind}")(tmp_path / f"{number}.{kind}", index=False)
    parts = pieces(tmp_path, 3, LONG)
    people = [{row["person"] for row in part} for part in parts]
    assert len(parts) > 2
    assert sum(len(group) for group in people) == len(set().union(*people)) == 10
    assert sum(len(part) for part in parts) == 20


def test_a_row_cut_short_in_a_part_keeps_its_number(tmp_path):
    (tmp_path / "a.csv").write_text("person,q1,q2\np0,1,1\np1,1,1\n")
    (tmp_path / "b.csv").write_text("person,q1,q2\np2,1,1\np3,1\np4,1,1\n")
    rows = read_cohort(tmp_path, WIDE).rows
    assert rows.loc[rows["status"] == "rejected", "row"].tolist() == [4]


def test_files_of_other_columns_are_no_table(tmp_path):
    PEOPLE.to_csv(tmp_path / "a.csv", index=False)
    PEOPLE.rename(columns={"q2": "q3"}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(TableError, match="TABLE_SCHEMAS_DIFFER"):
        read_cohort(tmp_path, WIDE)
    (tmp_path / "c.parquet").write_bytes(b"")
    with pytest.raises(TableError, match="TABLE_IS_FOLDER"):
        read_cohort(tmp_path, WIDE)


def test_parts_may_store_one_column_as_whole_and_as_decimal_numbers(tmp_path):
    PEOPLE[:5].to_parquet(tmp_path / "a.parquet", index=False)
    PEOPLE[5:].assign(q1=[1.0, None, 3.0, 0.0, 1.0]).to_parquet(tmp_path / "b.parquet", index=False)
    values = read_cohort(tmp_path, WIDE).at("baseline")["phq2_1"]
    assert values.isna().sum() == 1


def test_a_damaged_database_is_read_or_refused(database):
    whole = database.read_bytes()
    study = read_study({**WIDE, "sheet": "the visits"})
    for data in damaged(whole, seed=5, count=8):
        survives(database, data, study)
