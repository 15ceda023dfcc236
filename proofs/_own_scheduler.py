"""A Dask scheduler and a worker of one's own, each a process that a proof may kill.

Both are copies of this process, which has read their code once for all of them.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed.cli import dask_scheduler, dask_worker

from predict.scoring import work

COMMON = ("--no-dashboard", "--scheduler-file")
WORKS = work.__name__  # read before the copies are made, so that no worker reads it anew
PATIENCE = 300.0


@dataclass(frozen=True)
class OwnScheduler:
    """A scheduler on the loopback address with one worker."""

    address: str
    scheduler: int
    worker: int

    def kill(self) -> None:
        """Kill the scheduler (SIGKILL), which has to be running."""
        os.kill(self.scheduler, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(self.scheduler, 0)[1])
        if ended != -signal.SIGKILL:
            raise RuntimeError(f"the scheduler had ended by itself: {ended}")


@contextmanager
def own_scheduler() -> Iterator[OwnScheduler]:
    """Yield a scheduler whose worker has come; both are gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        place, started = Path(name), list[int]()
        file, told = place / "scheduler.json", place / "worker.txt"
        try:
            words = ("--host", "127.0.0.1", "--port", "0", *COMMON, str(file))
            started.append(_process(dask_scheduler.main, words, place / "scheduler.txt"))
            address = str(json.loads(_once(file, "address"))["address"])
            words = ("--nthreads", "1", "--no-nanny", *COMMON, str(file))
            words = (*words, "--local-directory", name)
            started.append(_process(dask_worker.main, words, told))
            _once(told, "Registered to:")
            yield OwnScheduler(address, *started)
        finally:
            for process in started:
                _end(process)


def _process(verb: Callable[..., object], words: tuple[str, ...], told: Path) -> int:
    """Start a verb of Dask's in a copy of this process; what it tells goes into a file."""
    child = os.fork()
    if child == 0:
        try:
            handle = os.open(told, os.O_WRONLY | os.O_CREAT)
            for stream in (1, 2):
                os.dup2(handle, stream)
            verb(list(words), prog_name="dask")
        finally:
            os._exit(1)
    return child


def _once(file: Path, word: str) -> str:
    """Return what a file holds once it holds a word."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and word in (text := file.read_text()):
            return text
        time.sleep(0.02)
    raise TimeoutError(f"no '{word}' in {file.name}")


def _end(process: int) -> None:
    """Kill a process and wait for it, unless that was done: its number may be another's by now."""
    try:
        if os.waitpid(process, os.WNOHANG)[0] == 0:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    except ChildProcessError:
        return
