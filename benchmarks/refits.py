"""200 refits with contributions on 11,441 simulated patients: two workers, one thread each."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import predict as pr
from predict.models.bootstrap import refit_many
from predict.models.fitting import fit_recipe
from predict.simulation.examples import demo

PATIENTS = 11_441
TARGET = 90.0  # seconds


def main(times: int, workers: int) -> float:
    """Print the seconds of so many refits, every person explained by each."""
    with TemporaryDirectory() as folder:
        example = demo(Path(folder), people=round(PATIENTS * 1.4), seed=1)
        cohort = pr.read_cohort(example.table, example.study)
    training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")
    training = training.take(np.arange(min(PATIENTS, training.n)))
    fitted = fit_recipe(training, pr.Recipe(params={"max_depth": 3, "eta": 0.06, "rounds": 100}))
    began = time.perf_counter()
    refits = refit_many(training, fitted, times, seed=1, workers=workers)
    took = time.perf_counter() - began
    print(f"{training.n} patients x {len(fitted.columns)} columns, 100 rounds of depth 3")
    print(f"{refits.succeeded} refits with contributions by {workers} workers")
    print(f"figure: {took:.0f}")
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    raise SystemExit(main(chosen.times, chosen.workers) > TARGET)
