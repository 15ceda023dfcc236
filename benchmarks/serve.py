"""One row over HTTP from `predict serve`, beside MLflow's own server; then 50 clients at once.

Three servers on this machine's loopback, asked in turn, in the same run:

* ours: `predict serve` (token, gate, study, reliance, interval, reasons);
* the peer: MLflow's own pyfunc server over the model as `predict run` logs it, the same booster
  behind the same pass, without token, bounds or gate;
* the floor: MLflow's own server over nothing but the booster, given the numbers that the model
  makes of a row. It reads no study and gives one number.

What counts is the processor time of the server, request by request, so that other work on the
machine does not. The ratio is ours to the peer (at most 1.5 is wanted); the one to the floor is
printed too.

    python benchmarks/serve.py [--requests 100] [--clients 50]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import predict as pr
from predict.cohort.required_columns import columns_taken
from predict.pipeline.tracking.models import HERE, signature_of
from predict.pipeline.tracking.store import default_store, open_mlflow

TOKEN = "a-token-for-this-benchmark-only"
HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
MODELS = Path(__file__).parents[1] / "models"
WARM = 5
WANTED = 1.5


@dataclass(frozen=True)
class Server:
    """A server that was begun: its process, its port, and what it is asked."""

    process: subprocess.Popen[bytes]
    port: int
    body: bytes

    def ask(self) -> int:
        """Ask once on a connection of its own and return the status."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        line.request("POST", "/invocations", self.body, HEADERS)
        reply = line.getresponse()
        reply.read()
        line.close()
        return reply.status

    def milliseconds(self) -> float:
        """Return the processor time that one request costs the server."""
        before = self._nanoseconds()
        if self.ask() != 200:
            raise SystemExit("a server did not answer with scores")
        return (self._nanoseconds() - before) / 1e6

    def _nanoseconds(self) -> int:
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextmanager
def begun(command: list[str], port: int, more: dict[str, str], body: bytes) -> Iterator[Server]:
    """Yield a server once it answers, and end it."""
    # One thread of linear algebra on either side, as `predict serve` has it.
    alike = {"MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, env={**os.environ, **alike, **more}, stderr=subprocess.DEVNULL
    )
    server = Server(process, port, body)
    try:
        _wait(server)
        for _ in range(WARM):
            server.ask()
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait(server: Server) -> None:
    while server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("a server ended before it began")


def logged(folder: Path, model: Any) -> Path:
    """Write the model as `predict run` logs it."""
    mlflow = open_mlflow(default_store())
    mlflow.pyfunc.save_model(
        folder / "logged",
        python_model=str(HERE / "served.py"),
        artifacts={"model": str(MODELS / "example")},
        pip_requirements=[],
        signature=signature_of(model),
    )
    return folder / "logged"


def booster_alone(folder: Path, model: Any, row: pd.DataFrame) -> tuple[Path, bytes]:
    """Write nothing but the booster, and what it is asked: the numbers of one row."""
    mlflow = open_mlflow(default_store())
    X = model.features(pr.read_cohort(row, model.study, as_of=model.as_of))
    numbers = model.fitted.prepared(X)
    mlflow.xgboost.save_model(
        model.fitted.estimator.booster,
        folder / "booster",
        signature=mlflow.models.infer_signature(numbers),
        pip_requirements=[],
    )
    body = {"dataframe_split": numbers.to_dict("split", index=False)}
    return folder / "booster", json.dumps(body).encode()


def at_once(server: Server, clients: int, each: int = 4) -> int:
    """Return how many of the requests of so many clients at once were not answered with scores."""
    failed: list[int] = []

    def client() -> None:
        for _ in range(each):
            try:
                failed.extend([1] if server.ask() != 200 else [])
            except OSError:
                failed.append(1)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(failed)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def main(requests: int, clients: int) -> int:
    """Ask in turn, print medians and both ratios, then ask at once; return the exit status."""
    model = pr.load_model(MODELS / "example")
    table = pd.read_csv(MODELS / "ten_people.csv", dtype="str").head(1)
    body = json.dumps({"dataframe_records": [_as_json(table.iloc[0], model)]}).encode()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        floor, floor_body = booster_alone(Path(name), model, table)
        asked = {"ours": body, "peer": body, "floor": floor_body}
        paths = {"peer": logged(Path(name), model), "floor": floor}
        servers = {
            who: stack.enter_context(begun(*_command(paths.get(who)), asked[who])) for who in asked
        }
        costs = [
            {who: server.milliseconds() for who, server in servers.items()} for _ in range(requests)
        ]
        failed = at_once(servers["ours"], clients)
    medians = {who: statistics.median(cost[who] for cost in costs) for who in asked}
    for who, median in medians.items():
        print(f"{who}: {median:.1f} ms of the processor a request of one row, {requests} requests")
    print(f"{clients} clients at once: {failed} requests without scores")
    print(f"ours to the floor, the booster alone: {medians['ours'] / medians['floor']:.2f}")
    ratio = medians["ours"] / medians["peer"]
    print(f"ratio: {ratio:.2f}")
    return int(ratio > WANTED or failed > 0)


def _as_json(row: pd.Series, model: Any) -> dict[str, Any]:
    """Return what the model reads of a row, answers as numbers, what is missing as null."""
    kinds = dict(columns_taken(model.study, model.as_of))
    held = {name: row[name] for name in kinds if name in row}
    plain = {name: v if kinds[name] else float(v) for name, v in held.items() if pd.notna(v)}
    return dict.fromkeys(held) | plain


def _command(path: Path | None) -> tuple[list[str], int, dict[str, str]]:
    """Return how a server is begun, where, and with which environment; ours without a path."""
    port = free_port()
    if path is not None:
        app = "mlflow.pyfunc.scoring_server.app:app"
        command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "error"]
        return [*command, app], port, {"__pyfunc_model_path__": str(path)}
    words = ["serve", str(MODELS / "example"), "--port", str(port), "--quiet"]
    return [sys.executable, "-m", "predict", *words], port, {"PREDICT_TOKEN": TOKEN}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--clients", type=int, default=50)
    given = parser.parse_args()
    raise SystemExit(main(given.requests, given.clients))
