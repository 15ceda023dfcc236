"""Formats: how each way of writing tables becomes the same cells, at once or chunk by chunk.

To add one, write one file with a `SourceFormat` and list it in `FORMATS`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from predict.cohort.formats import packing
from predict.cohort.formats.base import Chunk, Scan, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.csv_file import Csv
from predict.cohort.formats.frame import Frame
from predict.cohort.formats.parquet import Parquet
from predict.cohort.formats.scanning import scan
from predict.cohort.source import refuse
from predict.definitions.study import Dialect

__all__ = [
    "FORMATS",
    "Chunk",
    "Scan",
    "SourceFile",
    "SourceFormat",
    "Stretch",
    "format_of",
    "open_table",
    "scan",
]

# Asked in this order which of them a file is of; CSV has no sign of its own and comes last.
FORMATS: dict[str, SourceFormat] = {
    "parquet": Parquet(),
    "csv": Csv(),
}

Table: TypeAlias = Path | str | pd.DataFrame | pa.Table


def open_table(
    table: Table,
    *,
    dialect: Dialect | None = None,
    id_column: str = "",
    columns: Sequence[str] = (),
) -> SourceFile:
    """Return a table to be probed, scanned and read, with the format that its bytes tell.

    Parameters
    ----------
    table : path, DataFrame or arrow table
        A gz file is unpacked in memory.
    dialect : Dialect or None
        How the study says it is written.
    columns : sequence of str
        Columns to read; all where empty.

    Raises
    ------
    TableError
        When there is no such file, or it is of a kind that is not read.
    """
    wanted = (dialect or Dialect(), id_column, tuple(columns))
    if isinstance(table, pd.DataFrame | pa.Table):
        return SourceFile("", Frame(), *wanted, held=table)
    path = Path(table)
    packing.check_file(path)
    head = packing.head_of(path)
    if not head.startswith(packing.GZIP):
        return SourceFile(str(path), format_of(path.name, head), *wanted)
    sink = io.BytesIO()
    packing.unpack(path, sink)
    data = sink.getvalue()
    return SourceFile(str(path), format_of(path.stem, data[: packing.HEAD]), *wanted, held=data)


def format_of(name: str, head: bytes) -> SourceFormat:
    """Return the first format that claims a file of this name and beginning.

    >>> format_of("people.txt", b"PAR1").title
    'Parquet file'
    """
    for form in FORMATS.values():
        if form.sniff(name, head):
            return form
    raise refuse("TABLE_PACKED", "The table is a zip archive; unpack it and name the CSV.")
