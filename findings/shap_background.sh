#!/usr/bin/env bash
# The interventional explainer given 2,000 background rows (shap 0.51.0, xgboost 3.2.0).
# Expected: expectations over the 2,000 rows that were handed over.
# Seen: 100 of them are kept, chosen by the masker, unsaid.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check shap==0.51.0 xgboost==3.2.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import shap
import xgboost

rng = np.random.default_rng(0)
X = rng.normal(size=(2000, 3))
y = (X[:, 0] + rng.normal(size=2000) > 0).astype(int)
model = xgboost.XGBClassifier(n_estimators=20, max_depth=3).fit(X, y)
explainer = shap.TreeExplainer(model, X, feature_perturbation="interventional")
print("background rows given 2000, kept:", len(explainer.data))
assert len(explainer.data) == 100
PYTHON
