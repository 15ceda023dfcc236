"""Formats whose records are no rows yet: they are laid out as plain rows of text first.

In memory this is done once; a batch lays them out into one private Parquet file, so that its parts
are read from the middle as those of any other table. This takes the memory of some people; where
the records of a person stand apart, one temporary file more.
"""

from __future__ import annotations

import json
import os
import re
import threading
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
import pyarrow as pa

from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.parquet import Parquet
from predict.cohort.formats.regrouping import (
    TOLD,
    Gathering,
    Order,
    PeopleApart,
    ThroughFile,
    at_once,
    person_by_person,
)
from predict.cohort.source import FAULTS, Source, one_of, refuse
from predict.errors import Problem

# A batch takes its temporary files away by such names, whatever stops it.
_ROWS_NAME = re.compile(r"^\.rows-laid-out\.\d+\.tmp$")
_TOLD = b"predict.told"
# Rows of a group, at least: what a Parquet file says of each group and column is held to the end.
_GROUP = 1 << 15


@dataclass
class Tally:
    """What a format has to tell of a file: how often, by code and what it concerns.

    ``names`` are all columns that the file has, those left unread too, where it has any; ``seen``
    is what a format counts to judge the whole by.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: tuple[str, ...] = ()
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, count: int = 1, about: str = "") -> None:
        """Count so many more; nothing where there is none."""
        if count:
            self.counts[code, about] += int(count)

    def problems(self, words: Mapping[str, str]) -> tuple[Problem, ...]:
        """Return a warning for each, in the words of its code."""
        return tuple(
            Problem(code, words[code].format(n=n, about=about), level="warning")
            for (code, about), n in sorted(self.counts.items())
        )


class Translated(SourceFormat):
    """A format whose records become rows of text cells; its places are those rows."""

    # What may be told: code -> a sentence with {n} and {about}.
    words: ClassVar[Mapping[str, str]] = {}
    # Whether several files are read as one: what stands in two of them is known again.
    as_one: ClassVar[bool] = False

    @abstractmethod
    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield rows of text cells, at least one table, all of one schema.

        Parameters
        ----------
        gathered : callable
            Takes tables of records and the column of ids; yields those of whole people.
        """

    def check_whole(self, tally: Tally) -> None:
        """Stop at what only all files of a table together can tell."""

    def translated(self, file: SourceFile) -> Source:
        """Return all rows and what is to be told of them."""
        tally = Tally()
        table = pa.concat_tables(self.rows(replace(file, columns=()), tally, at_once))
        self.check_whole(tally)
        return Source(table, notices=tally.problems(self.words), header=_all(tally.names, table))

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows."""
        source = _latest(self, file)
        return replace(source, table=source.table.schema.empty_table())

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time."""
        table = _some(_latest(self, file).table, file.columns)
        for start in range(0, table.num_rows, rows):
            part = table.slice(start, rows)
            end = start + part.num_rows
            yield Stretch(start, end, Source(part), partial(np.arange, start + 1, end + 1))

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        source = _latest(self, file)
        table = _some(source.table, file.columns)
        if chunk is None:
            return replace(source, table=table)
        part = table.slice(chunk.start, chunk.rows)
        return Source(part, first_row=chunk.first_row, piece=True)


class Rows(Parquet):
    """Rows that a `Translated` format laid out, in a Parquet file of text cells."""

    title = "Rows laid out from another format"
    magic: ClassVar[tuple[bytes, ...]] = ()
    suffixes: ClassVar[tuple[str, ...]] = ()

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, and what was told when it was laid out."""
        import pyarrow.parquet as pq

        facts: Mapping[bytes, bytes] = pq.read_metadata(file.path).metadata or {}
        stated = json.loads(facts.get(_TOLD, b'{"told": [], "names": []}'))
        notices = tuple(Problem(**entry) for entry in stated["told"])
        source = super().probe(file)
        names = _all(stated["names"], source.table)
        return replace(source, typed=False, notices=notices, header=names)

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time."""
        for stretch in super().stretches(file, rows):
            yield replace(stretch, source=replace(stretch.source, typed=False))

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, with the faults that they were laid out with."""
        columns = tuple(dict.fromkeys((*file.columns, FAULTS))) if file.columns else ()
        return replace(super().read(replace(file, columns=columns), chunk), typed=False)


def rows_file(folder: Path) -> Path:
    """Return where a batch lays out rows in its folder."""
    return folder / f".rows-laid-out.{os.getpid()}.tmp"


def is_rows_file(name: str) -> bool:
    """Return whether a file of this name holds rows that were laid out."""
    return bool(_ROWS_NAME.match(name))


def lay_out(files: Sequence[SourceFile], sink: IO[bytes], folder: Path) -> None:
    """Write the rows of files of one format into a Parquet file.

    Parameters
    ----------
    folder : Path
        Where a temporary file lies, should records of a person stand apart.
    """
    form = files[0].form
    if isinstance(form, Translated) and form.as_one:
        files = [replace(files[0], others=tuple(files[1:]))]
    try:
        _write(files, sink, lambda file: person_by_person)
    except PeopleApart as apart:
        sink.seek(0)
        sink.truncate()
        known = {files[0].path: apart.order} if len(files) == 1 else {}

        def way(file: SourceFile) -> Gathering:
            order = known.get(file.path) or _order_of(file)
            return ThroughFile(order, folder) if order else person_by_person

        _write(files, sink, way, (TOLD,))


def _order_of(file: SourceFile) -> Order | None:
    """The order of a file's people where they stand apart; None where they stand together."""
    assert isinstance(file.form, Translated)
    try:
        for _ in file.form.rows(file, Tally(), person_by_person):
            pass
    except PeopleApart as apart:
        return apart.order
    return None


def _write(
    files: Sequence[SourceFile],
    sink: IO[bytes],
    way: Callable[[SourceFile], Gathering],
    told: Sequence[Problem] = (),
) -> None:
    import pyarrow.parquet as pq

    tally, form, writer = Tally(), files[0].form, None
    assert isinstance(form, Translated)
    try:
        for table in _in_groups(rows_alike(files, tally, way)):
            if writer is None:
                writer = pq.ParquetWriter(sink, table.schema, compression="zstd",
                                          write_page_checksum=True)  # fmt: skip
            writer.write_table(table)
        form.check_whole(tally)
        problems = (*told, *tally.problems(form.words))
        notices: list[dict[str, Any]] = [problem.__dict__ for problem in problems]
        if writer is not None:
            stated = {"told": notices, "names": tally.names}
            writer.add_key_value_metadata({_TOLD: json.dumps(stated).encode()})
    finally:
        if writer is not None:
            writer.close()


def rows_alike(
    files: Sequence[SourceFile], tally: Tally, way: Callable[[SourceFile], Gathering]
) -> Iterator[pa.Table]:
    """Yield the rows of files of one format, file by file, in the columns of the first.

    Parameters
    ----------
    way : callable
        Returns how each file's people are gathered.

    Raises
    ------
    TableError
        With code ``TABLE_SCHEMAS_DIFFER``, where a file is of another format, or lacks a column
        that is read and another one has.
    """
    head: pa.Schema | None = None
    names: dict[str, None] = {}
    for number, file in enumerate(files, start=1):
        form = file.form
        if form != files[0].form or not isinstance(form, Translated):
            message = f"File {number} of {len(files)} is a {form.title}, file 1 a"
            message = f"{message} {files[0].form.title}; score them apart."
            raise refuse("TABLE_SCHEMAS_DIFFER", message)
        with one_of(number, len(files)):
            for table in form.rows(file, tally, way(file)):
                head = head or table.schema
                yield _like(table, head, file, (number, len(files)))
        names |= dict.fromkeys(tally.names)
    tally.names = tuple(names)


def _like(table: pa.Table, head: pa.Schema, file: SourceFile, which: tuple[int, int]) -> pa.Table:
    """A table in the columns of the first file's; blank where it has one that is not read."""
    if table.schema.names == head.names:
        return table
    number, count = which
    lacking = {name: number for name in head.names if name not in table.column_names}
    lacking |= {name: 1 for name in table.column_names if name not in head.names}
    for name in [name for name in lacking if name in file.dialect.reads.columns]:
        message = f"File {lacking[name]} of {count} lacks column '{name}'; add it."
        raise refuse("TABLE_SCHEMAS_DIFFER", message, name)
    for name in [name for name in head.names if name in lacking]:
        table = table.append_column(name, pa.array([""] * table.num_rows, pa.string()))
    return table.select(head.names)


def _in_groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables of one schema put together, enough rows at a time for a group of their own."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(some.num_rows for some in held) >= _GROUP:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def _all(names: Sequence[str], table: pa.Table) -> tuple[str, ...]:
    """All columns: the file's own, and those that were made; none where it has no names."""
    return tuple(dict.fromkeys((*names, *table.column_names))) if names else ()


def _some(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The columns to read, with the faults of the rows."""
    if not columns:
        return table
    wanted = [*columns, *([FAULTS] if FAULTS in table.column_names else [])]
    return table.select(list(dict.fromkeys(wanted)))


_held = threading.local()


def _latest(form: Translated, file: SourceFile) -> Source:
    """The file's rows; those of the file asked for last are held."""
    key = (replace(file, columns=(), id_column=""), _mark(file))
    if getattr(_held, "key", None) != key:
        _held.key, _held.rows = None, None
        _held.rows = form.translated(file)
        _held.key = key
    rows: Source = _held.rows
    return rows


def _mark(file: SourceFile) -> tuple[Any, ...]:
    """What changes where the file's content does."""
    if file.held is not None:
        return (id(file.held),)
    path = Path(file.path)
    parts = [path, *path.rglob("*")] if path.is_dir() else [path]
    return tuple((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(parts))
