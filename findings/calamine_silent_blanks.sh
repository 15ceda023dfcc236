#!/usr/bin/env bash
# A workbook with the error #N/A in one cell and, in another, a formula that no program has computed.
# Expected: python-calamine 0.9.1 tells them from cells that hold nothing.
# Seen: all three come as the same empty text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import openpyxl
import python_calamine

book = openpyxl.Workbook()
book.active.append(["error", "formula", "blank"])
book.active.append(["#N/A", "=1+1", None])
book.save("a.xlsx")
row = python_calamine.load_workbook("a.xlsx").get_sheet_by_index(0).to_python()[1]
print("error, formula, blank:", row)
assert row == ["", "", ""]
PYTHON
