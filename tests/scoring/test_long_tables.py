"""A table with several rows a person is scored in one piece: one row of scores a person."""

from __future__ import annotations

import pandas as pd
import pytest

from predict.assembly import assemble
from predict.cohort import read_cohort
from predict.errors import TableError
from predict.recipe import Recipe
from predict.scoring import score
from predict.scoring.settings import Settings
from predict.scoring.single import score_table
from predict.store import save_model
from predict.training import train

ITEMS = [f"phq9_{item}" for item in range(1, 10)]
STUDY = {
    "id": "person",
    "layout": "long",
    "visit": "visit",
    "visits": ["baseline", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
    "people": {"age": {"kind": "number", "range": [18, 110], "known_at": "baseline"}},
}


@pytest.fixture(scope="module")
def long(programme):
    """The programme with one row a person and visit."""
    parts = [
        programme.at(visit)[ITEMS].assign(visit=visit, age=programme.people["age"]).reset_index()
        for visit in STUDY["visits"]
    ]
    return pd.concat(parts).rename(columns={"id": "person"}).dropna(subset=ITEMS)


@pytest.fixture(scope="module")
def model(long, tmp_path_factory):
    training = assemble(read_cohort(long, STUDY), "phq9_response")
    learned = train(training, Recipe(family="totals"))
    return learned, save_model(learned, tmp_path_factory.mktemp("long") / "model")


def test_a_long_table_comes_back_one_row_a_person(model, long, tmp_path):
    table = tmp_path / "long.csv"
    long.to_csv(table, index=False)
    batch = score_table(model[1], str(table), tmp_path / "out.parquet", Settings(part_rows=50))
    assert (batch.rows, batch.parts) == (long["person"].nunique(), 1)
    written = pd.read_parquet(tmp_path / "out.parquet")
    mine = score(model[0], table)
    pd.testing.assert_frame_equal(written.astype(mine.dtypes), mine)


def test_a_long_table_of_another_coding_is_refused_too(model, long, tmp_path):
    table = tmp_path / "long.csv"
    long.assign(**{item: long[item] + 1 for item in ITEMS}).to_csv(table, index=False)
    with pytest.raises(TableError, match="CODING_SHIFT") as caught:
        score_table(model[1], str(table), tmp_path / "out")
    assert caught.value.exit_code == 4
    assert not (tmp_path / "out" / "_SUCCESS").exists()
