"""Files cut short or with a byte changed, and what must hold of reading one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from predict.cohort import read_cohort
from predict.definitions.study import Study
from predict.errors import TableError


def damaged(whole: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Yield so many copies, each cut at some byte or with one byte changed."""
    draw = random.Random(seed)
    for _ in range(count):
        place = draw.randrange(1, len(whole))
        changed = whole[:place] + bytes([draw.randrange(256)]) + whole[place + 1 :]
        yield whole[:place] if draw.random() < 0.5 else changed


def survives(path: Path, data: bytes, study: Study) -> None:
    """Read a damaged file: it is read, its rows refused by name, or the file with its problems."""
    path.write_bytes(data)
    rows = None
    with suppress(TableError):
        rows = read_cohort(path, study).rows
    assert rows is None or set(rows["status"]) <= {"valid", "rejected"}
