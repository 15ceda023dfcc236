"""Of marked people nothing is left in monitoring, registry, audit and what a live server tells."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.operations.serving_client import HEADERS, TOKEN, records_of

import predict as pr
from predict.operations.audit import read_audit
from predict.operations.history import append, following
from predict.operations.registry import open_registry

ROOT = Path(__file__).parents[2]
# An id, an answer that is no number, one that is, a remark, and the name of a folder.
PERSON, CELL, AGE = "Zelenka-Quittenbaum", "0xSECRETCELL", 47.135791
REMARK, PLACE = "sings-at-Marsh-Lane", "marsh-lane-ward"
MARKS = (PERSON, CELL, str(AGE), REMARK, PLACE)
BY = {"who": "ops", "why": "a test"}


@dataclass(frozen=True)
class Served:
    """A server's life: the replies by name, what it wrote on either stream, and how it ended."""

    replies: Mapping[str, bytes]
    statuses: Mapping[str, int]
    out: bytes
    err: bytes
    status: int


def requests(row: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, str], bytes]]:
    """Return requests by name: method, path, headers and body; one is whole, all are marked."""

    def body(**more: Any) -> bytes:
        return json.dumps({"dataframe_records": [{**row, **more}]}).encode()

    whole, post = body(remarks=REMARK), ("POST", "/invocations")
    marked = {"User-Agent": PERSON, "X-Forwarded-For": PLACE, "Cookie": REMARK, "Referer": CELL}
    return {
        "whole": (*post, {**HEADERS, **marked}, whole),
        "rejected": (*post, HEADERS, body(phq9_1_baseline=AGE)),
        "asked in the address": ("POST", f"/invocations?id={PERSON}", HEADERS, whole),
        "text": (*post, HEADERS, body(phq9_1_baseline=CELL)),
        "an id as number": (*post, HEADERS, body(person=AGE)),
        "nested": (*post, HEADERS, body(sex=[CELL])),
        "cut": (*post, HEADERS, whole[: len(whole) // 2]),
        "a marked column": (*post, HEADERS, json.dumps({CELL: {PERSON: AGE}}).encode()),
        "bytes": (*post, HEADERS, b"\xff" + PERSON.encode()),
        "another token": (*post, {**HEADERS, "authorization": f"Bearer {PERSON}"}, whole),
        "another kind": (*post, {**HEADERS, "content-type": f"text/{PERSON}"}, whole),
        "another path": ("GET", f"/{PLACE}/{PERSON}?{CELL}", HEADERS, b""),
        "another method": (f"{REMARK}", "/invocations", HEADERS, whole),
        "health": ("GET", f"/health?{PERSON}", {}, b""),
        "metrics": ("GET", "/metrics", HEADERS, b""),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry whose one version is in use."""
    place = tmp_path_factory.mktemp(PLACE)
    registry = open_registry(place / "registry", create=True)
    history = registry.add(ROOT / "models" / "example", **BY).history
    promoted = following(history, at=history[0].at, **BY, action="promote", facts={"version": 1})
    append(place / "registry" / "history", promoted)
    return place


@pytest.fixture(scope="module")
def served(folder: Path) -> Served:
    """A server that was asked for everything once, and lines that are no HTTP, and was ended."""
    model = pr.load_model(ROOT / "models" / "example")
    table = pd.read_csv(ROOT / "models" / "ten_people.csv", dtype="str").head(1)
    row = {**records_of(table, model)[0], "person": PERSON, "age": AGE}
    asked = requests(row)
    replies, statuses = dict[str, bytes](), dict[str, int]()
    with server(folder) as (process, port):
        for name, (method, path, headers, body) in asked.items():
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            line.request(method, path, body, headers)
            reply = line.getresponse()
            statuses[name], replies[name] = reply.status, reply.read()
            line.close()
        replies["no HTTP"] = no_http(port, f"{PERSON} {PLACE}\r\n{CELL}\r\n\r\n".encode())
        process.send_signal(signal.SIGTERM)
        status = process.wait(60)
    out, err = ((folder / name).read_bytes() for name in ("out.txt", "err.txt"))
    return Served(replies, statuses, out, err, status)


@contextmanager
def server(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Yield a server of the registry's model on a free port."""
    words = ["serve", f"registry:{folder / 'registry'}", "--port", "0", "--max-seconds", "120"]
    kept = {**os.environ, "PREDICT_TOKEN": TOKEN.decode(), "OMP_NUM_THREADS": "1"}
    with (folder / "out.txt").open("wb") as out, (folder / "err.txt").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "predict", *words], stdout=out, stderr=err, env=kept
        )
        try:
            while not (told := re.search(rb"Serving on \S+:(\d+)", read(folder / "err.txt"))):
                assert process.poll() is None, read(folder / "err.txt")
                time.sleep(0.1)
            yield process, int(told[1])
        finally:
            process.kill()
            process.wait()


def read(path: Path) -> bytes:
    return path.read_bytes()


def no_http(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
        line.sendall(sent)
        data = b""
        while part := line.recv(65_536):
            data += part
    return data


@pytest.fixture(scope="module")
def watched(folder: Path, served: Served) -> Path:
    """The same marks in a table that is scored with the registry, and monitored."""
    table = pd.read_csv(ROOT / "models" / "ten_people.csv", dtype="str").assign(remarks=REMARK)
    table.loc[0, "person"], table.loc[1, "phq9_2_baseline"] = PERSON, CELL
    table.loc[0, "age"] = str(AGE)
    table.to_csv(folder / f"{PERSON}.csv", index=False)
    labels = pd.DataFrame({"id": table["person"], "answer": ["yes", "no"] * 5})
    labels.to_csv(folder / "labels.csv", index=False)
    registry = f"registry:{folder / 'registry'}"
    said = [
        verb("score", registry, folder / f"{PERSON}.csv", "-o", folder / "out.csv",
             "--max-rejected", "50%", "--json"),
        verb("monitor", folder / "out.csv", "--labels", folder / "labels.csv", "--delay", "0",
             "--today", "2099-01-01", "-o", folder / "monitoring"),
        # Refused as a whole: the audit keeps the run, and nothing of the table.
        verb("score", registry, folder / "labels.csv", "-o", folder / "other.csv"),
        *(verb("registry", word, folder / "registry") for word in ("list", "history", "audit")),
    ]  # fmt: skip
    (folder / "said.txt").write_bytes(b"".join(said))
    return folder


def verb(*words: object) -> bytes:
    command = [sys.executable, "-m", "predict", *map(str, words)]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode in (0, 4, 7, 8), done.stderr
    return done.stdout + done.stderr


def held(data: bytes) -> list[str]:
    """Return the marks, and what plain digests make of them, that are in some bytes."""
    digests = [hashlib.sha256(mark.encode()).hexdigest()[:12] for mark in MARKS]
    return [mark for mark in (*MARKS, *digests) if mark.encode() in data]


def test_the_whole_request_is_answered_and_the_others_are_refused(served: Served):
    whole = {"whole", "rejected", "asked in the address", "health", "metrics"}
    refused = {name for name, status in served.statuses.items() if 400 <= status < 500}
    assert {name for name, status in served.statuses.items() if status == 200} == whole
    assert refused == set(served.statuses) - whole
    assert served.replies["no HTTP"].startswith(b"HTTP/1.1 400")
    # The one who asks gets the id back: the search for marks is not blind.
    assert held(served.replies["whole"]) == [PERSON]


def test_replies_but_scores_hold_no_mark(served: Served):
    others = {n: d for n, d in served.replies.items() if served.statuses.get(n) != 200}
    others["metrics"], others["health"] = served.replies["metrics"], served.replies["health"]
    assert {name: held(data) for name, data in others.items() if held(data)} == {}


def test_a_servers_streams_hold_every_request_and_no_mark(served: Served):
    assert served.status == 0
    assert served.out == b""
    assert served.err.count(b" ms=") == len(served.statuses)
    assert held(served.err) == []
    assert b"Traceback" not in served.err


def test_metrics_count_what_was_asked(served: Served):
    text = served.replies["metrics"].decode()
    assert 'predict_serve_rows_total{status="scored"} 2' in text
    assert 'predict_serve_rows_total{status="rejected"} 1' in text
    assert 'predict_serve_refused_total{code="NUMBER_EXPECTED"} 1' in text


def test_registry_audit_and_monitoring_hold_no_mark(watched: Path):
    runs = [entry.why for entry in read_audit(watched / "registry")]
    assert runs == ["serve start", "serve stop", "score", "score"]
    places = {"said": [watched / "said.txt"]}
    for place in ("registry/history", "registry/audit", "registry/versions", "monitoring"):
        places[place] = [path for path in (watched / place).rglob("*") if path.is_file()]
    assert all(places.values())
    texts = {
        path: path.read_bytes() + str(path.relative_to(watched)).encode()
        for paths in places.values()
        for path in paths
    }
    assert {path.name: held(data) for path, data in texts.items() if held(data)} == {}


def test_the_marks_are_in_what_was_scored(watched: Path):
    table = (watched / f"{PERSON}.csv").read_bytes()
    assert held(table) == [PERSON, CELL, str(AGE), REMARK]
    assert held((watched / "out.csv").read_bytes()) == [PERSON]
    assert held((watched / "out.run.json").read_bytes()) == []
