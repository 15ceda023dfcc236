"""A real trial: judged by scikit-learn's own loop, the estimator is worth what the line is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import predict as pr
from predict.evaluation import Plan
from predict.pipeline import read_experiment
from predict.statistics.splits import folds

ROOT = Path(__file__).parents[3]
TABLE = ROOT.parent / "shared" / "data" / "thp" / "thp_slim_903.csv"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not TABLE.exists(), reason="the real tables are not beside the project"),
]


@pytest.mark.parametrize(("family", "trials"), [("linear", 4), ("boosted", 1)])
def test_out_of_fold_auroc_on_thp_is_the_lines(family: str, trials: int) -> None:
    spec = read_experiment(ROOT / "experiments" / "thp_round_one.toml")
    training = pr.assemble(pr.read_cohort(TABLE, spec.study), **spec.question())
    recipe = replace(spec.recipe, family=family, trials=trials)
    plan = Plan(outer=5, repeats=1, families=("prior",), resamples=2)
    line = pr.evaluate(training, recipe, plan).value(family, "auroc")

    X, y = training.X[list(training.chosen)], training.y.to_numpy()
    divided = folds(y, training.groups, outer=5, seed=recipe.seed)
    estimator = pr.ResponseClassifier(family, trials=trials, seed=recipe.seed, inner=recipe.inner)
    # Each inner loop groups people as the line's does.
    p = np.full(len(y), np.nan)
    for fold in divided:
        groups = training.groups.iloc[fold.train]
        model = estimator.fit(X.iloc[fold.train], y[fold.train], groups=groups)
        p[fold.test] = model.predict_proba(X.iloc[fold.test])[:, 1]
    within = np.mean([roc_auc_score(y[fold.test], p[fold.test]) for fold in divided])
    assert abs(within - line) <= 0.005
    plain = cross_val_predict(
        estimator, X, y, cv=[(f.train, f.test) for f in divided], method="decision_function"
    )
    assert abs(np.mean([roc_auc_score(y[f.test], plain[f.test]) for f in divided]) - line) <= 0.02
