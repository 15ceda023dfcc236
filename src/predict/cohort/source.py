"""A table as it stands in a file or a frame: cells untouched, rows that cannot be cut set apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from predict.cohort.grammar import id_texts
from predict.definitions.study import ROW
from predict.errors import Problem, TableError

# A text column that a format may add: "CODE" or "CODE column" refuses the row by that name.
FAULTS = "predict:faults"


@dataclass(frozen=True)
class MalformedRow:
    """A row with too few or too many fields: its place, its id as far as it can be read, why."""

    row: int
    id: str
    code: str


@dataclass(frozen=True)
class ColumnNotes:
    """What a file says of a column beside its cells.

    Parameters
    ----------
    label : str
        The question or the column's own title.
    values : mapping of str -> str
        What each code means (``"1"`` without ``.0``); it checks the coding, never makes numbers.
    missing : tuple of (low, high)
        Ranges of codes that the file declares missing; such cells are blank in the table.
    """

    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[tuple[float, float], ...] = ()

    def is_missing(self, code: float) -> bool:
        """Return whether the file declares a code missing."""
        return any(low <= code <= high for low, high in self.missing)


@dataclass(frozen=True)
class Source:
    """A table with its cells untouched.

    Parameters
    ----------
    table : pyarrow.Table
        Text columns from CSV; typed columns from Parquet or a frame.
    lost : tuple of Lost
        Rows that could not be cut into fields.
    typed : bool
        Whether the file states types (Parquet), so that text in a number's place is an error.
    first_row : int
        Row number of the table's first row.
    piece : bool
        Whether this is one piece of a larger table: what only the whole can tell (repeated ids,
        the coding of its items) is then judged by whoever holds all pieces.
    today : date or None
        The day after which a date lies in the future; the present one where none is given. A batch
        gives every piece the day it began, whenever it is resumed.
    visits : frozenset of str or None
        Visits that the whole of a long table has rows of, where this is a piece of it.
    answered : frozenset of (instrument, visit) or None
        Where the whole table has an answer to an item, where this is a piece of it and totals are
        given beside items.
    header : tuple of str
        Every column of the file, where only some of them were read.
    notes : mapping of str -> ColumnNotes
        What the file says of its columns, where its format can say anything.
    notices : tuple of Problem
        What to tell of the file as a whole: sheets left out, header lines. A piece has none.
    counts : mapping of str -> int
        What its format did to these rows, by the names of `COUNTED`: they add up over pieces.
    numbers : array of int or None
        The number of each row, where they do not simply follow on ``first_row``.
    """

    table: pa.Table
    lost: tuple[MalformedRow, ...] = ()
    typed: bool = False
    first_row: int = 1
    piece: bool = False
    today: date | None = None
    visits: frozenset[str] | None = None
    header: tuple[str, ...] = ()
    answered: frozenset[tuple[str, str]] | None = None
    notes: Mapping[str, ColumnNotes] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    numbers: np.ndarray | None = field(default=None, repr=False, compare=False)

    def row_numbers(self) -> np.ndarray:
        """Return the number of each row that was read, around the rows that could not be cut."""
        if self.numbers is not None:
            return self.numbers
        total = self.table.num_rows + len(self.lost)
        numbers = np.arange(self.first_row, self.first_row + total)
        if not self.lost:
            return numbers
        return np.setdiff1d(numbers, [lost.row for lost in self.lost])

    def ids(self, column: str) -> pa.Array:
        """Return the ids of the rows as text, a blank one as ``""``.

        Where the table has no column called `ROW`, and the study says so, they are row numbers.
        """
        if column == ROW and ROW not in self.table.column_names:
            return pa.array(self.row_numbers(), pa.int64()).cast(pa.string())
        return id_texts(self.table.column(column))

    @property
    def names(self) -> list[str]:
        """Every column of the table, those left unread too; not the one of faults."""
        return [name for name in self.header or self.table.column_names if name != FAULTS]


def refuse(code: str, message: str, column: str = "") -> TableError:
    """Return the error of a table that cannot be read as a whole."""
    problem = Problem(code, message, column=column)
    return TableError("The table cannot be read.", code=code, problems=[problem])


@contextmanager
def one_of(number: int, count: int) -> Iterator[None]:
    """Say of a table that cannot be read which of its files that is; never by its name.

    Examples
    --------
    >>> with one_of(2, 3):
    ...     raise refuse("EMPTY", "The file is empty; it needs at least a header line.")
    Traceback (most recent call last):
    predict.errors.TableError: EMPTY: File 2 of 3, in the order of their names, cannot be read.
      EMPTY: The file is empty; it needs at least a header line.
    """
    try:
        yield
    except TableError as error:
        if count < 2 or error.code == "TABLE_SCHEMAS_DIFFER":
            raise
        message = f"File {number} of {count}, in the order of their names, cannot be read."
        raise TableError(message, code=error.code, problems=error.problems) from error
