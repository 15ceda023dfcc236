"""How time grows with rows: the exponent of score, evaluate and report between 4x and 16x.

Each step runs at 1x, 4x and 16x its rows in this process. The 1x run warms it up; the exponent is
the slope of log time against log rows from 4x to 16x. 1 is linear; the largest is printed last.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import predict as pr
from _batch import model_of, table_of
from predict.reports.from_models import table_report
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

STEPS = (1, 4, 16)
SCORED, JUDGED, REPORTED, ROUNDS = 25_000, 500, 60, 2
Work = Callable[[int], None]


def main() -> None:
    """Print seconds and exponent of each step, and the largest exponent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = model_of(folder)
        works: dict[str, tuple[int, Work]] = {
            "score": (SCORED, lambda rows: scoring(folder, model, rows)),
            "evaluate": (JUDGED, lambda rows: judging(folder, rows)),
            "report": (REPORTED, lambda rows: reporting(folder, model, rows)),
        }
        found = [exponent(words, start, work) for words, (start, work) in works.items()]
    print(f"ratio: {max(found):.2f}")


def exponent(words: str, start: int, work: Work) -> float:
    """Run a step at three sizes; return the slope between the last two."""
    seconds = [min(timed(work, start * step) for _ in range(ROUNDS)) for step in STEPS]
    slope = math.log(seconds[2] / seconds[1]) / math.log(STEPS[2] / STEPS[1])
    told = ", ".join(f"{start * s} rows {t:.2f} s" for s, t in zip(STEPS, seconds, strict=True))
    print(f"{words}: {told}; exponent {slope:.2f}", flush=True)
    return slope


def timed(work: Work, rows: int) -> float:
    """Return the seconds of CPU this process needs, which a busy machine does not stretch."""
    began = time.process_time()
    work(rows)
    return time.process_time() - began


def scoring(folder: Path, model: Path, rows: int) -> None:
    """Score a Parquet table with reasons."""
    settings = ScoringSettings(overwrite=True, max_rejected=1.0)
    score_table(model, str(table_of(folder, rows)), folder / "out", settings)


def judging(folder: Path, rows: int) -> None:
    """Judge boosted trees of fixed settings beside two rivals, by five folds."""
    study = pr.read_study(folder / "demo" / "demo_study.toml")
    training = pr.assemble(pr.read_cohort(simulated(rows), study), "phq9_response")
    recipe = pr.Recipe(params={"rounds": 60, "max_depth": 2})
    pr.evaluate(training, recipe, pr.Plan(repeats=1, families=("prior", "severity", "boosted")))


def reporting(folder: Path, model: Path, rows: int) -> None:
    """Write every patient's page."""
    table = simulated(rows)
    made, _ = table_report([model], table, made="2026-11-22", key=b"0" * 32)
    made.save(folder / f"report-{rows}-{time.monotonic_ns()}")


def simulated(rows: int) -> pd.DataFrame:
    """Return so many simulated people, drawn once."""
    if rows not in _drawn:
        _drawn[rows] = pr.simulate("demo", people=rows, seed=4).table
    return _drawn[rows]


_drawn: dict[int, pd.DataFrame] = {}


if __name__ == "__main__":
    main()
