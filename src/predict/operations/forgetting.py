"""A person is forgotten: rows and pages go, counts and a receipt stay, seals are made anew.

Each output is replaced in one step by one that is whole without the person, so that a kill at any
moment leaves either. Only what this program wrote and sealed is changed; of other files that hold
such an id it is told that they do.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from predict.errors import UsageError
from predict.files import canonical_json, read_json, safe_text, write_bytes
from predict.operations.aside import aside_of, begin, clear, is_aside
from predict.operations.forgotten_rows import Removed, mentions, without
from predict.reports.worklist import counted, listed_id
from predict.reports.worklist_page import worklist_html
from predict.scoring.companions import SingleFile
from predict.scoring.output import (
    OutputFolder,
    PartRecord,
    resealed_parts,
    sealed,
    success,
    totals,
    unsealed,
)
from predict.scoring.ownership import KEY, LOG, RUN, SUCCESS, exchange, manifest, sweep

INDEX = "report.json"
# Text is looked through block by block; an id that lies across two is seen in the overlap.
_BLOCK, _OVERLAP = 16 * 2**20, 4096
_TEXT = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".html", ".md", ".log", ".toml")


@dataclass
class Receipt:
    """What was removed, in counts; no id is in it.

    Parameters
    ----------
    asked : int
        People who were to be forgotten.
    rows, pages, pruned : int
        Rows and pages removed; parts of unfinished runs taken away.
    outputs : int
        Outputs sealed anew.
    left : list of Path
        Files that hold such an id and were written by no sealed run: they were left as they are.
    """

    asked: int
    on: str
    rows: int = 0
    pages: int = 0
    pruned: int = 0
    outputs: int = 0
    left: list[Path] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Return its counts."""
        counts = {name: getattr(self, name) for name in ("rows", "pages", "pruned", "outputs")}
        return {"on": self.on, "asked": self.asked, **counts, "left": len(self.left)}


def read_ids(path: Path) -> frozenset[str]:
    """Return the ids of a file, one a line as they stand in the table.

    Raises
    ------
    UsageError
        When it cannot be read or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The file of ids cannot be read. Give UTF-8 text, an id a line."
        ) from error
    ids = frozenset(line for line in lines if line.strip())
    if not ids:
        raise UsageError("The file of ids holds none. Give an id a line.")
    return ids


def forget(ids: Collection[str], places: Sequence[Path], *, today: date) -> Receipt:
    """Remove people from every output below some places, and say what was done.

    Parameters
    ----------
    ids : collection of str
    places : sequence of Path
        Folders to search, or single outputs.
    today : date
        The day, noted in every output that changed.

    Raises
    ------
    OutputError
        When an output is not as its seals say; nothing of it was touched.
    OutputLocked
        When a run is writing to one.

    Examples
    --------
    >>> forget({"P00007"}, [], today=date(2026, 3, 1)).facts()["outputs"]
    0
    """
    receipt = Receipt(len(ids), today.isoformat())
    for place in places:
        if not os.path.lexists(place):
            raise UsageError(f"'{place.name}' is not there. Name folders or files of outputs.")
        for found in (place, *_beside(place)):
            _search(found, frozenset(ids), receipt)
    return receipt


def _beside(place: Path) -> Iterator[Path]:
    """What stopped runs left beside an output."""
    names = (f"{place.name}.new", f".{place.name}.parts", aside_of(place).name)
    yield from (place.with_name(name) for name in names if place.with_name(name).is_dir())


def _search(place: Path, ids: frozenset[str], receipt: Receipt) -> None:
    if place.is_symlink():
        return
    if not place.is_dir():
        _file(place, ids, receipt)
    elif is_aside(place) and clear(place):
        receipt.pruned += 1  # of a removal that was killed: the other of its two states
    elif (place / LOG / KEY).is_file():
        _scores(place, ids, receipt)
    elif (place / INDEX).is_file():
        _report(place, ids, receipt)
    else:
        for entry in sorted(place.iterdir()):
            if os.path.lexists(entry):
                _search(entry, ids, receipt)


def _scores(place: Path, ids: frozenset[str], receipt: Receipt) -> None:
    suffix = str(manifest(place).get("suffix", "parquet"))
    folder = OutputFolder(place, suffix)
    with folder.locked():
        if (place / SUCCESS).is_file():
            _finished(folder, ids, receipt)
        else:
            _unfinished(folder, ids, receipt)


def _finished(folder: OutputFolder, ids: frozenset[str], receipt: Receipt) -> None:
    """Replace a finished folder by the same without these people."""
    from predict.scoring.verify import verify_output

    count = verify_output(folder.path)["parts"]
    changes: dict[str, bytes | None] = {}
    records: list[PartRecord] = []
    for number in range(count):
        part, rejected = (
            _rows_of(path, ids) for path in (folder.part(number), folder.rejected(number))
        )
        record = folder.read(number)
        assert record is not None  # the folder was verified
        if part.rows or rejected.rows:
            record, files = resealed_parts(folder, record, part.counts, part.data, rejected.data)
            changes |= files
            receipt.rows += part.rows
        records.append(record)
    if changes:
        run = {k: v for k, v in unsealed(folder.path / RUN).items() if k != "self"}
        changes[RUN] = sealed(_noted(run, totals(records), receipt.on))
        changes[SUCCESS] = (canonical_json(success(run["key"], records)) + "\n").encode()
        _replace(folder.path, changes)
        receipt.outputs += 1


def _noted(run: Mapping[str, Any], counts: Mapping[str, int], on: str) -> dict[str, Any]:
    """What a run says of itself, with the counts that are left and that some were forgotten."""
    gone = run["counts"]["rows"] - counts["rows"]
    noted = [*run.get("forgotten", ()), {"on": on, "rows": gone}]
    table = {**run["table"], "rows": counts["rows"]}
    return {**run, "counts": {**run["counts"], **counts}, "table": table, "forgotten": noted}


def _unfinished(folder: OutputFolder, ids: frozenset[str], receipt: Receipt) -> None:
    """Take away what a stopped run left of these people; `--resume` does those parts again."""
    sweep(folder.path)
    for number in range(int(manifest(folder.path).get("parts", 0))):
        paths = (folder.part(number), folder.rejected(number))
        if any(_rows_of(path, ids).rows for path in paths):
            for path in (folder.record(number), *paths):
                path.unlink(missing_ok=True)
            receipt.pruned += 1


def _rows_of(path: Path, ids: frozenset[str]) -> Removed:
    return without(path, ids) if path.is_file() else Removed(None)


def _replace(folder: Path, changes: Mapping[str, bytes | None]) -> None:
    """Put a folder with these files changed, or left out, into the place of another in one step."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    made = begin(folder, [file.relative_to(folder).as_posix() for file in files])
    for file in files:
        name = str(file.relative_to(folder))
        (made / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = changes.get(name, b"")
        if name not in changes:
            os.link(file, made / name)
        elif data is not None:
            write_bytes(made / name, data)
    exchange(folder, made)
    clear(aside_of(folder))


def _file(path: Path, ids: frozenset[str], receipt: Receipt) -> None:
    single = SingleFile(path)
    if path != single.run and single.run.is_file() and _is_scores(single):
        _single(single, ids, receipt)
    elif _holds(path, ids) and not _is_beside(path):
        receipt.left.append(path)


def _is_scores(single: SingleFile) -> bool:
    """Whether a run's facts beside a file are of this very file."""
    return single.is_of_run()


def _is_beside(path: Path) -> bool:
    """Whether a file belongs to single scores, with which it is looked at."""
    ends = (".rejected.csv", ".new.rejected.csv", ".run.json")
    stems = [path.name.removesuffix(end) for end in ends if path.name.endswith(end)]
    return any(path.with_name(f"{stem}.run.json").is_file() for stem in stems)


def _single(single: SingleFile, ids: frozenset[str], receipt: Receipt) -> None:
    """Replace a single file, its refused rows and its facts; at every moment they verify."""
    run = single.verified()
    scores, rejected = (_rows_of(path, ids) for path in (single.path, single.rejected))
    if scores.rows or rejected.rows:
        counts = {name: run["counts"][name] - gone for name, gone in scores.counts.items()}
        own = {k: v for k, v in run.items() if k not in ("self", "files", "before")}
        noted = _noted(own, {**counts, "rows": run["counts"]["rows"] - scores.rows}, receipt.on)
        single.replace(noted, scores.data, rejected.data)
        receipt.rows += scores.rows
        receipt.outputs += 1
    if single.failed.is_file() and _rows_of(single.failed, ids).rows:
        single.failed.unlink()
        receipt.pruned += 1


def _report(folder: Path, ids: frozenset[str], receipt: Receipt) -> None:
    """Replace a report by the same without these people's pages and rows."""
    from predict.reports.verify import verify_report

    facts = read_json(folder / INDEX)
    if "worklist" not in facts:
        return
    verify_report(folder)
    listed, names = facts["worklist"], {listed_id(one) for one in ids}
    pages = _pages_of(folder / "patients", names)
    rows = [row for row in listed["rows"] if row["id"] not in names]
    if not pages and len(rows) == len(listed["rows"]):
        return
    left = {**listed, "rows": rows, "counts": counted(rows)}
    left["failures"] = [entry for entry in listed["failures"] if entry["id"] not in names]
    changes: dict[str, bytes | None] = dict.fromkeys(
        (
            str(file.relative_to(folder))
            for page in pages
            for file in page.parent.glob(f"{page.stem}.*")
        ),
    )
    changes["index.html"] = worklist_html(left).encode()
    changes[INDEX] = canonical_json({**facts, "worklist": left}).encode()
    _replace(folder, changes)
    receipt.pages += len(pages)
    receipt.rows += len(listed["rows"]) - len(rows)
    receipt.outputs += 1


def _pages_of(folder: Path, names: Collection[str]) -> list[Path]:
    """The facts of the pages of these people."""
    return [path for path in sorted(folder.rglob("*.json")) if _says(read_json(path), names)]


def _says(value: Any, names: Collection[str]) -> bool:
    """Whether a text among some facts is one of these names."""
    if isinstance(value, Mapping):
        return any(_says(item, names) for item in value.values())
    if isinstance(value, list):
        return any(_says(item, names) for item in value)
    return isinstance(value, str) and value in names


def _holds(path: Path, ids: frozenset[str]) -> bool:
    """Whether a file that no run sealed holds such an id as a word of its own, or may hold it."""
    name = path.name.lower()
    try:
        if name.endswith((".parquet", ".pq")):
            return mentions(path, ids)
        opened = gzip.open if name.endswith(".gz") else open
        if name.removesuffix(".gz").endswith(_TEXT):
            with opened(path, "rb") as stream:
                return _says_in(stream.read, ids)
    except (OSError, EOFError, ValueError, zlib.error):  # it cannot be read: nobody can say
        return True
    return False


def _says_in(read: Callable[[int], bytes], ids: frozenset[str]) -> bool:
    words = "|".join(re.escape(word) for one in ids for word in {one, safe_text(one)})
    sought = re.compile(rf"(?<!\w)(?:{words})(?!\w)".encode())
    before = b""
    while block := read(_BLOCK):
        if sought.search(before + block):
            return True
        before = (before + block)[-_OVERLAP:]
    return False
