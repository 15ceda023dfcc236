#!/usr/bin/env bash
# A SAS transport file (version 5) whose only number is a 0 with its sign bit set, as IBM's floats allow.
# Expected: 0 from pyreadstat 1.3.7.
# Seen: a missing value; an answer "not at all" would be gone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyreadstat==1.3.7
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pandas as pd
import pyreadstat

pyreadstat.write_xport(pd.DataFrame({"answer": [0.0, 1.0]}), "a.xpt", file_format_version=5)
data = open("a.xpt", "rb").read()
place = data.index(b"HEADER RECORD*******OBS") + 80
open("a.xpt", "wb").write(data[:place] + b"\x80" + data[place + 1 :])
values = pyreadstat.read_xport("a.xpt")[0]["answer"].tolist()
print("written -0 and 1, read:", values)
assert values[0] != values[0] and values[1] == 1
PYTHON
