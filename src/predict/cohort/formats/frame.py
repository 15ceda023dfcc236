"""Tables that are in memory already: a DataFrame or an arrow table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch, check_names
from predict.cohort.formats.parquet import check_types
from predict.cohort.grammar import whole_text
from predict.cohort.source import Source, refuse
from predict.errors import Problem, TableError


class Frame(SourceFormat):
    """A table in memory is one chunk; no file is of this format."""

    title = "DataFrame or arrow table"

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows."""
        if isinstance(file.held, pd.DataFrame):
            names = _names(file.held)
            return Source(pa.table({name: pa.array([], pa.string()) for name in names}))
        table: Any = file.held
        check_names(table.column_names)
        return Source(table.schema.empty_table())

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows, however many."""
        source = self.read(file, None)
        count = source.table.num_rows
        yield Stretch(0, count, source, partial(np.arange, 1, count + 1))

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return all rows of the columns to read; no other column is converted."""
        if isinstance(file.held, pd.DataFrame):
            columns = file.columns or tuple(_names(file.held))
            return Source(_from_frame(file.held, columns, file.id_column))
        table: Any = file.held
        check_names(table.column_names)
        some = table.select(list(file.columns)) if file.columns else table
        check_types(some.schema)
        return Source(some)


def _names(frame: pd.DataFrame) -> list[str]:
    """Names of the columns, and of the index where it has one of its own."""
    if frame.columns.has_duplicates:
        raise refuse("COLUMN_REPEATED", "Column names must differ; rename or drop the repeats.")
    names = [str(name) for name in frame.columns]
    index = [str(name) for name in frame.index.names if name is not None]
    return names + [name for name in index if name not in names]


def _from_frame(frame: pd.DataFrame, columns: tuple[str, ...], id_column: str) -> pa.Table:
    arrays, problems = {}, []
    places = {str(label): place for place, label in enumerate(frame.columns)}
    for name in columns:
        try:
            values = frame.iloc[:, places[name]] if name in places else _level(frame, name)
            arrays[name] = _array(values, whole_text if name == id_column else str)
        except (pa.ArrowException, TypeError, ValueError):
            message = f"Column '{name}' holds values that are neither numbers, text nor dates;"
            problems.append(Problem("COLUMN_TYPE", f"{message} convert it to text.", column=name))
    if problems:
        raise TableError("The table cannot be read.", code="COLUMN_TYPE", problems=problems)
    return pa.table(arrays)


def _level(frame: pd.DataFrame, name: str) -> pd.Series:
    """A level of the index by its name as text."""
    level = [str(label) for label in frame.index.names].index(name)
    return pd.Series(frame.index.get_level_values(level))


def _array(values: pd.Series, said: Callable[[object], str]) -> pa.Array:
    """A column's cells; where types are mixed, each as text, as a CSV would hold it."""
    kind = values.dtype
    # As below, without a table around each column: a row on its own pays for each of them.
    if isinstance(kind, pd.StringDtype):
        return pa.array(values.array, from_pandas=True)
    if isinstance(kind, np.dtype) and kind.kind in "fiu":
        return pa.array(values.to_numpy(), from_pandas=True)
    if isinstance(kind, pd.SparseDtype):
        values = pd.Series(np.asarray(values))
    elif isinstance(kind, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)  # the day that its own clock shows
    elif isinstance(kind, pd.CategoricalDtype) and kind.categories.dtype == object:
        values = values.astype(object)
    if values.dtype == object and not _dates(values):
        return pa.array([_cell_text(value, said) for value in values], pa.string())
    cells = pa.Table.from_pandas(values.to_frame("cells"), preserve_index=False).column(0)
    if pa.types.is_nested(cells.type) or isinstance(cells.type, pa.BaseExtensionType):
        raise TypeError("no plain values")
    return cells


def _dates(values: pd.Series) -> bool:
    """Whether every cell is a date, which says itself which day it is."""
    filled = values.dropna()
    return len(filled) > 0 and all(isinstance(value, date) for value in filled)


def _cell_text(value: object, said: Callable[[object], str]) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, list | dict | tuple | set | np.ndarray):
        raise TypeError("no plain value")
    return value.decode("utf-8") if isinstance(value, bytes) else said(value)
