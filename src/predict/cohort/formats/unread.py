"""Files that clinics have and that no format reads: what each is, and what to write it as."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Unread:
    """A kind of file that is not read: how its bytes begin, its names, and what to do instead."""

    title: str
    remedy: str
    magic: re.Pattern[bytes]
    suffixes: tuple[str, ...] = ()


def _kind(title: str, remedy: str, magic: bytes, *suffixes: str) -> Unread:
    return Unread(title, remedy, re.compile(magic, re.DOTALL | re.IGNORECASE), suffixes)


_AS_CSV = "export its table as CSV"
UNREAD = (
    _kind("an SPSS portable file", "open it in SPSS or PSPP and save it as .sav",
          rb"^.{0,240}SPSS PORT FILE", ".por"),
    _kind("a SAS catalogue of value labels", "name the data set (.sas7bdat) instead",
          rb"^\x00{12}\xc2\xea\x81\x63", ".sas7bcat"),
    _kind("an R file", "write it in R, arrow::write_parquet(table, 'table.parquet') or write.csv",
          rb"^(RD[AX][23]\n|X\n\x00\x00\x00)", ".rds", ".rdata", ".rda"),
    _kind("an Access database", _AS_CSV, rb"^\x00\x01\x00\x00Standard (Jet|ACE) DB", ".mdb",
          ".accdb"),
    _kind("a SQLite database", "export its table as CSV, with .mode csv and .headers on",
          rb"^SQLite format 3\x00"),
    _kind("a PDF", _AS_CSV, rb"^%PDF-"),
    _kind("a page of HTML, though it may be called .xls", "open it in a spreadsheet and save it as "
          ".xlsx or CSV", rb"^(\xef\xbb\xbf)?\s*<(!doctype html|html|table|head|body)"),
    _kind("an XML file (CDISC ODM?)", "export the table as CSV, or as SDTM QS or ADaM",
          rb"^(\xef\xbb\xbf)?\s*<(\?xml|odm)"),
)  # fmt: skip


def unread(name: str, head: bytes) -> str:
    """Return what a file is and what to do, where it is of a kind that no format reads.

    >>> unread("scores", b"%PDF-1.7")
    'The file is a PDF, which is not read; export its table as CSV.'
    >>> unread("people.csv", b"id,age")
    ''
    """
    for kind in UNREAD:
        named = bool(kind.suffixes) and name.lower().endswith(kind.suffixes)
        if kind.magic.match(head) or named:
            return f"The file is {kind.title}, which is not read; {kind.remedy}."
    return ""
