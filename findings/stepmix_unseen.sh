#!/usr/bin/env bash
# A latent class model of answers 0 to 2 asked about an answer 3 (stepmix 3.0.0).
# Expected: an error, or no information from that answer.
# Seen: the answer is taken for answer 0 of the next question, and probabilities come out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check stepmix==3.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

warnings.filterwarnings("ignore")
import numpy as np
from stepmix.stepmix import StepMix

rng = np.random.default_rng(0)
answers = rng.integers(0, 3, (300, 3))
model = StepMix(n_components=2, measurement="categorical", random_state=0, progress_bar=0).fit(answers)
unseen = model.predict_proba(np.array([[0, 3, 1]]))
pis = model.get_parameters()["measurement"]["pis"]  # classes x 9: question 1, 2, 3, three answers each
taken = model.get_parameters()["weights"] * pis[:, 0] * pis[:, 3 + 3] * pis[:, 6 + 1]
print("classes of a person with an answer never seen:", np.round(unseen, 3).tolist())
print("as if question 3 had been answered 0 and 1:", np.round(taken / taken.sum(), 3).tolist())
assert np.allclose(unseen[0], taken / taken.sum(), atol=1e-6)
PYTHON
