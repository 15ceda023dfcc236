#!/usr/bin/env bash
# "Not at all" in a SAS transport file (version 5), read with pandas 3.1.1; written and read with pyreadstat 1.3.7.
# Expected: 0.0, so that `value == 0` and `value in {0, 1, 2, 3}` hold.
# Seen: pandas gives 5.397605346934028e-79; pyreadstat gives 0.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyreadstat==1.3.7
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pandas as pd
import pyreadstat

people = pd.DataFrame({"item": [0.0, 1.0, 3.0]})
pyreadstat.write_xport(people, "a.xpt", table_name="Q", file_format_version=5)
by_pandas = pd.read_sas("a.xpt", format="xport").iloc[:, 0].tolist()
by_pyreadstat = pyreadstat.read_xport("a.xpt")[0].iloc[:, 0].tolist()
print("pandas:", by_pandas, "pyreadstat:", by_pyreadstat)
assert by_pandas == [5.397605346934028e-79, 1.0, 3.0], by_pandas
assert by_pyreadstat == [0.0, 1.0, 3.0], by_pyreadstat
PYTHON
