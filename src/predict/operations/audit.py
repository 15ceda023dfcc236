"""What every run of a registered model did: one entry a run, in a chain of its own.

The entry holds who ran it, on which machine (hashed), with which model and table (digests), its
counts and its exit status. It holds no path, no id and no answer.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from predict.errors import OutputLocked, PredictError
from predict.files import sha256_bytes
from predict.model_folder import load_with_manifest, model_digest
from predict.operations import history
from predict.operations.history import AUDIT, HISTORY, VERSIONS, Entry

FAULT = 1  # exit status of a fault of this program
TRIES = 20


def registry_of(model: Path) -> Path | None:
    """Return the registry that a model folder is a version of; None where it is of none."""
    folder = model.resolve().parent
    inside = folder.name == VERSIONS and (folder.parent / HISTORY).is_dir()
    return folder.parent if inside else None


@contextmanager
def audited(model: Path, verb: str) -> Iterator[dict[str, Any]]:
    """Write one entry when the work inside ends, well or not; nothing for a model of no registry.

    Yields
    ------
    dict
        To be filled with what the run did: digests and counts. ``exit`` is 0 where none is set.

    Examples
    --------
    >>> with audited(Path("models/example"), "score") as run:
    ...     run["rows"] = 10
    """
    registry, facts = registry_of(model), dict[str, Any]()
    try:
        yield facts
    except BaseException as error:
        facts["exit"] = error.exit_code if isinstance(error, PredictError) else FAULT
        raise
    finally:
        if registry is not None:
            record(registry, verb, {"exit": 0, **facts, "model": _digest(model)})


def noted(model: Path, verb: str) -> None:
    """Write one entry at once, for work that has begun; nothing for a model of no registry."""
    registry = registry_of(model)
    if registry is not None:
        record(registry, verb, {"model": _digest(model)})


def record(registry: Path, verb: str, facts: dict[str, Any]) -> Entry:
    """Append an entry, behind whatever other runs wrote in the meantime."""
    folder = registry / AUDIT
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = {**facts, "host": sha256_bytes(socket.gethostname().encode())[:16]}
    at, who = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), getpass.getuser()
    for _ in range(TRIES):
        entry = history.following(
            history.read_history(folder), at=at, who=who, why=verb, action="run", facts=facts
        )
        try:
            return history.append(folder, entry)
        except OutputLocked:
            continue
    raise OutputLocked("Other runs kept writing to the audit. Try again.", code="AUDIT_BUSY")


def read_audit(registry: Path) -> tuple[Entry, ...]:
    """Return every run of a registry's models, oldest first, proved unchanged."""
    return history.read_history(registry / AUDIT)


def _digest(model: Path) -> str:
    try:
        return model_digest(load_with_manifest(model)[1])
    except PredictError:
        return ""
