"""Whose file is this? Only what an output's own manifest names is ever removed, and never an input.

The manifest (``_log/key.json``) is written before the first part and says how many parts there will
be, so every name that a run may use is known. Anything else in the folder is somebody else's.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from predict.cohort.intake import input_files
from predict.errors import OutputError
from predict.files import read_json

LOG = "_log"
KEY = "key.json"
SUCCESS = "_SUCCESS"
# Names with an underscore are passed over by what reads a folder of Parquet files as one table.
RUN = "_run.json"
REJECTED = "_rejected"
_TEMPORARY = re.compile(
    r"^\.((part-\d{6,}\.(parquet|csv)|\d{6,}\.json|key\.json|_run\.json|_SUCCESS|ids\.[0-9a-f]{12}"
    r"|(unpacked\.)?table-\d+|rows-laid-out|rows-in-order)\.\d+\.tmp)$"
)
_FOLDERS = ("", LOG, REJECTED)
_EXCHANGE, _HERE = 2, -100  # renameat2's RENAME_EXCHANGE and AT_FDCWD


def manifest(folder: Path) -> Mapping[str, Any]:
    """Return what the run that began an output said of it; empty where none did."""
    try:
        begun = read_json(folder / LOG / KEY)
    except (OSError, ValueError):
        return {}
    return begun if isinstance(begun, dict) else {}


def part_name(number: int, suffix: str) -> str:
    """Return the name of a part.

    >>> part_name(7, "parquet")
    'part-000007.parquet'
    """
    return f"part-{number:06d}.{suffix}"


def named(folder: Path) -> frozenset[str]:
    """Return every name, relative to the folder, that its manifest covers."""
    begun = manifest(folder)
    if not begun:
        return frozenset()
    numbers, suffix = range(int(begun.get("parts", 0))), str(begun.get("suffix", ""))
    return frozenset(
        (
            *(f"{LOG}/{KEY}", RUN, SUCCESS),
            *(part_name(number, suffix) for number in numbers),
            *(f"{REJECTED}/{part_name(number, 'csv')}" for number in numbers),
            *(f"{LOG}/{number:06d}.json" for number in numbers),
        )
    )


def refuse_strangers(folder: Path) -> None:
    """Stop where a folder holds a link, a folder or a file that no run of its manifest made.

    Raises
    ------
    OutputError
        With code ``OUTPUT_FOREIGN``; nothing was touched.
    """
    ours = named(folder)
    foreign = [name for name, plain in _entries(folder) if not (plain and _is_ours(name, ours))]
    if foreign:
        raise OutputError(
            f"'{folder.name}' holds {len(foreign)} files that no scoring run made. "
            "Choose an empty or a new folder.",
            code="OUTPUT_FOREIGN",
        )


def _is_ours(name: str, ours: frozenset[str]) -> bool:
    return name in ours or bool(_TEMPORARY.match(name.rpartition("/")[2]))


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Each entry by its name, and whether it is a file and no link; our folders are looked into."""
    for place in _FOLDERS:
        if not os.path.lexists(folder / place):
            continue
        if (folder / place).is_symlink() or not (folder / place).is_dir():
            yield place, False
            continue
        for entry in os.scandir(folder / place):
            if place or entry.name not in _FOLDERS:
                name = f"{place}/{entry.name}".lstrip("/")
                yield name, entry.is_file(follow_symlinks=False)


def files_in(folder: Path) -> list[Path]:
    """Return the files of an output, temporary ones too."""
    return [folder / name for name, plain in _entries(folder) if plain]


def sweep(folder: Path) -> None:
    """Remove what a stopped run or a dead worker had half-written."""
    for file in files_in(folder):
        if _TEMPORARY.match(file.name):
            file.unlink(missing_ok=True)


def withdraw(folder: Path) -> None:
    """Remove everything the manifest names: the mark of success first, the manifest last."""
    ours = named(folder)
    last = f"{LOG}/{KEY}"
    for name in (SUCCESS, *sorted(ours - {SUCCESS, last}), last):
        file = folder / name
        if name in ours and file.is_file() and not file.is_symlink():
            file.unlink()
    for place in (LOG, REJECTED):
        with suppress(OSError):  # it is not there, or holds what is not ours
            (folder / place).rmdir()


def refuse_inputs(table: str, outputs: Iterable[Path]) -> None:
    """Stop where a file that would be written or removed is one of the table's, by any name.

    Raises
    ------
    OutputError
        With code ``OUTPUT_IS_INPUT``.
    """
    inputs = {place for file in input_files(table) if (place := _inode(file))}
    if any(_inode(file) in inputs for file in outputs):
        raise OutputError(
            "The output holds the table, or a file of it. Choose another output.",
            code="OUTPUT_IS_INPUT",
        )


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def exchange(one: Path, other: Path) -> None:
    """Let two folders change places in one step: at every moment each name has a whole folder.

    Where the system cannot do so (it is none of Linux), it takes three steps.
    """
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    names = os.fsencode(one), os.fsencode(other)
    if swap is not None and swap(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0:
        return
    aside = one.with_name(f".{one.name}.{os.getpid()}.old")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
