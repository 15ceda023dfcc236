"""Files that no format reads, told by their first bytes: what they are and what to do."""

from __future__ import annotations

import re

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
_MARKUP = re.compile(rb"^(\xef\xbb\xbf)?\s*<(\?xml|!doctype|html)", re.IGNORECASE)
_PATTERNS = {
    _ORC: "an ORC file",
    _PICKLE: "a pickle",
    _JSON: "JSON or JSON lines",
    _MARKUP: "XML or HTML",
}


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


def foreign(head: bytes) -> TableError | None:
    """Return the error of a file that no format reads, by its first bytes; None where one may."""
    if packer := packer_of(head):
        message = f"The table is packed with {packer}; unpack it, or pack it with gzip."
        return refuse("TABLE_PACKED", message)
    if kind := kind_of(head):
        message = f"The table is {kind}, which is not read; store it as Parquet or CSV."
        return refuse("FORMAT_NOT_READ", message)
    return None
