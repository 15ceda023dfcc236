"""What a batch will do, decided before anything is written: pieces, refused repeats, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from predict.cohort import cohort_of
from predict.cohort.formats import (
    Chunk,
    Scan,
    SourceFile,
    check_alike,
    check_expected,
    open_table,
    scan,
    united,
    untold_of,
)
from predict.cohort.formats.regrouping import TOLD
from predict.cohort.intake import MANY_FILES, Intake, in_order
from predict.cohort.layouts import read_answers
from predict.cohort.person_boundaries import Persons
from predict.cohort.repeated_people import contents, decide, together
from predict.cohort.required_columns import columns_read, later_safety_columns, needs_of
from predict.cohort.source import Source, one_of
from predict.cohort.table_checks import personal_ids
from predict.definitions.study import Study
from predict.errors import Problem
from predict.files import sha256_bytes
from predict.models.response_model import ResponseModel
from predict.scoring.repeats import Repeats


@dataclass(frozen=True)
class BatchPlan:
    """The pieces of a table, in order.

    Parameters
    ----------
    columns : tuple of str
        The only columns that are read.
    pieces : tuple of Chunk
    repeated : array of int
        Rows (from 1) that are refused because their id stands elsewhere too.
    codes : array of str
        Why each of them is.
    sha256 : str
        One digest over the digests of all files.
    warnings : tuple of Problem
    part_rows : int
        Rows of a piece; the last may have fewer, those of a long table end where a person does.
    visits : frozenset of str or None
        Visits that a long table has rows of.
    answered : frozenset of (instrument, visit) or None
        Where the table has answers to items, if totals are given beside items.
    apart : bool
        Whether rows of a person stand in several pieces.
    """

    columns: tuple[str, ...]
    pieces: tuple[Chunk, ...]
    repeated: np.ndarray
    codes: np.ndarray
    sha256: str
    warnings: tuple[Problem, ...]
    part_rows: int
    visits: frozenset[str] | None = None
    answered: frozenset[tuple[str, str]] | None = None
    apart: bool = False

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return sum(piece.rows for piece in self.pieces)

    def repeated_in(self, piece: Chunk) -> tuple[tuple[int, str], ...]:
        """Return the refused rows of repeated ids that lie in a piece, each with its code."""
        some = _within(piece, self.repeated)
        return tuple(zip(self.repeated[some].tolist(), self.codes[some].tolist(), strict=True))


def make_plan(model: ResponseModel, intake: Intake, workshop: Path, *, rows: int) -> BatchPlan:
    """Scan the files and return the plan.

    Parameters
    ----------
    model : ResponseModel
    intake : Intake
    workshop : Path
        Folder for a temporary file of eight bytes a row.
    rows : int
        Rows of a piece.

    Raises
    ------
    TableError
        With every problem that concerns the table as a whole.
    """
    study, as_of = _of_one_table(model.study), model.as_of
    persons = Persons(study) if study.layout == "long" else None
    files = _opened(intake, study)
    warnings = list(_probed(files, study, as_of))
    shapes = _Shapes(study, Repeats(workshop / f".ids.{_first(files)}.1.tmp"), persons)
    scans, repeated, groups = _scanned(files, rows, shapes)
    warnings += shapes.problems
    check_expected(files[0], sum(one.rows for one in scans))
    if not shapes.repeats.rows:
        warnings.append(Problem("TABLE_NO_ROWS", "The table has no rows.", level="warning"))
    pieces = tuple(chunk for one in scans for chunk in one.chunks)
    apart = bool(persons and len(repeated) and len(pieces) > 1)
    if persons:
        repeated, groups = repeated[:0], groups[:0]
    columns = _wanted(files[0], study, as_of)
    several = [replace(file, columns=columns) for file in files]
    codes, notes = _refused(several, pieces, study, study.by(as_of), repeated, groups)
    warnings += notes
    return BatchPlan(
        columns=columns,
        pieces=pieces or (Chunk(0, files[0].place, 0, 0, 1, 0),),
        repeated=repeated[codes != ""],
        codes=codes[codes != ""],
        sha256=sha256_bytes("".join(one.sha256 for one in scans).encode()),
        warnings=tuple(warnings),
        part_rows=rows,
        visits=_visits_met(several, pieces, study, as_of, persons) if persons else None,
        answered=_answered(files, pieces, study, as_of),
        apart=apart,
    )


@contextmanager
def planned(
    model: ResponseModel, intake: Intake, workshop: Path, *, rows: int
) -> Iterator[tuple[BatchPlan, Intake]]:
    """Yield the plan of a table and the files to read; see `make_plan`.

    Where rows of a person stand in several pieces of a long table, they are put behind each other
    in one temporary file, which is read instead and goes afterwards.
    """
    plan = make_plan(model, intake, workshop, rows=rows)
    if not plan.apart:
        yield plan, intake
        return
    study = model.study
    opened = [
        open_table(path, dialect=study.dialect, id_column=study.id, columns=plan.columns)
        for path in intake.files
    ]
    by_path = {file.place: file for file in opened}

    def sources() -> Iterator[Source]:
        return (by_path[piece.path].read(piece) for piece in plan.pieces)

    with in_order(intake, sources, study.id, workshop) as ordered:
        again = make_plan(model, ordered, workshop, rows=rows)
        yield replace(again, sha256=plan.sha256, warnings=(*plan.warnings, TOLD)), ordered


def _within(piece: Chunk, rows: np.ndarray) -> slice:
    low, high = np.searchsorted(rows, [piece.first_row, piece.first_row + piece.rows])
    return slice(int(low), int(high))


def _refused(
    files: Sequence[SourceFile],
    pieces: Sequence[Chunk],
    study: Study,
    visits: tuple[str, ...],
    rows: np.ndarray,
    groups: np.ndarray,
) -> tuple[np.ndarray, list[Problem]]:
    """Return why each row of a repeated id is refused (empty: it counts), and warnings.

    Only the pieces that hold such rows are read.
    """
    if not len(rows):
        return np.empty(0, dtype=object), []
    by_path, parts = {file.place: file for file in files}, []
    for piece in pieces:
        some = rows[_within(piece, rows)]
        if len(some):
            source = by_path[piece.path].read(piece)
            places = np.searchsorted(source.row_numbers(), some)
            parts.append(contents(source, study, visits, places))
    return decide(groups, together(parts), study.duplicates)


def _of_one_table(study: Study) -> Study:
    """Return the study without facts that stand in a second table: no plan rests on them."""
    own = {name: column for name, column in study.people.items() if column.table == "main"}
    return replace(study, people=own)


def _visits_met(
    files: Sequence[SourceFile],
    pieces: tuple[Chunk, ...],
    study: Study,
    as_of: str,
    persons: Persons,
) -> frozenset[str]:
    """Return the visits that the whole of a long table has rows of.

    Where windows of days alone place rows, pieces are looked at until every visit is met: mostly
    the first is enough.
    """
    if study.visit:
        return persons.visits
    by_path, seen = {file.place: file for file in files}, set[str]()
    for piece in pieces:
        if seen >= set(study.by(as_of)):
            break
        days = read_answers(by_path[piece.path].read(piece), study, as_of=as_of).days
        seen |= {visit for visit, values in days.items() if not np.isnan(values).all()}
    return frozenset(seen)


def _answered(
    files: Sequence[SourceFile], pieces: tuple[Chunk, ...], study: Study, as_of: str
) -> frozenset[tuple[str, str]] | None:
    """Where the whole table has answers to items, if totals are given beside items.

    A total without items counts only where nobody has items, which one piece cannot tell. Pieces
    are looked at until every place is answered for: mostly the first is enough.
    """
    asked = {
        (name, visit)
        for name, measure in study.instruments.items()
        for visit in study.by(as_of)
        if measure.items.get(visit)
        and (measure.totals.get(visit) or visit in measure.person_totals)
    }
    if not asked:
        return None
    by_path, seen = {file.place: file for file in files}, set[tuple[str, str]]()
    for piece in pieces:
        if seen == asked:
            break
        file = replace(by_path[piece.path], columns=_wanted(files[0], study, as_of))
        answers = read_answers(file.read(piece), study, as_of=as_of)
        seen |= {
            (name, visit)
            for name, visit in asked - seen
            if _has_items(study, name, answers.visits.get(visit, {}))
        }
    return frozenset(seen)


def _has_items(study: Study, name: str, answers: Mapping[str, np.ndarray]) -> bool:
    tool = study.instruments[name].instrument
    columns = [answers[c] for item in tool.items if (c := tool.column(item.key)) in answers]
    return any(bool((~np.isnan(values)).any()) for values in columns)


# Checked on some ids of each piece: a column of names shows itself at once.
_LOOKED_AT = 200


@dataclass
class _Shapes:
    """Hands ids on, and notices those that look like a person's name or number."""

    study: Study
    repeats: Repeats
    persons: Persons | None = None
    problems: list[Problem] = field(default_factory=list)

    def add(self, ids: np.ndarray) -> None:
        self.repeats.add(self.persons.first_rows(ids) if self.persons else ids)
        some = ids[:: max(1, len(ids) // _LOOKED_AT)]
        self.problems += [p for p in personal_ids(self.study, some) if p not in self.problems]


def _scanned(
    files: Sequence[SourceFile], rows: int, ids: _Shapes
) -> tuple[list[Scan], np.ndarray, np.ndarray]:
    """Scan file after file, rows and chunks counted on; with the rows of repeated ids."""
    scans: list[Scan] = []
    number, first_row, path = 0, 1, ids.repeats.path
    path.unlink(missing_ok=True)
    try:
        for file in files:
            if ids.persons:
                ids.persons.begin_file()
            with one_of(len(scans) + 1, len(files)):
                one = scan(
                    file, rows, first_row=first_row, number=number, ids=ids.add, persons=ids.persons
                )
            number, first_row = number + len(one.chunks), first_row + one.rows
            scans.append(one)
        return scans, *ids.repeats.find()
    finally:
        path.unlink(missing_ok=True)


def _opened(intake: Intake, study: Study) -> list[SourceFile]:
    opened = []
    for number, path in enumerate(intake.files, start=1):
        with one_of(number, len(intake.files)):
            opened.append(open_table(path, dialect=study.dialect, id_column=study.id))
    return opened


def _first(files: Sequence[SourceFile]) -> str:
    return sha256_bytes(files[0].place.encode())[:12]


def _probed(files: Sequence[SourceFile], study: Study, as_of: str) -> list[Problem]:
    """Return the warnings that the columns alone give; stop at what is wrong with them."""
    heads = []
    for number, file in enumerate(files, start=1):
        with one_of(number, len(files)):
            heads.append(file.probe())
    head = united(heads)
    check_alike(files, columns_read(head.names, study, as_of))
    problems = cohort_of(read_answers(head, study, as_of=as_of), study).problems
    warnings = [
        Problem(str(p.code), str(p.message), level="warning")
        for p in problems.itertuples()
        if p.level == "warning" and p.code != "TABLE_NO_ROWS"
    ]
    warnings += untold_of(files[0], head.names, study.reads)
    if len(files) >= MANY_FILES:
        message = f"The table lies in {len(files)} files; fewer, larger files are read faster."
        warnings.append(Problem("MANY_FILES", message, level="warning"))
    return warnings


def _wanted(file: SourceFile, study: Study, as_of: str) -> tuple[str, ...]:
    """Return the table's columns that scoring reads; everything else stays unread."""
    present = file.probe().names
    needs = needs_of(study, as_of)
    taken = {planned.taken for planned in study.rounds.values()}
    # Cluster, site and time serve training; of the optional columns only these decide an estimate.
    used = {*needs.required, *(n for n in needs.optional if n in taken or n == study.id)}
    used |= later_safety_columns(study, as_of)
    return tuple(name for name in present if name in used)
