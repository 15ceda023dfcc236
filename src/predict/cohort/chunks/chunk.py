"""A piece of a file, and what the first pass over the file found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from predict.cohort import grammar
from predict.cohort.source import Source

Listener = Callable[[np.ndarray], None]


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of one file.

    Parameters
    ----------
    number : int
        Place among all pieces, from 0.
    path : str
    start, end : int
        Bytes of a CSV, rows of a Parquet file; the end is not included.
    first_row, rows : int
        First row of the table (from 1, header not counted) and how many rows.
    """

    number: int
    path: str
    start: int
    end: int
    first_row: int
    rows: int


@dataclass(frozen=True)
class Scan:
    """What the first pass over a file found: its digest and its pieces."""

    sha256: str
    pieces: tuple[Chunk, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(piece.rows for piece in self.pieces)


def ids_of(source: Source, id_column: str) -> np.ndarray:
    """Return the ids of rows as text, a blank one as ``""``."""
    column = source.table.column(id_column)
    return np.asarray(grammar.id_texts(column).to_numpy(zero_copy_only=False), dtype=object)
