"""Killing a batch at any moment loses nothing: resumed, it ends with the bytes of a calm run.

Each case starts a run over 40 parts in a process of its own, kills it (SIGKILL) at a random moment,
and looks: no file under a final name differs from the calm run's. Then it resumes. A case is kept
when the folder then holds the calm run's bytes, each row once, and no temporary file.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from _proof import Tally, leave, share_asked, some
from _scoring import MODEL, contents, people
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings

KILLS, PARTS, ROWS = 100, 40, 60


def main(share: float = 1.0) -> int:
    """Run a share of the kills and return the exit status."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "people.csv"
        people(PARTS * ROWS).to_csv(table, index=False)
        calm = folder / "calm"
        score(table, calm)
        began = time.monotonic()
        wait(forked(lambda: score(table, folder / "timed")))
        usual = time.monotonic() - began
        random = np.random.default_rng(11)
        for number in range(some(KILLS, share)):
            moment = float(random.uniform(0.02, 1.0)) * usual
            tally.state(*killed(table, folder / f"out-{number}", contents(calm), moment))
    return tally.end()


def score(table: Path, out: Path, *, resume: bool = False) -> None:
    """Score the table into parts, in this process."""
    settings = ScoringSettings(part_rows=ROWS, resume=resume, max_rejected=1.0)
    score_folder(MODEL, str(table), out, settings)


def killed(table: Path, out: Path, calm: dict[str, bytes], moment: float) -> tuple[str, bool]:
    """Kill a run at a moment, look, resume; return words and whether all is as it should be."""
    child = forked(lambda: score(table, out))
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    status = wait(child)
    left = contents(out) if out.exists() else {}
    whole = all(calm.get(n) == data for n, data in left.items() if not n.endswith(".tmp"))
    done = sum(name.startswith("part-") for name in left)
    resumed = wait(forked(lambda: score(table, out, resume=True)))
    same = contents(out) == calm
    words = f"killed after {moment:.2f} s ({done} parts, status {status}), resumed"
    return words, whole and resumed == 0 and same


def forked(work: Callable[[], None]) -> int:
    """Start work in a copy of this process and return its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    return child


def wait(child: int) -> int:
    """Return how a process ended: 0, or below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
