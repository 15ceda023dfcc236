"""What each column of an unknown table holds, as far as its cells tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.formats import located, open_table
from predict.cohort.formats.delimited import likely_delimiter
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.packing import head_of
from predict.cohort.grammar import BLANKS, canonical_number, texts
from predict.cohort.source import FAULTS
from predict.definitions.study import Dialect, Reads
from predict.errors import TableError

ID_WORDS = re.compile(r"^(.*id|person|patient|subject|participant|record|case)(_?no)?$")
VISIT_WORDS = re.compile(r"visit|time|occasion|wave|event|week|month", re.IGNORECASE)
MANY_VALUES = 12
# A person seldom has more rows of a long table.
MOST_ROWS = 60
# Decimals after each mark; three digits after a comma may be thousands.
DECIMALS = {",": re.compile(r"-?\d+,(?!\d{3}$)\d+"), ".": re.compile(r"-?\d+\.\d+")}
DATES = re.compile(r"^\d{4}-\d{2}-\d{2}|^\d{1,2}[./]\d{1,2}[./]\d{2,4}")


@dataclass(frozen=True)
class ColumnFacts:
    """A column's name and cells.

    Parameters
    ----------
    name : str
    cells : Series of str
        Text without blanks at its ends, numbers without ``.0``; NaN where nothing stands.
    numbers : Series of float
        NaN where the cell is no number.
    """

    name: str
    cells: pd.Series
    numbers: pd.Series

    @property
    def filled(self) -> pd.Series:
        """The cells that hold something."""
        return self.cells.dropna()

    @property
    def is_number(self) -> bool:
        """Whether all that stands in it are numbers."""
        return bool(len(self.filled)) and bool(self.numbers[self.filled.index].notna().all())

    @property
    def is_whole(self) -> bool:
        """Whether all that stands in it are whole numbers."""
        numbers = self.numbers.dropna()
        return self.is_number and bool((numbers == numbers.round()).all())

    @property
    def is_date(self) -> bool:
        """Whether it looks like dates."""
        some = self.filled[:50]
        return bool(len(some)) and bool(some.str.match(DATES).all())

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number."""
        return float(self.numbers.min()), float(self.numbers.max())

    def values(self) -> list[str]:
        """Return the distinct texts, numbers in their order; none that one row alone holds.

        A study goes to others: what only one person answered stays in the table.
        """
        counts = self.filled.value_counts()
        shared = sorted(counts.index[counts > 1].tolist())
        numbers = dict(zip(self.cells, self.numbers, strict=True))
        return sorted(shared, key=lambda text: numbers[text]) if self.is_number else shared

    @property
    def lone_values(self) -> int:
        """How many distinct texts one row alone holds."""
        return int((self.filled.value_counts() == 1).sum())


@dataclass(frozen=True)
class TableFacts:
    """The columns of a table, in their order, how the file is written, what its format says."""

    columns: tuple[ColumnFacts, ...]
    dialect: Dialect
    hints: Hints = field(default_factory=Hints)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.columns[0].cells) if self.columns else 0

    def column(self, name: str) -> ColumnFacts:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


def table_facts(path: Path | str, stated: Hints | None = None) -> TableFacts:
    """Return what a table's columns hold; semicolons and tabs are tried where commas part nothing.

    Parameters
    ----------
    path : path
    stated : Hints or None
        What a data dictionary or a Questionnaire says of the columns.

    Raises
    ------
    TableError
        When the file cannot be read as a table at all.
    """
    first = likely_delimiter(_head(path))
    dialects = [Dialect(delimiter=mark) for mark in dict.fromkeys((first, ",", ";", "\t"))]
    for dialect in dialects:
        try:
            table, hints = _read(path, dialect)
        except TableError as error:
            parted = {problem.code for problem in error.problems} & {"DELIMITER", "PREAMBLE"}
            if not parted or dialect == dialects[-1]:
                raise
            continue
        names = [name for name in table.column_names if name != FAULTS]
        decimal = _decimal(table, names)
        columns = tuple(_facts(table, name, decimal) for name in names)
        written = replace(dialect, decimal=decimal)
        return TableFacts(columns, written, hints.joined(stated or Hints()))
    raise AssertionError("the last dialect raises")


def _head(path: Path | str) -> bytes:
    """The beginning of a file as text; nothing where there is no file."""
    place = Path(located(path).path)
    if not place.is_file():
        return b""
    head = head_of(place)
    return b"" if b"\x00" in head else head


def _read(path: Path | str, dialect: Dialect) -> tuple[pa.Table, Hints]:
    """The table as its format lays it out by the visits that it tells of, and what it says."""
    file = open_table(path, dialect=dialect)
    hints = file.form.hints(file)
    reads = Reads(visit=hints.visit, visits=dict(hints.visit_values), date=hints.date)
    return replace(file, dialect=replace(dialect, reads=reads)).read().table, hints


def _decimal(table: pa.Table, names: Sequence[str]) -> str:
    """A comma where more columns are numbers by it than by a point; a point else."""
    seen = dict.fromkeys(DECIMALS, 0)
    for name in names:
        distinct = {text.strip() for text in texts(table.column(name)) if text}
        for mark, pattern in DECIMALS.items():
            if any(map(pattern.fullmatch, distinct)):
                seen[mark] += _facts(table, name, mark).is_number
    return "," if seen[","] > seen["."] else "."


def _facts(table: pa.Table, name: str, decimal: str) -> ColumnFacts:
    cells = [_plain(cell, decimal) for cell in texts(table.column(name))]
    plain = pd.Series(cells, dtype="str")
    pointed = plain if decimal == "." else plain.where(~plain.str.contains(".", regex=False))
    numbers = pd.to_numeric(pointed.str.replace(decimal, ".", regex=False), errors="coerce")
    return ColumnFacts(name, plain, numbers.replace([np.inf, -np.inf], np.nan))


def _plain(cell: str | None, decimal: str) -> str | None:
    text = (cell or "").strip()
    return None if text in BLANKS else canonical_number(text, decimal)


def id_column(table: TableFacts) -> tuple[str, str]:
    """Return the column that looks like the person's id, and why."""
    # A column such as `covid` is named like one, and holds two values.
    fewest = max(min(table.rows, 4), table.rows // MOST_ROWS)
    # What the format itself writes, such as a time, is nobody's id.
    own = [c for c in table.columns if c.name not in table.hints.own]
    full = [c for c in own if c.cells.notna().all() and c.cells.nunique() >= fewest]
    named = [c for c in full if ID_WORDS.match(c.name.lower())]
    if named:
        best = max(named, key=lambda column: column.cells.nunique())
        return best.name, "its name, and no cell is blank"
    unique = [c for c in full if c.cells.is_unique]
    if unique:
        return unique[0].name, "every cell differs; see whether it is the person's id"
    return (own or table.columns)[0].name, "the first column; nothing tells which one is the id"


def visit_column(table: TableFacts, id_name: str) -> str:
    """Return the column that, with the id, makes every row its own; empty where there is none."""
    ids = table.column(id_name).cells
    if ids.is_unique:
        return ""
    candidates = [
        column
        for column in table.columns
        if column.name != id_name
        and 2 <= column.cells.nunique() <= MANY_VALUES
        and column.cells.notna().all()
        and not column.is_date
        and not pd.concat([ids, column.cells], axis=1).duplicated().any()
    ]
    spoken = [column for column in candidates if VISIT_WORDS.search(column.name)]
    return (spoken or candidates)[0].name if candidates else ""


def constant_within(column: ColumnFacts, ids: pd.Series) -> bool:
    """Whether a column holds one value a person."""
    filled = column.cells.notna()
    values = pd.DataFrame({"id": ids[filled], "value": column.cells[filled]}).drop_duplicates()
    return not values["id"].duplicated().any()


def numbered(names: Sequence[str]) -> list[str]:
    """Return visit names for values of a visit column: letters, digits and underscores.

    >>> numbered(["0", "6 months", "V1"])
    ['visit_0', 'visit_6_months', 'v1']
    """
    plain = [re.sub(r"\W+", "_", name.strip().lower()).strip("_") for name in names]
    return [name if re.match(r"[a-z]", name) else f"visit_{name}" for name in plain]
