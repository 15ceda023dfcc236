"""What each format answers: is this file mine, its columns, where it is cut, its cells."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from predict.cohort.formats.hints import Hints
from predict.cohort.formats.location import Location
from predict.cohort.source import Source, refuse
from predict.definitions.study import Dialect

MAX_COLUMNS = 10_000
_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\ufeff", "\u00a0")


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of one file.

    Parameters
    ----------
    number : int
        Place among all chunks, from 0.
    path : str
    start, end : int
        Places in the file as its format counts them (bytes of a CSV, rows of a Parquet file); the
        end is not included.
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
    """What the first pass over a file found: its digest and its chunks."""

    sha256: str
    chunks: tuple[Chunk, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(chunk.rows for chunk in self.chunks)


@dataclass(frozen=True)
class Stretch:
    """Rows as a first pass comes by them.

    Parameters
    ----------
    start, end : int
        As of a `Chunk`.
    source : Source
        Its cells; rows that could not be cut are counted from 1.
    ends : callable
        Returns the place behind each row, so that a chunk may end at any of them.
    """

    start: int
    end: int
    source: Source
    ends: Callable[[], np.ndarray]


@dataclass(frozen=True)
class SourceFile:
    """A table that is not read yet: where it lies, its format, and what to read of it.

    Parameters
    ----------
    path : str
        Empty where the table is held in memory.
    form : SourceFormat
    dialect : Dialect
        How the study says it is written.
    id_column : str
    columns : tuple of str
        Columns to read; all where empty.
    held : bytes, DataFrame, arrow table or None
        What stands for the file at ``path``.
    location : Location
        The place as it was named, with the options behind it.
    others : tuple of SourceFile
        Further files of the table, where its format reads all of them as one.
    """

    path: str
    form: SourceFormat
    dialect: Dialect = field(default_factory=Dialect)
    id_column: str = ""
    columns: tuple[str, ...] = ()
    held: bytes | pd.DataFrame | pa.Table | None = field(default=None, repr=False, compare=False)
    location: Location = field(default_factory=lambda: Location(""))
    others: tuple[SourceFile, ...] = ()

    @property
    def place(self) -> str:
        """The path with the format and the options it was named with: enough to open it again."""
        return str(self.location) or self.path

    def option(self, name: str) -> str:
        """Return what stands behind the table's name, such as ``sheet``, or else in the study."""
        stated = dict(self.location.options)
        return stated.get(name) or str(getattr(self.dialect, name, ""))

    @contextmanager
    def on_disk(self) -> Iterator[str]:
        """Yield a path for libraries that open files themselves; a copy made for it goes."""
        if not isinstance(self.held, bytes):
            yield self.path
            return
        handle, name = tempfile.mkstemp(prefix=".table.")  # readable by this user only
        try:
            with os.fdopen(handle, "wb") as copy:
                copy.write(self.held)
            yield name
        finally:
            os.unlink(name)  # noqa: PTH108 - the name came from mkstemp

    def open(self) -> io.BytesIO | io.BufferedReader:
        """Return the file's bytes to read."""
        if isinstance(self.held, bytes):
            return io.BytesIO(self.held)
        return open(self.path, "rb")

    def sha256(self) -> str:
        """Return the digest of the file's bytes; empty for a table that is no file."""
        return self.form.sha256(self) if self.path else ""

    def probe(self) -> Source:
        """Return the table without its rows, after the checks of the file's beginning."""
        return self.form.probe(self)

    def read(self, chunk: Chunk | None = None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        return self.form.read(self, chunk)


class SourceFormat(ABC):
    """One way in which tables are written; a subclass in a file of its own and a line in `FORMATS`.

    A file that lacks what the whole of it must have stops with a `TableError`: its code and remedy
    are the same whether it is read at once or in chunks.
    """

    title: ClassVar[str]
    magic: ClassVar[tuple[bytes, ...]] = ()
    suffixes: ClassVar[tuple[str, ...]] = ()
    # The extra that installs what reads it; none where a plain install does.
    extra: ClassVar[str] = ""

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a file of this name and beginning is of this format."""
        return head.startswith(self.magic) or name.lower().endswith(self.suffixes)

    def is_address(self, path: str) -> bool:
        """Return whether a place is the address of a service that this format is read from."""
        return False

    def fetched(self, location: Location, id_column: str) -> bytes:
        """Return the whole table behind an address, or stop with nothing of it."""
        # Asked only where `is_address` said yes, and then the format has its own.
        raise NotImplementedError(f"{self.title} has no address")

    def hints(self, file: SourceFile) -> Hints:
        """Return what the format itself says of a file's columns, for a proposal."""
        return Hints()

    def sniff_folder(self, names: Sequence[str]) -> bool:
        """Return whether a folder that holds these files is one table of this format."""
        return False

    def probed(self, file: SourceFile) -> list[tuple[SourceFile, Source]]:
        """Return each file that a table consists of, with its columns: mostly itself alone."""
        return [(file, self.probe(file))]

    def sha256(self, file: SourceFile) -> str:
        """Return the digest of the file's bytes."""
        with file.open() as data:
            return hashlib.file_digest(data, "sha256").hexdigest()

    @abstractmethod
    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows, after the checks of the file's beginning."""

    @abstractmethod
    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, so many at a time; stop at what only the whole can tell."""

    @abstractmethod
    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""


@contextmanager
def needing(form: SourceFormat) -> Iterator[None]:
    """Turn the failed import of a format's library into the name of the extra that installs it."""
    try:
        yield
    except ImportError as error:
        message = f"{form.title}: what reads it is not installed; install the extra"
        message = f"{message} '{form.extra}', pip install 'predict-response[{form.extra}]'."
        raise refuse("FORMAT_EXTRA", message) from error


def mark_of(file: SourceFile) -> tuple[int, ...]:
    """Return size and times of a file, to notice that it is another one, however it was dated."""
    facts = os.stat(file.path)  # noqa: PTH116 - one call
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def ids_of(source: Source, id_column: str) -> np.ndarray:
    """Return the ids of rows as text, a blank one as ``""``."""
    return np.asarray(source.ids(id_column).to_numpy(zero_copy_only=False), dtype=object)


def check_names(names: Sequence[str]) -> None:
    """Stop at column names that no table may have."""
    if len(names) >= MAX_COLUMNS:
        message = f"The table has {len(names)} columns; fewer than {MAX_COLUMNS} are read."
        raise refuse("TOO_MANY_COLUMNS", message)
    nameless = [place for place, name in enumerate(names, start=1) if not name.strip()]
    if len(nameless) > 1:
        message = (
            f"{len(nameless)} columns have no name in the first line, from column {nameless[0]}"
        )
        message = f"{message} on; write a name above each (of two lines of names, keep one)."
        raise refuse("HEADER_BLANK", message)
    for name in names:
        if any(mark in name for mark in _INVISIBLE):
            message = "A column name holds an invisible character; retype the header line."
            raise refuse("HEADER_INVISIBLE", message)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"Column '{repeated[0]}' stands twice; rename or drop one."
        raise refuse("COLUMN_REPEATED", message, repeated[0])
