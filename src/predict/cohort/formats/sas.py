"""SAS: .sas7bdat data sets and .xpt transport files (versions 5 and 8)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from predict.cohort.formats.base import SourceFile, mark_of
from predict.cohort.formats.readstat import Readstat, column_of
from predict.cohort.formats.transport import Field, Layout, layout_of, numbers, texts
from predict.cohort.source import Source
from predict.errors import Problem

_SAS7BDAT = bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011")
# Formats under which a number is a number (SAS formats by category: numeric).
_PLAIN = re.compile(r"(BEST|COMMA|DOLLAR|PERCENT|NEGPAREN|NUMX|F|E|Z)?[0-9.]*", re.IGNORECASE)
_TRANSPORT = (b"HEADER RECORD*******LIBRARY HEADER", b"HEADER RECORD*******LIBV8")


class Sas(Readstat):
    """A SAS data set; its special missing values are blank."""

    title = "SAS data set (.sas7bdat)"
    magic = (_SAS7BDAT,)
    suffixes = (".sas7bdat",)
    reader = "read_sas7bdat"

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""
        if self.about(file).number_rows not in (None, rows):
            raise self.damaged()


class Xport(Readstat):
    """A SAS transport file: it states no number of rows; its length tells all but blank ones."""

    title = "SAS transport file (.xpt)"
    magic = _TRANSPORT
    suffixes = (".xpt",)
    reader = "read_xport"

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows; stop at several data sets, or a file cut off."""
        layout = self.layout(file)
        source = super().probe(file)
        if not layout.unsure:
            return source
        message = "Blank people at the end of a transport file of text alone look like its padding;"
        message = f"{message} say --expect-rows N, or export another format."
        return replace(source, notices=(Problem("ROWS_UNSURE", message, level="warning"),))

    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on; a 0 with a minus sign is 0, and counted.

        pyreadstat reads that 0 as missing, and all rows before a place to find it: only dates are
        left to it.
        """
        layout, about = self.layout(file), self.about(file)
        data = layout.take(file, start, rows)
        names = [n for n in about.column_names if not file.columns or n in file.columns]
        dated = [n for n in names if n not in layout.fields or _dated(about, n)]
        columns, negative = {}, 0
        for name in [name for name in names if name not in dated]:
            columns[name], count = self._column(file, data, layout.fields[name], name)
            negative += count
        if dated:
            others = super().take(replace(file, columns=tuple(dated)), start, rows).table
            columns |= {name: others.column(name) for name in dated}
        counts = {"negative_zero": negative} if negative else {}
        return Source(pa.table({name: columns[name] for name in names}), counts=counts)

    def _column(
        self, file: SourceFile, data: np.ndarray, place: Field, name: str
    ) -> tuple[pa.Array, int]:
        """A column of numbers or text, and how many of its zeros have a minus sign."""
        cells = data[:, place.offset : place.offset + place.width]
        if place.text:
            try:
                return texts(cells, file.dialect.encoding), 0
            except UnicodeDecodeError as error:
                raise self.not_decoded() from error
        values, negative = numbers(cells)
        if name == file.id_column:
            return column_of(values.tolist(), as_text=True), negative
        return pa.array(values, from_pandas=True), negative

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the length of the file tells of other rows than were read."""
        if rows != self.layout(file).rows:
            raise self.damaged()

    def layout(self, file: SourceFile) -> Layout:
        """Return where the rows lie in the file."""
        return layout_of(file) if file.held is not None else _layout(self, file.path, mark_of(file))


def _dated(about: Any, name: str) -> bool:
    """Whether a column's format makes dates or times of its numbers."""
    form = str(about.original_variable_types.get(name) or "")
    number = about.readstat_variable_types.get(name) != "string"
    return number and not _PLAIN.fullmatch(form)


@lru_cache(maxsize=4)
def _layout(form: Xport, path: str, mark: tuple[int, int]) -> Layout:
    return layout_of(SourceFile(path, form))
