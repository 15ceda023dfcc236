"""Files before any format is asked: there, readable, and unpacked up to a fixed ratio."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from pathlib import Path
from typing import IO, Any

from predict.cohort.source import refuse

BLOCK = 1 << 20
HEAD = 1 << 16
MAX_UNPACKED = 200  # times the packed size
GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def check_file(path: Path, *, folders: bool = False) -> None:
    """Stop unless the path is a regular file, or a folder where it may be one, that is readable."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        message = "There is no table at this path, or it may not be read; check the path."
        raise refuse("TABLE_NOT_FOUND", message) from error
    if not os.access(path, os.R_OK) and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise refuse("TABLE_NOT_FOUND", "The table may not be read; check its rights.")
    if stat.S_ISDIR(mode) and folders:
        return
    if stat.S_ISDIR(mode):
        raise refuse("TABLE_IS_FOLDER", "The path is a folder; name one CSV or Parquet file.")
    if not stat.S_ISREG(mode):
        raise refuse("TABLE_NOT_A_FILE", "The path is no regular file; copy the table to one.")


def head_of(path: Path) -> bytes:
    """Return the bytes at the head of a file that tell its format."""
    with open(path, "rb") as file:
        return file.read(HEAD)


def unpack(path: Path, sink: IO[bytes]) -> None:
    """Write what is packed in a gz file into a sink, block by block.

    Raises
    ------
    TableError
        When the file is damaged, or unpacks to more than `MAX_UNPACKED` times its size.
    """
    limit = MAX_UNPACKED * path.stat().st_size + 65_536
    try:
        with gzip.open(path) as packed:
            pour(packed, sink, limit)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refuse("TABLE_PACKED", "The gz file is damaged; pack or export it again.") from error


def pour(source: IO[bytes] | Any, sink: IO[bytes], limit: int | None = None) -> None:
    """Copy a stream block by block; stop where it holds more than the limit."""
    poured = 0
    while block := source.read(BLOCK):
        poured += len(block)
        if limit is not None and poured > limit:
            message = f"The gz file unpacks to more than {MAX_UNPACKED} times its size;"
            raise refuse("TABLE_PACKED", f"{message} unpack it first.")
        sink.write(block)
