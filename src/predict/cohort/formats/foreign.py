"""Files that no format reads, told by their first bytes: what they are and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from predict.cohort.source import refuse
from predict.errors import TableError

# Bytes that cannot begin a line of column names, and what packs a file so.
_PACKED = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x04\x22\x4d\x18": "lz4",
}
_BZIP2 = re.compile(rb"^BZh[1-9]1AY&SY")
_TAR = (257, b"ustar")
_STORED = {
    b"ARROW1\x00\x00": "a Feather or Arrow file",
    b"FEA1\x00": "a Feather file",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x89HDF\r\n": "an HDF5 file",
    b"Obj\x01": "an Avro file",
    b"%PDF-": "a PDF",
}
_ORC = re.compile(rb"^ORC[\x00-\x08\x80-\xff]")
_PICKLE = re.compile(rb"^\x80[\x02-\x05][\x95(}\]c]")
_JSON = re.compile(rb'^(\xef\xbb\xbf)?\s*(\{\s*"|\[\s*[\[{])')
_MARKUP = re.compile(rb"^(\xef\xbb\xbf)?\s*<(\?xml|!doctype|html|table|meta|head)", re.IGNORECASE)
_PATTERNS = {
    _ORC: "an ORC file",
    _PICKLE: "a pickle",
    _JSON: "JSON or JSON lines",
    _MARKUP: "XML or HTML",
}


@dataclass(frozen=True)
class _Clinical:
    """A file that clinics have and that no format reads: its beginning, its names, what to do."""

    kind: str
    remedy: str
    magic: re.Pattern[bytes]
    suffixes: tuple[str, ...]


_CLINICAL = (
    _Clinical(
        *("an SPSS portable file", "open it in SPSS or PSPP and save it as .sav"),
        *(re.compile(rb"^.{0,240}SPSS PORT FILE", re.DOTALL), (".por",)),
    ),
    _Clinical(
        *("a SAS catalogue of value labels", "name the data set (.sas7bdat) instead"),
        *(re.compile(rb"^\x00{12}\xc2\xea\x81\x63"), (".sas7bcat",)),
    ),
    _Clinical(
        *("a file of R", "write its table in R, arrow::write_parquet(table, 'table.parquet')"),
        *(re.compile(rb"^(RD[AX][23]\n|X\n\x00\x00\x00)"), (".rds", ".rdata", ".rda")),
    ),
    _Clinical(
        *("an Access database", "export its table as CSV"),
        *(re.compile(rb"^\x00\x01\x00\x00Standard (Jet|ACE) DB"), (".mdb", ".accdb")),
    ),
)


def packer_of(head: bytes) -> str:
    """Return what a file of this beginning is packed with; empty where with nothing known.

    >>> packer_of(b"BZh91AY&SY..."), packer_of(b"person,age")
    ('bzip2', '')
    """
    if _BZIP2.match(head):
        return "bzip2"
    if head[_TAR[0] :].startswith(_TAR[1]):
        return "tar"
    return next((name for sign, name in _PACKED.items() if head.startswith(sign)), "")


def kind_of(head: bytes) -> str:
    """Return what a file of this beginning is, where it is nothing that is read; else empty.

    >>> kind_of(b'{"id": "a"}'), kind_of(b"ORCID,age"), kind_of(b"id;age")
    ('JSON or JSON lines', '', '')
    """
    for sign, name in _STORED.items():
        if head.startswith(sign):
            return name
    return next((name for pattern, name in _PATTERNS.items() if pattern.match(head)), "")


def clinical(name: str, head: bytes) -> TableError | None:
    """Return the error of a file of another program of clinics; None where it is none.

    >>> str(clinical("scores.por", b"")).splitlines()[1].split("; ")[1]
    'open it in SPSS or PSPP and save it as .sav.'
    """
    for file in _CLINICAL:
        if file.magic.match(head) or name.lower().endswith(file.suffixes):
            message = f"The table is {file.kind}, which is not read; {file.remedy}."
            return refuse("FORMAT_NOT_READ", message)
    return None


def foreign(head: bytes) -> TableError | None:
    """Return the error of a file that no format reads, by its first bytes; None where one may."""
    if packer := packer_of(head):
        message = f"The table is packed with {packer}; unpack it, or pack it with gzip."
        return refuse("TABLE_PACKED", message)
    if kind := kind_of(head):
        message = f"The table is {kind}, which is not read; store it as Parquet or CSV."
        return refuse("FORMAT_NOT_READ", message)
    return None
