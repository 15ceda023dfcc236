"""A file read piece by piece in constant memory, each piece as the readers would read it whole.

One first pass finds where pieces begin, hashes the file, and tells the ids; afterwards any piece
can be read alone, in any order, by any process.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from predict.cohort.chunks.chunk import Chunk, Scan
from predict.cohort.chunks.csv_chunks import CsvFile
from predict.cohort.chunks.parquet_chunks import ParquetFile

__all__ = ["Chunk", "CsvFile", "ParquetFile", "Scan", "piecewise"]


def piecewise(
    path: Path, *, id_column: str, encoding: str = "utf-8", columns: Sequence[str] = ()
) -> CsvFile | ParquetFile:
    """Return a plain file, CSV or Parquet by its first bytes, to be read piece by piece."""
    with open(path, "rb") as file:
        parquet = file.read(4) == b"PAR1" or path.suffix.lower() in (".parquet", ".pq")
    kind = ParquetFile if parquet else CsvFile
    return kind(str(path), id_column, encoding, tuple(columns))
