"""A thousand malformed requests, fifty at once: each is answered, none with a word of a patient.

`predict serve registry:FOLDER` runs as an operator runs it, on a port of this machine, with TLS.
Malformed requests are drawn with a fixed seed from eleven kinds; one in eleven of all is whole.
A marked id, answer and path stand in them, and in a table that is scored with the same registry and
monitored.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import predict as pr
from _proof import Tally, leave, share_asked, some
from predict.cohort.required_columns import columns_taken
from predict.operations.audit import read_audit
from predict.operations.history import append, following
from predict.operations.registry import open_registry

MALFORMED, AT_ONCE = 1_000, 50
MODELS = Path(__file__).parents[1] / "models"
NAME, CELL, PATH = "Zelenka-Quittenbaum", "0xSECRETCELL", "marsh-lane-ward"
MARKS = (NAME.encode(), CELL.encode(), PATH.encode())
TOKEN = "a-token-for-this-proof-only"
BY = {"who": "proof", "why": "a proof"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request: what it is, and how it is sent."""

    kind: str
    body: bytes
    path: str = "/invocations"
    method: str = "POST"
    token: str = TOKEN
    content: str = "application/json"
    raw: bytes = b""


@dataclass(frozen=True)
class Told:
    """Its answer; status 0 where none came."""

    kind: str
    status: int
    body: bytes


def main(share: float = 1.0) -> int:
    """Run a share of the requests and return the exit status."""
    tally, random = Tally(), np.random.default_rng(29)
    rows = whole_rows()
    with tempfile.TemporaryDirectory(prefix=PATH) as name:
        folder = Path(name)
        registry_in_use(folder / "registry")
        requests = [malformed(n, rows, random) for n in range(some(MALFORMED, share))]
        requests += [whole(n, rows) for n in range(some(MALFORMED // 10, share))]
        order = random.permutation(len(requests))
        told, log = answers(folder, [requests[n] for n in order])
        state_answers(tally, told, rows)
        state_files(tally, folder, log, sum(each.kind != "no HTTP" for each in told))
    return tally.end()


def state_answers(tally: Tally, told: list[Told], rows: list[Row]) -> None:
    """State what holds of the answers, kind by kind."""
    kinds = Counter(each.kind for each in told)
    for kind, count in sorted(kinds.items()):
        own = [each for each in told if each.kind == kind]
        wanted = range(200, 201) if kind == "whole" else range(400, 500)
        statuses = dict(Counter(each.status for each in own))
        tally.state(f"{kind}: {count} asked, {statuses}", all(s in wanted for s in statuses))
    refusals = [each.body for each in told if each.kind != "whole"]
    held = sum(any(mark in body for mark in MARKS) for body in refusals)
    tally.state(f"{held} of {len(refusals)} refusals hold a mark", held == 0)
    traces = sum(b"Traceback" in body or b"File " in body for body in refusals)
    tally.state(f"{traces} of {len(refusals)} refusals hold a trace", traces == 0)
    expected = pr.score(pr.load_model(MODELS / "example"), pd.DataFrame(rows))
    alone = dict(zip(expected["id"], expected["probability"], strict=True))
    same = [_same(json.loads(each.body), alone) for each in told if each.kind == "whole"]
    tally.state(f"{sum(same)} of {len(same)} whole requests have their own scores", all(same))


def _same(reply: Any, alone: dict[str, float]) -> bool:
    (row,) = reply["predictions"]
    number = row["id"].removeprefix(f"{NAME}-").partition("-")[0]
    return bool(np.isclose(row["probability"], alone[number], rtol=0, atol=1e-12))


def state_files(tally: Tally, folder: Path, log: bytes, asked: int) -> None:
    """State what holds of the log, the registry and the monitoring of a marked table."""
    lines = log.decode().splitlines()
    logged = sum(" ms=" in line for line in lines)
    tally.state(f"{logged} of {asked} requests are in the log", logged >= asked)
    start, *_, stop = read_audit(folder / "registry")
    kept = (start.why, stop.why, stop.facts["exit"]) == ("serve start", "serve stop", 0)
    tally.state("the audit holds start and end, exit 0", kept)
    tally.state("the audit counts every logged request", stop.facts["requests"] == logged)
    monitored(folder)
    places = {"server log": [log]}
    for place in ("registry/history", "registry/audit", "monitoring"):
        files = [path for path in (folder / place).rglob("*") if path.is_file()]
        places[place] = [
            path.read_bytes() + str(path.relative_to(folder)).encode() for path in files
        ]
    for place, texts in places.items():
        held = sum(any(mark in text for mark in MARKS) for text in texts)
        tally.state(f"{place}: {held} of {len(texts)} hold a mark", held == 0 and len(texts) > 0)


def monitored(folder: Path) -> None:
    """Score a marked table with the registry's model, and monitor it, by the command line."""
    table = pd.read_csv(MODELS / "ten_people.csv", dtype="str")
    table.loc[0, "person"], table.loc[1, "phq9_2_baseline"] = NAME, CELL
    path = folder / f"{NAME}.csv"
    table.to_csv(path, index=False)
    labels = pd.DataFrame({"id": table["person"], "answer": ["yes", "no"] * 5})
    labels.to_csv(folder / "labels.csv", index=False)
    registry = f"registry:{folder / 'registry'}"
    run("score", registry, path, "-o", folder / "out.csv", "--max-rejected", "50%", "--quiet")
    run(
        "monitor", folder / "out.csv", "--labels", folder / "labels.csv", "--delay", "0",
        "--today", "2099-01-01", "-o", folder / "monitoring", "--quiet",
    )  # fmt: skip


def run(*words: object) -> None:
    """Run a verb; its ends are documented ones."""
    done = subprocess.run([sys.executable, "-m", "predict", *map(str, words)], capture_output=True)
    if done.returncode not in (0, 7, 8):
        raise SystemExit(done.stderr.decode())


def registry_in_use(folder: Path) -> None:
    """Write a registry whose one version is in use."""
    history = open_registry(folder, create=True).add(MODELS / "example", **BY).history
    facts = {"version": 1}
    append(
        folder / "history",
        following(history, at=history[0].at, **BY, action="promote", facts=facts),
    )


def whole_rows() -> list[Row]:
    """Return ten people as a client sends them; ids are their numbers."""
    model = pr.load_model(MODELS / "example")
    kinds = dict(columns_taken(model.study, model.as_of))
    table = pd.read_csv(MODELS / "ten_people.csv", dtype="str")
    rows = []
    for number, row in enumerate(table.to_dict("records")):
        held = {name: row[name] for name in kinds if name in row}
        plain = {k: v if kinds[k] else float(v) for k, v in held.items() if pd.notna(v)}
        rows.append(dict.fromkeys(held) | plain | {"person": str(number)})
    return rows


def whole(number: int, rows: list[Row]) -> Asked:
    """Return a request that gets scores."""
    row = {**rows[number % len(rows)], "person": f"{NAME}-{number % len(rows)}-{number}"}
    return Asked("whole", json.dumps({"dataframe_records": [row]}).encode())


Maker = Callable[[Row, np.random.Generator], Asked]


def malformed(number: int, rows: list[Row], random: np.random.Generator) -> Asked:
    """Return a request that must be refused; kinds come in turn."""
    row = {**rows[number % len(rows)], "person": NAME, "remarks": CELL}
    return list(KINDS.values())[number % len(KINDS)](row, random)


def _records(*rows: Row) -> bytes:
    return json.dumps({"dataframe_records": list(rows)}).encode()


def _cut(row: Row, random: np.random.Generator) -> Asked:
    body = _records(row)
    return Asked("cut short", body[: int(random.integers(0, len(body) - 1))])


def _bytes(row: Row, random: np.random.Generator) -> Asked:
    return Asked("bytes", NAME.encode() + random.bytes(int(random.integers(1, 2_000))))


def _kind(row: Row, random: np.random.Generator) -> Asked:
    name = str(random.choice([key for key in row if key.startswith(("phq9", "gad7"))]))
    value: Any = [CELL, True, [1], {"a": CELL}, 1e400, 10**30][int(random.integers(0, 6))]
    return Asked("a value of another kind", _records({**row, name: value}))


def _id(row: Row, random: np.random.Generator) -> Asked:
    value: Any = [None, 7, 1.5, True, [NAME], "\ud800"][int(random.integers(0, 6))]
    return Asked("an id that is no text", _records(row, {**row, "person": value}))


def _shape(row: Row, random: np.random.Generator) -> Asked:
    shapes: list[Any] = [
        [row], row, NAME, None, {"instances": [row]}, {"dataframe_records": row},
        {"dataframe_split": {"columns": list(row), "data": [[CELL]]}}, {"dataframe_records": []},
        {"dataframe_split": {"columns": ["age", "age"], "data": [[1, 2]]}},
        {"dataframe_records": [row], "params": {NAME: CELL}}, {"inputs": {NAME: [CELL]}},
    ]  # fmt: skip
    return Asked("another shape", json.dumps(shapes[int(random.integers(0, len(shapes)))]).encode())


def _deep(row: Row, random: np.random.Generator) -> Asked:
    return Asked("deep", b'{"' + NAME.encode() + b'":' + b"[" * int(random.integers(1_000, 90_000)))


def _large(row: Row, random: np.random.Generator) -> Asked:
    size = int(random.integers(2**20 + 1, 3 * 2**20))
    return Asked("too large", NAME.encode() + b" " * size)


def _token(row: Row, random: np.random.Generator) -> Asked:
    return Asked(
        "no token", _records(row), token=["", NAME, TOKEN[:-1]][int(random.integers(0, 3))]
    )


def _path(row: Row, random: np.random.Generator) -> Asked:
    paths = [f"/{PATH}", f"/invocations/{NAME}", "/docs", "/openapi.json", f"/../{PATH}", "//"]
    return Asked("another path", _records(row), path=paths[int(random.integers(0, len(paths)))])


def _method(row: Row, random: np.random.Generator) -> Asked:
    methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "GET"]
    content = ["text/csv", "application/vnd.apache.parquet", NAME, ""][int(random.integers(0, 4))]
    if random.random() < 0.5:
        return Asked("another content", _records(row), content=content)
    return Asked("another method", _records(row), method=methods[int(random.integers(0, 5))])


def _http(row: Row, random: np.random.Generator) -> Asked:
    lines = [
        f"{NAME}\r\n\r\n", f"POST {PATH}\r\n\r\n", f"GET / HTTP/9.9\r\n{NAME}: {CELL}\r\n\r\n",
        f"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: {CELL}\r\n\r\n",
        f"POST /invocations HTTP/1.1\r\nHost: a\r\n{NAME}: {'x' * 70_000}\r\n\r\n",
        f"POST /invocations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{CELL}\r\n",
    ]  # fmt: skip
    return Asked("no HTTP", b"", raw=lines[int(random.integers(0, len(lines)))].encode())


KINDS: dict[str, Maker] = {
    "cut": _cut, "bytes": _bytes, "kind": _kind, "id": _id, "shape": _shape, "deep": _deep,
    "large": _large, "token": _token, "path": _path, "method": _method, "http": _http,
}  # fmt: skip


def answers(folder: Path, requests: list[Asked]) -> tuple[list[Told], bytes]:
    """Serve, ask for everything fifty at once, end the server; return answers and its log."""
    certificate, key = certified(folder)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    words = ["serve", f"registry:{folder / 'registry'}", "--port", str(port)]
    words += ["--tls-cert", str(certificate), "--tls-key", str(key), "--max-seconds", "120"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "predict", *words],
            stdout=log, stderr=log, env={**os.environ, "PREDICT_TOKEN": TOKEN},
        )  # fmt: skip
        wait(server, folder / "log")
        trusted = ssl.create_default_context(cafile=certificate)
        with ThreadPoolExecutor(AT_ONCE) as clients:
            told = list(clients.map(lambda asked: told_of(asked, port, trusted), requests))
        server.send_signal(signal.SIGTERM)
        if server.wait(60) != 0:
            raise SystemExit("the server did not end with 0")
    return told, (folder / "log").read_bytes()


def wait(server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server says that it serves."""
    import time

    while b"Serving on https://" not in log.read_bytes():
        if server.poll() is not None:
            raise SystemExit(log.read_text())
        time.sleep(0.2)


def told_of(asked: Asked, port: int, trusted: ssl.SSLContext) -> Told:
    """Send one request on a connection of its own."""
    try:
        if asked.raw:
            return _raw(asked, port, trusted)
        line = http.client.HTTPSConnection("localhost", port, timeout=300, context=trusted)
        headers = {"Content-Type": asked.content}
        headers |= {"Authorization": f"Bearer {asked.token}"} if asked.token else {}
        line.request(asked.method, asked.path, asked.body, headers)
        reply = line.getresponse()
        told = Told(asked.kind, reply.status, reply.read())
        line.close()
        return told
    except (OSError, http.client.HTTPException):
        return Told(asked.kind, 0, b"")


def _raw(asked: Asked, port: int, trusted: ssl.SSLContext) -> Told:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=300) as line,
        trusted.wrap_socket(line, server_hostname="localhost") as safe,
    ):
        safe.sendall(asked.raw)
        data = b""
        while part := safe.recv(65_536):
            data += part
            if b"\r\n\r\n" in data:
                break
    return Told(asked.kind, int(data.split()[1]) if data else 0, data)


def certified(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of this machine's own and its key."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    openssl = shutil.which("openssl") or "openssl"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o600)
    return certificate, key


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
