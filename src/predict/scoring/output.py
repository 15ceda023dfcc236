"""The output folder of a batch: finished parts and nothing else, whatever stops the run.

A part is written whole or not at all, and its log record only after it; `_SUCCESS` comes last. An
unlogged part does not exist. So a killed run leaves a folder that says exactly what is done, and
the same command with ``--resume`` finishes it to the same bytes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from predict.errors import OutputError, OutputLocked
from predict.files import canonical_json, read_json, sha256_bytes, sha256_file, write_bytes
from predict.scoring.ownership import (
    KEY,
    LOG,
    REJECTED,
    RUN,
    SUCCESS,
    exchange,
    manifest,
    part_name,
    refuse_strangers,
    sweep,
    withdraw,
)
from predict.statistics.disclosure import SMALLEST_CELL


@dataclass(frozen=True)
class PartRecord:
    """What the log says of a finished part.

    Parameters
    ----------
    part, first_row, rows : int
        Number of the part, its first row of the table (counted from 1) and how many rows it has.
    scored, no_estimate, rejected : int
        How its rows ended; they add up to `rows`.
    sha256, rejected_sha256 : str
        Digests of the part and of its table of rejected rows (empty when there is none).
    coercions : mapping of str to int
        Allowed readings such as ``2.0`` for ``2``, with their counts.
    warnings : mapping of code to list of str
        What was told when the part was read; a count stands at the beginning of a message.
    signs : mapping of str to float
        Sums from which the table as a whole is judged.
    """

    part: int
    first_row: int
    rows: int
    scored: int
    no_estimate: int
    rejected: int
    sha256: str
    rejected_sha256: str = ""
    coercions: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    signs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Earlier builds kept counts: such a part is made again, as one without a record.
        if any(isinstance(told, int) for told in self.warnings.values()):
            raise TypeError("warnings are lists of messages by code")


@dataclass(frozen=True)
class OutputFolder:
    """A folder of parts.

    Parameters
    ----------
    path : Path
        The folder.
    suffix : str
        ``parquet`` or ``csv``.
    """

    path: Path
    suffix: str = "parquet"

    def part(self, number: int) -> Path:
        """Return where a part lies."""
        return self.path / part_name(number, self.suffix)

    def rejected(self, number: int) -> Path:
        """Return where a part's table of rejected rows lies."""
        return self.path / REJECTED / part_name(number, "csv")

    def record(self, number: int) -> Path:
        """Return where a part's log record lies."""
        return self.path / LOG / f"{number:06d}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this run alone; the system lets go of it however the run ends.

        Raises
        ------
        OutputLocked
            When another run holds it.
        OutputError
            When it cannot be made, or is a link.
        """
        ours = not os.path.lexists(self.path)
        handle = _held(self.path)
        try:
            yield
        finally:
            if ours and self.path.is_dir() and not os.listdir(self.path):
                self.path.rmdir()
            os.close(handle)

    def prepare(self, *, resume: bool, overwrite: bool) -> None:
        """Look at what the folder holds, and drop what a stopped run left half-written.

        Raises
        ------
        OutputError
            ``OUTPUT_EXISTS`` when it holds something and neither flag is given,
            ``OUTPUT_FOREIGN`` when it holds files that no run made.
        """
        refuse_strangers(self.path)
        sweep(self.path)
        if os.listdir(self.path) and not (resume or overwrite):
            raise OutputError(
                f"'{self.path.name}' already holds an output. Use --resume to finish it, "
                "--overwrite to replace it, or choose another output.",
                code="OUTPUT_EXISTS",
            )

    @contextmanager
    def workplace(self, key: str, *, resume: bool, overwrite: bool) -> Iterator[OutputFolder]:
        """Yield where a run with this key works: here, or beside a finished output to be replaced.

        The finished output stays as it is until `take` puts the new one into its place.

        Raises
        ------
        OutputError
            ``OUTPUT_OTHER_RUN`` when what is to be resumed was begun with other settings.
        """
        beside = replace(self, path=self.path.with_name(f"{self.path.name}.new"))
        here = manifest(self.path).get("key")
        replaces = overwrite and (self.path / SUCCESS).is_file()
        resumes = resume and here != key and manifest(beside.path).get("key") == key
        if not (replaces or resumes):
            if resume:
                self.refuse_other_run(key)
            yield self
            return
        with beside.locked():
            beside.prepare(resume=True, overwrite=False)
            yield beside

    def take(self, finished: OutputFolder) -> None:
        """Put a finished output into this one's place, and remove what was here before."""
        if finished.path == self.path:
            return
        exchange(self.path, finished.path)
        finished.withdraw()
        with suppress(OSError):
            finished.path.rmdir()

    def begun_on(self, today: date, *, resume: bool) -> date:
        """Return the day that a run to be resumed began on, else today."""
        day = manifest(self.path).get("day") if resume else None
        return date.fromisoformat(day) if day else today

    def begin(self, key: str, *, day: date, parts: int, resume: bool) -> None:
        """Take the folder for a run with this key, begun on this day, of so many parts."""
        if not (resume and manifest(self.path).get("key") == key):
            self.withdraw()
        facts = manifest_of(key, day.isoformat(), parts, self.suffix)
        write_bytes(self.path / LOG / KEY, (canonical_json(facts) + "\n").encode())

    def refuse_other_run(self, key: str) -> None:
        """Stop where the folder is another run's; a folder that is nobody's is let be.

        Raises
        ------
        OutputError
            ``OUTPUT_OTHER_RUN``.
        """
        if manifest(self.path).get("key") not in (None, key):
            raise OutputError(
                f"'{self.path.name}' was begun with another table, model, version or other "
                "settings. Use those again, --overwrite, or another output.",
                code="OUTPUT_OTHER_RUN",
            )

    def withdraw(self) -> None:
        """Take everything back that this output's run has written, the mark of success first."""
        withdraw(self.path)

    def finished(self, number: int) -> PartRecord | None:
        """Return the record of a part that is logged and whose bytes are the logged ones."""
        record = self.read(number)
        if record is None or not self.part(number).is_file():
            return None
        return record if self.unchanged(record) else None

    def unchanged(self, record: PartRecord) -> bool:
        """Return whether the part's files have the logged digests."""
        part, rejected = self.part(record.part), self.rejected(record.part)
        if not part.is_file() or sha256_file(part) != record.sha256:
            return False
        if record.rejected_sha256:
            return rejected.is_file() and sha256_file(rejected) == record.rejected_sha256
        return not rejected.exists()

    def read(self, number: int) -> PartRecord | None:
        """Return the log record of a part, or nothing when it has none that can be read."""
        try:
            return PartRecord(**read_json(self.record(number)))
        except (OSError, ValueError, TypeError):
            return None

    def write(
        self, number: int, data: bytes, rejected: bytes, facts: Mapping[str, Any]
    ) -> PartRecord:
        """Write a part, its rejected rows, and then its log record; return what the log holds.

        Numbers lose digits in the log: a run and one that resumes it judge by the very same.
        """
        write_bytes(self.part(number), data)
        if rejected:
            write_bytes(self.rejected(number), rejected)
        record = PartRecord(
            part=number,
            sha256=sha256_bytes(data),
            rejected_sha256=sha256_bytes(rejected) if rejected else "",
            **facts,
        )
        text = (canonical_json(asdict(record)) + "\n").encode()
        write_bytes(self.record(number), text)
        return PartRecord(**read_json(text))

    def commit(self, key: str, records: Sequence[PartRecord], run: Mapping[str, Any]) -> None:
        """Write ``_run.json``, then the mark of success: totals and one digest over all parts.

        What a worker that died had half-written goes first.

        Raises
        ------
        OutputError
            ``PARTS_ABSENT`` when a part is not in this folder, whoever says that it was written.
        """
        absent = [r for r in records if not self.part(r.part).is_file() or self.read(r.part) != r]
        if absent:
            raise OutputError(
                f"{len(absent)} of {len(records)} parts are not in '{self.path.name}': the workers "
                "see other files. Give an output and a table that every worker sees under the same "
                "path, and use --resume.",
                code="PARTS_ABSENT",
            )
        sweep(self.path)
        write_bytes(self.path / RUN, sealed(run))
        write_bytes(self.path / SUCCESS, (canonical_json(success(key, records)) + "\n").encode())


def resealed_parts(
    folder: OutputFolder,
    record: PartRecord,
    gone: Mapping[str, int],
    data: bytes | None,
    rejected: bytes | None,
) -> tuple[PartRecord, dict[str, bytes | None]]:
    """Return a part's record, and its files by name, after some of its rows went.

    Sums over few people tell of those who went: the signs of a small part go with them.
    """
    left = {name: getattr(record, name) - count for name, count in gone.items()}
    again = replace(
        record,
        **left,
        rows=sum(left.values()),
        sha256=sha256_bytes(data or b""),
        rejected_sha256=sha256_bytes(rejected) if rejected else "",
        signs=record.signs if record.rows >= SMALLEST_CELL else {},
    )
    base, number = folder.path, record.part
    files = {
        folder.part(number): data or b"",
        folder.record(number): (canonical_json(asdict(again)) + "\n").encode(),
    }
    named: dict[str, bytes | None] = {str(p.relative_to(base)): d for p, d in files.items()}
    if record.rejected_sha256:
        named[str(folder.rejected(number).relative_to(base))] = rejected
    return again, named


def success(key: str, records: Sequence[PartRecord]) -> dict[str, Any]:
    """Return what the mark of success holds; the same for the same run, however it was stopped."""
    ordered = sorted(records, key=lambda record: record.part)
    digests = "".join(record.sha256 + record.rejected_sha256 for record in ordered)
    return {
        "key": key,
        "parts": len(ordered),
        "parts_sha256": sha256_bytes(digests.encode()),
        **totals(ordered),
    }


def manifest_of(key: str, day: str, parts: int, suffix: str) -> dict[str, Any]:
    """Return what ``_log/key.json`` holds: which run, and every name that it may use."""
    return {"key": key, "day": day, "parts": parts, "suffix": suffix}


def totals(records: Sequence[PartRecord]) -> dict[str, int]:
    """Return the counts of all parts together.

    >>> totals([PartRecord(0, 1, 3, 2, 1, 0, "")])
    {'rows': 3, 'scored': 2, 'no_estimate': 1, 'rejected': 0}
    """
    names = ("rows", "scored", "no_estimate", "rejected")
    return {name: sum(getattr(record, name) for record in records) for name in names}


def sealed(run: Mapping[str, Any]) -> bytes:
    """Return canonical JSON that ends with the digest of the rest of itself."""
    text = canonical_json(run)
    return f'{text[:-1]},"self":"{sha256_bytes(text.encode())}"}}\n'.encode()


def unsealed(path: Path) -> dict[str, Any]:
    """Return what a run's facts say; they end with the digest of the rest of themselves."""
    data = path.read_bytes() if path.is_file() else b""
    head, _, tail = data.rpartition(b',"self":')
    if tail != b'"%s"}\n' % sha256_bytes(head + b"}").encode():
        raise changed(path.name)
    run: dict[str, Any] = read_json(data)
    return run


def changed(what: str) -> OutputError:
    """Return the error for a file that is not as it was written."""
    return OutputError(
        f"The output was changed after it was written: {what} is not as recorded. Score again with "
        "--overwrite.",
        code="OUTPUT_CHANGED",
    )


def _held(path: Path) -> int:
    """Open and lock a folder; what another run took away in between is opened anew."""
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise OutputLocked(
                f"Another run is writing to '{path.name}'. Wait, or use another output.",
                code="OUTPUT_LOCKED",
            ) from error
        if os.path.isdir(path) and os.path.samestat(os.fstat(handle), path.stat()):  # noqa: PTH112
            return handle
        os.close(handle)


def _open(path: Path) -> int:
    if os.path.islink(path):  # noqa: PTH114 - it raises nothing at names that are too long
        raise OutputError(
            f"'{path.name}' is a link. Give the folder itself, so that one sees what is written.",
            code="OUTPUT_LINK",
        )
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise OutputError(
            f"Could not write to '{path.name}': {error.strerror}. Check the folder and its rights.",
            code="OUTPUT_UNWRITABLE",
        ) from error
