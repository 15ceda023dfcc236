"""Workbooks: the stored values count, and what a reader of values passes over is told."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import excel, open_table, scan
from predict.definitions.study import Dialect, read_study
from predict.errors import TableError

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
}
ROWS = [["person", "q1", "q2"], ["001", 2, 0], [1002, 3, None], [1003.0, 0, 1]]


def workbook(
    path: Path, change: Callable[[openpyxl.Workbook], None] | None = None, rows: list = ROWS
) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.xlsx"


def codes(path: Path | str) -> set[str]:
    return set(read_cohort(path, STUDY).problems["code"])


def test_numbers_and_ids_come_as_a_csv_would_hold_them(path):
    cohort = read_cohort(workbook(path), STUDY)
    assert cohort.ids.tolist() == ["001", "1002", "1003"]
    assert cohort.at("baseline")["phq2_1"].tolist() == [2, 3, 0]
    assert cohort.problems.empty


def test_chunks_hold_what_the_whole_holds(path):
    file = open_table(workbook(path), id_column="person")
    chunks = scan(file, 2, first_row=1, number=0, ids=lambda ids: None)
    parts = [file.read(chunk).table.to_pylist() for chunk in chunks.chunks]
    assert [row for part in parts for row in part] == file.read().table.to_pylist()


def test_dates_and_logical_values_are_text(path):
    day = datetime.date(2024, 1, 31)
    row = ["a", day, datetime.datetime.combine(day, datetime.time(8, 5)), True]
    rows = [["person", "day", "at", "yes"], row]
    table = open_table(workbook(path, rows=rows)).read().table.to_pylist()
    assert table == [
        {"person": "a", "day": "2024-01-31", "at": "2024-01-31 08:05:00", "yes": "TRUE"}
    ]


def test_the_first_sheet_is_read_and_the_others_are_told(path):
    def more(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("Later")
        for row in [*ROWS, ["z", 1, 1]]:
            sheet.append(row)

    assert "SHEETS_SEVERAL" in codes(workbook(path, more))
    named = read_cohort(f"excel:{path}?sheet=Later", STUDY)
    assert len(named.ids) == 4
    assert named.problems.empty
    assert len(read_cohort(path, {**STUDY, "sheet": "Later"}).ids) == 4
    with pytest.raises(TableError, match=r"SHEET_UNKNOWN.*Did you mean 'Later'"):
        read_cohort(path, {**STUDY, "sheet": "Latr"})


def test_an_error_cell_is_no_silent_blank(path):
    def broken(book: openpyxl.Workbook) -> None:
        book.active["C3"] = "#N/A"

    cohort = read_cohort(workbook(path, broken), STUDY)
    assert cohort.problems.set_index("code")["message"]["CELL_ERRORS"].startswith("1 cells")


def test_formulas_that_nobody_computed_stop_the_table(path):
    def formula(book: openpyxl.Workbook) -> None:
        book.active["C3"] = "=1+1"

    with pytest.raises(TableError, match="FORMULA_NO_VALUE: 1 formulas"):
        read_cohort(workbook(path, formula), STUDY)


def test_per_cent_cells_are_told(path):
    def percent(book: openpyxl.Workbook) -> None:
        book.active["C2"].number_format = "0.0%"

    assert codes(workbook(path, percent)) == {"PERCENT_CELLS"}


def test_merged_and_blank_headers_are_refused(path):
    def merged(book: openpyxl.Workbook) -> None:
        book.active.merge_cells("B1:C1")

    with pytest.raises(TableError, match="HEADER_MERGED"):
        read_cohort(workbook(path, merged), STUDY)
    with pytest.raises(TableError, match="HEADER_BLANK: Column 2 has cells"):
        read_cohort(workbook(path, rows=[["A title"], *ROWS]), STUDY)


def test_blank_rows_and_a_frame_of_blank_cells_are_no_people(path):
    rows = [*ROWS[:2], [], *ROWS[2:], [None, None, None], []]
    assert len(read_cohort(workbook(path, rows=rows), STUDY).rows) == 3


def test_a_workbook_that_is_none_or_a_bomb_is_refused(path):
    workbook(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(TableError, match=r"TABLE_DAMAGED|TABLE_PACKED"):
        read_cohort(path, STUDY)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(TableError, match="TABLE_PACKED"):
        read_cohort(path, STUDY)


def stored(cell: tuple[str, str, str]) -> str:
    """A cell of an OpenDocument sheet: its kind, the value stored and the words shown."""
    kind, value, words = cell
    head = f'<table:table-cell office:value-type="{kind}" office:{kind}-value="{value}">'
    return f"{head}<text:p>{words}</text:p></table:table-cell>"


def test_logical_cells_of_opendocument_are_the_stored_ones(tmp_path):
    rows = [
        [("string", "person", "person"), ("string", "ja", "ja")],
        [("string", "a", "a"), ("boolean", "true", "WAHR")],
    ]
    body = "".join(
        f"<table:table-row>{''.join(map(stored, row))}</table:table-row>" for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"
    spaces = " ".join(f'xmlns:{n}="{names.format(n)}"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="A">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "people.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<a/>")
    assert open_table(path).read().table.to_pylist() == [{"person": "a", "ja": "TRUE"}]


def test_damaged_workbooks_are_read_or_refused(path):
    whole = workbook(path).read_bytes()
    for data in damaged(whole, seed=5, count=25):
        survives(path, data, read_study(STUDY))


def test_rows_below_the_names_that_describe_them_are_no_people(tmp_path):
    book = openpyxl.Workbook()
    for row in (["person", "q1"], ["Who?", "How often?"], ["a", 1], ["b", 2]):
        book.active.append(row)
    book.save(tmp_path / "described.xlsx")
    file = open_table(tmp_path / "described.xlsx", dialect=Dialect(header_rows=2))
    assert file.read().table["person"].to_pylist() == ["a", "b"]
    assert file.probe().notes["q1"].label == "How often?"
    assert [notice.code for notice in file.probe().notices] == ["HEADER_ROWS"]


def test_a_sheet_of_too_many_cells_is_refused_before_it_is_held(path, monkeypatch):
    monkeypatch.setattr(excel, "MOST_CELLS", 11)
    with pytest.raises(TableError, match=r"SHEET_TOO_LARGE.*12 cells; up to 11.*Parquet"):
        open_table(workbook(path)).probe()


def test_hidden_rows_are_read_and_told(path):
    def change(book: openpyxl.Workbook) -> None:
        book.active.row_dimensions[3].hidden = True

    cohort = read_cohort(workbook(path, change), STUDY)
    assert cohort.ids.tolist() == ["001", "1002", "1003"]
    assert cohort.problems["code"].tolist() == ["ROWS_HIDDEN"]
