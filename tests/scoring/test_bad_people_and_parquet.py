"""Bad inputs 80 to 95: ages and categories, and what a Parquet file may hold."""

from __future__ import annotations

import os
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.scoring.conftest import with_cell
from tests.scoring.test_bad_files import ITEM, refused, rejects


@pytest.mark.parametrize("age", ["0", "150", "17"])
def test_080_an_age_outside_the_study_is_rejected(end, clean, age):
    rejects(end(with_cell(clean, 7, "age", age)), 7, "OUT_OF_RANGE")


def test_080_an_age_over_90_is_read(end, clean):
    found = end(with_cell(clean, 7, "age", "95"))
    assert found.status == 0
    assert found.row(7)["status"] in ("scored", "no_estimate")


def test_081_a_birth_date_that_the_study_does_not_name_is_not_read(end, clean):
    found = end(clean.assign(birth_date="1950-01-01"))
    assert found.status == 0
    assert "EXTRA_COLUMNS" in found.codes


def test_082_a_category_outside_the_study_is_rejected(end, clean):
    rejects(end(with_cell(clean, 7, "sex", "unsaid")), 7, "CHOICE_UNKNOWN")


def test_082_a_category_of_the_study_that_training_never_saw_gives_no_estimate(stored, clean):
    from dataclasses import replace

    from predict.model_folder import load_model
    from predict.scoring import score

    model = load_model(stored)
    levels = {**model.reliance.levels, "sex": {"female": 100}}
    narrow = replace(model, reliance=replace(model.reliance, levels=levels))
    found = score(narrow, with_cell(clean, 7, "sex", "other")).set_index("row").loc[7]
    assert found["status"] == "no_estimate"
    assert "category_unseen" in found["reason"]


@pytest.mark.parametrize("text", ["Female", "fe male"])
def test_083_a_category_off_by_case_or_space_is_rejected_with_the_known_ones(end, clean, text):
    rejects(end(with_cell(clean, 7, "sex", text)), 7, "CHOICE_UNKNOWN")


@pytest.fixture
def typed(clean):
    """The clean table as a typed frame: answers as small integers."""
    table = clean.copy()
    for name in table.columns:
        if "_baseline" in name or name == "age":
            table[name] = pd.to_numeric(table[name]).astype("Int8")
    return table


@pytest.fixture
def parquet(tmp_path, end):
    """Return a function that writes an arrow table as Parquet and scores it."""

    def run(table, **settings):
        path = tmp_path / "table.parquet"
        if isinstance(table, pd.DataFrame):
            table = pa.Table.from_pandas(table, preserve_index=False)
        pq.write_table(table, path, **settings)
        return end(path)

    return run


def as_arrow(typed, name, values, kind):
    table = pa.Table.from_pandas(typed, preserve_index=False)
    return table.set_column(table.column_names.index(name), name, pa.array(values, kind))


def test_084_items_stored_as_text_are_refused(parquet, clean):
    refused(parquet(clean), "COLUMN_TYPE", "store it as a number")


def test_085_086_small_nullable_integers_and_dictionaries_read_as_the_csv_does(
    parquet, typed, clean, end
):
    plain = end(clean)
    coded = typed.assign(sex=typed["sex"].astype("category"), route=typed["route"].astype("str"))
    pd.testing.assert_frame_equal(plain.scores, parquet(coded).scores)


def test_087_decimals_and_floats_are_checked(parquet, typed, end, clean):
    exact = typed[ITEM].fillna(1).astype(int).tolist()
    decimals = as_arrow(typed, ITEM, [Decimal(v) for v in exact], pa.decimal128(5, 2))
    assert parquet(decimals).status == 0
    floats = [float(v) for v in exact]
    floats[6] = 2.5
    rejects(parquet(as_arrow(typed, ITEM, floats, pa.float64())), 7, "NOT_WHOLE")
    floats[6] = np.inf
    rejects(parquet(as_arrow(typed, ITEM, floats, pa.float32())), 7, "OUT_OF_RANGE")


def test_088_lists_and_records_are_refused_where_they_are_read(parquet, typed):
    refused(parquet(as_arrow(typed, ITEM, [[1]] * len(typed), None)), "COLUMN_NESTED", "plain")
    nested = pa.Table.from_pandas(typed, preserve_index=False).append_column(
        "visits", pa.array([[1, 2]] * len(typed))
    )
    assert "EXTRA_COLUMNS" in parquet(nested).codes


def test_089_a_time_with_a_zone_in_a_column_that_is_not_read_changes_nothing(parquet, typed):
    stamps = pd.date_range("2024-03-31", periods=len(typed), freq="h", tz="Europe/Berlin")
    table = pa.Table.from_pandas(typed, preserve_index=False)
    seen = pa.array(stamps.tz_convert(None).to_numpy()).cast(pa.timestamp("us", "Europe/Berlin"))
    assert parquet(table.append_column("seen_at", seen)).status == 0


def test_090_a_file_cut_short_is_refused(parquet, typed, end, tmp_path):
    parquet(typed)
    path = tmp_path / "table.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    refused(end(path), "TABLE_NOT_PARQUET", "export it again")


def test_091_a_flipped_bit_is_refused_or_changes_nothing(parquet, typed, end, tmp_path):
    good = parquet(typed, write_page_checksum=True)
    path, random = tmp_path / "table.parquet", np.random.default_rng(7)
    data = path.read_bytes()
    for place in random.integers(0, len(data), 12):
        harmed = bytearray(data)
        harmed[place] ^= 1 << int(random.integers(0, 8))
        path.write_bytes(bytes(harmed))
        found = end(path)
        if found.status == 0:
            pd.testing.assert_frame_equal(good.scores, found.scores)
        else:
            assert found.status == 4


def test_092_files_of_differing_schema_are_refused(typed, end, tmp_path):
    typed.iloc[:30].to_parquet(tmp_path / "in-1.parquet")
    typed.iloc[30:].assign(age="40").to_parquet(tmp_path / "in-2.parquet")
    refused(end(tmp_path / "in-*.parquet"), "TABLE_SCHEMAS_DIFFER", "alike")


def test_092_files_of_one_schema_are_one_table(typed, clean, end, tmp_path):
    plain = end(clean)
    for number, start in enumerate(range(0, 60, 25)):
        typed.iloc[start : start + 25].to_parquet(tmp_path / f"in-{number}.parquet", index=False)
    pd.testing.assert_frame_equal(plain.scores, end(tmp_path / "in-*.parquet").scores)


def test_093_a_file_without_row_groups_is_done_with_a_warning(parquet, typed):
    found = parquet(typed.iloc[:0])
    assert found.status == 0
    assert "TABLE_NO_ROWS" in found.codes


def test_094_an_encrypted_file_is_refused(end, tmp_path):
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PARE" + os.urandom(500) + b"PARE")
    refused(end(path), "TABLE_NOT_PARQUET")


def test_095_very_many_files_are_told(typed, end, tmp_path, monkeypatch):
    monkeypatch.setattr("predict.scoring.plan.MANY_FILES", 3)
    for number in range(3):
        path = tmp_path / f"in-{number}.parquet"
        typed.iloc[number * 20 : number * 20 + 20].to_parquet(path, index=False)
    found = end(tmp_path / "in-*.parquet")
    assert found.status == 0
    assert "MANY_FILES" in found.codes
