"""A folder built beside another and exchanged with it: what is left of it is known by its list.

A removal that was killed leaves ``.NAME.forgetting``. It holds a list, written first, of every file
that the removal may have put there; nothing else in it is ever removed, whatever it is called.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from predict.errors import OutputError
from predict.files import canonical_json, read_json, write_bytes

ENDING = ".forgetting"
LIST = "forgetting.json"
_HALF_WRITTEN = re.compile(r"^\.(.+)\.\d+\.tmp$")


def aside_of(folder: Path) -> Path:
    """Return where the other state of a folder is built."""
    return folder.with_name(f".{folder.name}{ENDING}")


def is_aside(folder: Path) -> bool:
    """Whether a folder has such a name; whose it is its list tells."""
    return folder.name.startswith(".") and folder.name.endswith(ENDING)


def begin(folder: Path, names: Sequence[str]) -> Path:
    """Make the folder in which the other state is built, its list first, and return the place.

    Raises
    ------
    OutputError
        With code ``OUTPUT_FOREIGN`` where files of somebody else have that name.
    """
    aside = aside_of(folder)
    if not clear(aside):
        raise OutputError(
            f"'{aside.name}' holds files that no removal made. Move them away first.",
            code="OUTPUT_FOREIGN",
        )
    aside.mkdir(mode=0o700)
    write_bytes(aside / LIST, (canonical_json({"files": sorted(names)}) + "\n").encode())
    (aside / folder.name).mkdir(mode=0o700)
    return aside / folder.name


def clear(aside: Path) -> bool:
    """Remove what a removal left, as its own list names it, and return whether all is gone."""
    if not os.path.lexists(aside):
        return True
    if aside.is_symlink() or not aside.is_dir():
        return False
    name = aside.name.removeprefix(".").removesuffix(ENDING)
    listed = _listed(aside / LIST)
    for file in (aside / name / one for one in listed):
        for path in (file, *_half_written(file)):
            if path.is_file() and not path.is_symlink():
                path.unlink()
    places = {aside / name / parent for one in listed for parent in PurePosixPath(one).parents}
    for place in sorted(places, key=lambda place: -len(place.parts)):
        _rmdir(place)
    if listed and not (aside / name).exists():
        (aside / LIST).unlink()
    for path in _half_written(aside / LIST):
        path.unlink()
    _rmdir(aside / name)
    _rmdir(aside)
    return not aside.exists()


def _listed(file: Path) -> list[str]:
    """The names of a list that a removal wrote; none where there is none, or it leads elsewhere."""
    if file.is_symlink() or not file.is_file():
        return []
    try:
        names = read_json(file)["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    inside = isinstance(names, list) and all(map(_stays_inside, names))
    return list(names) if inside else []


def _stays_inside(name: object) -> bool:
    return isinstance(name, str) and not name.startswith("/") and ".." not in name.split("/")


def _half_written(file: Path) -> Iterator[Path]:
    """What a killed process had written of a file."""
    if file.parent.is_dir():
        for path in file.parent.iterdir():
            half = _HALF_WRITTEN.match(path.name)
            if half and half[1] == file.name:
                yield path


def _rmdir(place: Path) -> None:
    with suppress(OSError):  # it is not there, or holds what is not ours
        if not place.is_symlink():
            place.rmdir()
