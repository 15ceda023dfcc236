"""Bad input: each case with the code it must get, and no row lost without one."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.cohort import Cohort, read_cohort
from predict.errors import TableError

STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end"],
    "missing_codes": [-9, 99],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq2": {"columns": "q{item}_{visit}"}},
    "people": {
        "age": {"kind": "number", "range": [18, 110]},
        "sex": {"kind": "choice", "values": ["female", "male"]},
    },
}
HEAD = "person,age,sex,q1_baseline,q2_baseline,q1_round_one_end,q2_round_one_end"
ROWS = ["a,30,female,0,3,1,1", "b,40,male,2,2,0,0"]


def written(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path: Path, *rows: str, head: str = HEAD, **study: Any) -> Cohort:
    return read_cohort(written(tmp_path, "\n".join([head, *rows]) + "\n"), {**STUDY, **study})


def file_code(tmp_path: Path, text: str | bytes, name: str = "t.csv", **study: Any) -> str:
    with pytest.raises(TableError) as caught:
        read_cohort(written(tmp_path, text, name), {**STUDY, **study})
    return ",".join(sorted({p.code for p in caught.value.problems}))


def row_code(tmp_path: Path, row: str) -> str:
    cohort = read(tmp_path, *ROWS, row)
    assert len(cohort.rows) == 3
    assert list(cohort.ids) == ["a", "b"]
    return str(cohort.rows["code"].iloc[2])


TEXT = "\n".join([HEAD, *ROWS]) + "\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "TABLE_EMPTY"),
        (b"\n\n  \n", "TABLE_EMPTY"),
        (TEXT.encode("utf-16"), "NOT_UTF8"),
        (TEXT.replace("female", "f\xe9male").encode("latin-1"), "NOT_UTF8"),
        (TEXT.replace(",", ";"), "DELIMITER"),
        (TEXT.replace(",", "\t"), "DELIMITER"),
        (TEXT.replace("\n", "\r"), "LINE_ENDS"),
        ("sep=,\n" + TEXT, "PREAMBLE"),
        (TEXT.replace("female", '"female'), "QUOTE_OPEN"),
        (TEXT.replace("0,3,1,1", "0,3,1,1,").replace("2,2,0,0", "2,2,0,0,"), "TRAILING_COMMA"),
        (HEAD.replace("age", "sex") + "\n", "COLUMN_REPEATED"),
        (TEXT.replace("age", "a\u200bge"), "HEADER_INVISIBLE"),
        (TEXT.replace("age", "\u00a0age"), "HEADER_INVISIBLE"),
        (TEXT.replace("age", "Age"), "COLUMN_MISSING"),
        ("# made on Monday\n" + TEXT, "PREAMBLE"),
        (TEXT + "\nx,y\n1,2\n3,4\n5,6\n", "TWO_TABLES"),
        (",".join(f"c{i}" for i in range(10_000)) + "\n", "TOO_MANY_COLUMNS"),
        (b"PK\x03\x04rest", "TABLE_PACKED"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "TABLE_PACKED"),
        (gzip.compress(b"0" * 40_000_000, mtime=0), "TABLE_PACKED"),
    ],
)
def test_a_file_that_cannot_be_read_stops_with_its_code(
    tmp_path: Path, text: str | bytes, code: str
) -> None:
    assert file_code(tmp_path, text) == code


def test_all_missing_columns_are_told_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, head="person,Age,sex,q1_baselin,q2_baseline,q1_round_one_end")
    told = {p.column: p.message for p in caught.value.problems}
    assert set(told) == {"age", "q1_baseline", "q2_round_one_end"}
    assert "differs only in case" in told["age"]
    assert "Did you mean 'q1_baselin'?" in told["q1_baseline"]


def test_a_column_that_the_study_uses_is_no_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, head="person,age,sex,q1_baseline,q2_baseline,q1_round_one_end")
    (told,) = caught.value.problems
    assert told.message == "Column 'q2_round_one_end' is absent. Add it, or correct the study."


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, code in ((tmp_path, "TABLE_IS_FOLDER"), (tmp_path / "no.csv", "TABLE_NOT_FOUND")):
        with pytest.raises(TableError, match=code):
            read_cohort(path, STUDY)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("c,30,female,4,0,0,0", "OUT_OF_RANGE"),
        ("c,30,female,-1,0,0,0", "OUT_OF_RANGE"),
        ("c,30,female,999,0,0,0", "OUT_OF_RANGE"),
        ("c,30,female,2.7,0,0,0", "NOT_WHOLE"),
        ("c,30,female,２,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,٢,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,Several days,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,TRUE,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,inf,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,nan,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,1e0,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,0x2,0,0,0", "NOT_A_NUMBER"),
        ("c,30,female,1_0,0,0,0", "NOT_A_NUMBER"),
        ('c,30,female,"1,000",0,0,0', "NOT_A_NUMBER"),
        ('c,"30,5",female,1,0,0,0', "NOT_A_NUMBER"),
        ("c,30,female,\x00,0,0,0", "NOT_A_NUMBER"),
        ("c," + "9" * 70_000 + ",female,0,0,0,0", "NOT_A_NUMBER"),
        ("c,0,female,1,0,0,0", "OUT_OF_RANGE"),
        ("c,150,female,1,0,0,0", "OUT_OF_RANGE"),
        ("c,30,Female,1,0,0,0", "CHOICE_UNKNOWN"),
        ("c,30,other,1,0,0,0", "CHOICE_UNKNOWN"),
        (",30,female,1,0,0,0", "ID_BLANK"),
        ("  ,30,female,1,0,0,0", "ID_BLANK"),
        ("c\x00,30,female,1,0,0,0", "ID_UNREADABLE"),
        ("c" * 300 + ",30,female,1,0,0,0", "ID_UNREADABLE"),
        ("c,30,female,1,0,0", "ROW_TOO_SHORT"),
        ("c,30,female,1,0,0,0,0", "ROW_TOO_LONG"),
        (HEAD, "HEADER_REPEATED"),
        ("Mean,30,female,1,0,0,0", "SUMMARY_ROW"),
        ("Gesamtergebnis,30,female,1,0,0,0", "SUMMARY_ROW"),
        (" Mittelwert: ,30,female,1,0,0,0", "SUMMARY_ROW"),
        ("Std. Dev.,30,female,1,0,0,0", "SUMMARY_ROW"),
        ("N =,30,female,1,0,0,0", "SUMMARY_ROW"),
        ("Source: clinic,,,,,,", "NOTE_ROW"),
        ("Stand:, , ,,,,", "NOTE_ROW"),
    ],
)
def test_a_bad_row_is_refused_alone_with_its_code(tmp_path: Path, row: str, code: str) -> None:
    assert row_code(tmp_path, row) == code


@pytest.mark.parametrize("row", ["SITE:001,,,,,,", "Source: clinic,30,,,,,", "2024: 1,,,,,,"])
def test_an_odd_id_is_a_person_all_the_same(tmp_path: Path, row: str) -> None:
    assert read(tmp_path, *ROWS, row).ids.tolist() == ["a", "b", row.split(",")[0]]


@pytest.mark.parametrize("cell", ["", "NA", ".", "-9", "99", " ", "99.0"])
def test_blanks_and_declared_codes_are_missing(tmp_path: Path, cell: str) -> None:
    cohort = read(tmp_path, f"c,30,female,{cell},0,0,0", "d,30,female,0,3,0,0")
    assert cohort.rows["status"].tolist() == ["valid", "valid"]
    assert cohort.at("baseline")["phq2_1"].isna().tolist() == [True, False]


@pytest.mark.parametrize("cell", ["2", " 2 ", "2.0", "2.000"])
def test_the_allowed_spellings_of_a_whole_number(tmp_path: Path, cell: str) -> None:
    cohort = read(tmp_path, f"c,30,female,{cell},0,0,0", *ROWS)
    assert cohort.at("baseline")["phq2_1"].iloc[0] == 2.0
    told = "WHOLE_AS_DECIMAL" in set(cohort.problems["code"])
    assert told == ("." in cell)


@pytest.mark.parametrize("person", ["NA", "null", "00123", "1e5", "12345678901234567890", "-"])
def test_ids_survive_as_they_are_written(tmp_path: Path, person: str) -> None:
    assert read(tmp_path, f"{person},30,female,0,0,0,0").ids.tolist() == [person]


def test_bom_crlf_gz_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    plain = read(tmp_path, *ROWS).frame()
    windows = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    for name, data in (("w.csv", windows), ("z.csv.gz", gzip.compress(TEXT.encode(), mtime=0))):
        pd.testing.assert_frame_equal(
            read_cohort(written(tmp_path, data, name), STUDY).frame(), plain
        )
    note = read(tmp_path, '"a\nb",30,female,0,3,1,1', "c,30,female,7,0,0,0")
    assert note.ids.tolist() == ["a\nb"]
    assert note.rows["row"].tolist() == [1, 2]


def test_an_encoding_that_the_study_states_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("a,30", "\xe9,30").encode("latin-1"))
    assert read_cohort(path, {**STUDY, "encoding": "latin-1"}).ids.tolist() == ["\xe9", "b"]


def test_an_encoding_stated_wrongly_and_a_damaged_gz_are_told(tmp_path: Path) -> None:
    odd = TEXT.encode() + b"\x81,1,female,0,0,0,0\n"
    assert file_code(tmp_path, odd, encoding="cp1252") == "NOT_ENCODED"
    packed = bytearray(gzip.compress(TEXT.encode() * 50))
    packed[40:60] = b"\xff" * 20
    assert file_code(tmp_path, bytes(packed)) == "TABLE_PACKED"


def test_a_pipe_is_no_table(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="TABLE_NOT_A_FILE"):
        read_cohort(tmp_path / "pipe.csv", STUDY)


def test_a_header_alone_is_an_empty_cohort(tmp_path: Path) -> None:
    cohort = read(tmp_path)
    assert len(cohort.people) == 0
    assert cohort.flow["n"].tolist()[0] == 0


def test_repeated_ids_refuse_all_their_rows_unless_the_study_keeps_one(tmp_path: Path) -> None:
    rows = ("c,30,female,0,0,0,0", "d,31,male,1,1,1,1", "c,32,female,3,3,0,0")
    refused = read(tmp_path, *rows)
    assert refused.rows["code"].tolist() == ["ID_REPEATED", "", "ID_REPEATED"]
    assert read(tmp_path, *rows, duplicates="first").people["age"].tolist() == [30.0, 31.0]
    assert read(tmp_path, *rows, duplicates="last").people["age"].tolist() == [31.0, 32.0]


def test_a_total_that_is_not_the_sum_refuses_the_row(tmp_path: Path) -> None:
    entry = {"phq2": {"columns": "q{item}_{visit}", "total": {"baseline": "sum"}}}
    cohort = read(
        tmp_path,
        *(f"{r},{t}" for r, t in zip(ROWS, (3, 3), strict=True)),
        head=HEAD + ",sum",
        instruments=entry,
    )
    assert cohort.rows["code"].tolist() == ["", "TOTAL_NOT_SUM"]


@pytest.mark.parametrize(
    ("cells", "low", "code"),
    [
        (["1", "2", "4"], 0, "CODING_SHIFT"),  # 1-4 where 0-3 is declared
        (["0", "2", "4"], 0, ""),  # a single 4 beside zeros is a wrong answer
        (["1", "2", "4"], 1, ""),
        (["0", "2", "3"], 1, "CODING_SHIFT"),  # 0-3 where 1-4 is declared
    ],
)
def test_a_table_in_another_coding_is_stopped_and_never_repaired(
    tmp_path: Path, cells: list[str], low: int, code: str
) -> None:
    rows = [f"{i},30,female,{c},{c},{c},{c}" for i, c in enumerate(cells * 5)]
    text = "\n".join([HEAD, *rows]) + "\n"
    study = {"instruments": {"phq2": {"columns": "q{item}_{visit}", "coding_low": low}}}
    if code:
        assert file_code(tmp_path, text, **study) == code
    else:
        first = read(tmp_path, *rows, **study).at("baseline")["phq2_1"].iloc[0]
        assert first == float(cells[0]) - low


def test_words_are_read_only_where_the_study_maps_them(tmp_path: Path) -> None:
    words = {"not at all": 0, "Nearly every day": 3}
    entry = {"phq2": {"columns": "q{item}_{visit}", "answers": words}}
    cohort = read(tmp_path, "c,30,female,Not at all,nearly every day,0,often", instruments=entry)
    assert cohort.rows[["code", "column"]].iloc[0].tolist() == ["NOT_A_NUMBER", "q2_round_one_end"]
    cohort = read(tmp_path, "c,30,female,Not at all,nearly every day,0,3", instruments=entry)
    assert cohort.total("phq2", "baseline").tolist() == [3.0]


def test_a_missing_code_inside_a_range_is_told(tmp_path: Path) -> None:
    cohort = read(tmp_path, "c,99,female,0,0,0,0")
    assert cohort.people["age"].isna().all()
    assert "MISSING_CODE_IN_RANGE" in set(cohort.problems["code"])


def test_of_many_extra_columns_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    """An ellipsis at the end of a sentence stood as four dots."""
    extra = "".join(f",mood_{n}" for n in range(12))
    rows = [HEAD + extra, *(r + ",5" * 12 for r in ROWS)]
    cohort = read_cohort(written(tmp_path, "\n".join(rows) + "\n"), STUDY)
    told = cohort.problems.set_index("code").loc["EXTRA_COLUMNS", "message"]
    assert "left unread, 12: mood_0, " in told
    assert told.endswith(", mood_9 and 2 more.")


def test_extra_and_later_columns_are_named_and_left_unread(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join([HEAD + ",mood", *(r + ",5" for r in ROWS)]) + "\n")
    cohort = read_cohort(path, STUDY, as_of="baseline")
    assert set(cohort.problems["code"]) == {"EXTRA_COLUMNS", "LATER_COLUMNS"}
    assert list(cohort.visits) == ["baseline"]
    assert cohort.at("round_one_end").shape == (2, 0)


def test_no_message_holds_an_answer_or_an_id(tmp_path: Path) -> None:
    cohort = read(tmp_path, "Jane Doe,30,female,77,0,0,0", "Jane Doe,31,male,0,0,0,0")
    assert not cohort.problems["message"].str.contains("Jane|77").any()


def test_parquet_is_read_by_its_types(tmp_path: Path) -> None:
    typed = pd.DataFrame(
        {
            "person": ["a", "b"],
            "age": [30.0, 40.0],
            "sex": pd.Categorical(["female", "male"]),
            "q1_baseline": pd.array([0, 2], dtype="Int8"),
            "q2_baseline": [3.0, 2.0],
            "q1_round_one_end": pd.array([1, None], dtype="Int8"),
            "q2_round_one_end": [1, 0],
        }
    )
    typed.to_parquet(tmp_path / "t.parquet")
    cohort = read_cohort(tmp_path / "t.parquet", STUDY)
    assert cohort.total("phq2", "baseline").tolist() == [3.0, 4.0]
    assert cohort.at("round_one_end")["phq2_1"].isna().tolist() == [False, True]
    typed.astype({"q2_baseline": str}).to_parquet(tmp_path / "text.parquet")
    with pytest.raises(TableError, match="COLUMN_TYPE"):
        read_cohort(tmp_path / "text.parquet", STUDY)
    pq.write_table(pa.table({"person": [["a"]]}), tmp_path / "nested.parquet")
    with pytest.raises(TableError, match="COLUMN_NESTED"):
        read_cohort(tmp_path / "nested.parquet", STUDY)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:-20])
    with pytest.raises(TableError, match="TABLE_NOT_PARQUET"):
        read_cohort(tmp_path / "cut.parquet", STUDY)


def test_a_frame_of_numbers_and_a_csv_give_the_same_cohort(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    frame = read_cohort(pd.read_csv(path), STUDY)
    pd.testing.assert_frame_equal(frame.frame(), read_cohort(path, STUDY).frame())
    infinite = pd.read_csv(path).astype({"age": float})
    infinite.loc[0, "age"] = float("inf")
    assert read_cohort(infinite, STUDY).rows["code"].tolist() == ["OUT_OF_RANGE", ""]


def test_an_arrow_table_and_odd_column_names_of_a_frame_are_read(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, TEXT), dtype="str")
    plain = read_cohort(frame, STUDY).frame()
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    pd.testing.assert_frame_equal(read_cohort(arrow, STUDY).frame(), plain)
    numbered = pd.concat([frame, pd.DataFrame({5: [object(), "x"]})], axis=1)
    pd.testing.assert_frame_equal(read_cohort(numbered, STUDY).frame(), plain)
    twice = pd.concat([frame, frame[["age"]]], axis=1)
    doubled = arrow.append_column("age", arrow.column("age"))
    for table in (twice, doubled):
        with pytest.raises(TableError, match="COLUMN_REPEATED"):
            read_cohort(table, STUDY)


cells = st.one_of(st.sampled_from(["0", "1", "2", "3", "", "99"]), st.text(max_size=4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=5), *[cells] * 4), max_size=12))
def test_every_row_is_kept_or_refused_whatever_the_cells_hold(table: list[tuple[str, ...]]) -> None:
    frame = pd.DataFrame(table, columns=["person", *HEAD.split(",")[3:]], dtype="str")
    frame = frame.assign(age="30", sex="male")
    cohort = read_cohort(frame, STUDY)
    assert len(cohort.rows) == len(frame)
    assert (cohort.rows["status"] == "valid").sum() == len(cohort.people)
    assert set(cohort.ids) == set(cohort.rows.loc[cohort.rows["status"] == "valid", "id"])
    assert cohort.answers.drop(columns=["id", "visit"]).stack().dropna().between(0, 3).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 5))
def test_the_order_of_rows_and_the_company_change_nothing(order: list[int], one: int) -> None:
    answers = [("0", "1"), ("3", ""), ("2", "2"), ("9", "1"), ("1", "3"), ("0", "0")]
    columns = ["q1_baseline", "q2_baseline", "q1_round_one_end", "q2_round_one_end"]
    frame = pd.DataFrame([(*a, *a) for a in answers], columns=columns, dtype="str")
    frame = frame.assign(person=[f"p{i}" for i in range(6)], age="30", sex="male")
    whole = read_cohort(frame, STUDY).frame()
    moved = read_cohort(frame.iloc[order], STUDY).frame()
    pd.testing.assert_frame_equal(moved.sort_index(), whole.sort_index())
    if f"p{one}" in whole.index:
        alone = read_cohort(frame.iloc[[one]], STUDY).frame()
        pd.testing.assert_frame_equal(alone, whole.loc[[f"p{one}"]])


def test_one_visit_in_another_coding_does_not_hide_among_the_others(tmp_path: Path) -> None:
    cells = [("1", "0"), ("2", "2"), ("4", "3")] * 10
    rows = [f"{i},30,female,{c},{c},{later},{later}" for i, (c, later) in enumerate(cells)]
    text = "\n".join([HEAD, *rows]) + "\n"
    assert file_code(tmp_path, text) == "CODING_SHIFT"
