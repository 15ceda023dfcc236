"""Killed at any moment of a promotion or a rollback, a registry has exactly one current model.

Each case copies a registry of two versions, one in use, starts a promotion or a rollback in a
process of its own and kills it (SIGKILL) at a random moment of the time that it takes, every other
time of its last third. The case is kept when the registry
then verifies, exactly one version is current (the one before or the one after), its model loads,
and the change can be made again. A kill that came after the change had ended is looked at too, but
not counted: it is done again at another moment.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

import predict as pr
from _proof import Tally, leave, share_asked, some
from predict.evaluation import Plan
from predict.files import to_json_value
from predict.operations.registry import Registry, open_registry
from predict.simulation import simulate
from score_kills import forked, kill_after, wait

KILLS, TRIES, TIMED = 200, 20, 7
# Every other kill falls into the last part of a change, where it is written.
LATTER = 0.7
STUDY = Path(__file__).parents[1] / "experiments" / "demo_study.toml"
BY = {"who": "proof", "why": "killed at a random moment"}


def main(share: float = 1.0) -> int:
    """Run a share of the kills and return the exit status."""
    tally, late = Tally(), 0
    with tempfile.TemporaryDirectory() as name:
        start = begun(Path(name))
        table = simulate("demo", people=400, seed=9).table
        changes = {
            "promote": lambda registry: registry.promote(2, table, **BY),
            "rollback": lambda registry: registry.rollback(**BY),
        }
        random = np.random.default_rng(23)
        usual = {word: seconds(change, start[word]) for word, change in changes.items()}
        for number in range(some(KILLS, share)):
            word, earliest = ("promote", "rollback")[number % 2], (0.0, LATTER)[number // 2 % 2]
            draw = partial(random.uniform, earliest, 1.0)
            late += stated(word, changes[word], start[word], usual[word], draw, tally)
    print(f"{len(tally.lines)} kills hit a running process; {late} came late and were done again")
    return tally.end()


def stated(
    word: str,
    change: Callable[[Registry], object],
    start: Path,
    usual: float,
    draw: Callable[[], float],
    tally: Tally,
) -> int:
    """State one kill that hit; return how many came too late before it.

    A change that had ended took no longer than the kill waited: the next one comes before that.
    """
    moment = usual
    for late in range(TRIES):
        moment *= draw()
        with copied(start) as folder:
            words, right, hit = killed(word, change, folder, moment)
        if hit or not right:
            tally.state(words, right)
            return late
    raise RuntimeError(f"{word}: {TRIES} kills in turn came too late")


def begun(folder: Path) -> dict[str, Path]:
    """Return a registry whose first version is in use, and one whose second came after it."""
    table = simulate("demo", people=400, seed=9).table
    registry = open_registry(folder / "promote", create=True)
    for seed in (4, 1):
        registry = registry.add(model(folder / f"model-{seed}", seed), **BY)
    registry.promote(1, table, **BY)
    shutil.copytree(folder / "promote", folder / "rollback")
    open_registry(folder / "rollback").promote(2, table, **BY)
    return {word: folder / word for word in ("promote", "rollback")}


def model(folder: Path, seed: int) -> Path:
    """Train and judge a small linear model on simulated people."""
    cohort = pr.read_cohort(simulate("demo", people=1800, seed=seed).table, pr.read_study(STUDY))
    training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline", blocks=["items"])
    recipe = pr.Recipe(family="linear", trials=0, inner=2)
    plan = Plan(outer=3, repeats=1, resamples=20, families=("prior", "severity"))
    facts = {"evaluation": to_json_value(pr.evaluate(training, recipe, plan).to_dict())}
    return pr.save_model(pr.train(training, recipe, facts=facts, refits=0), folder)


def seconds(change: Callable[[Registry], object], start: Path) -> float:
    """Return how long a change takes in a process of its own: the middle of some, none the first.

    The first loads modules that a process forked later has already: kills drawn from its time
    would come after nearly every other had ended.
    """
    with copied(start) as folder:
        change(open_registry(folder))
    return median(once_timed(change, start) for _ in range(TIMED))


def once_timed(change: Callable[[Registry], object], start: Path) -> float:
    """Return how long one change of a copied registry took."""
    with copied(start) as folder:
        began = time.monotonic()
        wait(forked(lambda: change(open_registry(folder)) and None))
        return time.monotonic() - began


@contextmanager
def copied(start: Path) -> Iterator[Path]:
    """Give a copy of a registry for as long as a case lasts."""
    folder = start.with_name("case")
    shutil.copytree(start, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def killed(
    word: str, change: Callable[[Registry], object], folder: Path, moment: float
) -> tuple[str, bool, bool]:
    """Kill a change at a moment and look; return words, whether all is right, and if it hit."""
    before = open_registry(folder).current
    status = kill_after(lambda: change(open_registry(folder)) and None, moment)
    after = open_registry(folder)
    current = [v for v in after.versions if v.state == "current"]
    whole = len(current) == 1 and after.verify()["versions"] == 2
    done = whole and before is not None and current[0].number != before.number
    again = done or len(change(open_registry(folder)).history) == len(after.history) + 1
    words = f"{word} killed after {moment:.3f} s ({'done' if done else 'not done'}), one current"
    hit = status == -signal.SIGKILL
    return words, whole and again and (hit or status == 0), hit


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
