"""Bad inputs 113 to 120: packed files by a pattern, and outputs that would cost somebody a file."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.scoring.conftest import as_bytes, with_cell

from predict.errors import OutputError, PredictError, TooManyRejected
from predict.model_folder import load_model, save_model
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.scoring.verify import verify

AGAIN = ScoringSettings(overwrite=True, max_rejected=1.0)


@pytest.fixture
def table(clean, tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(as_bytes(clean.iloc[:10]))
    return path


def ids_of(out: Path) -> list[str]:
    return pd.read_csv(out, dtype="str")["id"].tolist()


@pytest.mark.parametrize("packed", [(0, 1, 2), (0, 2), (1,), ()], ids=str)
def test_113_every_file_of_a_pattern_is_read_packed_or_not(stored, clean, tmp_path, packed):
    (tmp_path / "in").mkdir()
    for number in range(3):
        data = as_bytes(clean.iloc[5 * number : 5 * number + 5])
        name = tmp_path / "in" / f"{number}.csv"
        if number in packed:
            name.with_suffix(".csv.gz").write_bytes(gzip.compress(data))
        else:
            name.write_bytes(data)
    out = tmp_path / "out.csv"
    batch = score_table(stored, str(tmp_path / "in" / "*.csv*"), out, ScoringSettings(threads=2))
    assert ids_of(out) == clean["person"].iloc[:15].tolist()
    assert (batch.rows, batch.rejected) == (15, 0)
    assert not list(tmp_path.rglob("*.tmp"))


def test_114_a_disk_that_fills_while_a_table_is_unpacked_is_an_output_fault(
    stored, table, tmp_path, monkeypatch
):
    from predict.cohort import intake

    def full(*words: object) -> None:
        raise OSError(28, "No space left on device")

    packed = tmp_path / "people.csv.gz"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    monkeypatch.setattr(intake, "unpack", full)
    with pytest.raises(OutputError, match=r"OUTPUT_UNWRITABLE.*free space") as caught:
        score_table(stored, str(packed), tmp_path / "out")
    assert caught.value.exit_code == 6
    assert not (tmp_path / "out").exists()


def hostile_outputs(folder: Path, table: Path) -> dict[str, tuple[str, str, str]]:
    """Return, by what is wrong, a table, an output and the code with which it is refused."""
    return {
        "the output holds the table": (f"{folder}/o/mine.csv", f"{folder}/o", "OUTPUT_FOREIGN"),
        "inputs named like parts": (f"{folder}/o/part-*.csv", f"{folder}/o", "OUTPUT_FOREIGN"),
        "a file of the pattern": (f"{folder}/in/*.csv", f"{folder}/in/b.csv", "OUTPUT_IS_INPUT"),
        "a hard link to the table": (str(table), f"{folder}/hard.csv", "OUTPUT_IS_INPUT"),
        "its refused rows are the table": (f"{folder}/x.rejected.csv", f"{folder}/x.csv",
                                           "OUTPUT_IS_INPUT"),
        "notes among refused rows": (str(table), f"{folder}/done", "OUTPUT_FOREIGN"),
        "a log that is a link": (str(table), f"{folder}/linked", "OUTPUT_FOREIGN"),
        "somebody's table beside it": (str(table), f"{folder}/y.csv", "OUTPUT_FOREIGN"),
        "somebody's settings beside it": (str(table), f"{folder}/z.csv", "OUTPUT_FOREIGN"),
        "parts of another program": (str(table), f"{folder}/spark", "OUTPUT_FOREIGN"),
    }  # fmt: skip


@pytest.fixture
def hostile(stored, table, tmp_path) -> Path:
    for name in ("o/mine.csv", "o/part-000000.csv", "in/a.csv", "in/b.csv", "x.rejected.csv",
                 "y.rejected.csv", "z.run.json", "elsewhere/000000.json", "spark/_SUCCESS",
                 "spark/part-000000.parquet"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(table.read_bytes())
    os.link(table, tmp_path / "hard.csv")
    for name in ("done", "linked"):
        score_table(stored, str(table), tmp_path / name)
    (tmp_path / "done" / "_rejected").mkdir()
    (tmp_path / "done" / "_rejected" / "notes.txt").write_text("mine")
    shutil.rmtree(tmp_path / "linked" / "_log")
    (tmp_path / "linked" / "_log").symlink_to(tmp_path / "elsewhere")
    return tmp_path


@pytest.mark.parametrize("what", hostile_outputs(Path(), Path()))
def test_115_overwriting_removes_only_what_the_outputs_own_manifest_names(
    stored, table, hostile, what
):
    given, out, code = hostile_outputs(hostile, table)[what]
    before = {p: p.read_bytes() for p in hostile.rglob("*") if p.is_file()}
    with pytest.raises(OutputError, match=code) as caught:
        score_table(stored, given, out, AGAIN)
    assert caught.value.exit_code == 6
    assert {p: p.read_bytes() for p in hostile.rglob("*") if p.is_file()} == before


def test_115_a_folder_that_is_the_table_is_not_its_output(stored, clean, tmp_path):
    (tmp_path / "in").mkdir()
    clean.to_parquet(tmp_path / "in" / "part-000000.parquet")
    with pytest.raises(OutputError, match="OUTPUT_FOREIGN"):
        score_table(stored, str(tmp_path / "in"), tmp_path / "in", AGAIN)
    assert len(pd.read_parquet(tmp_path / "in")) == len(clean)


@pytest.mark.parametrize("name", ["out", "out.csv", "out.parquet"])
def test_115_an_output_of_ours_is_replaced_also_by_fewer_parts(stored, clean, tmp_path, name):
    big, small = tmp_path / "big.csv", tmp_path / "small.csv"
    big.write_bytes(as_bytes(with_cell(clean, 7, "phq9_4_baseline", "8")))
    small.write_bytes(as_bytes(clean.iloc[:5]))
    score_table(stored, str(big), tmp_path / name, ScoringSettings(part_rows=20))
    score_table(stored, str(small), tmp_path / name, ScoringSettings(part_rows=20, overwrite=True))
    assert verify(tmp_path / name).facts["rows"] == 5
    (tmp_path / "calm").mkdir()
    score_table(stored, str(small), tmp_path / "calm" / name, ScoringSettings(part_rows=20))
    left, calm = (
        {str(p.relative_to(folder)) for p in folder.rglob("*")}
        for folder in (tmp_path, tmp_path / "calm")
    )
    assert {n for n in left if n.startswith("out")} == calm


@pytest.mark.parametrize("name", ["out", "out.csv", "out.parquet"])
def test_116_a_failed_overwriting_leaves_the_old_scores_whole(stored, clean, table, tmp_path, name):
    out = tmp_path / name
    score_table(stored, str(table), out)
    bad = tmp_path / "bad.csv"
    spoilt = clean.assign(phq9_4_baseline="8")
    bad.write_bytes(as_bytes(spoilt))
    for worse in (bad, tmp_path / "absent.csv", as_coded_from_one(clean, tmp_path / "coded.csv")):
        with pytest.raises(PredictError):
            score_table(stored, str(worse), out, ScoringSettings(overwrite=True))
        assert verify(out).facts["rows"] == 10
        if worse == bad:
            place = "*new*/_rejected/*.csv" if name == "out" else "*new.rejected.csv"
            assert [len(pd.read_csv(reasons)) for reasons in tmp_path.glob(place)] == [60]
    score_table(stored, str(table), out, ScoringSettings(overwrite=True))
    assert not list(tmp_path.glob("*new*"))


def as_coded_from_one(clean: pd.DataFrame, path: Path) -> Path:
    """Write answers coded 1 to 4: a fault of the whole table."""
    items = [c for c in clean if c.startswith(("phq9_", "gad7_")) and c.split("_")[1].isdigit()]
    coded = clean.copy()
    coded[items] = coded[items].map(lambda cell: str(int(cell) + 1) if cell else cell)
    path.write_bytes(as_bytes(coded))
    return path


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_117_a_finished_file_is_no_other_runs_to_resume(stored, table, tmp_path, name):
    out, resume = tmp_path / name, ScoringSettings(resume=True)
    first = score_table(stored, str(table), out)
    before = out.read_bytes()
    assert score_table(stored, str(table), out, resume).rows == first.rows
    other = load_model(stored)
    save_model(replace(other, name="another"), tmp_path / "another")
    for model, settings in ((tmp_path / "another", resume),
                            (stored, replace(resume, explain="none"))):  # fmt: skip
        with pytest.raises(OutputError, match="OUTPUT_OTHER_RUN") as caught:
            score_table(model, str(table), out, settings)
        assert caught.value.exit_code == 6
    assert out.read_bytes() == before
    out.with_name("out.run.json").unlink()
    with pytest.raises(OutputError, match="NOT_VERIFIABLE"):
        score_table(stored, str(table), out, resume)


@pytest.mark.parametrize("name", ["out.csv", "out.CSV", "out.csv.gz", "out.parquet", "out.pq"])
def test_118_single_files_of_any_name_are_verified_with_what_lies_beside_them(
    stored, clean, tmp_path, name
):
    table = tmp_path / "people.csv"
    table.write_bytes(as_bytes(with_cell(clean, 7, "phq9_4_baseline", "8")))
    out = tmp_path / name
    score_table(stored, str(table), out)
    read = pd.read_parquet if name.endswith(("parquet", "pq")) else pd.read_csv
    assert len(read(out)) == verify(out).facts["rows"] == 60
    for path in (out, tmp_path / "out.run.json", tmp_path / "out.rejected.csv"):
        good = path.read_bytes()
        path.write_bytes(good[:-3] + bytes([good[-3] ^ 1]) + good[-2:])
        with pytest.raises(OutputError, match="OUTPUT_CHANGED"):
            verify(out)
        path.write_bytes(good)
    verify(out)


def test_119_a_folder_of_scores_is_one_table_for_what_reads_folders(stored, clean, tmp_path):
    table = tmp_path / "people.csv"
    table.write_bytes(as_bytes(with_cell(clean, 7, "phq9_4_baseline", "8")))
    score_table(stored, str(table), tmp_path / "out", ScoringSettings(part_rows=20))
    assert list(pd.read_parquet(tmp_path / "out")["row"]) == list(range(1, 61))
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as base:
        rows = base.execute(f"select count(*) from '{tmp_path}/out/*.parquet'").fetchall()
    assert rows == [(60,)]


@pytest.mark.parametrize(("rows", "bad", "refused"), [(3, 1, 0), (3, 2, 1), (40, 2, 0), (40, 3, 1)])
def test_120_a_few_rows_are_judged_as_twenty(stored, clean, tmp_path, rows, bad, refused):
    table = tmp_path / "few.csv"
    few = clean.iloc[:rows].copy()
    few.loc[: bad - 1, "phq9_4_baseline"] = "8"
    table.write_bytes(as_bytes(few))
    if refused:
        with pytest.raises(TooManyRejected):
            score_table(stored, str(table), tmp_path / "out")
    else:
        assert score_table(stored, str(table), tmp_path / "out").rejected == bad
