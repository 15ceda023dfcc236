"""The token that a client shows: from the environment or a private file, never from the call."""

from __future__ import annotations

import os
import stat
from collections.abc import MutableMapping
from pathlib import Path

from predict.errors import UsageError

VARIABLE = "PREDICT_TOKEN"
SHORTEST = 24
MAKE = "head -c 32 /dev/urandom | base64 > token; chmod 600 token"


def read_token(path: Path | None, environment: MutableMapping[str, str]) -> bytes:
    """Return the token of a file, or of the environment, from which it is taken away.

    Raises
    ------
    UsageError
        ``TOKEN_MISSING``, ``TOKEN_READABLE`` where others may read the file, ``TOKEN_SHORT``.

    Examples
    --------
    >>> read_token(None, {"PREDICT_TOKEN": "a-token-of-enough-letters"})
    b'a-token-of-enough-letters'
    """
    # Taken out: a child process or a dump of the environment needs none.
    given = environment.pop(VARIABLE, "")
    token = _of_file(path) if path else given.strip().encode()
    if not token:
        raise UsageError(
            f"Serving needs a token: --token-file FILE, or {VARIABLE} in the environment. "
            f"`{MAKE}` makes one.",
            code="TOKEN_MISSING",
        )
    if len(token) < SHORTEST:
        raise UsageError(
            f"The token has fewer than {SHORTEST} letters. `{MAKE}` makes a long one.",
            code="TOKEN_SHORT",
        )
    return token


def _of_file(path: Path) -> bytes:
    require_private(path, "token", code="TOKEN_READABLE")
    return path.read_bytes().strip()


def require_private(path: Path, what: str, *, code: str) -> None:
    """Stop unless a file is there and only its owner may read it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"The {what} file cannot be read. Check the path.") from error
    if not stat.S_ISREG(mode) or mode & 0o077 or not os.access(path, os.R_OK):
        raise UsageError(
            f"The {what} file must be a plain file that only its owner may read: chmod 600.",
            code=code,
        )
