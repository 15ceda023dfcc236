"""SAS: .sas7bdat data sets and .xpt transport files (versions 5 and 8)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile, mark_of
from predict.cohort.formats.readstat import Readstat
from predict.cohort.formats.transport import Layout, layout_of
from predict.cohort.source import Source
from predict.errors import Problem

_SAS7BDAT = bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011")
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
        return replace(source, told=(Problem("ROWS_UNSURE", message, level="warning"),))

    def take(self, file: SourceFile, start: int, rows: int) -> Source:
        """Return so many rows from a place on; a 0 with a minus sign is 0, and counted."""
        source = super().take(file, start, rows)
        places = self.layout(file).negative_zeros(file, start, source.table.num_rows)
        columns, count = {}, 0
        for name, array in zip(source.table.column_names, source.table.columns, strict=True):
            zero = places.get(name)
            blank = None if zero is None else zero & array.is_null().to_numpy()
            if blank is not None and blank.any():
                count += int(blank.sum())
                zeros = pa.scalar("0" if pa.types.is_string(array.type) else 0.0, array.type)
                array = pc.if_else(pa.array(blank), zeros, array)
            columns[name] = array
        counts = {"negative_zero": count} if count else {}
        return replace(source, table=pa.table(columns), counts={**source.counts, **counts})

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the length of the file tells of other rows than were read."""
        layout = self.layout(file)
        if rows != layout.rows and not (layout.unsure and rows < layout.rows):
            raise self.damaged()

    def layout(self, file: SourceFile) -> Layout:
        """Return where the rows lie in the file."""
        return layout_of(file) if file.held is not None else _layout(self, file.path, mark_of(file))


@lru_cache(maxsize=4)
def _layout(form: Xport, path: str, mark: tuple[int, int]) -> Layout:
    return layout_of(SourceFile(path, form))
