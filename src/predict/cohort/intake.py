"""The table a batch is given: one file, several by a pattern, packed, or standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from predict.cohort.formats import is_address, located, open_table
from predict.cohort.formats.packing import GZIP, check_file, head_of, pour, unpack
from predict.cohort.formats.translated import Translated, lay_out, rows_file
from predict.cohort.required_columns import dialect_of
from predict.cohort.source import refuse
from predict.definitions.study import Study
from predict.errors import OutputError, TableError

MANY_FILES = 10_000
STANDARD = "-"


@dataclass(frozen=True)
class Intake:
    """Plain files to read, and what they were when they were looked at.

    Parameters
    ----------
    files : tuple of str
        Places of tables, not packed.
    marks : tuple
        Size and time of change of each, to notice that one changes under the run.
    """

    files: tuple[str, ...]
    marks: tuple[tuple[int, int], ...]

    def check_unchanged(self) -> None:
        """Stop when a file is no longer the one that was looked at.

        Raises
        ------
        TableError
            With code ``TABLE_CHANGED``.
        """
        for path, seen in zip(self.files, self.marks, strict=True):
            check_mark(path, seen)


def mark(path: Path | str) -> tuple[int, int]:
    """Return a file's size and time of change; -1 when it is gone."""
    place = located(path)
    try:
        files = [Path(place.path), *_inside(Path(place.path))]
        facts = [file.stat() for file in files]
    except OSError:
        return -1, -1
    return sum(fact.st_size for fact in facts), max(fact.st_mtime_ns for fact in facts)


def _inside(path: Path) -> list[Path]:
    """The files of a folder; none where the path is a file."""
    return [file for file in path.iterdir() if file.is_file()] if path.is_dir() else []


def check_mark(path: Path | str, seen: tuple[int, int]) -> None:
    """Stop when a file is no longer the one that was looked at (``TABLE_CHANGED``)."""
    if mark(path) != seen:
        raise TableError(
            "The table changed while it was read. Score a copy that nobody writes to.",
            code="TABLE_CHANGED",
        )


@contextmanager
def taken_in(table: str, workshop: Path) -> Iterator[Intake]:
    """Yield the plain files behind a path, a pattern or ``-``; copies made for it go afterwards.

    Parameters
    ----------
    table : str
        Path of a file or folder of any format (``.gz`` too), ``FORMAT:PATH?key=value``, a pattern
        such as ``in/*.parquet``, or ``-``.
    workshop : Path
        Folder for temporary copies, readable by this user only.

    Raises
    ------
    TableError
        When there is no such file, or it is of a kind that is not read.
    """
    names = _names(table)
    # Each file has a copy of its own: with one name for all, only the last would be read.
    copies = [workshop / f".table-{number}.{os.getpid()}.tmp" for number in range(len(names))]
    try:
        files = tuple(map(_plain, names, copies))
        yield Intake(files, tuple(mark(path) for path in files))
    finally:
        for copy in copies:
            copy.unlink(missing_ok=True)


@contextmanager
def laid_out(intake: Intake, study: Study, workshop: Path) -> Iterator[Intake]:
    """Yield the files as they are, or, where their records are no rows yet, one file of their rows.

    That file goes afterwards; it is readable by this user only.

    Raises
    ------
    TableError
        When a file cannot be read, or changes while it is laid out.
    """
    opened = [open_table(f, dialect=dialect_of(study), id_column=study.id) for f in intake.files]
    if not all(isinstance(file.form, Translated) for file in opened):
        yield intake
        return
    copy = rows_file(workshop)
    try:
        with _private(copy) as sink:
            lay_out(opened, sink)
        intake.check_unchanged()
        place = str(located(intake.files[0]).at(copy))
        yield Intake((place,), (mark(copy),))
    finally:
        copy.unlink(missing_ok=True)


def _names(table: str) -> list[str]:
    place = located(table)
    path = Path(place.path)
    if place.path == STANDARD or not glob.has_magic(place.path) or path.exists():
        return [table]
    paths = sorted(str(place.at(one)) for one in path.parent.glob(path.name))
    if not paths:
        raise refuse("TABLE_NOT_FOUND", "No file fits the pattern; check the path.")
    return paths


def input_files(table: str) -> list[Path]:
    """Return the files of a table as they lie on disk; none of a stream or a service."""
    files: list[Path] = []
    for name in _names(table):
        place = located(name)
        if place.path != STANDARD and not is_address(place):
            path = Path(place.path)
            files += [path, *(file for file in path.rglob("*") if file.is_file())]
    return files


def _plain(name: str, copy: Path) -> str:
    place = located(name)
    if place.path == STANDARD:
        try:
            with _private(copy) as sink:
                pour(sys.stdin.buffer, sink)
        except OSError as error:
            raise _no_room(error) from error
        return str(place.at(_unpacked(copy, copy)))
    if is_address(place):
        return name
    path = Path(place.path).resolve()
    if path.is_dir():
        return str(place.at(path))
    check_file(path)
    return str(place.at(_unpacked(path, copy)))


def _unpacked(path: Path, copy: Path) -> Path:
    """Return the file itself, or a plain copy of what is packed in it."""
    if not head_of(path).startswith(GZIP):
        return path
    beside = copy.with_name(f".unpacked{copy.name}")
    try:
        with _private(beside) as sink:
            unpack(path, sink)
        os.replace(beside, copy)
    except OSError as error:
        raise _no_room(error) from error
    finally:
        beside.unlink(missing_ok=True)
    return copy


def _no_room(error: OSError) -> OutputError:
    message = f"The table could not be unpacked beside the output: {error.strerror}."
    return OutputError(f"{message} Check the free space.", code="OUTPUT_UNWRITABLE")


def _private(path: Path) -> IO[bytes]:
    """A new file that this user alone may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
