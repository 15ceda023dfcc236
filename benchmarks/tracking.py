"""What telling MLflow costs, and what `train` costs beside its parts; processor time, in pairs.

With ``--older ROOT`` also `train(refits=0)` beside that of another checkout, each in processes of
its own, by turns. The last line is what tracking adds to one `evaluate`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

TARGETS = {"a run": 0.1, "start-up": 3.0, "train": 1.05, "older": 1.05}
PEOPLE = 2_800  # of whom about 2,000 are learned from

Seconds = tuple[float, float]


def timed(work: Callable[[], Any]) -> Seconds:
    """Return wall and processor seconds of a piece of work."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def table_and_training(people: int) -> Any:
    """Return a simulated training set; by what both checkouts offer."""
    import predict as pr

    # An older checkout keeps its examples elsewhere.
    place = "predict.simulation.examples"
    found = find_spec("predict.simulation") and find_spec(place)
    examples = import_module(place if found else "predict.examples")
    with TemporaryDirectory() as folder:
        example = examples.demo(Path(folder), people=people, seed=1)
        cohort = pr.read_cohort(example.table, example.study)
    return pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")


def tracking(times: int) -> tuple[float, float]:
    """Print what telling MLflow of an evaluation takes: the first time, and each time after.

    What is told is the same each time; judging beside it would hide a tenth of a second.
    """
    import predict as pr
    from predict.pipeline.tracking import tracked

    training = table_and_training(800)
    plan = pr.Plan(outer=5, repeats=2, families=("prior", "severity"), resamples=50)
    judged = pr.evaluate(training, pr.Recipe("linear", trials=2), plan, progress=False)

    def tell() -> None:
        with tracked("phq9_response_round_one", "linear", on=True) as session:
            session.evaluation(judged, plan)

    with TemporaryDirectory() as folder:
        os.chdir(folder)
        first, *rows = [timed(tell) for _ in range(times + 1)]
        os.chdir("/")
    wall, processor = (median(values) for values in zip(*rows, strict=True))
    start = first[1] - processor, first[0] - wall
    print(f"tracking: start-up takes {start[0]:.2f} s of processor, {start[1]:.2f} s of wall")
    print(f"tracking: an evaluate call of 14 runs, {processor:.3f} s, {wall:.3f} s of wall")
    return start[0], processor


def whole_train(pairs: int) -> float:
    """Print `train` beside its learning plus the refits that `run` does; return the ratio."""
    import predict as pr
    from predict.models.training import REFITS, completed

    training = table_and_training(PEOPLE)
    recipe = pr.Recipe(trials=4)

    def parts() -> None:
        completed(pr.train(training, recipe, refits=0), training, REFITS)

    ratios = []
    for _ in range(pairs):
        beside, whole = timed(parts), timed(lambda: pr.train(training, recipe, progress=False))
        ratios.append(whole[1] / beside[1])
        print(f"train: {whole[1]:.1f} s of processor, learning and refits {beside[1]:.1f} s")
    print(f"train: ratio {median(ratios):.3f}")
    return median(ratios)


def against(older: Path, pairs: int) -> float:
    """Print `train(refits=0)` on 2,000 people beside an older checkout's; return the ratio."""
    ratios = []
    for _ in range(pairs):
        then, now = (_once(root) for root in (older, Path(__file__).parents[1]))
        ratios.append(now / then)
        print(f"train(refits=0): {now:.2f} s of processor, older {then:.2f} s")
    print(f"train(refits=0): ratio {median(ratios):.3f}")
    return median(ratios)


def _once(root: Path) -> float:
    asked = [sys.executable, __file__, "--once"]
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def once() -> None:
    """Print the processor seconds of one `train` without refits, after one to warm up."""
    import inspect

    import predict as pr

    training = table_and_training(PEOPLE)
    recipe = pr.Recipe(trials=4)
    without = {"refits": 0} if "refits" in inspect.signature(pr.train).parameters else {}
    pr.train(training, recipe, **without)
    print(json.dumps(min(timed(lambda: pr.train(training, recipe, **without))[1] for _ in "123")))


def main(older: str, pairs: int) -> bool:
    """Print all of it; return whether a target was missed."""
    figures = dict(zip(("start-up", "a run"), tracking(pairs), strict=True))
    figures["train"] = whole_train(pairs)
    if older:
        figures["older"] = against(Path(older), pairs)
    print(f"figure: {figures['a run']:.3f}")
    return any(value > TARGETS[name] for name, value in figures.items())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--older", default="", help="root of an older checkout")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    os.environ["PREDICT_PROGRESS"] = "off"
    if chosen.once:
        once()
    else:
        raise SystemExit(main(chosen.older, chosen.pairs))
