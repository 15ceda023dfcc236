"""CDISC tables as SAS transport files: short rows, whose padding is no row, and types."""

from __future__ import annotations

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.formats import open_table
from predict.definitions.study import read_study

pyreadstat = pytest.importorskip("pyreadstat")
STUDY = {
    "id": "USUBJID",
    "layout": "long",
    "visit": "AVISIT",
    "visit_values": {"Baseline": "baseline", "End": "end"},
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"columns": "PHQ01{item:02}"}},
}


def adam(people):
    rows = [
        (f"P{n}", visit, f"PHQ01{item:02}", float(item % 4), "")
        for n in range(people)
        for visit in ("Baseline", "End")
        for item in range(1, 10)
    ]
    return pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "PARAMCD", "AVAL", "DTYPE"])


@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_padding_behind_short_rows_is_no_row(tmp_path, people):
    table = adam(people)
    path = tmp_path / "adqs.xpt"
    pyreadstat.write_xport(table, path, file_format_version=5)
    assert open_table(f"xport:{path}").read().table.num_rows == len(table)


def test_adam_is_told_from_a_transport_file_and_read_by_visit(tmp_path):
    path = tmp_path / "adqs.xpt"
    pyreadstat.write_xport(adam(3), path, file_format_version=5)
    cohort = read_cohort(path, read_study(STUDY))
    assert cohort.total("phq9", "end").to_dict() == dict.fromkeys(("P0", "P1", "P2"), 13)
