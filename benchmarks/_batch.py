"""What the batch benchmarks share: 300 trees of depth 4, tables, and measured commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TREES, DEPTH = 300, 4


def study_of(folder: Path) -> Path:
    """Write the simulated programme's table and study; return the study's path."""
    from predict.simulation.examples import demo

    return demo(folder / "demo", people=3_000, seed=1).study


def model_of(folder: Path) -> Path:
    """Train 300 trees of depth 4 on 3,000 simulated people, in a process of its own.

    A process counts its parent's memory at birth into its own peak: this one must stay small.
    """
    measured(sys.executable, __file__, folder)
    return folder / "model"


def _train(folder: Path) -> None:
    import predict as pr

    study = pr.read_study(study_of(folder))
    cohort = pr.read_cohort(folder / "demo" / "demo.csv", study)
    settings = {"rounds": TREES, "max_depth": DEPTH, "eta": 0.02, "min_child_weight": 2}
    training = pr.assemble(cohort, "phq9_response")
    pr.save_model(
        pr.train(training, pr.Recipe(params=settings), refits=0, name="bench"), folder / "model"
    )


def table_of(folder: Path, rows: int) -> Path:
    """Write a Parquet table of so many simulated people, in a process of its own."""
    path = folder / f"people-{rows}.parquet"
    if not path.exists():
        measured(sys.executable, __file__, folder, rows)
    return path


def _write_table(folder: Path, rows: int) -> None:
    """Small integers, text, an id each; row groups of 250,000 rows."""
    drawn = pd.read_csv(folder / "demo" / "demo.csv", dtype={"person": "str"})
    keep = [c for c in drawn if c in ("age", "sex", "route", "site") or c.endswith("_baseline")]
    some = drawn[keep].copy()
    for name in keep:
        if some[name].dtype.kind == "f" or name == "age":
            some[name] = some[name].astype("UInt8")
    places = np.arange(rows) % len(some)
    table = some.iloc[places].reset_index(drop=True)
    table.insert(0, "person", np.char.add("S", np.char.zfill(np.arange(rows).astype("U9"), 9)))
    path = folder / f"people-{rows}.parquet"
    table.to_parquet(path, index=False, row_group_size=250_000)


@dataclass(frozen=True)
class Measured:
    """Seconds of a process from its start to its end, its peak memory in MB, its CPU's seconds."""

    seconds: float
    peak_mb: float
    cpu: float


def measured(*words: object, code: int = 0) -> Measured:
    """Run a command and measure it; it must end with the expected status."""
    began = time.perf_counter()
    command = [str(word) for word in words]
    child = subprocess.Popen(command, env=calm(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    found = os.waitstatus_to_exitcode(status)
    if found != code:
        raise SystemExit(f"the command ended with {found}, not {code}")
    return Measured(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def calm() -> dict[str, str]:
    """Return the environment: one thread for linear algebra, compiled modules kept as usual."""
    kept = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def score(model: Path, table: Path, out: Path, *more: object) -> Measured:
    """Run `predict score` in a process of its own, start-up counted."""
    command = (sys.executable, "-m", "predict", "score", model, table, "-o", out, "--quiet")
    return measured(*command, "--overwrite", *more)


def python(source: str, *words: object) -> Measured:
    """Run a Python text in a process of its own, start-up counted."""
    return measured(sys.executable, "-c", source, *words)


if __name__ == "__main__":
    place, *asked = sys.argv[1:]
    if asked:
        _write_table(Path(place), int(asked[0]))
    else:
        _train(Path(place))
