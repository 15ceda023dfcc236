"""Readers: each layout's way from a table to the same answers table.

To add a layout, write one file with a function ``(source, study, as_of, people) -> Answers`` and
list it in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from predict.cohort.answers import LOST, Answers, RowFault
from predict.cohort.formats import (
    SourceFile,
    Table,
    check_alike,
    check_expected,
    located,
    open_table,
    untold_of,
)
from predict.cohort.layouts.long import read_long
from predict.cohort.layouts.wide import read_wide
from predict.cohort.required_columns import (
    columns_read,
    dialect_of,
    people_columns_read,
)
from predict.cohort.source import Source
from predict.cohort.table_checks import suspicions
from predict.errors import TableError

if TYPE_CHECKING:
    from predict.definitions.study import Study

__all__ = [
    "LOST",
    "READERS",
    "Answers",
    "RowFault",
    "Source",
    "open_people",
    "open_source",
    "open_table",
    "people_place",
    "read_answers",
]

Reader = Callable[[Source, "Study", str | None, Source | None], Answers]

READERS: dict[str, Reader] = {"long": read_long, "wide": read_wide}


def open_source(table: Table, study: Study, *, as_of: str | None = None) -> Source:
    """Return the cells that a study reads of its main table.

    Raises
    ------
    TableError
        When the file as a whole cannot be read: not there, empty, another encoding or delimiter,
        repeated or invisible characters in the header, an open quote.
    """
    file = open_table(table, dialect=dialect_of(study), id_column=study.id)
    names = file.probe().names
    columns = columns_read(names, study, as_of)
    check_alike([file], columns)
    source = _some(file, names, columns)
    check_expected(file, source.table.num_rows + len(source.lost))
    return replace(source, notices=(*source.notices, *untold_of(file, names, study.reads)))


def people_place(table: Path | str, study: Study) -> Path | None:
    """Return where the second table of people lies: from the main table's own folder on.

    None where the study takes no fact from one, or names none.
    """
    needed = any(column.table == "people" for column in study.people.values())
    if not (needed and study.people_table):
        return None
    return Path(located(table).path).parent / study.people_table


def open_people(table: Table, study: Study) -> Source:
    """Return the cells that a study reads of its second table, of people.

    Raises
    ------
    TableError
        As `open_source`, and says that it is the people table.
    """
    try:
        file = open_table(table, dialect=study.dialect, id_column=study.people_id)
        names = file.probe().names
        return _some(file, names, people_columns_read(names, study))
    except TableError as error:
        message = "The people table cannot be read; it is looked for from the main table's folder."
        raise TableError(message, code=error.code, problems=error.problems) from error


def _some(file: SourceFile, names: list[str], columns: tuple[str, ...]) -> Source:
    return replace(replace(file, columns=columns).read(), header=tuple(names))


def read_answers(
    source: Source, study: Study, *, as_of: str | None = None, people: Source | None = None
) -> Answers:
    """Return every answer of a table under its study.

    Parameters
    ----------
    as_of : str or None
        Visit after which columns are left unread, as scoring needs it.
    people : Source or None
        Second table of people, where the study names one.

    Raises
    ------
    TableError
        With every problem that concerns the table as a whole.
    """
    answers = READERS[study.layout](source, study, as_of, people)
    if source.piece:
        return answers
    warnings = suspicions(study, answers.ids, answers.visits)
    return replace(answers, notes=(*answers.notes, *warnings))
