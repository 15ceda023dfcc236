"""What a batch holds of a table while it is laid out and read piece by piece."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.cohort.formats import Chunk, fhir, open_table, regrouping
from predict.cohort.formats.merging import row_digests, standing_twice
from predict.cohort.formats.regrouping import Watch
from predict.cohort.formats.translated import lay_out, rows_file
from predict.errors import TableError


def piece(start: int, rows: int) -> Chunk:
    return Chunk(0, "", start, start + rows, start + 1, rows)


def in_groups(path: Path, groups: int = 4, rows: int = 50) -> pa.Table:
    table = pa.table({"id": [f"P{number}" for number in range(groups * rows)]})
    pq.write_table(table, path, row_group_size=rows, compression="none", write_page_checksum=True)
    return table


def test_pieces_in_any_order_are_the_rows_of_the_whole(tmp_path: Path) -> None:
    table = in_groups(tmp_path / "t.parquet")
    file = open_table(tmp_path / "t.parquet", id_column="id")
    for start, rows in [(150, 50), (0, 20), (20, 100), (170, 30), (199, 1), (0, 200), (60, 0)]:
        assert file.read(piece(start, rows)).table.equals(table.slice(start, rows))


def test_groups_before_a_piece_are_passed_over_unread(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = in_groups(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"P60")] ^= 1
    path.write_bytes(data)
    file = open_table(path, id_column="id")
    assert file.read(piece(160, 5)).table.equals(table.slice(160, 5))
    with pytest.raises(TableError):
        file.read(piece(60, 5))


def responses(path: Path, people: int) -> None:
    with path.open("w") as file:
        for number in range(people):
            code = {"system": "http://loinc.org", "code": "LA6569-3"}
            item = {"linkId": "/44250-9", "answer": [{"valueCoding": code}]}
            resource = {
                "resourceType": "QuestionnaireResponse",
                "id": f"r{number}",
                "status": "completed",
                "subject": {"reference": f"Patient/{number}"},
                "authored": "2024-01-01",
                "item": [item],
            }
            file.write(json.dumps(resource) + "\n")


def test_few_records_at_a_time_are_laid_out_in_one_group_that_is_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir, "BATCH", 10)
    responses(tmp_path / "r.ndjson", 100)
    place = rows_file(tmp_path)
    with place.open("wb") as sink:
        lay_out([open_table(f"fhir:{tmp_path / 'r.ndjson'}")], sink, tmp_path)
    assert pq.read_metadata(place).num_row_groups == 1
    assert pq.read_metadata(place).num_rows == 100
    # Else each piece would begin to read at the first row.
    assert open_table(place) == open_table(place)


@given(
    st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6), min_size=1, max_size=8)
)
def test_people_are_known_again_and_ranked_by_their_first_row(tables: list[list[str]]) -> None:
    watch = Watch()
    pending, regrouping._PENDING = regrouping._PENDING, 3
    try:
        for ids in tables:
            watch.look(pa.table({"id": ids}), "id")
        everyone = [text for ids in tables for text in ids]
        begun = [t for t, before in zip(everyone, ["", *everyone], strict=False) if t != before]
        assert watch.apart == (len(begun) > len(set(begun)))
        first = list(dict.fromkeys(everyone))
        assert watch.order().of(pa.chunked_array([first])).tolist() == list(range(len(first)))
    finally:
        regrouping._PENDING = pending


def test_digests_of_rows_tell_who_stands_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("predict.cohort.formats.merging._SOME", 2)
    digests = row_digests(pa.chunked_array([["a", "b", None], ["a", ""]]))
    assert (digests[0] == digests[3], digests[2] == digests[4]) == (True, True)
    assert set(standing_twice(digests)) == {digests[0], digests[2]}
    assert len(row_digests(pa.chunked_array([], pa.string()))) == 0
    assert len(standing_twice(np.empty(0, dtype=np.int64))) == 0
