"""A Dask scheduler and a worker of one's own, each a process that a proof may kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMON = ("--no-dashboard", "--scheduler-file")
PATIENCE = 300.0


@dataclass(frozen=True)
class OwnScheduler:
    """A scheduler on the loopback address with one worker."""

    address: str
    scheduler: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill the scheduler (SIGKILL)."""
        self.scheduler.send_signal(signal.SIGKILL)
        self.scheduler.wait()


@contextmanager
def own_scheduler() -> Iterator[OwnScheduler]:
    """Yield a scheduler whose worker has come; both are gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        file, started = Path(name) / "scheduler.json", list[subprocess.Popen[bytes]]()
        try:
            words = ("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *COMMON, str(file))
            started.append(_process(*words))
            address = _address(file)
            words = ("dask_worker", "--nthreads", "1", "--no-nanny", *COMMON, str(file))
            started.append(_process(*words, "--local-directory", name))
            yield OwnScheduler(address, *started)
        finally:
            for process in started:
                process.kill()
                process.wait()


def _process(verb: str, *words: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", f"distributed.cli.{verb}", *words]
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=dict(os.environ))


def _address(file: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and (text := file.read_text()):
            return str(json.loads(text)["address"])
        time.sleep(0.05)
    raise TimeoutError("no scheduler came up")
