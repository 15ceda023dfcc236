"""Excel and OpenDocument sheets: the stored values, never the words shown; calamine's door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import pyarrow as pa

from predict.cohort.formats.base import SourceFile, check_names, mark_of, needing
from predict.cohort.formats.packing import ZIP
from predict.cohort.formats.rows import RowFormat
from predict.cohort.formats.sheet_xml import check_unpacked, sheet_facts
from predict.cohort.source import ColumnNotes, Source, refuse
from predict.errors import Problem, TableError, unknown_name

# About 100 bytes each while they are read: 2 GB.
MOST_CELLS = 20_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_INSIDE = (b"[Content_Types].xml", b"xl/", b"opendocument.spreadsheet")
Row = list[Any]


class Excel(RowFormat):
    """One sheet of a workbook, its first row naming the columns; it is held in memory."""

    title = "Excel or OpenDocument sheet (.xlsx, .xls, .xlsb, .ods)"
    suffixes = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
    extra = "formats"

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a file of this name and beginning is of this format."""
        zipped = head.startswith(ZIP) and any(word in head for word in _INSIDE)
        return zipped or head.startswith(_OLE) or (head.startswith(ZIP) and self._named(name))

    def _named(self, name: str) -> bool:
        return name.lower().endswith(self.suffixes)

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, and what to tell of the sheet."""
        sheet, below = self.sheet(file), file.dialect.header_rows - 1
        empty = pa.table({name: pa.array([], pa.string()) for name in sheet.names})
        if not below:
            return Source(empty, notices=sheet.notices)
        message = f"{below} rows below the column names describe them, as the study states."
        notice = Problem("HEADER_ROWS", message, level="warning")
        texts = sheet.rows[0] if sheet.rows else ()
        notes = {
            n: ColumnNotes(label=_text(t) or "") for n, t in zip(sheet.names, texts, strict=False)
        }
        return Source(empty, notices=(*sheet.notices, notice), notes=notes)

    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on."""
        sheet = self.sheet(file)
        below = file.dialect.header_rows - 1
        some = sheet.rows[below + start : below + start + rows]
        columns = {
            name: pa.array([_text(row[place]) for row in some], pa.string())
            for place, name in enumerate(sheet.names)
            if not file.columns or name in file.columns
        }
        return Source(pa.table(columns))

    def sheet(self, file: SourceFile) -> Sheet:
        """Return the sheet; it is read once and kept for the table's other pieces."""
        with file.on_disk() as path:
            return _sheet(self, path, file.option("sheet"), mark_of(replace(file, path=path)))


@dataclass(frozen=True)
class Sheet:
    """A sheet's column names, its rows below them, and what to tell of it."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    notices: tuple[Problem, ...]


@lru_cache(maxsize=2)
def _sheet(form: Excel, path: str, wanted: str, mark: tuple[int, int]) -> Sheet:
    check_unpacked(path)
    with needing(form):
        import python_calamine as calamine
    try:
        with calamine.load_workbook(path) as book:
            name = _chosen(book.sheet_names, wanted)
            sheet = book.get_sheet_by_name(name)
            _check_size(sheet.height * sheet.width)
            merged = [low for low, _ in sheet.merged_cell_ranges or ()]
            rows, names = sheet.to_python(skip_empty_area=True), book.sheet_names
    except TableError:
        raise
    except BaseException as error:  # the library's panics are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        message = "The workbook is damaged, locked by a password or no workbook; save it again."
        raise refuse("TABLE_DAMAGED", message) from error
    return _checked_sheet(
        rows, [*_told_sheets(names, name, wanted), *_told_cells(path, name)], merged
    )


def _check_size(cells: int) -> None:
    """Stop at a sheet that would not fit into the memory of an ordinary computer."""
    if cells > MOST_CELLS:
        message = f"The sheet has {cells} cells; up to {MOST_CELLS} are held in memory. Save it as"
        raise refuse("SHEET_TOO_LARGE", f"{message} CSV or Parquet, which are read in pieces.")


def _chosen(names: Sequence[str], wanted: str) -> str:
    if not names or (wanted and wanted not in names):
        raise refuse("SHEET_UNKNOWN", unknown_name("sheet", wanted, list(names)))
    return wanted or names[0]


def _told_sheets(names: Sequence[str], name: str, wanted: str) -> list[Problem]:
    if wanted or len(names) < 2:
        return []
    message = f"The first of {len(names)} sheets was read, '{name}'; --sheet names another."
    return [Problem("SHEETS_SEVERAL", message, level="warning")]


def _told_cells(path: str, name: str) -> list[Problem]:
    """Cells whose stored value may not be what they show."""
    facts = sheet_facts(path, name)
    if facts.unsaved:
        message = f"{facts.unsaved} formulas have no stored value; open the workbook in a program"
        raise refuse("FORMULA_NO_VALUE", f"{message} that computes them and save it.")
    problems = []
    if facts.errors:
        message = f"{facts.errors} cells hold an error such as #N/A; they are blank here."
        problems.append(Problem("CELL_ERRORS", message, level="warning"))
    if facts.hidden:
        message = f"{facts.hidden} rows of the sheet are hidden, as by a filter; they are read."
        problems.append(Problem("ROWS_HIDDEN", message, level="warning"))
    if facts.percents:
        message = f"{facts.percents} cells are shown in per cent; their stored number counts, 0.5"
        problems.append(Problem("PERCENT_CELLS", f"{message} for 50 %.", level="warning"))
    return problems


def _checked_sheet(
    rows: list[Row], notices: list[Problem], merged: Sequence[tuple[int, int]]
) -> Sheet:
    """The sheet with its header checked; blank rows are no rows, as in a text file."""
    if not rows:
        raise refuse("TABLE_EMPTY", "The sheet is empty; it needs at least a header row.")
    filled = [row for row in rows[1:] if any(cell not in ("", None) for cell in row)]
    if any(row == 0 for row, _ in merged):
        message = "Cells of the header row are merged; write a name above each column."
        raise refuse("HEADER_MERGED", message)
    names = [(_text(cell) or "").strip() for cell in rows[0]]
    width = max(i + 1 for row in rows for i, cell in enumerate(row) if cell not in ("", None))
    nameless = [place + 1 for place, name in enumerate(names[:width]) if not name]
    if nameless:
        message = f"Column {nameless[0]} has cells but no name in the first row; name it,"
        raise refuse("HEADER_BLANK", f"{message} and remove titles above the header.")
    check_names(names[:width])
    return Sheet(tuple(names[:width]), tuple(filled), tuple(notices))


def _text(cell: Any) -> str | None:
    """A cell as a CSV would hold it."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
