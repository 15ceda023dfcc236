"""Bad inputs 96 to 112: paths, disks, signals, memory, and text that is not what it seems."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from tests.scoring.conftest import STUDY, as_bytes, with_cell
from tests.scoring.test_bad_files import refused

from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.errors import OutputError, OutputLocked
from predict.scoring.output import OutputFolder
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

PREDICT = (sys.executable, "-m", "predict")


@pytest.fixture
def table(clean, tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(as_bytes(clean))
    return path


def command(*words: object, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PREDICT, *map(str, words)], capture_output=True, **more)


def test_096_a_folder_is_no_table(end, tmp_path):
    refused(end(tmp_path), "TABLE_IS_FOLDER", "one CSV or Parquet")


def test_096_a_pipe_a_device_and_a_socket_are_no_tables(end, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "plug"))
        for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path / "plug"):
            refused(end(path), "TABLE_NOT_A_FILE", "regular file")


def test_097_a_link_to_the_table_is_followed_and_a_linked_output_is_refused(
    stored, table, end, tmp_path
):
    link = tmp_path / "link.csv"
    link.symlink_to(table)
    assert end(link).status == 0
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    with pytest.raises(OutputError, match="OUTPUT_LINK"):
        score_table(stored, str(table), tmp_path / "linked")


@pytest.mark.parametrize("name", ["absent.csv", "absent-*.parquet"])
def test_098_a_table_that_is_not_there_is_refused(end, tmp_path, name):
    refused(end(tmp_path / name), "TABLE_NOT_FOUND", "check the path")


def test_098_a_table_that_may_not_be_read_is_refused(end, table, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, how: how != os.R_OK)
    refused(end(str(table)), "TABLE_NOT_FOUND", "may not be read")


def test_099_a_table_that_changes_under_the_run_stops_it(stored, table, tmp_path, monkeypatch):
    from predict.errors import TableError
    from predict.scoring import plan as plans

    plan = plans.make_plan

    def slow(*words: object, **more: object) -> object:
        made = plan(*words, **more)
        table.write_bytes(table.read_bytes() + b"\n")
        return made

    monkeypatch.setattr(plans, "make_plan", slow)
    with pytest.raises(TableError, match="TABLE_CHANGED") as caught:
        score_table(stored, str(table), tmp_path / "out")
    assert caught.value.exit_code == 4
    assert not (tmp_path / "out" / "_SUCCESS").exists()


@pytest.mark.parametrize("name", ["out", "out.csv", "out.parquet"])
def test_100_an_output_that_exists_is_refused_without_overwrite(stored, table, tmp_path, name):
    score_table(stored, str(table), tmp_path / name)
    with pytest.raises(OutputError, match="OUTPUT_EXISTS") as caught:
        score_table(stored, str(table), tmp_path / name)
    assert caught.value.exit_code == 6
    score_table(stored, str(table), tmp_path / name, ScoringSettings(overwrite=True))


def test_101_a_folder_that_cannot_be_written_is_refused_before_scoring(stored, table):
    with pytest.raises(OutputError, match="OUTPUT_UNWRITABLE"):
        score_table(stored, str(table), "/proc/predict-out")


def test_102_a_full_disk_leaves_nothing_under_a_final_name(stored, table, tmp_path, monkeypatch):
    from predict import files as tables

    def full(*words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tables, "_write_and_sync", full)
    with pytest.raises(OutputError, match="free space") as caught:
        score_table(stored, str(table), tmp_path / "out")
    assert caught.value.exit_code == 6
    assert not list(tmp_path.glob("out/part-*"))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_103_104_a_stopped_run_says_so_and_resumes(stored, clean, tmp_path, number, status):
    many = pd.concat([clean] * 70, ignore_index=True)
    many["person"] = [f"Q{i:05d}" for i in range(len(many))]
    big, out = tmp_path / "big.csv", tmp_path / "out"
    big.write_bytes(as_bytes(many))
    words = ["score", str(stored), str(big), "-o", str(out), "--part-rows", "100", "--quiet"]
    # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    run = subprocess.Popen([*PREDICT, *words], stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, before)
    while run.poll() is None and not (out / "part-000003.parquet").exists():
        time.sleep(0.01)
    run.send_signal(number)
    _, told = run.communicate()
    assert run.returncode == status
    assert b"Traceback" not in told
    assert not (out / "_SUCCESS").exists()
    assert command(*words, "--resume").returncode == 0
    assert command("verify", out).returncode == 0


def test_105_memory_that_runs_out_is_told_in_one_message(stored, table, tmp_path, monkeypatch):
    from predict.scoring import batch

    def greedy(task: object) -> None:
        raise MemoryError

    monkeypatch.setattr(batch, "score_part", greedy)
    with pytest.raises(OutputError, match=r"OUT_OF_MEMORY.*part 000000.*--part-rows"):
        score_table(stored, str(table), tmp_path / "out")


def test_106_two_runs_into_one_output_are_refused(stored, table, tmp_path):
    with OutputFolder(tmp_path / "out").locked(), pytest.raises(OutputLocked) as caught:
        score_table(stored, str(table), tmp_path / "out")
    assert caught.value.exit_code == 75


def test_107_the_table_as_its_own_output_is_refused(stored, table):
    before = table.read_bytes()
    with pytest.raises(OutputError, match="OUTPUT_IS_INPUT"):
        score_table(stored, str(table), table, ScoringSettings(overwrite=True))
    assert table.read_bytes() == before


@pytest.mark.parametrize("text", ["=cmd()", "@sum", "+x", "-x", "\tx"])
def test_108_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_stay(end, clean, text):
    found = end(with_cell(clean, 7, "person", text), rejected_values=True)
    assert found.row(7)["id"].lstrip("'") == text
    assert found.row(7)["id"].startswith("'")
    minus = end(with_cell(clean, 7, "person", "-7"))
    assert minus.row(7)["id"] == "-7"


MARKUP = "</script><b onclick=alert(1)>other"


@pytest.fixture(scope="module")
def marked_up(tmp_path_factory) -> Path:
    """A report in whose table a category and an id are markup."""
    from predict.definitions.outcomes import read_outcome
    from predict.features.training_set import assemble
    from predict.model_folder import save_model
    from predict.models.recipe import Recipe
    from predict.models.training import train
    from predict.reports.from_models import table_report
    from predict.simulation import simulate

    folder = tmp_path_factory.mktemp("marked")
    spec = read_study(STUDY).to_dict()
    spec["people"]["sex"]["values"] = ["female", "male", MARKUP]
    table = simulate("demo", people=150, seed=3).table.replace({"sex": {"other": MARKUP}})
    table.loc[:3, "sex"] = MARKUP
    cohort = read_cohort(table, read_study(spec))
    training = assemble(cohort, read_outcome("phq9_response"), blocks=("scales", "people"))
    save_model(train(training, Recipe(family="linear", trials=1), refits=0), folder / "model")
    few = table.head(2)
    few.loc[0, "person"] = f"<i>P1{MARKUP}"
    made, _ = table_report([folder / "model"], few, made="2026-01-01", key=b"k" * 32)
    made.save(folder / "report")
    return folder / "report"


def test_109_a_category_that_is_markup_stays_text_on_every_page(marked_up):
    pages = {p.name: p.read_text() for p in marked_up.rglob("*.html")}
    assert len(pages) == 4
    assert [name for name, text in pages.items() if "<b onclick" in text or "<i>P1" in text] == []
    people = [p.read_text() for p in (marked_up / "patients").glob("*.html")]
    assert all("&lt;b onclick=alert(1)&gt;other" in text for text in people)


def test_110_a_model_name_with_a_path_in_it_writes_nothing_elsewhere(stored, tmp_path):
    from dataclasses import replace

    from predict.model_folder import load_model, save_model

    named = replace(load_model(stored), name="../../elsewhere")
    save_model(named, tmp_path / "a" / "model")
    assert {p.name for p in tmp_path.iterdir()} == {"a"}
    assert load_model(tmp_path / "a" / "model").name == "../../elsewhere"


def test_111_locale_and_time_zone_change_no_byte(stored, table, tmp_path):
    written = []
    for name, more in (("a", {"TZ": "UTC", "LC_ALL": "C"}), ("b", {"TZ": "Asia/Tokyo"})):
        if name == "b":
            more["LC_ALL"] = "de_DE.UTF-8"
        done = command(
            "score", stored, table, "-o", tmp_path / f"{name}.csv", env={**os.environ, **more}
        )
        assert done.returncode == 0, done.stderr
        written.append((tmp_path / f"{name}.csv").read_bytes())
    assert written[0] == written[1]


def test_112_standard_input_and_output_need_no_terminal(stored, table, tmp_path, end):
    done = command("score", stored, "-", "-o", "-", "--quiet", input=table.read_bytes())
    assert done.returncode == 0
    score_table(stored, str(table), tmp_path / "whole.csv")
    assert done.stdout == (tmp_path / "whole.csv").read_bytes()


def test_112_a_reader_that_leaves_is_no_crash(stored, table):
    run = subprocess.Popen(
        [*PREDICT, "score", str(stored), str(table), "-o", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    run.stdout.close()
    told = run.stderr.read()
    assert run.wait() == 6
    assert b"OUTPUT_CLOSED" in told
    assert b"Traceback" not in told
