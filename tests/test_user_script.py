"""What a newcomer types after README, run as it stands, without a look at the source."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import predict as pr

ROOT = Path(__file__).parents[1]
SCRIPT = """
import matplotlib; matplotlib.use("agg")
import pandas as pd, predict as pr, shap
from sklearn.calibration import CalibrationDisplay
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_validate, train_test_split
from sklearn.pipeline import make_pipeline

cohort = pr.read_cohort("table.csv", "study.toml")
training = pr.assemble(cohort, "phq9_response", blocks=["scales", "people"])
X, y = training.X[list(training.chosen)], training.y
mine = pr.ResponseClassifier("linear", trials=2, seed=7)
judged = cross_validate(mine, X, y, cv=3, scoring=["roc_auc", "neg_brier_score"])
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=1)
mine.fit(X_train, y_train)
area = roc_auc_score(y_test, mine.predict_proba(X_test)[:, 1])
CalibrationDisplay.from_estimator(mine, X_test, y_test, n_bins=5).figure_.savefig("calibration.png")
reasons = mine.explain(X_test)
shap.plots.beeswarm(reasons.shap(), show=False).figure.savefig("drivers.png")
plan = pr.Plan(outer=3, repeats=1, families=("prior", "severity"), resamples=20)
trees = make_pipeline(pr.Preprocessor("boosted"), HistGradientBoostingClassifier(max_iter=5))
verdict = pr.evaluate(training, {"mine": mine, "trees": trees}, plan).verdict
model = pr.train(training, pr.Recipe("linear", trials=2), refits=0)
model.save("model")
loaded = pr.load_model("model")
scores = pr.score(loaded, "table.csv")
pr.report(loaded, "table.csv", "report", pages=list(scores["id"][:2]))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning:shap.*", "ignore::FutureWarning:shap.*")
def test_the_script_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pr.simulate("demo", people=300, seed=2).table.to_csv("table.csv", index=False)
    Path("study.toml").write_bytes((ROOT / "experiments" / "demo_study.toml").read_bytes())
    Path("script.py").write_text(SCRIPT)
    names = runpy.run_path("script.py")
    assert names["judged"]["test_roc_auc"].shape == (3,)
    assert 0 < names["area"] < 1
    assert Path("calibration.png").stat().st_size > 5_000
    assert Path("drivers.png").stat().st_size > 5_000
    assert set(names["verdict"]["comparisons"]) == {"trees", "prior", "severity"}
    assert names["verdict"]["model"] == "mine"
    assert len(names["scores"]) == 300
    assert Path("report/index.html").is_file()
