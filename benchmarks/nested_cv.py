"""The whole nested evaluation against scikit-learn's nested random search over XGBoost.

Ours: 5 outer and 5 inner folds, 40 trials, five rivals on the same folds, 1,000 bootstrap resamples
behind every interval. Theirs: `RandomizedSearchCV` of as many trials over `XGBClassifier` in five
inner folds, in each of the same outer folds; no rivals, no calibration, no intervals. Both use two
threads; libraries are imported before the clocks start. The Brier scores are of all people.

    python benchmarks/nested_cv.py [--people 11441] [--trials 40]     last line `ratio: X`
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import optuna  # noqa: F401  # imported before the clocks start, as everything is
import statsmodels.api  # noqa: F401  # as above
from joblib.externals.loky import get_reusable_executor
from scipy.stats import loguniform, randint, uniform
from sklearn.model_selection import RandomizedSearchCV
from xgboost import XGBClassifier

from _booster import machine
from predict.evaluation import Plan, evaluate
from predict.models.recipe import Recipe
from predict.statistics.splits import Fold, folds

sys.path.append(str(Path(__file__).parents[1] / "proofs"))
OUTER, INNER = 5, 5
ALLOWED = 0.001


def _processor() -> float:
    """Return the seconds of all processors so far, those of ended processes included."""
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system


def theirs(X: np.ndarray, y: np.ndarray, made: Sequence[Fold], trials: int) -> float:
    """Return the peer's Brier score over all outer folds."""
    found = [_one_fold(X, y, fold.train, fold.test, trials) for fold in made]
    return float(np.average(found, weights=[len(fold.test) for fold in made]))


def _one_fold(
    X: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray, trials: int
) -> float:
    search = RandomizedSearchCV(
        XGBClassifier(tree_method="hist", n_jobs=1),
        {
            "n_estimators": randint(50, 400),
            "max_depth": randint(1, 5),
            "learning_rate": loguniform(0.03, 0.2),
            "subsample": uniform(0.5, 0.5),
            "colsample_bytree": uniform(0.3, 0.7),
            "min_child_weight": loguniform(1, 40),
            "reg_lambda": loguniform(0.5, 30),
        },
        n_iter=trials,
        scoring="neg_log_loss",
        cv=INNER,
        n_jobs=2,
        random_state=1,
    )
    search.fit(X[train], y[train])
    p = search.predict_proba(X[test])[:, 1]
    return float(np.mean((p - y[test]) ** 2))


def main(people: int = 11_441, trials: int = 40) -> float:
    """Time both and return the ratio of their times."""
    from _truth import people as draw

    training = draw(people, oracle=0.65, seed=1).training()
    recipe = Recipe(trials=trials, inner=INNER, seed=1, threads=2)
    plan = Plan(outer=OUTER, repeats=1)
    X, y = training.X.to_numpy("float32"), training.y.to_numpy()
    made = folds(y, training.groups, outer=OUTER, repeats=1, seed=recipe.seed)

    began, cpu = time.perf_counter(), _processor()
    peer = theirs(X, y, made, trials)
    get_reusable_executor().shutdown()  # the search's processes are counted when they have ended
    peer_time, peer_cpu = time.perf_counter() - began, _processor() - cpu
    began, cpu = time.perf_counter(), _processor()
    judged = evaluate(training, recipe, plan)
    our_time, our_cpu = time.perf_counter() - began, _processor() - cpu

    ours = judged.value("boosted", "brier")
    print(f"scikit-learn: {peer_time:.1f} s, Brier {peer:.4f}")
    print(f"ours: {our_time:.1f} s, Brier {ours:.4f}")
    if ours > peer + ALLOWED:
        raise SystemExit(f"our Brier score {ours:.4f} is worse than the peer's {peer:.4f}")
    print(machine())
    what = f"nested random search, {people} people, {OUTER}x{INNER} folds, {trials} trials"
    by_cpu = f"by processor time {peer_cpu / our_cpu:.2f}"
    print(
        f"peer scikit-learn {version('scikit-learn')} {what}, xgboost {version('xgboost')}, "
        f"{by_cpu}, ratio: {peer_time / our_time:.2f}"
    )
    print(f"ratio: {peer_time / our_time:.2f}")
    return peer_time / our_time


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=11_441)
    parser.add_argument("--trials", type=int, default=40)
    asked = parser.parse_args()
    main(asked.people, asked.trials)
