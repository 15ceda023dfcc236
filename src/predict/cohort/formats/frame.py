"""Tables that are in memory already: a DataFrame or an arrow table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.parquet import check_schema
from predict.cohort.source import Source, refuse


class Frame(SourceFormat):
    """A table in memory is one chunk; no file is of this format."""

    title = "DataFrame or arrow table"

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows."""
        if isinstance(file.held, pd.DataFrame):
            names = _names(file.held)
            return Source(pa.table({name: pa.array([], pa.string()) for name in names}))
        return Source(_arrow(file).schema.empty_table())

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows, however many."""
        source = self.read(file, None)
        count = source.table.num_rows
        yield Stretch(0, count, source, partial(np.arange, 1, count + 1))

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return all rows."""
        if not isinstance(file.held, pd.DataFrame):
            table = _arrow(file)
            return Source(table.select(list(file.columns)) if file.columns else table)
        _names(file.held)
        return Source(_from_frame(file.held, file.columns))


def _arrow(file: SourceFile) -> pa.Table:
    table: Any = file.held
    check_schema(table.schema)
    return table


def _names(frame: pd.DataFrame) -> list[str]:
    if frame.columns.has_duplicates:
        raise refuse("COLUMN_REPEATED", "Column names must differ; rename or drop the repeats.")
    return [str(name) for name in frame.columns]


def _from_frame(frame: pd.DataFrame, columns: tuple[str, ...]) -> pa.Table:
    plain = frame.reset_index(drop=True).set_axis([str(name) for name in frame.columns], axis=1)
    if columns:
        plain = plain[list(columns)]
    mixed = [c for c in plain.columns if plain[c].dtype == object]
    if mixed:
        plain = plain.assign(**{c: plain[c].map(_cell_text, na_action="ignore") for c in mixed})
    return pa.Table.from_pandas(plain, preserve_index=False)


def _cell_text(value: object) -> object:
    return None if value is None or value is pd.NA else str(value)
