from __future__ import annotations

import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.errors import OutputError
from predict.files import (
    canonical_json,
    csv_text,
    read_json,
    round10,
    safe_text,
    to_json_value,
    write_bytes,
    write_csv,
    write_parquet,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(VALUES)
def test_canonical_json_reads_back_as_the_plain_value(value: object):
    assert read_json(canonical_json(value).encode()) == to_json_value(value)


@given(st.dictionaries(st.text(max_size=4), st.integers(), max_size=5))
def test_equal_values_have_equal_bytes_whatever_their_order(value: dict):
    backwards = dict(reversed(list(value.items())))
    assert canonical_json(backwards) == canonical_json(value)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": 1, "a": 2}'])
def test_loose_json_is_refused(text: str):
    with pytest.raises(ValueError, match=r"allowed|twice"):
        read_json(text.encode())


@pytest.mark.parametrize(("text", "safe"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3", "-3")])
def test_a_cell_cannot_become_a_formula_and_numbers_stay_numbers(text: str, safe: str):
    assert safe_text(text) == safe
    assert csv_text(pd.DataFrame({"a": [text]})) == f"a\n{safe}\n"


def test_floats_carry_ten_digits():
    assert round10(2 / 3) == 0.6666666667
    assert "0.6666666667" in csv_text(pd.DataFrame({"a": [2 / 3]}))


def test_a_file_is_for_its_owner_only_and_leaves_no_other_behind(tmp_path: Path):
    path = write_csv(pd.DataFrame({"a": [1]}), tmp_path / "new" / "t.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["t.csv"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path):
    path = write_bytes(tmp_path / "t", b"old")
    blocked = tmp_path / "folder"
    blocked.mkdir()
    with pytest.raises(OutputError, match="Could not write folder"):
        write_bytes(blocked, b"new")
    assert path.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["folder", "t"]


def test_parquet_keeps_its_facts_and_its_bytes(tmp_path: Path):
    import pyarrow.parquet as pq

    frame = pd.DataFrame({"a": [1.5, None], "b": pd.Series(["x", None], dtype="str")})
    first, second = (write_parquet(frame, tmp_path / n, facts={"made": "here"}) for n in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()
    assert pq.read_schema(first).metadata[b"made"] == b"here"
