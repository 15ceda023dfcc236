"""The first pass over a file of any format: where its chunks begin, its digest, the ids told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from predict.cohort.formats.base import Chunk, Scan, SourceFile, Stretch, ids_of
from predict.cohort.person_boundaries import Persons, last_change, with_lost
from predict.cohort.source import refuse
from predict.definitions.study import ROW

Listener = Callable[[np.ndarray], None]
Cut = tuple[int, int, np.ndarray]


def scan(
    file: SourceFile,
    rows: int,
    *,
    first_row: int,
    number: int,
    ids: Listener,
    persons: Persons | None = None,
) -> Scan:
    """Return a file's chunks of about so many rows; hand every chunk's ids on.

    Parameters
    ----------
    rows : int
        Rows of a chunk.
    first_row, number : int
        Those of the file's first chunk.
    ids : callable
        Called with the ids of each chunk as text.
    persons : Persons or None
        Where given, a chunk ends where another person begins.

    Raises
    ------
    TableError
        When the file as a whole cannot be read.
    """
    only = replace(file, columns=persons.columns if persons else _id_column(file))
    stretches = only.form.stretches(only, rows)
    chunks: list[Chunk] = []
    cuts = _whole_people(only, stretches, persons) if persons else _as_they_come(only, stretches)
    for start, end, chunk_ids in cuts:
        ids(chunk_ids)
        place = (number + len(chunks), file.place, start, end, first_row, len(chunk_ids))
        chunks.append(Chunk(*place))
        first_row += len(chunk_ids)
    return Scan(file.sha256(), tuple(chunks))


def _id_column(file: SourceFile) -> tuple[str, ...]:
    """The column of ids; where rows are known by their number, any column tells how many."""
    if file.id_column != ROW:
        return (file.id_column,)
    names = file.probe().names
    return (ROW,) if ROW in names else tuple(names[:1])


def _as_they_come(file: SourceFile, stretches: Iterator[Stretch]) -> Iterator[Cut]:
    for stretch in stretches:
        numbered = file.id_column == ROW and ROW not in file.columns
        # Numbers of rows are never those of another row: nothing is to be compared.
        rows = stretch.source.table.num_rows
        own_ids = np.full(rows, "", object) if numbered else ids_of(stretch.source, file.id_column)
        named = with_lost(own_ids, stretch.source.lost, ids_known=False)
        if len(named):
            yield stretch.start, stretch.end, named


def _whole_people(
    file: SourceFile, stretches: Iterator[Stretch], persons: Persons
) -> Iterator[Cut]:
    """Hand on what is read, the last person of each stretch with the next one."""
    held = _Held()
    for stretch in stretches:
        persons.look(stretch.source.table)
        cut = last_change(held.ids)
        if cut:
            yield held.give(cut)
        held.take(stretch, file.id_column)
    if len(held.ids):
        yield held.give(len(held.ids))


@dataclass
class _Held:
    """Rows that are not handed on yet: their ids, and the place behind each of them."""

    start: int = 0
    ids: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))
    ends: np.ndarray = field(default_factory=lambda: np.array([], dtype=np.int64))

    def take(self, stretch: Stretch, id_column: str) -> None:
        ids, lost = ids_of(stretch.source, id_column), stretch.source.lost
        before = str(self.ids[-1]) if len(self.ids) else ""
        if not len(self.ids):
            self.start = stretch.start
        ends = stretch.ends()
        if len(ends) != len(ids) + len(lost):
            message = "Quotes stand inside fields, so that rows cannot be told apart; export the"
            raise refuse("TABLE_NOT_CSV", f"{message} table again with quotes doubled.")
        self.ids = np.concatenate([self.ids, with_lost(ids, lost, before=before)])
        self.ends = np.concatenate([self.ends, ends])

    def give(self, rows: int) -> Cut:
        given = self.start, int(self.ends[rows - 1]), self.ids[:rows]
        self.start, self.ids, self.ends = given[1], self.ids[rows:], self.ends[rows:]
        return given
