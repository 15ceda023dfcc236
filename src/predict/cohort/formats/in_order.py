"""Rows of a long table whose people stand apart, put behind each other in one private file.

Cells keep their types and rows their numbers in the table, those that could not be cut too, so that
scores and refusals are those of the table read at once.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import Chunk, SourceFile, Stretch
from predict.cohort.formats.parquet import Parquet
from predict.cohort.formats.regrouping import ThroughFile, Watch
from predict.cohort.source import FAULTS, MalformedRow, Source

# Columns beside the table's own: a row's number, why it could not be cut, and whose it is.
_NUMBER, _FAULT, _WHOSE = "predict:number", "predict:fault", "predict:whose"
_BESIDE = (_NUMBER, _FAULT, _WHOSE)
# Before the number of a row of which not even the id could be read.
_ALONE = "\x00"
_ABOUT = b"predict.about"
_NAME = re.compile(r"^\.rows-in-order\.\d+\.tmp$")


class InOrder(Parquet):
    """Rows that `put_in_order` wrote."""

    title = "Rows put in the order of their people"
    magic: ClassVar[tuple[bytes, ...]] = ()
    suffixes: ClassVar[tuple[str, ...]] = ()

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows."""
        source = super().probe(file)
        table = source.table.drop_columns(list(_BESIDE))
        return replace(source, table=table, typed=_typed(file))

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time."""
        typed = _typed(file)
        for stretch in super().stretches(_with_beside(file), rows):
            table = stretch.source.table
            places = pa.array(np.arange(1, table.num_rows + 1))
            source = _parted(table.set_column(_place(table, _NUMBER), _NUMBER, places), typed)
            yield replace(stretch, source=replace(source, numbers=None))

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the table that they come from."""
        source = super().read(_with_beside(file), chunk)
        first = chunk is None or chunk.start == 0
        counts = _about(file)["counts"] if first else {}
        return replace(_parted(source.table, _typed(file)), piece=source.piece, counts=counts)


def ordered_file(folder: Path) -> Path:
    """Return where a batch puts rows in order."""
    return folder / f".rows-in-order.{os.getpid()}.tmp"


def is_ordered_file(name: str) -> bool:
    """Return whether a file of this name holds rows that were put in order."""
    return bool(_NAME.match(name))


def put_in_order(
    sources: Callable[[], Iterator[Source]], id_column: str, sink: IO[bytes], folder: Path
) -> None:
    """Write a table's rows with those of a person behind each other.

    Parameters
    ----------
    sources : callable
        Begins the table anew: yields its pieces in order, their rows numbered as in the table.
    folder : Path
        Where a temporary file lies.
    """
    import pyarrow.parquet as pq

    watch, counts, typed = Watch(), Counter[str](), False
    lost: list[tuple[str, int]] = []
    for source in sources():
        cut = _records(replace(source, lost=(), numbers=source.row_numbers()), id_column)
        watch.look(cut, _WHOSE, source.row_numbers())
        lost += [(_whose(row), row.row) for row in source.lost]
        counts.update(source.counts)
        typed = source.typed
    order = watch.order(lost)
    records = (_records(source, id_column) for source in sources())
    with pq.ParquetWriter(
        sink, order.schema, compression="zstd", write_page_checksum=True
    ) as writer:
        for people in ThroughFile(order, folder)(records, _WHOSE):
            writer.write_table(people)
        about = {"typed": typed, "counts": counts}
        writer.add_key_value_metadata({_ABOUT: json.dumps(about).encode()})


def _records(source: Source, id_column: str) -> pa.Table:
    """Every row of a piece, those that could not be cut as blanks, with what is kept beside it."""
    table, lost = _plain(source.table), source.lost
    count = table.num_rows
    cut = table.append_column(_NUMBER, pa.array(source.row_numbers(), pa.int64()))
    cut = cut.append_column(_FAULT, pa.array([""] * count, pa.string()))
    cut = cut.append_column(_WHOSE, source.ids(id_column).cast(pa.string()))
    if not lost:
        return cut
    beside = [[r.row for r in lost], [r.code for r in lost], [_whose(r) for r in lost]]
    blanks = [pa.nulls(len(lost), field.type) for field in table.schema]
    columns = [*blanks, *(pa.array(cells) for cells in beside)]
    both = pa.concat_tables([cut, pa.table(columns, names=cut.column_names)])
    return both.sort_by(_NUMBER)


def _whose(row: MalformedRow) -> str:
    """The id of a row that could not be cut; without any it is nobody else's."""
    return row.id or f"{_ALONE}{row.row}"


def _plain(table: pa.Table) -> pa.Table:
    """The table with the words of its categories in their places."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            cells = table.column(place).cast(field.type.value_type)
            table = table.set_column(place, field.name, cells)
    return table


def _parted(table: pa.Table, typed: bool) -> Source:
    """The rows that could be cut, and those that could not."""
    lost = pc.not_equal(table.column(_FAULT), "")
    named = table.filter(lost).select(list(_BESIDE)).to_pylist()
    malformed = tuple(
        MalformedRow(row[_NUMBER], "" if row[_WHOSE][:1] == _ALONE else row[_WHOSE], row[_FAULT])
        for row in named
    )
    cut = table.filter(pc.invert(lost))
    numbers = np.asarray(cut.column(_NUMBER))
    return Source(cut.drop_columns(list(_BESIDE)), malformed, typed, numbers=numbers)


def _with_beside(file: SourceFile) -> SourceFile:
    columns = (*file.columns, FAULTS, *_BESIDE) if file.columns else ()
    return replace(file, columns=tuple(dict.fromkeys(columns)))


def _place(table: pa.Table, name: str) -> int:
    return int(table.schema.get_field_index(name))


def _typed(file: SourceFile) -> bool:
    return bool(_about(file)["typed"])


def _about(file: SourceFile) -> dict[str, Any]:
    import pyarrow.parquet as pq

    facts = pq.read_metadata(file.path).metadata or {}
    about: dict[str, Any] = json.loads(facts[_ABOUT])
    return about
