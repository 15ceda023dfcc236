"""Formats: one door for every way of writing a table, at once and chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from predict.cohort import read_cohort
from predict.cohort.formats import FORMATS, format_of, open_table, scan
from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.delimited import record_ends
from predict.cohort.layouts import open_source
from predict.cohort.person_boundaries import Persons
from predict.cohort.source import Source
from predict.definitions.study import read_study
from predict.errors import TableError

STUDY = read_study(
    {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline"],
        "rounds": {},
        "instruments": {"phq2": {"columns": "q{item}"}},
    }
)
LONG = read_study(
    {
        **STUDY.to_dict(),
        "layout": "long",
        "visit": "when",
        "visits": ["baseline", "end"],
    }
)
PEOPLE = pd.DataFrame(
    {"person": [f"p{n}" for n in range(10)], "q1": [n % 4 for n in range(10)], "q2": 1, "more": "x"}
)


class Lines(SourceFormat):
    """One JSON record a line: a format that the project does not know."""

    title = "lines of JSON"
    magic = (b"{",)

    def probe(self, file: SourceFile) -> Source:
        return Source(_records(file, 0, 1).slice(0, 0))

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        table, start = _records(file, 0, None), 0
        while start < table.num_rows:
            part = table.slice(start, rows)
            end = start + part.num_rows
            yield Stretch(start, end, Source(part), partial(np.arange, start + 1, end + 1))
            start = end

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        if chunk is None:
            return Source(_records(file, 0, None))
        part = _records(file, chunk.start, chunk.end)
        return Source(part, first_row=chunk.first_row, piece=True)


def _records(file: SourceFile, start: int, end: int | None) -> pa.Table:
    with file.open() as opened:
        found = [json.loads(line) for line in opened.read().splitlines()[start:end]]
    texts = [{k: str(v) for k, v in record.items()} for record in found]
    table = pa.Table.from_pylist(texts)
    return table.select(list(file.columns)) if file.columns else table


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("predict.cohort.formats.FORMATS", {"lines": Lines(), **FORMATS})
    path = tmp_path / "people.ndjson"
    path.write_text(PEOPLE.to_json(orient="records", lines=True))
    return path


def written(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"people.{name}" for name in ("csv", "parquet")}
    PEOPLE.to_csv(paths["csv"], index=False)
    PEOPLE.to_parquet(paths["parquet"], index=False)
    return paths


def chunked(path: Path, rows: int, *, persons: Persons | None = None) -> list[Source]:
    file = open_table(path, id_column="person")
    found = scan(file, rows, first_row=1, number=0, ids=lambda ids: None, persons=persons)
    return [file.read(chunk) for chunk in found.chunks]


def test_a_format_is_one_class_and_one_line(lines, tmp_path):
    csv = written(tmp_path)["csv"]
    pd.testing.assert_frame_equal(
        read_cohort(lines, STUDY).frame(), read_cohort(csv, STUDY).frame()
    )
    parts = chunked(lines, 3)
    assert [part.first_row for part in parts] == [1, 4, 7, 10]
    assert pa.concat_tables([part.table for part in parts]).num_rows == len(PEOPLE)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_chunks_hold_what_the_whole_holds(tmp_path, kind, rows):
    path = written(tmp_path)[kind]
    parts = chunked(path, rows)
    assert len(parts) == -(-len(PEOPLE) // rows)
    whole = open_table(path).read().table
    assert pa.concat_tables([part.table for part in parts]).equals(whole)


def test_a_frame_and_its_files_are_one_cohort(tmp_path):
    cohorts = [read_cohort(table, STUDY) for table in (PEOPLE, *written(tmp_path).values())]
    for other in cohorts[1:]:
        pd.testing.assert_frame_equal(other.frame(), cohorts[0].frame())


def test_only_what_the_study_reads_is_read_and_the_rest_is_told(tmp_path):
    source = open_source(written(tmp_path)["parquet"], STUDY)
    assert source.table.column_names == ["person", "q1", "q2"]
    assert source.names == ["person", "q1", "q2", "more"]
    problems = read_cohort(written(tmp_path)["csv"], STUDY).problems
    assert problems["code"].tolist() == ["EXTRA_COLUMNS"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_a_person_is_in_one_chunk_whatever_ends_a_line(tmp_path, end):
    rows = [f"p{n},{when},1,2" for n in range(6) for when in ("baseline", "end")]
    path = tmp_path / "long.csv"
    path.write_bytes(end.join(["person,when,q1,q2", *rows]).encode())
    parts = chunked(path, 3, persons=Persons(LONG))
    people = [set(part.table.column("person").to_pylist()) for part in parts]
    assert len(parts) > 2
    assert sum(len(group) for group in people) == len(set().union(*people)) == 6
    assert sum(part.table.num_rows for part in parts) == 12


def test_a_line_that_ends_in_cr_alone_is_a_row_to_both_readings(tmp_path):
    rows = [f"p{n},{when},1,2" for n in range(6) for when in ("baseline", "end")]
    text = "person,when,q1,q2\n" + "\n".join(rows[:3]) + "\r" + "\n".join(rows[3:]) + "\n"
    path = tmp_path / "long.csv"
    path.write_bytes(text.encode())
    parts = chunked(path, 3, persons=Persons(LONG))
    assert set(parts[0].table.column("person").to_pylist()) == {"p0"}
    assert sum(part.table.num_rows for part in parts) == 12


def test_rows_that_quotes_hide_from_the_cut_are_refused_not_misplaced(tmp_path):
    rows = [f'p{n},{when},1,2" tall' for n in range(4) for when in ("baseline", "end")]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["person,when,q1,q2", *rows]) + "\n")
    with pytest.raises(TableError, match="TABLE_NOT_CSV"):
        chunked(path, 3, persons=Persons(LONG))
    assert open_table(path).read().table.num_rows == 8


def test_records_end_outside_quotes_only():
    data = np.frombuffer(b'a,"x\ny"\n\r\nb\rc\n', dtype="uint8")
    ends, filled = record_ends(data)
    assert ends.tolist() == [8, 10, 12, 14]
    assert filled.tolist() == [True, False, True, True]


def test_content_decides_the_format_before_the_name(tmp_path):
    path = tmp_path / "people.csv"
    PEOPLE.to_parquet(path, index=False)
    assert len(read_cohort(path, STUDY).ids) == len(PEOPLE)


def test_a_header_that_begins_like_an_archive_is_no_archive(tmp_path):
    assert format_of("t.csv", b"PKEY,q1,q2\n") is FORMATS["csv"]
    with pytest.raises(TableError, match="TABLE_PACKED"):
        format_of("t.csv", b"PK\x03\x04rest")


def test_a_parquet_file_of_many_groups_is_not_held_while_it_is_read(tmp_path: Path):
    groups, rows = 64, 20_000
    path = tmp_path / "table.parquet"
    numbers = np.random.default_rng(1).random(groups * rows)  # 10 MB that no codec makes smaller
    pd.DataFrame({"person": np.arange(groups * rows), "q1": numbers}).to_parquet(
        path, row_group_size=rows
    )
    file = SourceFile(str(path), FORMATS["parquet"], columns=("q1",))
    before, most = pa.total_allocated_bytes(), 0
    for stretch in file.form.stretches(file, rows):
        assert stretch.source.table.num_rows == rows
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < numbers.nbytes / 3
