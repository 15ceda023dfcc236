"""What a workbook's own XML says of cells that a reader of values passes over in silence.

An error such as #N/A and a formula that no program has computed both read as blank; a percent cell
reads as its share. Only .xlsx is looked into; other kinds of workbooks tell nothing here.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from html import unescape

from predict.cohort.formats.packing import MAX_UNPACKED
from predict.cohort.source import refuse

_SHEET = re.compile(rb'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(rb"<Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
_FORMAT = re.compile(rb'<numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"')
_STYLES = re.compile(rb"<cellXfs\b.*?</cellXfs>", re.DOTALL)
_STYLE = re.compile(rb'<xf\b[^>]*?numFmtId="(\d+)"')
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_VALUED = re.compile(rb"<v>[^<]")
_STYLED = re.compile(rb'\bs="([^"]*)"')
_HIDDEN = re.compile(rb'<row\b[^>]*?\bhidden="(?:1|true)"')
_PERCENT = {b"9", b"10"}  # built-in formats 0% and 0.00% (ECMA-376, 18.8.30)
_SMALLEST = 1 << 16


@dataclass(frozen=True)
class SheetFacts:
    """Cells that hold an error, formulas without a value, numbers in per cent; hidden rows."""

    errors: int = 0
    unsaved: int = 0
    percents: int = 0
    hidden: int = 0


def check_unpacked(path: str) -> None:
    """Stop at a workbook that unpacks to far more than its size."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse("TABLE_DAMAGED", "The workbook is damaged; save it again.") from error
    packed = sum(part.compress_size for part in parts) + _SMALLEST
    if sum(part.file_size for part in parts) > MAX_UNPACKED * packed:
        message = f"The workbook unpacks to more than {MAX_UNPACKED} times its size;"
        raise refuse("TABLE_PACKED", f"{message} save the sheet as CSV.")


def sheet_facts(path: str, name: str) -> SheetFacts:
    """Return what a sheet's XML says of such cells."""
    if not zipfile.is_zipfile(path):
        return SheetFacts()
    try:
        with zipfile.ZipFile(path) as archive:
            place = _place(archive, name)
            data = archive.read(place) if place in archive.namelist() else b""
            percent = _percent_styles(archive)
    except (KeyError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse("TABLE_DAMAGED", "The workbook is damaged; save it again.") from error
    return _facts_of(data, percent)


def _facts_of(data: bytes, percent: set[bytes]) -> SheetFacts:
    """What a sheet's text says; a cell at a time, as a sheet has millions of them."""
    errors = unsaved = percents = 0
    for match in _CELL.finditer(data):
        head, body = match[1], match[2] or b""
        valued = _VALUED.search(body) is not None
        errors += b't="e"' in head
        unsaved += b"<f" in body and not valued
        if percent and valued and (style := _STYLED.search(head)):
            percents += style[1] in percent
    return SheetFacts(errors, unsaved, percents, hidden=len(_HIDDEN.findall(data)))


def _place(archive: zipfile.ZipFile, name: str) -> str:
    """The part that holds a sheet; empty where this is no .xlsx."""
    if "xl/workbook.xml" not in archive.namelist():
        return ""
    sheets = {unescape(n.decode()): i for n, i in _SHEET.findall(archive.read("xl/workbook.xml"))}
    relations = {}
    for text in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        facts = dict(_ATTRIBUTE.findall(text))
        relations[facts.get(b"Id")] = facts.get(b"Target", b"").decode()
    target = relations.get(sheets.get(name), "").removeprefix("/")
    return target if target.startswith("xl/") else f"xl/{target}"


def _percent_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """Numbers of the cell styles that show per cent."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    data = archive.read("xl/styles.xml")
    shown = _PERCENT | {number for number, code in _FORMAT.findall(data) if b"%" in code}
    block = _STYLES.search(data)
    styles = _STYLE.findall(block[0]) if block else []
    return {str(place).encode() for place, number in enumerate(styles) if number in shown}
