"""What clinicians expected before they read an estimate: taken from a file, kept without ids.

Beside the report's folder lies one file, 0600: a keyed digest of each id with a number and a day.
The key is the report's own; without it nobody can tell whose number it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from predict.cohort import grammar
from predict.cohort.layouts import open_table
from predict.errors import Problem, TableError
from predict.files import canonical_json, read_json
from predict.reports.files import private_text, token

STORED = ".expectations.json"
FORMAT = 1
COLUMNS = ("id", "number", "day")
# So that the digest of an id here is not the name of that person's page.
ABOUT = "expectation\x00"


@dataclass(frozen=True)
class Expectation:
    """How many of 100 such patients a clinician expected to reach the outcome, and on which day."""

    number: float
    day: str


@dataclass(frozen=True)
class Kept:
    """How many expectations a file brought, how many were new, and how many are kept in all."""

    read: int
    new: int
    all: int


def keep_expectations(table: Path, folder: Path, key: bytes) -> Kept:
    """Add a file's expectations to those beside a report, and return how many there are.

    The first one noted of a person stays: a later one may know what the page said.

    Raises
    ------
    TableError
        When a column is missing, or an id, number or day is none; rows are named, never a person.
    """
    rows, held = _read(table), stored_expectations(folder)
    known = len(held)
    for name, told in rows:
        digest = token(key, f"{ABOUT}{name}")
        if digest not in held or told.day < held[digest].day:
            held[digest] = told
    entries = {d: {"number": e.number, "day": e.day} for d, e in sorted(held.items())}
    folder.mkdir(parents=True, exist_ok=True)
    private_text(folder / STORED, canonical_json({"format": FORMAT, "expectations": entries}))
    return Kept(len(rows), len(held) - known, len(held))


def stored_expectations(folder: Path) -> dict[str, Expectation]:
    """Return the expectations beside a report by digest; none where no file lies there."""
    path = folder / STORED
    if not path.is_file():
        return {}
    entries = read_json(path)["expectations"]
    return {d: Expectation(float(e["number"]), str(e["day"])) for d, e in entries.items()}


def expectations_of(folder: Path, key: bytes, ids: Iterable[str]) -> dict[str, Expectation]:
    """Return what was expected of the people of a table, by id."""
    held = stored_expectations(folder)
    if not held:
        return {}
    digests = {str(name): token(key, f"{ABOUT}{name}") for name in ids}
    return {name: held[digest] for name, digest in digests.items() if digest in held}


def _read(table: Path) -> Sequence[tuple[str, Expectation]]:
    file = open_table(table)
    missing = [name for name in COLUMNS if name not in file.probe().names]
    if missing:
        raise TableError(
            f"Expected the columns {', '.join(COLUMNS)}; {', '.join(missing)} is not there. Write "
            "one row a person: id, a number of 0 to 100, and the day as 2026-03-21.",
            code="EXPECTATION_COLUMNS",
        )
    source = replace(file, columns=COLUMNS).read()
    ids = source.ids("id").to_pylist()
    texts: list[Any] = [grammar.texts(source.table.column(name)) for name in COLUMNS[1:]]
    rows = [_checked(*row) for row in zip(ids, *texts, strict=True)]
    problems = [
        Problem(f"EXPECTATION_{wrong.upper()}", FAULTS[wrong], row=place, column=wrong)
        for place, (_, _, wrong) in enumerate(rows, start=1)
        if wrong
    ]
    if problems:
        raise TableError(
            "The file of expectations cannot be taken; nothing was stored.",
            code="EXPECTATION_WRONG",
            problems=problems,
        )
    return [(name, told) for name, told, _ in rows if told is not None]


FAULTS: Mapping[str, str] = {
    "id": "An id is missing.",
    "number": "A number is not one of 0 to 100; write how many of 100 such patients you expect.",
    "day": "A day is not a day of the calendar; write it as 2026-03-21.",
}


def _checked(name: Any, number: Any, day: Any) -> tuple[str, Expectation | None, str]:
    """Return an id with its expectation, or the name of the column that is wrong."""
    if name is None or not str(name).strip():
        return "", None, "id"
    try:
        expected = float(str(number).strip())
    except ValueError:
        expected = float("nan")
    if not 0 <= expected <= 100:
        return str(name), None, "number"
    try:
        noted = date.fromisoformat(str(day).strip()[:10])
    except ValueError:
        return str(name), None, "day"
    return str(name), Expectation(expected, noted.isoformat()), ""
