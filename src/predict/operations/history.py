"""A history that only grows: one small file an entry, each holding the digest of the one before.

An entry is written beside its name, forced to disk and then linked to its number. Linking fails
where the number is taken, so two writers never share one, and an entry is there whole or not at all
whenever a process dies. What a registry is in follows from its history alone: there is no second
file that could disagree with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from predict.errors import ModelError, OutputError, OutputLocked
from predict.files import canonical_json, read_json, sha256_bytes, to_json_value, write_bytes

BEGINNING = "0" * 64
HEAD = "head.json"
# Folders of a registry.
VERSIONS, HISTORY, AUDIT = "versions", "history", "audit"


@dataclass(frozen=True)
class Entry:
    """One thing that was done, by whom, when and why.

    Parameters
    ----------
    number : int
        From 1, without a gap.
    at : str
        When, UTC, ``2026-11-28T20:00:00Z``.
    who, why : str
        As given; a person or an account, and a sentence.
    action : str
        ``add``, ``approve``, ``promote``, ``rollback``, ``retire`` or ``run``.
    facts : mapping
        What belongs to the action: version, digests, counts. No patient's value.
    previous : str
        SHA-256 of the entry before; zeros for the first.

    Examples
    --------
    >>> first = Entry(1, "2026-11-28T20:00:00Z", "ops", "first model", "add", {"version": 1})
    >>> first.digest[:12]
    '96d99bfd6a73'
    """

    number: int
    at: str
    who: str
    why: str
    action: str
    facts: Mapping[str, Any]
    previous: str = BEGINNING

    @property
    def digest(self) -> str:
        """SHA-256 of everything in the entry, the digest of the one before included."""
        return sha256_bytes(canonical_json(asdict(self)).encode())

    def to_bytes(self) -> bytes:
        """Return the entry as its file holds it: strict JSON and its own digest."""
        return (canonical_json({**asdict(self), "digest": self.digest}) + "\n").encode()


def read_history(folder: Path) -> tuple[Entry, ...]:
    """Return all entries, proved to follow one another.

    Raises
    ------
    ModelError
        ``HISTORY_CHANGED`` where an entry was altered, removed or put in.
    """
    entries: list[Entry] = []
    for number, path in enumerate(_files(folder), start=1):
        entry = _read_entry(path)
        follows = entries[-1].digest if entries else BEGINNING
        if entry.number != number or path.stem != _stem(number) or entry.previous != follows:
            raise _changed(path.stem)
        entries.append(entry)
    _hold_against_head(folder, entries)
    return tuple(entries)


def append(folder: Path, entry: Entry) -> Entry:
    """Add an entry that follows the last one it was made from.

    Raises
    ------
    OutputLocked
        Where another entry took its number in the meantime; nothing was changed.
    """
    path = folder / f"{_stem(entry.number)}.json"
    beside = write_bytes(folder / f".{_stem(entry.number)}.{os.getpid()}", entry.to_bytes())
    try:
        os.link(beside, path)
    except FileExistsError:
        raise OutputLocked(
            "Another change was made to this registry at the same moment, and this one was not. "
            "Look at the list of versions and try again.",
            code="HISTORY_MOVED_ON",
        ) from None
    except OSError as error:
        raise OutputError(f"The history could not be written: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)
    # Kept beside the entries so that the removal of the newest ones is seen too.
    write_bytes(folder / HEAD, canonical_json({"number": entry.number}).encode())
    return entry


def following(
    entries: tuple[Entry, ...], *, at: str, who: str, why: str, action: str, facts: dict[str, Any]
) -> Entry:
    """Return the entry that would come next."""
    previous = entries[-1].digest if entries else BEGINNING
    return Entry(len(entries) + 1, at, who, why, action, to_json_value(facts), previous)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[0-9]*.json") if path.is_file())


def _stem(number: int) -> str:
    return f"{number:06d}"


def _read_entry(path: Path) -> Entry:
    try:
        stored = read_json(path)
        digest = stored.pop("digest")
        entry = Entry(**stored)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _changed(path.stem) from error
    if entry.digest != digest:
        raise _changed(path.stem)
    return entry


def _hold_against_head(folder: Path, entries: list[Entry]) -> None:
    """A writer that died between the entry and the head leaves the head behind, never ahead."""
    head = folder / HEAD
    if not entries and not head.exists():
        return
    try:
        number = read_json(head)["number"] if head.exists() else 0
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _changed(HEAD) from error
    if number > len(entries):
        raise _changed(_stem(number))


def _changed(stem: str) -> ModelError:
    return ModelError(
        f"The history was changed after it was written (entry {stem}). Restore the registry's "
        "folder from a copy that verifies.",
        code="HISTORY_CHANGED",
    )
