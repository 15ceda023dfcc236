"""Bad inputs 130 to 137: tables in several files, packed or stored otherwise, and what fails."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather
from tests.scoring.conftest import as_bytes, ending
from tests.scoring.door_inputs import typed
from tests.scoring.test_bad_files import refused

from predict.cohort import read_cohort
from predict.cohort.formats import Chunk, open_table
from predict.cohort.intake import taken_in
from predict.errors import ModelError, OutputError, TableError, UsageError
from predict.files import write_bytes
from predict.model_folder import load_model
from predict.scoring import batch as batches
from predict.scoring import plan as plans
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

WORDS = ("person", "sex", "route", "site")


def arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(typed(table) if "weight" in table else numbers(table))


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The clean table with numbers where numbers belong."""
    columns = [name for name in table if name not in WORDS]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in columns})


def large(table: pa.Table) -> pa.Table:
    kinds = {pa.string(): pa.large_string()}
    return table.cast(pa.schema([(f.name, kinds.get(f.type, f.type)) for f in table.schema]))


# How the second of two files is written otherwise than the first.
OTHERWISE: dict[str, Callable[[pd.DataFrame], pa.Table]] = {
    "whole and decimal numbers": lambda t: arrow(t.assign(age=numbers(t)["age"].astype("float64"))),
    "large text": lambda t: large(arrow(t)),
    "columns in another order": lambda t: arrow(t[list(reversed(t.columns))]),
    "a column more": lambda t: arrow(t).append_column("zip", pa.array(["x"] * len(t))),
    "lists that are not read": lambda t: arrow(t).append_column("more", pa.array([[1]] * len(t))),
    "categories": lambda t: pa.Table.from_pandas(numbers(t).astype({"sex": "category"})),
}


@pytest.fixture(scope="module")
def plain(stored, clean, tmp_path_factory) -> pd.DataFrame:
    """Scores of the clean table."""
    place = tmp_path_factory.mktemp("plain")
    (place / "people.csv").write_bytes(as_bytes(clean))
    return ending(stored, str(place / "people.csv"), place / "out.csv").scores


@pytest.fixture(scope="module")
def study(stored):
    return load_model(stored).study


def reads_alike(folder: Path, table: pd.DataFrame, study) -> bool:
    """Whether a folder is read as one table is."""
    one, other = (read_cohort(given, study, as_of="baseline") for given in (folder, table))
    same = one.people.equals(other.people)
    return same and one.at("baseline").equals(other.at("baseline"))


def in_two(place: Path, clean: pd.DataFrame, second: pa.Table) -> Path:
    place.mkdir()
    pq.write_table(arrow(clean.iloc[:30]), place / "a.parquet")
    pq.write_table(second, place / "b.parquet")
    return place


@pytest.mark.parametrize("how", OTHERWISE)
def test_130_files_that_pandas_wrote_month_by_month_are_one_table(
    end, clean, plain, study, tmp_path, how
):
    folder = in_two(tmp_path / "in", clean, OTHERWISE[how](clean.iloc[30:]))
    pd.testing.assert_frame_equal(plain, end(folder / "*.parquet").scores)
    assert reads_alike(folder, clean, study)


def test_130_parts_reach_from_one_file_into_the_next(end, clean, plain, tmp_path):
    second = OTHERWISE["whole and decimal numbers"](clean.iloc[30:])
    folder = in_two(tmp_path / "in", clean, second)
    pd.testing.assert_frame_equal(plain, end(folder, part_rows=25).scores)


def test_130_a_column_of_text_that_is_blank_in_one_month_is_no_number(end, clean, study, tmp_path):
    blank = numbers(clean.iloc[30:].assign(sex=None)).astype({"sex": "float64"})
    folder = in_two(tmp_path / "in", clean, pa.Table.from_pandas(blank))
    whole = pd.concat([clean.iloc[:30], clean.iloc[30:].assign(sex="")])
    assert reads_alike(folder, whole, study)
    assert end(folder / "*.parquet").scores["status"].tolist() == ["scored"] * len(clean)


def test_130_csv_files_may_have_their_columns_in_another_order(end, clean, plain, study, tmp_path):
    (tmp_path / "in").mkdir()
    clean.iloc[:30].to_csv(tmp_path / "in" / "a.csv", index=False)
    clean.iloc[30:][list(reversed(clean.columns))].to_csv(tmp_path / "in" / "b.csv", index=False)
    pd.testing.assert_frame_equal(plain, end(tmp_path / "in" / "*.csv").scores)
    assert reads_alike(tmp_path / "in", clean, study)


def text_age(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(numbers(table).assign(age="40"))


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (lambda t: arrow(t.drop(columns="age")), "File 2 of 2 lacks column 'age'"),
        (text_age, "'age' holds numbers in file 1 and text in file 2 of 2"),
    ],
)
def test_131_a_file_that_is_written_otherwise_is_named_with_the_column(
    end, clean, tmp_path, second, told
):
    folder = in_two(tmp_path / "in", clean, second(clean.iloc[30:]))
    for given in (folder, folder / "*.parquet"):
        refused(end(given), "TABLE_SCHEMAS_DIFFER", told)


def test_132_a_folder_with_keys_in_its_names_is_one_table(study, end, clean, tmp_path):
    clean = clean.assign(site=[("north hall", "south")[n % 2] for n in range(len(clean))])
    ordered = clean.sort_values("site", kind="stable")
    numbers(clean).to_parquet(tmp_path / "in", partition_cols=["site"], index=False)
    (tmp_path / "in" / "_SUCCESS").write_bytes(b"")
    assert reads_alike(tmp_path / "in", ordered, study)
    found = end(tmp_path / "in", part_rows=45)
    assert found.scores["id"].tolist() == ordered["person"].tolist()


@pytest.mark.parametrize("pattern", ["**/*.parquet", "*/*.parquet", "**"])
def test_132_a_pattern_reaches_into_folders(clean, tmp_path, pattern):
    for number, month in enumerate(("month=1", "month=2")):
        (tmp_path / "in" / month).mkdir(parents=True)
        some = arrow(clean.iloc[30 * number : 30 * number + 30])
        pq.write_table(some, tmp_path / "in" / month / "part.parquet")
    (tmp_path / "in" / "month=1" / "_metadata.parquet").write_bytes(b"no table")
    with taken_in(str(tmp_path / "in" / pattern), tmp_path) as intake:
        found = [pq.read_table(file)["person"].to_pandas() for file in intake.files]
    assert pd.concat(found).tolist() == clean["person"].tolist()


def torn(clean: pd.DataFrame, last: int = 9, column: str = "note") -> bytes:
    """The table with a quote opened in row 5 and closed in another."""
    lines = as_bytes(clean.assign(note="x")).split(b"\n")
    place = -1 if column == "note" else 3
    for row, cell in ((5, b'"x'), (last, b'x"')):
        cells = lines[row].split(b",")
        cells[place] = cell
        lines[row] = b",".join(cells)
    return b"\n".join(lines)


@pytest.mark.parametrize(("last", "column"), [(9, "note"), (6, "note"), (8, "sex")])
def test_133_a_cell_that_swallows_rows_is_told(end, clean, last, column):
    found = end(torn(clean, last, column))
    assert "LINES_SWALLOWED" in found.codes
    assert f"{last - 5} lines inside quoted cells" in found.message
    assert len(found.scores) == len(clean) - (last - 5)


def test_133_a_letter_of_several_lines_swallows_nothing(study, clean, tmp_path):
    clean = clean.assign(note="Dear all,\nslept, ate, well\nYours")
    for table in (clean, clean[["note", *clean.columns.drop("note")]]):
        path = tmp_path / "letters.csv"
        path.write_bytes(as_bytes(table))
        cohort = read_cohort(path, study, as_of="baseline")
        assert len(cohort.rows) == len(clean)
        assert "LINES_SWALLOWED" not in set(cohort.problems["code"])


def sqlite(table: pd.DataFrame, path: Path) -> None:
    with sqlite3.connect(path) as base:
        table.to_sql("people", base, index=False)
    base.close()


PACKED = {
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


@pytest.mark.parametrize("packer", PACKED)
def test_134_what_packs_a_table_otherwise_is_named(end, clean, tmp_path, packer):
    for name in ("people.csv", "people"):
        (tmp_path / name).write_bytes(PACKED[packer](as_bytes(clean)))
        refused(end(tmp_path / name), "TABLE_PACKED", f"packed with {packer}")
    refused(end(f"csv:{tmp_path / 'people'}"), "TABLE_PACKED", "gzip")


STORED: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "Feather": lambda t, path: feather.write_feather(pa.Table.from_pandas(t), str(path)),
    "a Feather file": lambda t, path: path.write_bytes(b"FEA1" + bytes(200)),
    "JSON lines": lambda t, path: path.write_text(t.to_json(orient="records", lines=True)),
    "JSON": lambda t, path: path.write_text(t.to_json(orient="records", indent=1)),
    "XML": lambda t, path: path.write_text("<?xml version='1.0'?>\n<people/>"),
    "SQLite": sqlite,
}  # fmt: skip


@pytest.mark.parametrize("kind", STORED)
def test_135_a_file_of_another_kind_is_named_and_none_of_its_cells(end, clean, tmp_path, kind):
    path = tmp_path / "people.csv"
    STORED[kind](clean, path)
    found = end(path)
    refused(found, "FORMAT_NOT_READ", kind)
    assert not any(person in found.message for person in clean["person"])
    packed = tmp_path / "people.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    refused(end(packed), "FORMAT_NOT_READ", kind)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_136_a_table_replaced_by_one_of_its_size_and_time_stops_the_run(
    stored, clean, tmp_path, monkeypatch, suffix
):
    path, other = tmp_path / f"people.{suffix}", tmp_path / f"other.{suffix}"
    write = {
        "csv": lambda table, to: to.write_bytes(as_bytes(table)),
        "parquet": lambda table, to: pq.write_table(arrow(table), to),
    }[suffix]
    write(clean, path)
    write(clean.assign(person=clean["person"].str.replace("P", "Q")), other)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    other.write_bytes(other.read_bytes().ljust(path.stat().st_size, b"\n"))
    plan = plans.make_plan

    def swapped(*words: object, **more: object) -> object:
        made = plan(*words, **more)
        os.utime(other, ns=times)
        other.replace(path)
        assert path.stat().st_mtime_ns == times[1]
        return made

    monkeypatch.setattr(plans, "make_plan", swapped)
    with pytest.raises(TableError, match="TABLE_CHANGED"):
        batches.score_folder(stored, str(path), tmp_path / "out")


def test_136_what_a_worker_held_open_is_let_go_when_another_file_lies_there(clean, tmp_path):
    path = tmp_path / "people.parquet"
    for start in (0, 30):
        pq.write_table(arrow(clean.iloc[start : start + 30]), tmp_path / "next")
        (tmp_path / "next").replace(path)
        file = open_table(path, columns=("person",), id_column="person")
        piece = file.read(Chunk(start, str(path), start // 3, start // 3 + 10, 1, 10))
        assert piece.table.column("person")[0].as_py() == clean["person"][start + start // 3]


LONG = "n" * 300
NEARLY = "n" * 245  # fits itself, not with what stands beside it


def test_137_a_name_that_is_too_long_is_told_as_what_it_names(stored, clean, tmp_path):
    table = tmp_path / "people.csv"
    table.write_bytes(as_bytes(clean.head(5)))
    for name in (LONG, f"{LONG}.csv", f"{NEARLY}.csv"):
        with pytest.raises(OutputError, match="name too long") as caught:
            score_table(stored, str(table), tmp_path / name)
        assert caught.value.exit_code == 6
    for name in (LONG, f"{LONG}/*.csv", f"{LONG}*.csv"):
        with pytest.raises(TableError, match="TABLE_NOT_FOUND"):
            score_table(stored, str(tmp_path / name), tmp_path / "out")
    with pytest.raises(ModelError, match="MODEL_MISSING"):
        score_table(tmp_path / LONG, str(table), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


@pytest.mark.parametrize(
    "address", ["nonsense", "tcp://host", "tcp://127.0.0.1:99999", "http://a:1"]
)
def test_137_a_wrong_address_is_told_before_anything_is_begun(stored, tmp_path, address):
    with pytest.raises(UsageError, match="address of a scheduler"):
        ScoringSettings(engine="dask", scheduler=address)
    with pytest.raises(UsageError, match="--engine dask"):
        ScoringSettings(scheduler="tcp://127.0.0.1:8786")


def test_137_a_folder_that_may_not_be_read_is_told(stored, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(os, "access", lambda path, how: how != os.R_OK)
    with pytest.raises(TableError, match="may not be read"):
        score_table(stored, str(tmp_path / "in"), tmp_path / "out")


@pytest.mark.parametrize("more", [("-o", "-"), ("-o", "out.csv", "--json")])
def test_137_a_full_disk_behind_standard_output_is_no_fault_of_the_program(
    stored, clean, tmp_path, more
):
    (tmp_path / "people.csv").write_bytes(as_bytes(clean.head(5)))
    words = [sys.executable, "-m", "predict", "score", str(stored), "people.csv", *more]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path)
    assert done.returncode == 6, done.stderr
    assert b"No space left" in done.stderr


def test_137_a_disk_that_fills_while_rows_are_laid_out_is_an_output_fault(
    stored, clean, tmp_path, monkeypatch
):
    (tmp_path / "people.csv").write_bytes(as_bytes(clean.head(5)))

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("predict.scoring.repeats.Repeats.add", full)
    with pytest.raises(OutputError, match="free space") as caught:
        score_table(stored, str(tmp_path / "people.csv"), tmp_path / "out")
    assert caught.value.exit_code == 6


def test_137_a_device_or_a_pipe_is_never_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(OutputError, match="no regular file"):
        write_bytes(tmp_path / "pipe.csv", b"scores")
    assert (tmp_path / "pipe.csv").is_fifo()
    assert len(list(tmp_path.iterdir())) == 1
