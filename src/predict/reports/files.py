"""Where pages lie on disk: names that tell nothing, readable by their owner only."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from predict.errors import OutputError, UsageError

FOLDER_MODE, FILE_MODE = 0o700, 0o600
LETTERS = 24
SHORTEST_KEY = 16
MOST_IN_ONE_FOLDER = 1000


def token(key: bytes, text: str) -> str:
    """Return a page's name: a keyed digest, so that the name does not give the id away.

    Raises
    ------
    UsageError
        When the key is shorter than 16 bytes.

    Examples
    --------
    >>> token(b"0123456789abcdef", "P-0042")
    'eb7181dbfda6f28c3a568992'
    """
    if len(key) < SHORTEST_KEY:
        raise UsageError(
            f"The key of the report has {len(key)} bytes; give at least {SHORTEST_KEY} random ones "
            "and keep them outside the report's folder."
        )
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()[:LETTERS]


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may open.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        path.chmod(FOLDER_MODE)
    except OSError as error:
        raise OutputError(
            f"Could not make the folder {path.name}: {error.strerror}. Choose another -o."
        ) from error
    return path


def private_text(path: Path, text: str) -> None:
    """Write text as `private_bytes` does."""
    private_bytes(path, text.encode("utf-8"))


def private_bytes(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Pages are many and can be made again, so the disk is not forced after each.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(FILE_MODE)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"Could not write a page: {error.strerror}. Check the folder and the free space."
        ) from error
