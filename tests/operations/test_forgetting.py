"""People who are forgotten are in no file, everybody else is, and every seal fits."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from predict.errors import OutputError, OutputLocked, UsageError
from predict.files import read_json
from predict.operations import forgetting
from predict.operations.aside import begin, clear
from predict.operations.forgetting import forget, read_ids
from predict.operations.history import AUDIT, read_history
from predict.reports.from_models import table_report
from predict.reports.verify import verify
from predict.scoring.output import OutputFolder
from predict.scoring.ownership import SUCCESS
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.simulation import simulate

MODEL = Path(__file__).parents[2] / "models" / "example"
DAY = date(2026, 3, 1)
NAMES = ("out", "out.csv", "out.csv.gz", "out.parquet")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    drawn = simulate("demo", people=30, seed=1).table
    keep = [c for c in drawn if c in ("person", "age", "sex", "route", "site") or "_baseline" in c]
    table = drawn[keep].astype("str").where(drawn[keep].notna(), "")
    table = table.map(lambda cell: cell.removesuffix(".0"))
    table.loc[4, "person"], table.loc[7, "person"] = "=1+1", "Zelenka"
    table.loc[[7, 11], "phq9_4_baseline"] = "8"
    return table


@pytest.fixture(scope="module")
def gone(people) -> list[str]:
    return people["person"].iloc[[2, 4, 7]].tolist()


@pytest.fixture
def scored(people, tmp_path):
    """Return a function that scores the table in a folder of its own."""
    (tmp_path / "in").mkdir()
    people.to_csv(tmp_path / "in" / "people.csv", index=False)

    def run(name: str) -> Path:
        out = tmp_path / "scores" / name
        out.parent.mkdir(exist_ok=True)
        settings = ScoringSettings(part_rows=12, max_rejected=1.0)
        score_table(MODEL, str(tmp_path / "in" / "people.csv"), out, settings)
        return out

    return run


def text_of(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix in (".parquet", ".pq"):
        return pd.read_parquet(path).to_csv()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def holding(folder: Path, names: list[str]) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [p.name for p in files if any(name in text_of(p) for name in names)]


def rows(out: Path) -> pd.DataFrame:
    read = pd.read_csv if ".csv" in out.name else pd.read_parquet
    return read(out).drop(columns="flags").set_index("row")


@pytest.mark.parametrize("name", NAMES)
def test_forgotten_people_are_in_no_file_and_every_seal_fits(scored, gone, name):
    out = scored(name)
    before = rows(out)
    assert holding(out.parent, gone)
    receipt = forget(gone, [out.parent], today=DAY)
    assert holding(out.parent, gone) == []
    assert receipt.facts() | {"pruned": 0} == {
        "on": "2026-03-01", "asked": 3, "rows": 3, "pages": 0, "pruned": 0, "outputs": 1, "left": 0
    }  # fmt: skip
    assert verify(out).facts["rows"] == 27
    pd.testing.assert_frame_equal(rows(out), before.drop([3, 5, 8]))
    run = read_json(out / "_run.json" if name == "out" else out.with_name("out.run.json"))
    assert run["forgotten"] == [{"on": "2026-03-01", "rows": 3}]
    counts = run["counts"]
    assert counts["rows"] == counts["scored"] + counts["no_estimate"] + counts["rejected"] == 27
    again = forget(gone, [out], today=DAY)
    assert (again.rows, again.outputs) == (0, 0)


def test_parts_without_them_keep_their_bytes(scored, gone):
    out = scored("out")
    other = (out / "part-000002.parquet").read_bytes()
    forget(gone, [out], today=DAY)
    assert (out / "part-000002.parquet").read_bytes() == other


def test_an_output_that_was_changed_is_left_as_it_is(scored, gone):
    out = scored("out")
    record = out / "_log" / "000000.json"
    record.write_bytes(record.read_bytes().replace(b'"rows":12', b'"rows":11'))
    with pytest.raises(OutputError, match="OUTPUT_CHANGED"):
        forget(gone, [out], today=DAY)
    with OutputFolder(out).locked(), pytest.raises(OutputLocked):
        forget(gone, [out], today=DAY)


def test_what_a_killed_run_left_of_them_is_pruned(scored, gone):
    out = scored("out")
    (out / SUCCESS).unlink()
    (out / "_log" / ".000001.json.7.tmp").write_bytes(b"Zelenka")
    receipt = forget(gone, [out], today=DAY)
    assert receipt.facts()["pruned"] == 1
    assert holding(out, gone) == []
    assert (out / "part-000001.parquet").exists()
    assert not (out / "part-000000.parquet").exists()


def test_a_table_that_no_run_wrote_is_told_and_left(scored, gone, tmp_path):
    scored("out")
    table = tmp_path / "in" / "people.csv"
    before = table.read_bytes()
    (tmp_path / "in" / "letter.txt").write_text("Zelenkas, =1+11")
    receipt = forget(gone, [tmp_path], today=DAY)
    assert receipt.left == [table]
    assert table.read_bytes() == before
    with pytest.raises(UsageError, match="not there"):
        forget(gone, [tmp_path / "absent"], today=DAY)


def test_tables_of_every_kind_are_looked_into_in_every_column(people, gone, tmp_path):
    table = people.head(10)
    table.to_parquet(tmp_path / "in.parquet")
    table.astype({"person": "category"}).to_parquet(tmp_path / "coded.parquet")
    table.to_csv(tmp_path / "in.csv.gz", index=False)
    table.iloc[:2].to_parquet(tmp_path / "others.parquet")
    table.iloc[:2].to_csv(tmp_path / "others.csv.gz", index=False)
    (tmp_path / "torn.csv.gz").write_bytes((tmp_path / "in.csv.gz").read_bytes()[:40])
    receipt = forget(gone, [tmp_path], today=DAY)
    names = ["coded.parquet", "in.csv.gz", "in.parquet", "torn.csv.gz"]
    assert [path.name for path in receipt.left] == names


def test_an_id_across_two_blocks_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(forgetting, "_BLOCK", 7)
    (tmp_path / "letter.txt").write_text("aaaa P00003 bbbb")
    assert forget(["P00003"], [tmp_path], today=DAY).left == [tmp_path / "letter.txt"]
    assert forget(["P0000"], [tmp_path], today=DAY).left == []


def test_pages_and_their_lines_go_from_a_report(people, gone, tmp_path):
    made, _ = table_report([MODEL], simulate("demo", people=6, seed=1).table, made="2026-01-01",
                           key=b"k" * 32)  # fmt: skip
    made.save(tmp_path / "report")
    receipt = forget(["P00002", "P00005"], [tmp_path], today=DAY)
    assert (receipt.pages, receipt.rows, receipt.outputs) == (2, 2, 1)
    assert holding(tmp_path, ["P00002", "P00005"]) == []
    assert verify(tmp_path / "report").facts["pages"] == 4
    assert read_json(tmp_path / "report" / "report.json")["worklist"]["counts"]["patients"] == 4


class Killed(BaseException):
    pass


def killing(patch: pytest.MonkeyPatch, moment: int) -> None:
    """End the process, as far as a test can, before its n-th step on the disk."""
    steps = iter(range(1_000))

    def dying(step):
        def call(*words: object, **more: object) -> object:
            if next(steps) == moment:
                raise Killed
            return step(*words, **more)

        return call

    for name in ("replace", "link", "unlink", "fsync", "rmdir"):
        patch.setattr(os, name, dying(getattr(os, name)))
    patch.setattr(forgetting, "exchange", dying(forgetting.exchange))


@pytest.mark.parametrize("name", ["out", "out.csv"])
def test_a_kill_at_any_moment_leaves_either_state(scored, gone, name):
    out = scored(name)
    moment, killed = 0, True
    while killed:
        with pytest.MonkeyPatch.context() as patch:
            killing(patch, moment)
            try:
                forget(gone, [out], today=DAY)
                killed = False
            except Killed:
                moment += 1
        assert verify(out).facts["rows"] in (27, 30)
    assert moment > 5
    forget(gone, [out], today=DAY)
    assert verify(out).facts["rows"] == 27
    assert holding(out.parent, gone) == []
    assert [p.name for p in out.parent.iterdir() if "forgetting" in p.name] == []


def test_a_folder_of_that_name_that_is_somebody_elses_is_left(scored, gone):
    out = scored("out")
    theirs = out.with_name(".out.forgetting")
    (theirs / "out").mkdir(parents=True)
    (theirs / "diary.md").write_text("nobody's concern")
    (theirs / "out" / "part-000000.parquet").write_bytes(b"theirs")
    with pytest.raises(OutputError, match="OUTPUT_FOREIGN"):
        forget(gone, [out], today=DAY)
    assert verify(out).facts["rows"] == 30
    receipt = forget(["P99999"], [out.parent], today=DAY)
    # Of a file that cannot be read nobody can say whom it holds.
    assert (receipt.pruned, receipt.left) == (0, [theirs / "out" / "part-000000.parquet"])
    assert [p.name for p in sorted(theirs.rglob("*"))] == ["diary.md", "out", "part-000000.parquet"]


@pytest.mark.parametrize("listed", [["../../keep.txt"], ["/keep.txt"], "keep.txt", [7], None])
def test_a_list_that_leads_elsewhere_removes_nothing(tmp_path, listed):
    aside, keep = tmp_path / ".out.forgetting", tmp_path / "keep.txt"
    aside.mkdir()
    keep.write_text("kept")
    (aside / "forgetting.json").write_text(json.dumps({"files": listed}))
    assert not clear(aside)
    assert keep.read_text() == "kept"
    assert (aside / "forgetting.json").exists()


def test_what_its_list_names_goes_and_the_rest_stays(tmp_path):
    aside = tmp_path / ".out.forgetting"
    made = begin(tmp_path / "out", ["a/one.csv", "two.csv"])
    (made / "a").mkdir()
    for name in ("a/one.csv", "two.csv", "three.csv", ".two.csv.77.tmp"):
        (made / name).write_text("x")
    assert not clear(aside)
    left = sorted(path.name for path in aside.rglob("*") if path.is_file())
    assert left == ["forgetting.json", "three.csv"]
    (made / "three.csv").unlink()
    made.rmdir()
    assert clear(aside)
    assert not aside.exists()


def test_the_command_keeps_a_receipt_and_a_line_of_the_audit(scored, gone, tmp_path):
    out = scored("out.csv")
    (tmp_path / "ids.txt").write_text("\n".join(gone) + "\n")
    (tmp_path / "registry").mkdir()
    words = [
        "forget",
        "scores",
        "--id-file",
        "ids.txt",
        "-o",
        "receipt.json",
        "--registry",
        "registry",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "predict", *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert verify(out).facts["rows"] == 27
    assert read_json(tmp_path / "receipt.json")["rows"] == 3
    (line,) = read_history(tmp_path / "registry" / AUDIT)
    assert (line.facts["rows"], line.facts["exit"]) == (3, 0)
    told = done.stdout + done.stderr + (tmp_path / "receipt.json").read_text() + str(line.facts)
    assert not any(name in told for name in gone)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe"])
def test_a_file_without_ids_is_refused(tmp_path, content):
    (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(UsageError, match="id a line"):
        read_ids(tmp_path / "ids.txt")
