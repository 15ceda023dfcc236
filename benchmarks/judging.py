"""What judging costs: against an older checkout, side by side; and what places and time add to it.

The same cohort is judged by both in turn, in processes of their own; the least processor time of
each counts. Then the cohort gets twelve sites and months, and the time of `places` and `later`,
which run by themselves where a study names a cluster or a time, is told apart from the rest.

    python benchmarks/judging.py [--older CHECKOUT] [--people 2000] [--trials 10] [--times 3]

The last line is `ratio: X`: ours over the older one's (without one: schemes over judging).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PROOFS = Path(__file__).parents[1] / "proofs"


def cohort(people: int) -> Any:
    """Return a simulated cohort with a true AUROC of .65."""
    from _truth import people as draw

    return draw(people, oracle=0.65, seed=1).training()


def recipe_of(trials: int) -> Any:
    """Return the recipe, from wherever this checkout keeps it."""
    try:
        from predict.models.recipe import Recipe
    except ImportError:
        # An older checkout, timed beside this one, keeps it there; type checkers see this one only.
        from predict.recipe import Recipe  # type: ignore[import-not-found,no-redef]
    return Recipe(trials=trials, seed=1, threads=1)


def judged_seconds(people: int, trials: int) -> float:
    """Return the processor seconds that judging takes in this checkout."""
    from predict.evaluation import Plan, evaluate

    training, recipe = cohort(people), recipe_of(trials)
    evaluate(training.take(np.arange(300)), recipe, Plan(repeats=1, resamples=10))
    began = time.process_time()
    evaluate(training, recipe, Plan())
    return time.process_time() - began


def in_process(checkout: Path, people: int, trials: int) -> float:
    """Return the processor seconds of a checkout in a process of its own."""
    path = f"{checkout / 'src'}{os.pathsep}{checkout / 'proofs'}"
    found = subprocess.run(
        [sys.executable, __file__, "--inside", "--people", str(people), "--trials", str(trials)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(found.stdout.split()[-1])


def schemes_share(people: int, trials: int) -> float:
    """Print the processor seconds of judging and of each scheme; return schemes over judging."""
    from predict.evaluation import Plan, evaluate
    from predict.evaluation.cross_validation import cross_fit
    from predict.evaluation.schemes import SCHEMES

    training, recipe, plan = cohort(people), recipe_of(trials), Plan().at_rate(0.5)
    sites = pd.Series([f"s{i % 12:02d}" for i in range(people)], index=training.X.index)
    extras = training.extras.assign(site=sites.to_numpy(), month=np.arange(people))
    placed = replace(training, groups=sites, extras=extras)
    judging = seconds_of(lambda: evaluate(placed, recipe, plan))
    study = replace(training.study, cluster="site", time="month")
    named, judged = replace(placed, study=study), cross_fit(placed, recipe, plan)
    added = {
        name: seconds_of(partial(SCHEMES[name], named, recipe, plan, judged))
        for name in ("places", "later")
    }
    apart = ", ".join(f"{name} adds {seconds:.2f} s" for name, seconds in added.items())
    print(f"judging {judging:.2f} s; {apart}")
    return sum(added.values()) / judging


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor seconds that work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main(older: Path | None, people: int, trials: int, times: int) -> None:
    """Print what judging costs beside the older checkout, and what the schemes add."""
    sys.path.append(str(PROOFS))
    share = schemes_share(people, trials)
    print(f"places and later over judging: {share:.2f}")
    if older is None:
        print(f"ratio: {share:.2f}")
        return
    checkouts = {"older": older, "ours": Path(__file__).parents[1]}
    seconds: dict[str, list[float]] = {name: [] for name in checkouts}
    for _ in range(times):
        for name, checkout in checkouts.items():
            seconds[name].append(in_process(checkout, people, trials))
    best = {name: min(found) for name, found in seconds.items()}
    print(f"judging {people} people: older {best['older']:.2f} s, ours {best['ours']:.2f} s")
    print(f"ratio: {best['ours'] / best['older']:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--older", type=Path, default=None)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        print(judged_seconds(asked.people, asked.trials))
    else:
        main(asked.older, asked.people, asked.trials, asked.times)
