#!/usr/bin/env bash
# A SAS transport file (version 5) of ten people with one text column, the last three blank.
# Expected: ten people from pandas 3.1.1 and from pyreadstat 1.3.7, whose own writer made the file.
# Seen: 8 and 7. The format states no number of rows and pads its last block of 80 bytes with blanks,
# so blank people at the end cannot be told from padding; the two readers even disagree.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyreadstat==1.3.7
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pandas as pd
import pyreadstat

people = pd.DataFrame({"note": ["text"] * 7 + [""] * 3})
pyreadstat.write_xport(people, "a.xpt", table_name="Q", file_format_version=5)
by_pandas = len(pd.read_sas("a.xpt", format="xport", encoding="infer"))
by_pyreadstat = len(pyreadstat.read_xport("a.xpt")[0])
print("written 10; pandas:", by_pandas, "pyreadstat:", by_pyreadstat)
assert (by_pandas, by_pyreadstat) == (8, 7)
PYTHON
