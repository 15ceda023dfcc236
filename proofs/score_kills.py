"""Killing a batch at any moment loses nothing: resumed, it ends with the bytes of a calm run.

Each case starts a run over 40 parts in a process of its own, kills it (SIGKILL) at a random moment,
and looks: no file under a final name differs from the calm run's. Then it goes on. A case is kept
when the folder then holds the calm run's bytes, each row once, and nothing temporary lies about.
One case in five each: a first run; one that resumes what another killed run left; one that replaces
finished scores (after the kill these or the new ones are whole); packed files by a pattern; a run
on an own Dask scheduler, where the run and the scheduler are killed in turn. A run whose scheduler
is killed has to end by itself within a minute, with exit status 6, and goes on under another.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from _own_scheduler import own_scheduler
from _proof import Tally, leave, share_asked, some
from _scoring import MODEL, contents, people
from predict.errors import PredictError
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings

KILLS, PARTS, ROWS = 100, 40, 60
WAYS = ("first", "resumed", "overwriting", "packed", "scheduler")
MINUTE, LOST = 60.0, 6


@dataclass(frozen=True)
class Way:
    """One way to run a batch: its table, what a calm run leaves, and how long that takes."""

    name: str
    table: str
    calm: dict[str, bytes]
    usual: float
    older: Path

    def score(
        self, out: Path, *, resume: bool = False, overwrite: bool = False, scheduler: str = ""
    ) -> None:
        """Score the table into parts, in this process or under a scheduler."""
        settings = ScoringSettings(
            part_rows=ROWS,
            resume=resume,
            overwrite=overwrite,
            max_rejected=1.0,
            engine="dask" if scheduler else "local",
            scheduler=scheduler,
        )
        score_folder(MODEL, self.table, out, settings)


def main(share: float = 1.0) -> int:
    """Run a share of the kills and return the exit status."""
    tally, random = Tally(), np.random.default_rng(11)
    count = some(KILLS, share)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ways = [way(kind, folder) for kind in WAYS[:count]]
        for number in range(count):
            one = ways[number % len(ways)]
            moment = float(random.uniform(0.02, 1.0)) * one.usual
            out, inside = folder / f"out-{number}", number // len(ways) % 2 == 0
            if one.name == "scheduler":
                tally.state(*scheduled(one, out, moment, scheduler_dies=inside))
            else:
                tally.state(*killed(one, out, moment, random))
    return tally.end()


def way(kind: str, folder: Path) -> Way:
    """Make a way's table, and run it calmly, twice: for its bytes and for its time."""
    place = folder / kind.replace(" ", "-")
    place.mkdir()
    drawn = people(PARTS * ROWS)
    table, packed = str(place / "people.csv"), kind == "packed"
    drawn.to_csv(table, index=False)
    if packed:
        for number in range(4):
            some_rows = drawn.iloc[number * 10 * ROWS : (number + 1) * 10 * ROWS]
            some_rows.to_csv(place / f"in-{number}.csv.gz", index=False)
        table = str(place / "in-*.csv.gz")
    older = Way(kind, str(place / "older.csv"), {}, 0.0, place / "older")
    if kind == "overwriting":
        people(PARTS * ROWS // 2, seed=5).to_csv(place / "older.csv", index=False)
        older.score(older.older)
    first = Way(kind, table, {}, 0.0, older.older)
    wait(forked(lambda: first.score(place / "calm")))
    usual = timed(first, place / "timed")
    return Way(kind, table, contents(place / "calm"), usual, older.older)


def timed(way: Way, out: Path) -> float:
    """Return how long a calm run takes, from its begin to its end."""
    if way.name != "scheduler":
        began = time.monotonic()
        wait(forked(lambda: way.score(out)))
        return time.monotonic() - began
    with own_scheduler() as own:
        began = time.monotonic()
        wait(forked(lambda: way.score(out, scheduler=own.address)))
        return time.monotonic() - began


def killed(way: Way, out: Path, moment: float, random: np.random.Generator) -> tuple[str, bool]:
    """Kill a run at a moment, look, go on; return words and whether all is as it should be."""
    replaces = way.name == "overwriting"
    if replaces:
        shutil.copytree(way.older, out)
    if way.name == "resumed":
        kill_after(lambda: way.score(out), float(random.uniform(0.2, 0.9)) * way.usual)
    again = out.exists() and way.name == "resumed"
    status = kill_after(lambda: way.score(out, resume=again, overwrite=replaces), moment)
    left = contents(out) if out.exists() else {}
    whole = all(way.calm.get(n) == data for n, data in left.items() if not n.endswith(".tmp"))
    if replaces:
        whole = whole or left == contents(way.older)
    done = sum(name.startswith("part-") for name in left)
    went_on = wait(forked(lambda: way.score(out, resume=not replaces, overwrite=replaces)))
    names = (f"{out.name}.", f".{out.name}.")
    beside = [path.name for path in out.parent.iterdir() if path.name.startswith(names)]
    same = contents(out) == way.calm and not beside
    words = f"{way.name}: killed after {moment:.2f} s ({done} parts, status {status}), went on"
    return words, whole and went_on == 0 and same


def scheduled(way: Way, out: Path, moment: float, *, scheduler_dies: bool) -> tuple[str, bool]:
    """Kill an own scheduler, or a run under it, and go on under another; as `killed`."""
    with own_scheduler() as own:
        run = forked(lambda: way.score(out, scheduler=own.address))
        time.sleep(moment)
        if scheduler_dies:
            own.kill()
        else:
            os.kill(run, signal.SIGKILL)
        status, seconds = ended(run, MINUTE)
    left = contents(out) if out.exists() else {}
    whole = all(way.calm.get(n) == data for n, data in left.items() if not n.endswith(".tmp"))
    done = sum(name.startswith("part-") for name in left)
    with own_scheduler() as other:
        again = forked(lambda: way.score(out, resume=out.exists(), scheduler=other.address))
        went_on = wait(again)
    same = contents(out) == way.calm
    # A run may be finished before its scheduler dies.
    right = status in (LOST, 0) if scheduler_dies else status in (-signal.SIGKILL, 0)
    who = "scheduler" if scheduler_dies else "run under a scheduler"
    words = f"{who}: killed after {moment:.2f} s ({done} parts, status {status} in {seconds:.1f} s)"
    return words, right and whole and went_on == 0 and same


def ended(child: int, most: float) -> tuple[int, float]:
    """Return how a process ended by itself, and after how long; it is killed after `most`."""
    began = time.monotonic()
    while time.monotonic() - began < most:
        number, status = os.waitpid(child, os.WNOHANG)
        if number:
            return os.waitstatus_to_exitcode(status), time.monotonic() - began
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    wait(child)
    return -1, most


def kill_after(work: Callable[[], None], moment: float) -> int:
    """Start work in a copy of this process, kill it at a moment, and return how it ended."""
    child = forked(work)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return wait(child)


def forked(work: Callable[[], None]) -> int:
    """Start work in a copy of this process and return its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except PredictError as error:
            print(repr(error), flush=True)
            os._exit(error.exit_code)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    return child


def wait(child: int) -> int:
    """Return how a process ended: 0, or below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
