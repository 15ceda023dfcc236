"""Bad inputs 1 to 30: what is wrong with a file, each with its code, exit status and remedy."""

from __future__ import annotations

import gzip
import io
import zipfile

import pandas as pd
import pytest
from tests.scoring.conftest import as_bytes, with_cell

ITEM = "phq9_4_baseline"


def refused(ending, code: str, *words: str) -> None:
    """The whole table is refused: exit status 4, the code, and words that say what to do."""
    assert ending.status == 4
    assert code in ending.codes
    assert all(word in ending.message for word in words), ending.message


def rejects(ending, row: int, code: str, *, rows: int = 60) -> None:
    """One row is rejected with its code, all others are scored, exit status 7."""
    assert ending.status == 7
    assert set(ending.rejected["row"]) == {str(row)}
    assert code in set(ending.rejected["code"])
    assert ending.row(row)["status"] == "rejected"
    assert (ending.scores["status"] == "rejected").sum() == 1
    assert len(ending.scores) == rows


def same_scores(one, other) -> None:
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_001_a_byte_order_mark_changes_nothing(end, clean):
    plain = end(clean)
    marked = end(b"\xef\xbb\xbf" + as_bytes(clean))
    assert marked.status == 0
    same_scores(plain, marked)


def test_002_latin_1_is_refused_and_the_study_key_is_named(end, clean):
    data = with_cell(clean, 3, "person", "José").to_csv(index=False).encode("latin-1")
    refused(end(data), "NOT_UTF8", "UTF-8", 'encoding = "latin-1"')


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_003_utf_16_is_refused_by_name(end, clean, encoding):
    mark = b"\xff\xfe" if encoding.endswith("le") else b"\xfe\xff"
    data = mark + clean.to_csv(index=False).encode(encoding)
    refused(end(data), "NOT_UTF8", "UTF-16", "save it as UTF-8")


def test_004_mixed_encodings_are_refused_with_the_byte(end, clean):
    data = as_bytes(with_cell(clean, 3, "person", "José"))
    place = data.index(clean["person"][40].encode())
    data = data[:place] + b"\xe9" + data[place:]
    refused(end(data), "NOT_UTF8", str(place))


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_005_006_another_delimiter_is_named(end, clean, mark, word):
    data = clean.to_csv(index=False, sep=mark).encode()
    refused(end(data), "DELIMITER", word, "commas")


def test_007_a_decimal_comma_rejects_the_row(end, clean):
    rejects(end(with_cell(clean, 7, "age", "30,5")), 7, "NOT_A_NUMBER")


def test_008_lines_that_end_in_cr_only_are_refused(end, clean):
    refused(end(as_bytes(clean).replace(b"\n", b"\r")), "LINE_ENDS", "LF or CRLF")


def test_009_crlf_changes_nothing(end, clean):
    plain = end(clean)
    same_scores(plain, end(as_bytes(clean).replace(b"\n", b"\r\n")))


@pytest.mark.parametrize(("column", "code"), [("person", "ID_UNREADABLE"), (ITEM, "NOT_A_NUMBER")])
def test_010_a_nul_rejects_the_row(end, clean, column, code):
    rejects(end(with_cell(clean, 7, column, "2\x00")), 7, code)


def test_011_a_line_end_in_quotes_keeps_row_numbers_right(end, clean):
    noted = with_cell(clean.assign(note="x"), 2, "note", "one\ntwo, three")
    rejects(end(with_cell(noted, 7, ITEM, "8")), 7, "OUT_OF_RANGE")


def test_012_a_quote_that_never_closes_is_refused(end, clean):
    data = as_bytes(clean).replace(b"female", b'"female', 1)
    refused(end(data), "QUOTE_OPEN", "never closed")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda line: line.rsplit(b",", 2)[0], "ROW_TOO_SHORT"),
        (lambda line: line + b",9", "ROW_TOO_LONG"),
    ],
)
def test_013_014_a_row_of_another_width_is_rejected(end, clean, change, code):
    lines = as_bytes(clean).splitlines()
    lines[7] = change(lines[7])
    found = end(b"\n".join(lines) + b"\n")
    rejects(found, 7, code)
    assert found.row(7)["id"] == clean["person"][6]


def test_015_a_trailing_comma_on_every_row_is_refused(end, clean):
    head, _, rest = as_bytes(clean).partition(b"\n")
    data = head + b"\n" + rest.replace(b"\n", b",\n")
    refused(end(data), "TRAILING_COMMA", "trailing comma")


def test_016_a_last_row_cut_short_is_rejected(end, clean):
    data = as_bytes(clean)
    rejects(end(data[: data.rindex(b",", 0, len(data) - 12)]), 60, "ROW_TOO_SHORT")


def test_017_an_empty_file_is_refused(end):
    refused(end(b""), "TABLE_EMPTY", "header line")


def test_018_a_header_alone_is_done_with_a_warning(end, clean):
    found = end(clean.iloc[:0])
    assert (found.status, len(found.scores)) == (0, 0)
    assert "TABLE_NO_ROWS" in found.codes


def test_019_blank_lines_alone_are_refused(end):
    refused(end(b"\n\n\r\n"), "TABLE_EMPTY")


@pytest.mark.parametrize("line", [b"# exported on Monday\n", b"Clinic export\n"])
def test_020_a_line_above_the_header_is_refused(end, clean, line):
    refused(end(line + as_bytes(clean)), "PREAMBLE", "above the column names")


def test_021_a_header_that_stands_again_is_rejected(end, clean):
    lines = as_bytes(clean).splitlines()
    found = end(b"\n".join([*lines[:7], lines[0], *lines[7:]]) + b"\n")
    rejects(found, 7, "HEADER_REPEATED", rows=61)


def test_022_two_tables_in_one_file_are_refused(end, clean):
    second = b"visit,score\na,1\nb,2\nc,3\n"
    refused(end(as_bytes(clean) + second), "TWO_TABLES", "one table")


def test_023_a_field_of_a_million_characters_is_rejected(end, clean):
    rejects(end(with_cell(clean, 7, "person", "x" * 1_000_000)), 7, "ID_UNREADABLE")


def test_024_ten_thousand_columns_are_refused(end, clean):
    wide = ",".join(f"c{i}" for i in range(10_000)).encode()
    refused(end(wide + b"\n"), "TOO_MANY_COLUMNS", "10000")


def test_025_gz_is_read(end, clean, tmp_path):
    plain = end(clean)
    packed = tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress(as_bytes(clean)))
    same_scores(plain, end(packed))


@pytest.mark.parametrize("names", [["a.csv", "b.csv"], ["../table.csv"]])
def test_026_a_zip_is_refused(end, clean, names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, as_bytes(clean))
    refused(end(sink.getvalue()), "TABLE_PACKED", "unpack it")


def test_027_a_gz_cut_short_is_refused(end, clean):
    refused(end(gzip.compress(as_bytes(clean))[:-100]), "TABLE_PACKED", "damaged")


def test_028_a_gz_that_unpacks_beyond_measure_is_refused(end):
    refused(end(gzip.compress(b"0," * 20_000_000)), "TABLE_PACKED", "200 times")


@pytest.mark.parametrize("mark", ["\u200b", "\u00a0"])
def test_029_an_invisible_character_in_the_header_is_refused(end, clean, mark):
    refused(end(clean.rename(columns={"age": f"age{mark}"})), "HEADER_INVISIBLE", "retype")


@pytest.mark.parametrize("name", ["Age", " age"])
def test_030_a_header_off_by_case_or_space_is_refused_with_the_near_one(end, clean, name):
    refused(end(clean.rename(columns={"age": name})), "COLUMN_MISSING", "'age'", "case or spaces")
