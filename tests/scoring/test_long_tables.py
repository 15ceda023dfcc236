"""A table with several rows a person: one row of scores a person, however it is cut."""

from __future__ import annotations

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.errors import TableError
from predict.features.training_set import assemble
from predict.model_folder import save_model
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.scoring import score
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

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
    learned = train(training, Recipe(family="totals"), refits=0)
    return learned, save_model(learned, tmp_path_factory.mktemp("long") / "model")


def test_a_long_table_comes_back_one_row_a_person(model, long, tmp_path):
    """All rows of one visit first, then all of the other."""
    table = tmp_path / "long.csv"
    long.to_csv(table, index=False)
    batch = score_table(
        model[1], str(table), tmp_path / "out.parquet", ScoringSettings(part_rows=50)
    )
    assert batch.rows == long["person"].nunique()
    assert batch.parts > 10
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


@pytest.fixture(scope="module")
def sorted_by_id(long):
    """The same rows as text, a person's together; some people were not there at baseline."""
    table = long.sort_values(["person", "visit"], kind="stable", ignore_index=True)
    people = table["person"].unique()
    table = table[table["person"].isin(people[:80])]
    late = table["person"].isin(people[10:30]) & (table["visit"] == "baseline")
    text = table[~late].map(lambda v: v if isinstance(v, str) else "" if pd.isna(v) else f"{v:g}")
    return text.reset_index(drop=True)


def scored(model, table, out, rows, **more) -> tuple[bytes, int]:
    chosen = ScoringSettings(part_rows=rows, max_rejected=1.0, overwrite=True, **more)
    batch = score_table(model[1], str(table), out, chosen)
    assert batch.rows == batch.scored + batch.no_estimate + batch.rejected
    return out.read_bytes(), batch.parts


@pytest.mark.parametrize("rows", [7, 50])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_long_table_sorted_by_id_is_cut_between_people_to_the_same_bytes(
    model, sorted_by_id, tmp_path, kind, rows
):
    table = tmp_path / f"table.{kind}"
    if kind == "csv":
        sorted_by_id.to_csv(table, index=False)
    else:
        typed = sorted_by_id.astype(dict.fromkeys((*ITEMS, "age"), "float64"))
        typed.to_parquet(table, index=False, row_group_size=100)
    whole, one = scored(model, table, tmp_path / "whole.csv", 10**9)
    cut, parts = scored(model, table, tmp_path / "cut.csv", rows)
    assert one == 1
    assert parts >= len(sorted_by_id) / (rows + 2)
    assert cut == whole


def test_rows_that_cannot_be_read_stay_with_their_people(model, sorted_by_id, tmp_path):
    lines = sorted_by_id.to_csv(index=False).splitlines()
    lines[4] = lines[4].rsplit(",", 2)[0]
    lines[9] += ",9"
    lines[17] = "," + lines[17].split(",", 1)[1]
    lines[23:25] = [lines[23], "", lines[24], ""]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines))
    whole, _ = scored(model, table, tmp_path / "whole.csv", 10**9)
    for rows in (4, 5):
        cut, parts = scored(model, table, tmp_path / "cut.csv", rows)
        assert parts > 20
        assert cut == whole


@pytest.fixture(scope="module")
def apart(sorted_by_id):
    """The same rows in no order."""
    return sorted_by_id.sample(frac=1, random_state=7)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_people_whose_rows_stand_apart_are_put_together_in_one_file_to_the_same_bytes(
    model, apart, tmp_path, kind, monkeypatch
):
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 30)
    table = tmp_path / f"table.{kind}"
    if kind == "csv":
        apart.to_csv(table, index=False)
    else:
        typed = apart.astype({**dict.fromkeys((*ITEMS, "age"), "float64"), "visit": "category"})
        typed.to_parquet(table, index=False, row_group_size=50)
    whole, _ = scored(model, table, tmp_path / "whole.csv", 10**9)
    chosen = ScoringSettings(part_rows=40, max_rejected=1.0)
    batch = score_table(model[1], str(table), tmp_path / "cut.csv", chosen)
    assert (tmp_path / "cut.csv").read_bytes() == whole
    assert batch.parts > 2
    assert "put together in one temporary file" in batch.warnings["PERSON_APART"]
    assert not [path for path in tmp_path.rglob("*") if "rows-in-order" in path.name]


def test_rows_that_cannot_be_read_keep_their_numbers_when_people_are_put_together(
    model, apart, tmp_path
):
    lines = apart.to_csv(index=False).splitlines()
    lines[4] = lines[4].rsplit(",", 2)[0]
    lines[90] += ",9"
    lines[17] = "," + lines[17].split(",", 1)[1]
    lines[60], lines[75] = "x", ",1"
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines))
    tables = []
    for rows in (10**9, 40):
        out = tmp_path / f"out-{rows}"
        chosen = ScoringSettings(part_rows=rows, max_rejected=1.0)
        score_table(model[1], str(table), out, chosen, form="csv")
        parts = [pd.read_csv(path) for path in sorted((out / "_rejected").iterdir())]
        rejected = pd.concat(parts).sort_values(["row", "column"]).to_csv(index=False)
        scores = [path.read_text().split("\n", 1)[1] for path in sorted(out.glob("part-*"))]
        tables.append(("".join(scores), rejected))
    assert tables[0] == tables[1]
    assert all(code in tables[0][1] for code in ("ROW_TOO_SHORT", "ROW_TOO_LONG", "ID_BLANK"))


@pytest.mark.parametrize("spread", [False, True])
def test_windows_of_days_place_rows_piece_by_piece_as_in_the_whole(
    long, sorted_by_id, tmp_path, spread, monkeypatch
):
    monkeypatch.setattr("predict.cohort.formats.regrouping.ROWS", 30)
    days = {"baseline": "2024-01-01", "round_one_end": "2024-02-05"}
    windows = {"baseline": [0, 6], "round_one_end": [21, 60]}
    plan = {key: value for key, value in STUDY.items() if key != "visit"}
    plan["dates"] = {"column": "day", "windows": windows}
    training = assemble(read_cohort(long.assign(day=long["visit"].map(days)), plan),
                        "phq9_response")  # fmt: skip
    model = save_model(train(training, Recipe(family="totals"), refits=0), tmp_path / "model")
    table = tmp_path / "table.csv"
    dated = sorted_by_id.assign(day=sorted_by_id["visit"].map(days)).drop(columns="visit")
    (dated.sample(frac=1, random_state=7) if spread else dated).to_csv(table, index=False)
    whole, _ = scored((None, model), table, tmp_path / "whole.csv", 10**9)
    cut, parts = scored((None, model), table, tmp_path / "cut.csv", 40)
    assert cut == whole
    assert parts > 2


def test_one_piece_it_stays_however_large(model, long, tmp_path, monkeypatch):
    monkeypatch.setattr("predict.cohort.formats.delimited.BLOCK", 1 << 11)
    monkeypatch.setattr("predict.cohort.formats.delimited.LARGEST_CHUNK", 1 << 12)
    table = tmp_path / "table.csv"
    long.to_csv(table, index=False)
    _, parts = scored(model, table, tmp_path / "out.csv", 10**9)
    assert parts == 1
    assert len(pd.read_csv(tmp_path / "out.csv")) == long["person"].nunique()


def test_files_of_a_long_table_are_one_table_where_no_person_is_in_two(
    model, sorted_by_id, tmp_path
):
    people = sorted_by_id["person"]
    sorted_by_id.to_csv(tmp_path / "table.csv", index=False)
    whole, _ = scored(model, tmp_path / "table.csv", tmp_path / "whole.csv", 10**9)
    first = people <= people.unique()[40]
    sorted_by_id[first].to_csv(tmp_path / "in-1.csv", index=False)
    sorted_by_id[~first].to_csv(tmp_path / "in-2.csv", index=False)
    both, parts = scored(model, tmp_path / "in-*.csv", tmp_path / "both.csv", 10**9)
    assert (both, parts) == (whole, 2)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_person_in_two_files_is_one_person(model, sorted_by_id, tmp_path, turn):
    people = sorted_by_id["person"]
    both = people[people.duplicated(keep="last")].iloc[5]
    split = int(people[people == both].index[0]) + 1
    halves = [sorted_by_id.iloc[:split], sorted_by_id.iloc[split:]][::turn]
    pd.concat(halves).to_csv(tmp_path / "table.csv", index=False)
    for number, half in enumerate(halves):
        half.to_csv(tmp_path / f"in-{number}.csv", index=False)
    whole, _ = scored(model, tmp_path / "table.csv", tmp_path / "whole.csv", 10**9)
    parted, _ = scored(model, tmp_path / "in-*.csv", tmp_path / "parted.csv", 10**9)
    assert parted == whole
