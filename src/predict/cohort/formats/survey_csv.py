"""Exports of survey tools: a CSV under the tool's own headers, with responses not to count."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.regrouping import Gathering
from predict.cohort.formats.text_rows import HeaderLines, empty_table, header_lines, text_tables
from predict.cohort.formats.translated import Tally, Translated
from predict.definitions.study import Reads


class SurveyCsv(Translated):
    """A CSV of one row a response under its tool's headers."""

    def header(self, file: SourceFile) -> HeaderLines:
        """Return the lines above the responses."""
        return header_lines(file)

    def names(self, header: HeaderLines, file: SourceFile, tally: Tally) -> list[str]:
        """Return the columns' names."""
        return header.names

    @abstractmethod
    def own_columns(self, names: Sequence[str]) -> list[str]:
        """Return the columns that tell which responses count."""

    @abstractmethod
    def cleaned(self, table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
        """Return the responses that count, with what the tool writes for blank taken as blank."""

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the responses that count, as they stand."""
        header = self.header(file)
        names, reads = self.names(header, file, tally), file.dialect.reads
        own = self.own_columns(names)
        tally.names = tuple(names)
        wanted = [n for n in names if not reads.columns or n in reads.columns or n in own]
        wanted = wanted or names[:1]  # of a table without any of the study's columns, the rows
        yield empty_table(wanted)
        for table in text_tables(file, header, names, columns=wanted):
            yield self.cleaned(table, reads, tally)


def first_fields(head: bytes) -> list[str]:
    """Return the fields of a file's first line, for sniffing."""
    line = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "ignore")
    return [field.strip().strip('"') for field in line.replace(";", ",").split(",")]


def left_out(table: pa.Table, column: str, values: Sequence[str]) -> tuple[pa.Table, int]:
    """Return the rows whose cell is none of the values, and how many are left out."""
    if column not in table.column_names:
        return table, 0
    out = np.asarray(pc.is_in(table.column(column), pa.array(list(values))))
    return table.filter(pa.array(~out)), int(out.sum())


def count_of(table: pa.Table, column: str, values: Sequence[str]) -> int:
    """Return how many cells of a column hold one of the values."""
    if column not in table.column_names:
        return 0
    return int(np.asarray(pc.is_in(table.column(column), pa.array(list(values)))).sum())


def answer_columns(table: pa.Table, reads: Reads) -> list[str]:
    """Return the items' columns of a study that the table has."""
    return [name for name in table.column_names if name in reads.answers]
