"""No verb opens an internet socket, and none carries a person where it must not."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from tests.scoring.every_verb import (
    BAN,
    CELL,
    COMMANDS,
    NAME,
    OPEN,
    REFUSED,
    REMARK,
    VALID,
    Called,
    Workshop,
    every_verb,
    workshop,
)

IDS = (VALID, REFUSED, OPEN)
# What no output may hold: a name, remarks, a refused cell, an id behind a plain digest.
NOWHERE = (NAME, REMARK, CELL, *(hashlib.sha256(name.encode()).hexdigest()[:16] for name in IDS))
# The whole list of outputs that must carry an id, because each says something of one person.
# Every other file, and all that is printed, holds none.
CARRIERS: dict[str, tuple[str, ...]] = {
    "label": ("out0.csv",),
    "assemble": ("out0.parquet",),
    "run": (
        "out0/scores.csv",
        "out0/evaluation/predictions.parquet",
        "out0/report/index.html",
        "out0/report/report.json",
        "out0/report/patients/*",
    ),
    "evaluate": ("out0/evaluation/predictions.parquet",),
    "score": ("out0/part-*.parquet", "out0/_rejected/*.csv", "out1.csv", "out1.rejected.csv"),
    "explain": ("out0.csv",),
    "report": ("out0/index.html", "out0/report.json", "out0/patients/*"),
    "analyse courses": ("out0/people.csv",),
}


@pytest.fixture(scope="module")
def shop(stored, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    made = workshop(tmp_path_factory.mktemp("verbs"), stored)
    yield made
    made.server.close()


@pytest.fixture(scope="module")
def called(shop) -> dict[str, Called]:
    """Every verb, called once."""
    return {verb: shop.call(verb) for verb in COMMANDS}


def readable(path: Path) -> bytes:
    """Return a file's bytes, and the text that is packed in them."""
    data = path.read_bytes()
    if data[:4] == b"PAR1":
        data += pd.read_parquet(path).to_csv().encode()
    if data[:4] == b"%PDF":
        from pypdf import PdfReader

        data += "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()
    return data


@cache
def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): readable(path) for path in found}


def test_every_verb_has_its_command():
    assert set(COMMANDS) == set(every_verb())


@pytest.mark.parametrize("verb", every_verb())
def test_no_internet_socket_opens(verb, called):
    told = called[verb].said.decode()
    assert "internet socket" not in told
    assert set(called[verb].statuses) <= {0, 7}, told


def test_tracking_is_on_where_it_is_asked_for(called):
    for verb in ("run", "demo"):
        assert (called[verb].folder / "mlflow.db").stat().st_size > 0
        assert list(called[verb].folder.glob("mlruns/**/MLmodel"))


def test_the_ban_itself_works(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BAN)
    for source in ("socket.socket(socket.AF_INET6)", "socket.getaddrinfo('localhost', 80)"):
        done = subprocess.run(
            [sys.executable, "-c", f"import socket; {source}"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )
        assert done.returncode == 99


def test_what_is_looked_for_is_in_the_table(shop):
    table = Path(shop.places["TABLE"]).read_bytes()
    assert all(text.encode() in table for text in (NAME, REMARK, CELL, *IDS))


@pytest.mark.parametrize("verb", every_verb())
def test_names_remarks_and_refused_cells_are_in_no_output(verb, called):
    written = {**files(called[verb].folder), "(said)": called[verb].said}
    assert [name for name, data in written.items() for t in NOWHERE if t.encode() in data] == []
    assert [name for name in written for text in (*NOWHERE, *IDS) if text in name] == []


@pytest.mark.parametrize("verb", every_verb())
def test_ids_are_only_in_the_outputs_that_must_carry_them(verb, called):
    written = {**files(called[verb].folder), "(said)": called[verb].said}
    carrying = {name for name, data in written.items() if any(i.encode() in data for i in IDS)}
    allowed = CARRIERS.get(verb, ())
    assert [name for name in carrying if not any(fnmatch(name, a) for a in allowed)] == []
    # And each of them does carry one, or the search is blind.
    assert [a for a in allowed if not any(fnmatch(name, a) for name in carrying)] == []


@pytest.mark.parametrize("verb", ["run", "report"])
def test_a_page_carries_nobody_but_its_person(verb, called):
    pages = {n: d for n, d in files(called[verb].folder).items() if "/patients/" in n}
    assert any(OPEN.encode() in data for data in pages.values())
    assert all(sum(i.encode() in data for i in IDS) <= 1 for data in pages.values())
