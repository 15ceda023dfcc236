"""A folder of Parquet or of CSV files: one table, its parts in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import numpy as np
import pyarrow as pa

from predict.cohort.formats.alike import united
from predict.cohort.formats.base import Chunk, SourceFile, SourceFormat, Stretch
from predict.cohort.formats.location import Location
from predict.cohort.formats.packing import head_of
from predict.cohort.formats.rows import joined
from predict.cohort.source import Source, one_of
from predict.files import canonical_json, sha256_bytes

# Places of the second part begin here; no file has as many bytes.
APART = 1 << 44
# A folder that states a value of all rows below it, and what stands there for none.
_KEY = re.compile(r"^([^=/]+)=(.*)$")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


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
        """Return the digest of the parts' digests, and of what the folders' names say of them."""
        parts = self._parts(file)
        said = [canonical_json(part.keys) if part.keys else "" for part in parts]
        digests = [part.file.sha256() for part in parts]
        return sha256_bytes("".join(map("".join, zip(said, digests, strict=True))).encode())

    def probed(self, file: SourceFile) -> list[tuple[SourceFile, Source]]:
        """Return each part with its columns, those that its folders' names say among them."""
        parts, found = self._parts(file), []
        for number, part in enumerate(parts, start=1):
            with one_of(number, len(parts)):
                found.append((part.file, part.with_keys(part.file.probe())))
        return found

    def probe(self, file: SourceFile) -> Source:
        """Return the table without its rows: the columns of all its files."""
        return united([source for _, source in self.probed(file)])

    def stretches(self, file: SourceFile, rows: int) -> Iterator[Stretch]:
        """Yield all rows in order, part by part."""
        parts = self._parts(file)
        for number, part in enumerate(parts):
            with one_of(number + 1, len(parts)):
                for stretch in part.file.form.stretches(part.file, rows):
                    yield part.shifted(stretch, number * APART)

    def read(self, file: SourceFile, chunk: Chunk | None) -> Source:
        """Return a chunk's rows, numbered as in the whole table; without one, all rows."""
        parts = self._parts(file)
        if chunk is None:
            return _together([*_each(parts)], first_row=1)
        sources = [
            part.with_keys(part.file.read(Chunk(0, part.file.path, start, end, 1, end - start)))
            for part, start, end in _pieces(parts, chunk)
        ]
        return replace(_together(sources, first_row=chunk.first_row), piece=True)

    def _parts(self, file: SourceFile) -> list[FolderPart]:
        """The files of the folder, in the order of their names."""
        names = files_in(Path(file.path))
        found = [(Path(file.path) / name, _keys(name)) for name in names]
        said = {key for _, keys in found for key in keys}
        columns = tuple(name for name in file.columns if name not in said)
        return [FolderPart(self._part(file, path, columns), keys) for path, keys in found]

    def _part(self, file: SourceFile, path: Path, columns: tuple[str, ...]) -> SourceFile:
        form = next(form for form in self.inner if form.sniff(path.name, head_of(path)))
        place = Location(str(path))
        return replace(file, path=str(path), form=form, location=place, columns=columns)


@dataclass(frozen=True)
class FolderPart:
    """A file of a folder, and what the names of the folders between say of all its rows.

    Parameters
    ----------
    file : SourceFile
    keys : mapping of str to str or None
        ``site=north`` says ``north`` of the column ``site``.
    """

    file: SourceFile
    keys: Mapping[str, str | None]

    def with_keys(self, source: Source) -> Source:
        """Return its rows with a column for each key that it has not itself."""
        table = source.table
        for key, value in self.keys.items():
            if key not in table.column_names:
                cells = pa.array([value] * table.num_rows, pa.string())
                table = table.append_column(key, cells)
        return replace(source, table=table)

    def shifted(self, stretch: Stretch, by: int) -> Stretch:
        """Return rows of the file with their places as those of the folder."""
        ends = partial(_shifted, stretch.ends, by)
        return Stretch(stretch.start + by, stretch.end + by, self.with_keys(stretch.source), ends)


def files_in(folder: Path) -> list[str]:
    """Return the files of a folder by their paths in it, sorted.

    Folders called ``key=value`` are looked into: many programs write a table so.
    """
    names = []
    for entry in folder.iterdir():
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir() and _KEY.match(entry.name):
            names += [f"{entry.name}/{name}" for name in files_in(entry)]
        else:
            names.append(entry.name)
    return sorted(names)


def _keys(name: str) -> dict[str, str | None]:
    found = [match for part in name.split("/")[:-1] if (match := _KEY.match(part))]
    values = {unquote(match[1]): unquote(match[2]) for match in found}
    return {key: None if value == _NO_VALUE else value for key, value in values.items()}


def _each(parts: Sequence[FolderPart]) -> Iterator[Source]:
    for number, part in enumerate(parts, start=1):
        with one_of(number, len(parts)):
            yield part.with_keys(part.file.read())


def _shifted(ends: Callable[[], np.ndarray], shift: int) -> np.ndarray:
    return ends() + shift


def _pieces(parts: Sequence[FolderPart], chunk: Chunk) -> Iterator[tuple[FolderPart, int, int]]:
    """Each part that a chunk reaches into, and from where to where."""
    for number in range(chunk.start // APART, (chunk.end - 1) // APART + 1):
        file, shift = parts[number].file, number * APART
        first, last = file.form.span(file)  # type: ignore[attr-defined]  # see Part
        start, end = max(chunk.start - shift, first), min(chunk.end - shift, last)
        if start < end:
            yield parts[number], start, end


def _together(sources: Sequence[Source], *, first_row: int) -> Source:
    """Sources one under the other, with the rows of each numbered on."""
    lost, row = [], first_row - 1
    for source in sources:
        lost += [replace(entry, row=entry.row + row) for entry in source.lost]
        row += source.table.num_rows + len(source.lost)
    names = dict.fromkeys(name for source in sources for name in source.table.column_names)
    table = joined([_with_all(source.table, [*names]) for source in sources])
    return replace(sources[0], table=table, lost=tuple(lost), first_row=first_row)


def _with_all(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """A table with these columns, in this order; blank where it has none of that name."""
    for name in [name for name in names if name not in table.column_names]:
        table = table.append_column(name, pa.nulls(table.num_rows))
    return table.select(list(names))
