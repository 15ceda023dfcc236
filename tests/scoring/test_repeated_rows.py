"""Repeated and empty rows are judged alike whole and in parts."""

from __future__ import annotations

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.model_folder import load_model
from predict.scoring import score
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table


@pytest.fixture
def repeated(clean: pd.DataFrame) -> pd.DataFrame:
    """Twenty people: two with an empty row, one twice, one of empty rows only."""
    people = clean.iloc[:20]
    empty = pd.DataFrame("", index=range(4), columns=people.columns)
    empty["person"] = [people["person"].iloc[3], people["person"].iloc[7], "nobody", "nobody"]
    return pd.concat([empty[:1], people, empty[1:], people.iloc[12:13]], ignore_index=True)


@pytest.mark.parametrize("part_rows", [3, 1_000])
def test_parts_refuse_what_the_whole_table_refuses(stored, repeated, tmp_path, part_rows):
    repeated.to_csv(tmp_path / "t.csv", index=False)
    settings = ScoringSettings(part_rows=part_rows, max_rejected=1.0)
    batch = score_table(stored, str(tmp_path / "t.csv"), tmp_path / "out.csv", settings)
    mine = score(load_model(stored), tmp_path / "t.csv")
    told = pd.read_csv(tmp_path / "out.csv", keep_default_na=False, dtype="str")
    assert told["status"].tolist() == mine["status"].tolist()
    assert told["reason"].tolist() == mine["reason"].tolist()
    reasons = mine.loc[mine["status"] == "rejected", "reason"].tolist()
    assert sorted(reasons) == ["ID_REPEATED"] * 2 + ["ROW_EMPTY"] * 3
    assert batch.rows == len(repeated) == batch.scored + batch.no_estimate + batch.rejected


def test_who_has_only_empty_rows_is_without_an_estimate(stored, repeated):
    scores = score(load_model(stored), repeated)
    assert scores.loc[scores["id"] == "nobody", "status"].tolist() == ["no_estimate", "rejected"]


def test_rejected_rows_name_their_code(stored, repeated, tmp_path):
    repeated.to_csv(tmp_path / "t.csv", index=False)
    settings = ScoringSettings(max_rejected=1.0)
    score_table(stored, str(tmp_path / "t.csv"), tmp_path / "out.csv", settings)
    told = pd.read_csv(tmp_path / "out.rejected.csv")
    cohort = read_cohort(tmp_path / "t.csv", load_model(stored).study, as_of="baseline")
    rows = cohort.problems[cohort.problems["level"] == "row"].sort_values("row")
    assert told[["row", "code"]].values.tolist() == rows[["row", "code"]].values.tolist()
