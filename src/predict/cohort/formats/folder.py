"""A folder of Parquet or of CSV files: one table, its parts in the order of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.location import Location
from predict.cohort.formats.packing import head_of
from predict.cohort.formats.rows import joined
from predict.cohort.source import Source
from predict.errors import TableError
from predict.files import sha256_bytes

# Places of the second part begin here; no file has as many bytes.
APART = 1 << 44


class Part(Protocol):
    """A format whose files may be parts of a table: it says where its rows begin and end."""

    def span(self, file: SourceFile) -> tuple[int, int]:
        """Return the place of the first row, and the place behind the last."""


@dataclass(frozen=True)
class Folder(SourceFormat):
    """Files of one format and the same columns; a place says the part and the place in it."""

    inner: tuple[SourceFormat, ...]

    title = "Folder of Parquet or of CSV files"

    def sniff(self, name: str, head: bytes) -> bool:
        """Return that no file is a folder."""
        return False

    def sniff_folder(self, names: Sequence[str]) -> bool:
        """Return whether all files are called as those of one format are."""
        return any(
            bool(names) and all(name.lower().endswith(form.suffixes) for name in names)
            for form in self.inner
        )

    def sha256(self, file: SourceFile) -> str:
        """Return the digest of the parts' digests."""
        return sha256_bytes("".join(part.sha256() for part in self.parts(file)).encode())

    def parts(self, file: SourceFile) -> list[SourceFile]:
        """Return the files of the folder, in the order of their names."""
        paths = [p for p in sorted(Path(file.path).iterdir()) if not p.name.startswith((".", "_"))]
        forms = [next(f for f in self.inner if f.sniff(p.name, head_of(p))) for p in paths]
        return [
            replace(file, path=str(path), form=form, location=Location(str(path)))
            for path, form in zip(paths, forms, strict=True)
        ]

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows; stop where its files have other columns."""
        sources = [part.probe() for part in self.parts(file)]
        if any(source.names != sources[0].names for source in sources[1:]):
            message = "The files of the folder have different columns. Write them alike."
            raise TableError(message, code="TABLE_SCHEMAS_DIFFER")
        return replace(sources[0], table=joined([source.table for source in sources]))

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, part by part."""
        for number, part in enumerate(self.parts(file)):
            shift = number * APART
            for stretch in part.form.stretches(part, rows):
                ends = partial(_shifted, stretch.ends, shift)
                yield Stretch(stretch.start + shift, stretch.end + shift, stretch.source, ends)

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        parts = self.parts(file)
        if chunk is None:
            return _together([part.read() for part in parts], first_row=1)
        sources = [
            part.read(Chunk(0, part.path, start, end, 1, end - start))
            for part, start, end in _pieces(parts, chunk)
        ]
        return replace(_together(sources, first_row=chunk.first_row), piece=True)


def _shifted(ends: Callable[[], np.ndarray], shift: int) -> np.ndarray:
    return ends() + shift


def _pieces(parts: Sequence[SourceFile], chunk: Chunk) -> Iterator[tuple[SourceFile, int, int]]:
    """Each part that a chunk reaches into, and from where to where."""
    for number in range(chunk.start // APART, (chunk.end - 1) // APART + 1):
        form, shift = parts[number].form, number * APART
        first, last = form.span(parts[number])  # type: ignore[attr-defined]  # see Part
        start, end = max(chunk.start - shift, first), min(chunk.end - shift, last)
        if start < end:
            yield parts[number], start, end


def _together(sources: Sequence[Source], *, first_row: int) -> Source:
    """Sources one under the other, with the rows of each numbered on."""
    lost, row = [], first_row - 1
    for source in sources:
        lost += [replace(entry, row=entry.row + row) for entry in source.lost]
        row += source.table.num_rows + len(source.lost)
    table = joined([source.table for source in sources])
    return replace(sources[0], table=table, lost=tuple(lost), first_row=first_row)
