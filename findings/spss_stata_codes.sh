#!/usr/bin/env bash
# A labelled PHQ-9 item read with labels (pandas 3.1.1, pyreadstat 1.3.7).
# Expected: the place of a category is its code, 0 to 3, since SPSS and Stata store 0 to 3.
# Seen: read_spss sorts the labels by the alphabet; read_stata numbers only the labels that occur.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyreadstat==1.3.7
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pandas as pd
import pyreadstat

LABELS = {0: "Not at all", 1: "Several days", 2: "More than half the days", 3: "Nearly every day"}
people = pd.DataFrame({"item": [0.0, 1.0, 2.0, 3.0]})
pyreadstat.write_sav(people, "a.sav", variable_value_labels={"item": LABELS})
spss = pd.read_spss("a.sav")["item"].cat.codes.tolist()

some = pd.DataFrame({"item": [1, 3, 3, 1]})
some.to_stata("a.dta", value_labels={"item": LABELS}, write_index=False)
stata = pd.read_stata("a.dta")["item"].cat.codes.tolist()

print("stored 0 1 2 3, read_spss's places:", spss)
print("stored 1 3 3 1, read_stata's places:", stata)
assert spss == [2, 3, 0, 1], spss
assert stata == [0, 1, 1, 0], stata
PYTHON
