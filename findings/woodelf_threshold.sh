#!/usr/bin/env bash
# Shapley values of XGBoost's trees by woodelf-explainer 0.4.8 (xgboost 3.2.0, treelite 4.8.1).
# Expected: start and values add up to XGBoost's margin, as both split at x < threshold.
# Seen: thresholds are lowered by one float32 step and still compared by <, so that the largest
# number below a threshold goes to the other side and the sum misses the margin by a leaf.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check woodelf-explainer==0.4.8 \
  treelite==4.8.1 xgboost==3.2.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import json

import numpy as np
import pandas as pd
import xgboost as xgb
from woodelf import WoodelfExplainer

people = pd.DataFrame({"score": np.float32([0, 1, 2, 3, 4, 5])})
data = xgb.DMatrix(people, label=[0, 0, 0, 1, 1, 1])
booster = xgb.train({"max_depth": 1, "min_child_weight": 0, "base_score": 0.5}, data, 1)
tree = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"][0]
threshold = np.float32(tree["split_conditions"][0])
steps = [threshold]
for _ in range(2):
    steps.append(np.nextafter(steps[-1], np.float32(-np.inf)))
rows = pd.DataFrame({"score": np.float32(steps)})
start = booster.predict(data, output_margin=True).mean()
values = np.asarray(WoodelfExplainer(booster, people).shap_values(rows, verbose=False))
sums, margins = start + values.ravel(), booster.predict(xgb.DMatrix(rows), output_margin=True)
for name, total, margin in zip(("on it", "one step below", "two below"), sums, margins):
    print(f"{name}: start plus values {total:.4f}, margin {margin:.4f}")
assert np.allclose(sums[[0, 2]], margins[[0, 2]], atol=1e-6)
assert abs(sums[1] - margins[1]) > 0.1
PYTHON
