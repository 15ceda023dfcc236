"""Names and ids stay where they must be, and nothing speaks to a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scoring.conftest import as_bytes, with_cell

NAME, SECRET = "Zelenka-Quittenbaum", "0xSECRETCELL"
# A sitecustomize that ends a process as soon as it opens an internet socket.
BAN = """
import socket
_made = socket.socket.__init__
def _watched(self, family=-1, *words, **more):
    if family in (-1, socket.AF_INET, socket.AF_INET6) and more.get("fileno") is None:
        import os, sys
        sys.stderr.write("an internet socket was opened\\n")
        os._exit(99)
    _made(self, family, *words, **more)
socket.socket.__init__ = _watched
def _asked(*words, **more):
    import os
    os._exit(99)
socket.getaddrinfo = _asked
"""


@pytest.fixture
def planted(clean, tmp_path) -> Path:
    table = with_cell(clean, 3, "person", NAME)
    table = with_cell(table, 5, "phq9_2_baseline", SECRET)
    path = tmp_path / f"{NAME}.csv"
    path.write_bytes(as_bytes(table.assign(note=SECRET)))
    return path


def run(*words: object, **more: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "predict", *map(str, words)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **more})


def holds(data: bytes) -> bool:
    return NAME.encode() in data or SECRET.encode() in data


def test_planted_names_stay_in_the_outputs_that_must_carry_the_id(stored, planted, tmp_path):
    done = run("score", stored, planted, "-o", tmp_path / "out", "--json")
    assert done.returncode == 7
    assert json.loads(done.stdout)["rows"] == 60
    assert not holds(done.stdout + done.stderr)
    written = {p for p in (tmp_path / "out").rglob("*") if p.is_file()}
    carrying = {str(p.relative_to(tmp_path / "out")) for p in written if holds(p.read_bytes())}
    assert carrying <= {"part-000000.parquet"}
    told = (tmp_path / "out" / "rejected" / "part-000000.csv").read_bytes()
    assert SECRET.encode() not in told


@pytest.mark.parametrize(
    "words",
    [
        ("check", "TABLE", "--study", "STUDY"),
        ("score", "MODEL", "TABLE", "-o", "OUT.csv", "--max-rejected", "0%"),
        ("score", "MODEL", "TABLE", "-o", "OUT", "--dry-run"),
        ("explain", "MODEL", "TABLE", "-o", "OUT.csv", "--person", "nobody"),
        ("score", "MODEL", "TABLE", "-o", "TABLE", "--overwrite"),
        ("label", "TABLE", "--study", "STUDY", "--outcome", "phq9_respond", "-o", "OUT.csv"),
    ],
)
def test_no_error_or_log_repeats_a_cell_or_an_id(stored, planted, tmp_path, words):
    study = Path(__file__).parents[2] / "experiments" / "demo_study.toml"
    places = {"MODEL": stored, "TABLE": planted, "STUDY": study, "OUT": tmp_path / "out"}
    places["OUT.csv"] = tmp_path / "out.csv"
    done = run(*(places.get(word, word) for word in words))
    assert done.returncode != 1, done.stderr
    assert not holds(done.stdout + done.stderr)


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


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("list", "instruments"),
        ("score", "MODEL", "TABLE", "-o", "OUT.csv", "--max-rejected", "100%"),
        ("score", "MODEL", "TABLE", "-o", "OUT", "--threads", "2", "--part-rows", "30"),
        ("explain", "MODEL", "TABLE", "-o", "OUT.csv"),
        ("verify", "MODEL"),
        ("doctor", "MODEL"),
    ],
)
def test_no_internet_socket_opens(stored, planted, tmp_path, words):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BAN)
    places = {"MODEL": stored, "TABLE": planted, "OUT": tmp_path / "out"}
    places["OUT.csv"] = tmp_path / "out.csv"
    done = run(*(places.get(word, word) for word in words), PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode in (0, 7), done.stderr
    assert b"internet socket" not in done.stderr


def test_the_ban_itself_works(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BAN)
    source = "import socket; socket.socket(socket.AF_INET)"
    done = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 99


def test_the_run_file_names_no_path(stored, planted, tmp_path):
    run("score", stored, planted, "-o", tmp_path / "out")
    text = (tmp_path / "out" / "run.json").read_text()
    assert str(tmp_path) not in text
    assert json.loads(text)["counts"]["rows"] == 60
