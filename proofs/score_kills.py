"""Killing a batch at any moment loses nothing: resumed, it ends with the bytes of a calm run.

Each case starts a run over 12 parts in a process of its own, kills it (SIGKILL) at a random moment
of the time that a calm run takes, and looks: no file under a final name differs from the calm
run's. Then it goes on. A case is kept when the folder then holds the calm run's bytes, each row
once, and nothing temporary lies about. A kill counts only if it hit a running process, as the
system tells; one that came too late is looked at, named and done again at another moment.

One case in five each: a first run; one that resumes what another killed run left; one that
replaces finished scores (after the kill these or the new ones are whole); packed files by a
pattern; a run on an own Dask scheduler, where the scheduler and the run are killed in turn. A run
whose scheduler is killed has to end by itself within a minute, with exit status 6, and goes on
under another. A run that is killed leaves its scheduler and a worker behind, which may still be at
its last part when the run goes on under the same scheduler.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from _own_scheduler import own_scheduler
from _proof import Tally, leave, share_asked, some
from _scoring import MODEL, contents, people
from predict.errors import PredictError
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings
from predict.scoring.verify import verify

KILLS, PARTS, ROWS = 100, 12, 60
HERE = ("first", "resumed", "overwriting", "packed")
WAYS = (*HERE, "scheduler", *HERE, "run under a scheduler")
MINUTE, LOST, TRIES = 60.0, 6, 20


@dataclass(frozen=True)
class Way:
    """One way to run a batch: its table, what a calm run leaves, and how long that takes."""

    name: str
    table: str
    older: Path
    calm: dict[str, bytes]
    usual: float = 0.0
    scheduler: str = ""

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


@dataclass(frozen=True)
class Case:
    """What came of one kill: words, whether all is as it should be, and whether it hit a run."""

    words: str
    right: bool
    hit: bool


def main(share: float = 1.0) -> int:
    """Run a share of the kills and return the exit status."""
    tally, random, late = Tally(), np.random.default_rng(11), 0
    count = some(KILLS, share)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, address = Path(name), ""
        if count > len(HERE):
            address = stack.enter_context(own_scheduler()).address
        ways = [way(kind, folder, address) for kind in WAYS[:count]]
        for number in range(count):
            late += stated(ways[number % len(ways)], folder / f"out-{number}", random, tally)
    print(f"{len(tally.lines)} kills hit a running process; {late} came late and were done again")
    return tally.end()


def stated(way: Way, out: Path, random: np.random.Generator, tally: Tally) -> int:
    """State one kill that hit; return how many came too late before it."""
    kill = scheduled if way.scheduler else killed
    for late in range(TRIES):
        case = kill(way, out.with_name(f"{out.name}-{late}"), random)
        if case.hit or not case.right:
            tally.state(case.words, case.right)
            return late
        print(f"late   {case.words}", flush=True)
    raise RuntimeError(f"{way.name}: {TRIES} kills in turn came too late")


def way(kind: str, folder: Path, address: str) -> Way:
    """Make a way's table and run it calmly: for its bytes and for its time."""
    place = folder / kind.replace(" ", "-")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()
    drawn = people(PARTS * ROWS)
    table, packed = str(place / "people.csv"), kind == "packed"
    drawn.to_csv(table, index=False)
    if packed:
        each = len(drawn) // 4
        for number in range(4):
            some_rows = drawn.iloc[number * each : (number + 1) * each]
            some_rows.to_csv(place / f"in-{number}.csv.gz", index=False)
        table = str(place / "in-*.csv.gz")
    older = Way(kind, str(place / "older.csv"), place / "older", {})
    if kind == "overwriting":
        people(PARTS * ROWS // 2, seed=5).to_csv(older.table, index=False)
        wait(forked(lambda: older.score(older.older)))
    first = replace(older, table=table)
    usual = seconds(lambda: first.score(place / "calm"))
    first = replace(first, calm=contents(place / "calm"), usual=usual)
    return under(first, place, address) if "scheduler" in kind else first


def under(way: Way, place: Path, address: str) -> Way:
    """Return a way under a scheduler, with its time: under one of its own where that dies."""
    way = replace(way, scheduler=address)
    if way.name != "scheduler":
        # Its worker has read the model once: the second run is as those to come.
        wait(forked(lambda: way.score(place / "warm", scheduler=address)))
        return replace(way, usual=seconds(lambda: way.score(place / "timed", scheduler=address)))
    with own_scheduler() as own:
        usual = seconds(lambda: way.score(place / "timed", scheduler=own.address))
    return replace(way, usual=usual)


def seconds(work: Callable[[], None]) -> float:
    """Return how long undisturbed work takes in a process of its own."""
    began = time.monotonic()
    if wait(forked(work)) != 0:
        raise RuntimeError("a calm run did not end well")
    return time.monotonic() - began


def killed(way: Way, out: Path, random: np.random.Generator) -> Case:
    """Kill a run at a moment, look, and go on."""
    replaces, usual, first_hit = way.name == "overwriting", way.usual, True
    if replaces:
        shutil.copytree(way.older, out)
    if way.name == "resumed":
        first_hit = kill_after(lambda: way.score(out), random.uniform(0.2, 0.9) * usual) < 0
        usual *= 1 - parts_in(contents(out) if out.exists() else {}) / PARTS
    moment = float(random.uniform(0.02, 1.0)) * usual
    again = out.exists() and way.name == "resumed"
    status = kill_after(lambda: way.score(out, resume=again, overwrite=replaces), moment)
    left = contents(out) if out.exists() else {}
    whole = one_is_whole(way, out) if replaces else is_whole(way, left)
    went_on = wait(forked(lambda: way.score(out, resume=not replaces, overwrite=replaces)))
    words = f"{way.name}: killed after {moment:.2f} s ({parts_in(left)} parts), went on"
    right = whole and went_on == 0 and is_calm(way, out)
    ended = (-signal.SIGKILL, 0)
    return Case(words, right and status in ended, first_hit and status == -signal.SIGKILL)


def scheduled(way: Way, out: Path, random: np.random.Generator) -> Case:
    """Kill a run under a scheduler, or the scheduler, and go on; as `killed`."""
    moment = float(random.uniform(0.02, 1.0)) * way.usual
    if way.name == "scheduler":
        status, took = without_scheduler(way, out, moment)
        wanted, words = LOST, f"exit status {status} in {took:.1f} s"
    else:
        work, wanted = lambda: way.score(out, scheduler=way.scheduler), -signal.SIGKILL
        status, words = kill_after(work, moment), "its scheduler and worker went on"
    left = contents(out) if out.exists() else {}
    again = forked(lambda: way.score(out, resume=out.exists(), scheduler=way.scheduler))
    went_on = wait(again)
    right = status in (wanted, 0) and is_whole(way, left) and went_on == 0 and is_calm(way, out)
    words = f"{way.name}: killed after {moment:.2f} s ({parts_in(left)} parts; {words}), went on"
    return Case(words, right, status == wanted)


def without_scheduler(way: Way, out: Path, moment: float) -> tuple[int, float]:
    """Kill the scheduler of a run; return how the run ended by itself, and after how long."""
    with own_scheduler() as own:
        run = forked(lambda: way.score(out, scheduler=own.address))
        time.sleep(moment)
        own.kill()
        return ended(run, MINUTE)


def is_whole(way: Way, left: dict[str, bytes]) -> bool:
    """Whether every file under a final name is the calm run's."""
    return all(way.calm.get(n) == data for n, data in final(left).items())


def one_is_whole(way: Way, out: Path) -> bool:
    """Whether the older scores or the new ones are there, every file of them, and verify."""
    verified = wait(forked(lambda: verify(out) and None)) == 0
    return verified and final(contents(out)) in (contents(way.older), way.calm)


def final(left: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files under final names: a killed run may leave hidden temporary ones."""
    hidden = [n for n in left if Path(n).name.startswith(".") and n.endswith(".tmp")]
    return {name: data for name, data in left.items() if name not in hidden}


def is_calm(way: Way, out: Path) -> bool:
    """Whether an output is the calm run's, and nothing lies beside it."""
    names = (f"{out.name}.", f".{out.name}.")
    beside = [path.name for path in out.parent.iterdir() if path.name.startswith(names)]
    return contents(out) == way.calm and not beside


def parts_in(left: dict[str, bytes]) -> int:
    """Return how many parts an output holds."""
    return sum(name.startswith("part-") for name in left)


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
