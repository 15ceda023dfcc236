#!/usr/bin/env bash
# A decision curve where 40 of 100 people have no prediction (dcurves 1.1.7).
# Expected: an error, or the curve of the 60 people who have one.
# Seen: all 100 stay in the denominator and nobody of the 40 is ever "treated": net benefit .284 where
# the 60 give .474, without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dcurves==1.1.7 pandas==3.1.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
from dcurves import dca

people = pd.DataFrame({"y": [1, 0] * 50, "model": np.linspace(0.1, 0.9, 100)})
people.loc[:39, "model"] = np.nan


def curve(frame):
    table = dca(data=frame, outcome="y", modelnames=["model"], thresholds=[0.05])
    row = table[table["model"] == "model"].iloc[0]
    return int(row["n"]), round(float(row["net_benefit"]), 3)


every, known = curve(people), curve(people.dropna())
print("with missing predictions:", every, "without those people:", known)
assert every == (100, 0.284), every
assert known == (60, 0.474), known
PYTHON
