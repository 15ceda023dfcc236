"""A folder of exports of one tool: each file read by its own format, all of them one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.folder import files_in
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.location import Location
from predict.cohort.formats.regrouping import Gathering, at_once
from predict.cohort.formats.translated import Tally, Translated, rows_alike
from predict.cohort.source import Source
from predict.files import sha256_bytes


@dataclass(frozen=True)
class Together(Translated):
    """Files of one format in a folder, in the order of their names."""

    inner: Translated

    title = "Folder of exports of one tool"

    def sniff(self, name: str, head: bytes) -> bool:
        """Return that no file is a folder."""
        return False

    def parts(self, file: SourceFile) -> list[SourceFile]:
        """Return the files of the folder, in the order of their names."""
        paths = [str(Path(file.path) / name) for name in files_in(Path(file.path))]
        return [replace(file, path=p, form=self.inner, location=Location(p)) for p in paths]

    def sha256(self, file: SourceFile) -> str:
        """Return the digest of the files' digests."""
        return sha256_bytes("".join(part.sha256() for part in self.parts(file)).encode())

    def hints(self, file: SourceFile) -> Hints:
        """Return what the first file says of the columns."""
        return self.inner.hints(self.parts(file)[0])

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the rows of file after file, in the columns of the first."""
        yield from rows_alike(self.parts(file), tally, lambda part: gathered)
        self.inner.check_whole(tally)

    def translated(self, file: SourceFile) -> Source:
        """Return all rows, and what is to be told of them in the words of the files' format."""
        tally = Tally()
        table = pa.concat_tables(self.rows(replace(file, columns=()), tally, at_once))
        names = tuple(dict.fromkeys((*tally.names, *table.column_names))) if tally.names else ()
        return Source(table, notices=tally.problems(self.inner.words), header=names)


def parts_of(file: SourceFile) -> list[SourceFile]:
    """Return the files of a folder of exports; any other file alone."""
    return file.form.parts(file) if isinstance(file.form, Together) else [file]
