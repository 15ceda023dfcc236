"""What `--max-memory` says is held, however a table of 400,000 rows is written.

Each case scores in a process of its own and asks the system for that process's peak. Of a run with
two processes the peaks of both are added, which is more than they ever hold at once. A process
counts into its own peak what its parent held at its birth: the tables are written by another one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from _proof import Tally, leave, share_asked
from _scoring import MODEL, people

ROWS, LIMIT = 400_000, 400
# What is read, what is written, and further words.
CASES = (
    ("people.csv", "out", ()),
    ("people.csv", "all", ("--explain", "all")),
    ("people.csv.gz", "out.csv.gz", ()),
    ("people.parquet", "out.parquet", ()),
    ("wide.parquet", "wide", ()),
    ("people.csv", "two", ("--threads", "2", "--max-memory", "800MB")),
)


def main(share: float = 1.0) -> int:
    """Score a share of the rows in each form and return the exit status."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            apart.submit(tables, folder, round(ROWS * share)).result()
        for table, out, words in CASES:
            status, peak = scored(folder / table, folder / out, words)
            limit = 2 * LIMIT if "--threads" in words else LIMIT
            held = f"{table} to {out} {' '.join(words)}: {peak:.0f} of {limit} MB"
            tally.state(f"{held}, exit {status}", status in (0, 7) and peak <= limit)
    return tally.end()


def tables(folder: Path, rows: int) -> None:
    """Write the people in every form; Parquet as pandas does, in one group of rows."""
    drawn = people(rows)
    drawn.to_csv(folder / "people.csv", index=False)
    drawn.to_csv(folder / "people.csv.gz", index=False)
    numbers = [c for c in drawn if c[:4] in ("phq9", "gad7")]
    typed = drawn.assign(**{c: pd.to_numeric(drawn[c], errors="coerce") for c in [*numbers, "age"]})
    typed.to_parquet(folder / "people.parquet")
    extra = pd.DataFrame({f"unread_{k}": typed["age"] for k in range(60)})
    pd.concat([typed, extra], axis=1).to_parquet(folder / "wide.parquet")


def scored(table: Path, out: Path, words: tuple[str, ...]) -> tuple[int, float]:
    """Score a table and return the exit status and the peak of its processes in megabytes."""
    limit = [] if "--max-memory" in words else ["--max-memory", f"{LIMIT}MB"]
    asked = [str(MODEL), str(table), "-o", str(out), "--max-rejected", "100%", "--quiet"]
    code = (
        "import resource, subprocess, sys\n"
        "from predict.cli import main\n"
        "try:\n    main()\n"
        "finally:\n"
        "    own, workers = (resource.getrusage(who).ru_maxrss for who in "
        "(resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))\n"
        "    print(own, workers)\n"
    )
    command = [sys.executable, "-c", code, "score", *asked, *limit, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=dict(os.environ), text=True)
    own, worker = map(int, done.stdout.split()[-2:])
    workers = int(words[words.index("--threads") + 1]) if "--threads" in words else 0
    return done.returncode, (own + workers * worker) / 1024


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
