"""A Dask worker killed in the middle of a batch changes no byte; a part that kills is named.

The first run is calm. In the second, one of two workers is killed (SIGKILL) after some parts; the
other and its replacement finish to the calm run's bytes. In the third, one part always ends its
worker: it is named, and every other part is written.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from _proof import Tally, leave, share_asked
from _scoring import MODEL, contents, people
from predict.engines import DaskEngine
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings

PARTS, ROWS = 40, 500


def main(share: float = 1.0) -> int:
    """Run the three batches and return the exit status."""
    tally = Tally()
    parts = max(8, round(PARTS * share))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "people.csv"
        people(parts * ROWS).to_csv(table, index=False)
        score(table, folder / "calm", engine="local")
        killer = threading.Thread(target=kill_a_worker, args=(folder / "killed",), daemon=True)
        killer.start()
        score(table, folder / "killed", engine="dask")
        killer.join()
        calm, hurt = contents(folder / "calm"), contents(folder / "killed")
        other = sorted(n for n in calm.keys() | hurt.keys() if calm.get(n) != hurt.get(n))
        words = f"one of two workers killed, {parts} parts: same bytes"
        tally.state(f"{words} {', '.join(other)}".rstrip(), not other)
        tally.state("a part that always kills is named, the others finish", poisoned())
    return tally.end()


def score(table: Path, out: Path, *, engine: str) -> None:
    """Score the table into parts."""
    settings = ScoringSettings(part_rows=ROWS, engine=engine, threads=2, max_rejected=1.0)  # type: ignore[arg-type]  # checked
    score_folder(MODEL, str(table), out, settings)


def kill_a_worker(out: Path) -> None:
    """Kill one worker process of this one as soon as it has written two parts."""
    while len(list(out.glob("part-*"))) < 2:
        time.sleep(0.01)
    os.kill(workers()[0], signal.SIGKILL)


def workers() -> list[int]:
    """Return the processes of this one that hold a Dask worker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(") ")[2].split()
            words = path.with_name("cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and "spawn_main" in words:
            found.append(int(path.parent.name))
    return sorted(found)


def poison(part: int) -> int:
    """Return the part, or end the process that works on part 3."""
    if part == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def poisoned() -> bool:
    """Return whether part 3 alone fails, by its number."""
    done = {d.number: d for d in DaskEngine(workers=2).run(poison, list(range(8)))}
    failed = [number for number, d in done.items() if d.error is not None]
    return failed == [3] and len(done) == 8


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
