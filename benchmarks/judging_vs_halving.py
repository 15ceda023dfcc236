"""Judging the whole ladder with its intervals, against a halving search over LightGBM alone.

Ours: five outer and five inner folds, 20 trials, every rival up to the averaged family, 1,000
resamples behind every interval. Theirs: scikit-learn's successive halving of as many settings of
`LGBMClassifier` in five inner folds, in each of the same outer folds; no rivals, no calibration, no
intervals. Everything runs in one thread of one process and processor time counts; libraries are
imported before the clocks start. Our time with the averaged family over that without is told too.
Brier scores are compared over several cohorts: between two of 2,000 people their difference moves
by .002, four times what is allowed. Needs the extra ``bench``.

    python benchmarks/judging_vs_halving.py [--people 2000] [--trials 20]     last line `ratio: X`
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import statsmodels.api  # noqa: F401  # imported before the clocks start, as everything is
from lightgbm import LGBMClassifier
from scipy.stats import loguniform, randint, uniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # makes the next import
from sklearn.model_selection import HalvingRandomSearchCV

from _booster import in_turns, machine
from predict.evaluation import Evaluation, Plan, evaluate
from predict.features.training_set import TrainingSet
from predict.models.families import simplest_first
from predict.models.recipe import Recipe
from predict.statistics.splits import Fold, folds

sys.path.append(str(Path(__file__).parents[1] / "proofs"))
OUTER, INNER = 5, 5
WANTED, WORSE, DEARER = 3.0, 0.0005, 1.15
SPACE = {
    "n_estimators": randint(50, 400),
    "num_leaves": randint(3, 32),
    "learning_rate": loguniform(0.03, 0.2),
    "subsample": uniform(0.5, 0.5),
    "colsample_bytree": uniform(0.3, 0.7),
    "min_child_samples": randint(5, 100),
    "reg_lambda": loguniform(0.5, 30),
}


def theirs(X: np.ndarray, y: np.ndarray, outer: Sequence[Fold], trials: int) -> float:
    """Return the peer's Brier score over all outer folds."""
    p = np.empty(len(y))
    for fold in outer:
        search = HalvingRandomSearchCV(
            LGBMClassifier(n_jobs=1, subsample_freq=1, verbose=-1, random_state=1),
            SPACE,
            n_candidates=trials,
            min_resources="exhaust",
            scoring="neg_log_loss",
            cv=INNER,
            n_jobs=1,
            random_state=1,
        )
        search.fit(X[fold.train], y[fold.train])
        p[fold.test] = search.predict_proba(X[fold.test])[:, 1]
    return float(np.mean((p - y) ** 2))


def ours(training: TrainingSet, trials: int, families: tuple[str, ...]) -> Evaluation:
    """Return the ladder, judged."""
    recipe = Recipe(trials=trials, inner=INNER, seed=1, threads=1)
    return evaluate(training, recipe, Plan(outer=OUTER, repeats=1, families=families))


def briers(people: int, trials: int, seed: int) -> tuple[float, float]:
    """Return the Brier scores of our boosted model and of the peer over one cohort."""
    training, X, y, outer = drawn(people, seed)
    judged = ours(training, trials, ("severity", "boosted"))
    return judged.value("boosted", "brier"), theirs(X, y, outer, trials)


def drawn(people: int, seed: int) -> tuple[TrainingSet, np.ndarray, np.ndarray, tuple[Fold, ...]]:
    """Return a simulated cohort, its numbers and outcomes, and the outer folds of both."""
    from _truth import people as draw

    training = draw(people, oracle=0.65, seed=seed).training()
    X, y = training.X.to_numpy("float32"), training.y.to_numpy()
    return training, X, y, folds(y, training.groups, outer=OUTER, repeats=1, seed=1)


def main(people: int, trials: int, times: int, cohorts: int) -> bool:
    """Print both times and Brier scores; return whether every target is met."""
    training, X, y, outer = drawn(people, 1)
    whole = simplest_first()
    without = tuple(name for name in whole if name != "averaged")
    ours(training.take(np.arange(1_000)), 2, whole)
    long, short, five = in_turns(
        times,
        lambda: theirs(X, y, outer, trials),
        lambda: ours(training, trials, whole),
        lambda: ours(training, trials, without),
    )
    ratio, dearer = long.cpu / short.cpu, short.cpu / five.cpu
    scores = np.array([briers(people, trials, seed) for seed in range(1, cohorts + 1)])
    worse = scores[:, 0] - scores[:, 1]
    error = worse.std(ddof=1) / np.sqrt(cohorts)
    print(machine())
    print(f"theirs {long.cpu:.1f} s, Brier of {cohorts} cohorts {scores[:, 1].mean():.4f}")
    print(f"ours {short.cpu:.1f} s, Brier {scores[:, 0].mean():.4f}")
    print(f"ours less theirs: {worse.mean():+.4f}, standard error {error:.4f}")
    print(f"ours with the averaged family over ours without: {dearer:.2f}")
    what = f"{people} people, {OUTER}x{INNER} folds, {trials} trials, processor time"
    print(f"peer lightgbm {version('lightgbm')} halving search, {what}, ratio: {ratio:.2f}")
    print(f"ratio: {ratio:.2f}")
    return bool(ratio >= WANTED and dearer <= DEARER and worse.mean() <= WORSE)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--cohorts", type=int, default=8)
    chosen = parser.parse_args()
    raise SystemExit(not main(chosen.people, chosen.trials, chosen.times, chosen.cohorts))
