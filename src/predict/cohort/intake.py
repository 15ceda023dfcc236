"""The table a batch is given: one file, several by a pattern, packed, or standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from predict.cohort.formats import SourceFile, is_address, located, open_table
from predict.cohort.formats.in_order import ordered_file, put_in_order
from predict.cohort.formats.packing import GZIP, check_file, head_of, pour, unpack
from predict.cohort.formats.together import parts_of
from predict.cohort.formats.translated import Translated, lay_out, rows_file
from predict.cohort.required_columns import dialect_of
from predict.cohort.source import Source, one_of, refuse
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
        Size and times of each, to notice that one changes, or is replaced, under the run.
    """

    files: tuple[str, ...]
    marks: tuple[tuple[int, ...], ...]

    def check_unchanged(self) -> None:
        """Stop when a file is no longer the one that was looked at.

        Raises
        ------
        TableError
            With code ``TABLE_CHANGED``.
        """
        for path, seen in zip(self.files, self.marks, strict=True):
            check_mark(path, seen)


def mark(path: Path | str) -> tuple[int, ...]:
    """Return a file's size, and when its bytes and its entry changed; -1 when it is gone.

    A file put in its place may have its size and the time it was last written (``cp -p``, ``mv``),
    never the time at which its entry changed.
    """
    place = located(path)
    try:
        path = Path(place.path)
        facts = [file.stat() for file in (_inside(path) if path.is_dir() else [path])]
    except OSError:
        return -1, -1, -1
    if not facts:
        return 0, 0, 0
    size = sum(fact.st_size for fact in facts)
    return size, max(fact.st_mtime_ns for fact in facts), max(fact.st_ctime_ns for fact in facts)


def _inside(path: Path) -> list[Path]:
    """The files of a folder and of those in it, but hidden ones: an output may be made there."""
    files = [file for file in path.rglob("*") if file.is_file()]
    return [f for f in files if not any(p.startswith(".") for p in f.relative_to(path).parts)]


def check_mark(path: Path | str, seen: tuple[int, ...]) -> None:
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
        files = tuple(_each_plain(names, copies))
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
    opened: list[SourceFile] = []
    for number, path in enumerate(intake.files, start=1):
        with one_of(number, len(intake.files)):
            file = open_table(path, dialect=dialect_of(study), id_column=study.id)
            opened += parts_of(file)
    if not all(isinstance(file.form, Translated) for file in opened):
        yield intake
        return
    with _one_file(
        intake, rows_file(workshop), lambda sink: lay_out(opened, sink, workshop)
    ) as one:
        yield one


@contextmanager
def in_order(
    intake: Intake, sources: Callable[[], Iterator[Source]], id_column: str, workshop: Path
) -> Iterator[Intake]:
    """Yield one file of a long table's rows with those of a person behind each other.

    That file goes afterwards; it is readable by this user only.

    Parameters
    ----------
    sources : callable
        Begins the table anew and yields its pieces.

    Raises
    ------
    TableError
        When a file cannot be read, or changes meanwhile.
    """
    copy = ordered_file(workshop)
    with _one_file(
        intake, copy, lambda sink: put_in_order(sources, id_column, sink, workshop)
    ) as one:
        yield one


@contextmanager
def _one_file(intake: Intake, copy: Path, write: Callable[[IO[bytes]], None]) -> Iterator[Intake]:
    """Yield a private file that is written in place of others, and goes afterwards."""
    try:
        try:
            with _private(copy) as sink:
                write(sink)
        except OSError as error:
            raise _no_room(error) from error
        intake.check_unchanged()
        yield Intake((str(located(intake.files[0]).at(copy)),), (mark(copy),))
    finally:
        copy.unlink(missing_ok=True)


def _names(table: str) -> list[str]:
    place = located(table)
    path = Path(place.path)
    if place.path == STANDARD or not glob.has_magic(place.path) or os.path.lexists(path):
        return [table]
    fitting = glob.glob(place.path, recursive=True)  # noqa: PTH207 - it takes absolute patterns
    found = [one for one in fitting if not _aside(one, path.name)]
    # A pattern that fits folders as well, such as ``in/**``, means the files in them.
    paths = sorted([one for one in found if not Path(one).is_dir()] or found)
    if not paths:
        raise refuse("TABLE_NOT_FOUND", "No file fits the pattern; check the path.")
    return [str(place.at(one)) for one in paths]


def _aside(path: str, pattern: str) -> bool:
    """Whether a file is no part of a table by its name, unless the pattern asks for such."""
    return Path(path).name.startswith("_") and not pattern.startswith("_")


def input_files(table: str) -> list[Path]:
    """Return the files of a table as they lie on disk; none of a stream or a service."""
    files: list[Path] = []
    for name in _names(table):
        place = located(name)
        if place.path != STANDARD and not is_address(place):
            path = Path(place.path)
            inside = [Path(root) / name for root, _, names in os.walk(path) for name in names]
            files += [path, *inside]
    return files


def _each_plain(names: Sequence[str], copies: Sequence[Path]) -> Iterator[str]:
    for number, (name, copy) in enumerate(zip(names, copies, strict=True), start=1):
        with one_of(number, len(names)):
            yield _plain(name, copy)


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
    check_file(Path(place.path), folders=True)
    path = Path(place.path).resolve()
    if path.is_dir():
        return str(place.at(path))
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
