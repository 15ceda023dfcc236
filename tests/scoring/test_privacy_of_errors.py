"""No error, warning or log repeats a cell, an id or a name, whatever is wrong with a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scoring.conftest import STUDY, as_bytes, with_cell

from predict.cohort import read_cohort
from predict.definitions.study import Study, read_study
from predict.errors import PredictError

NAME, SECRET = "Zelenka-Quittenbaum", "0xSECRETCELL"


@pytest.fixture
def planted(clean, tmp_path) -> Path:
    table = with_cell(clean, 3, "person", NAME)
    table = with_cell(table, 5, "phq9_2_baseline", SECRET)
    path = tmp_path / f"{NAME}.csv"
    path.write_bytes(as_bytes(table.assign(note=SECRET)))
    return path


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(STUDY)


def run(*words: object, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "predict", *map(str, words)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **more})


def holds(data: bytes) -> bool:
    return NAME.encode() in data or SECRET.encode() in data


@pytest.mark.parametrize(
    "words",
    [
        ("check", "TABLE", "--study", "STUDY"),
        ("score", "MODEL", "TABLE", "-o", "OUT.csv", "--max-rejected", "0%"),
        ("score", "MODEL", "TABLE", "-o", "OUT", "--dry-run"),
        ("explain", "MODEL", "TABLE", "-o", "OUT.csv", "--person", "nobody"),
        ("score", "MODEL", "TABLE", "-o", "TABLE", "--overwrite"),
        ("label", "TABLE", "--study", "STUDY", "--outcome", "phq9_respond", "-o", "OUT.csv"),
        ("run", "EXPERIMENT", "TABLE", "--out", "OUT"),
        ("train", "EXPERIMENT", "TABLE", "--out", "OUT"),
        ("evaluate", "EXPERIMENT", "TABLE", "--out", "OUT"),
        ("assemble", "EXPERIMENT", "TABLE", "-o", "OUT"),
        ("validate", "MODEL", "TABLE", "-o", "OUT"),
        ("report", "MODEL", "TABLE", "--person", "nobody", "-o", "OUT"),
        ("analyse", "outcomes", "TABLE", "--study", "STUDY", "-o", "OUT"),
    ],
)
def test_no_error_or_log_repeats_a_cell_or_an_id(stored, planted, tmp_path, words):
    experiments = Path(__file__).parents[2] / "experiments"
    places = {"MODEL": stored, "TABLE": planted, "OUT": tmp_path / "out"}
    places["STUDY"] = experiments / "demo_study.toml"
    places["EXPERIMENT"] = experiments / "demo_round_one.toml"
    places["OUT.csv"] = tmp_path / "out.csv"
    done = run(*(places.get(word, word) for word in words))
    assert done.returncode != 1, done.stderr
    assert not holds(done.stdout + done.stderr)


def lines(table) -> list[bytes]:
    return as_bytes(table).splitlines()


FAULTS = {
    "no header": lambda table: b"\n".join(lines(table)[1:]),
    "header of cells": lambda table: b"\n".join([lines(table)[3], *lines(table)[1:]]),
    "semicolons": lambda table: as_bytes(table).replace(b",", b";"),
    "UTF-16": lambda table: as_bytes(table).decode().encode("utf-16"),
    "a bad byte": lambda table: as_bytes(table).replace(NAME.encode(), NAME.encode() + b"\xe9"),
    "an open quote": lambda table: as_bytes(table).replace(NAME.encode(), b'"' + NAME.encode()),
    "a short row": lambda table: b"\n".join([*lines(table)[:4], *[NAME.encode() + b",3"] * 2]),
    "a column twice": lambda table: as_bytes(table.assign(x=NAME).rename(columns={"x": "age"})),
    "other coding": lambda table: as_bytes(
        table.replace({c: {"0": "4"} for c in table if c[:4] == "phq9"})
    ),
    "an id twice": lambda table: as_bytes(table.assign(person=NAME)),
    "a name as a number": lambda table: as_bytes(table.assign(age=NAME)),
    "a name as a choice": lambda table: as_bytes(table.assign(sex=NAME)),
    "two tables": lambda table: as_bytes(table) + f"\nsurname\n{NAME}\n{NAME}\n".encode(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_a_table_is_told_without_its_words(
    end, study, clean, tmp_path, fault
):
    table = with_cell(with_cell(clean, 3, "person", NAME), 5, "phq9_2_baseline", SECRET)
    ended = end(FAULTS[fault](table), max_rejected=0.0)
    assert ended.status in (3, 4)
    assert not holds(ended.message.encode())
    try:
        told = read_cohort(tmp_path / "table.csv", study, as_of="baseline").problems.to_csv()
    except PredictError as error:
        told = str(error)
    assert not holds(told.encode())


def test_an_unforeseen_fault_is_told_without_its_words(stored, planted, tmp_path):
    broken = tmp_path / "site" / "sitecustomize.py"
    broken.parent.mkdir()
    broken.write_text(
        "import predict.scoring.single as s\n"
        f"def fail(*w, **m): raise RuntimeError('cell {SECRET} of {NAME}')\n"
        "s.score_table = fail\n"
    )
    done = run("score", stored, planted, "-o", tmp_path / "o", PYTHONPATH=str(broken.parent))
    assert done.returncode == 1
    assert not holds(done.stdout + done.stderr)
    assert b"RuntimeError" in done.stderr


def test_the_run_file_names_no_path(stored, planted, tmp_path):
    run("score", stored, planted, "-o", tmp_path / "out")
    text = (tmp_path / "out" / "_run.json").read_text()
    assert str(tmp_path) not in text
    assert json.loads(text)["counts"]["rows"] == 60
