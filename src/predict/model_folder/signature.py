"""A detached signature over the manifest: whoever changes a model must also hold the key.

Checksums find accidents; someone who rewrites a file can rewrite them too. The signature is an
HMAC-SHA256 of the manifest's bytes under a key that is kept apart from the models; the manifest in
turn holds a digest of every other file.
"""

from __future__ import annotations

import hmac
from pathlib import Path

from predict.errors import ModelError, UsageError
from predict.files import write_text
from predict.model_folder.manifest import MANIFEST, SIGNATURE

SHORTEST_KEY = 32


def read_key(path: Path | str) -> bytes:
    """Return the bytes of a key file.

    Raises
    ------
    UsageError
        When it cannot be read or is shorter than 32 bytes; `head -c 32 /dev/urandom` makes one.
    """
    try:
        key = Path(path).read_bytes()
    except OSError as error:
        raise UsageError("The key file cannot be read. Check the path.") from error
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"The key has {len(key)} bytes; use at least {SHORTEST_KEY} random ones.")
    return key


def sign_model(folder: Path | str, key: bytes) -> Path:
    """Write the signature of a model folder beside its manifest and return where it lies."""
    return write_text(Path(folder) / SIGNATURE, _signature(Path(folder), key) + "\n")


def check_signature(folder: Path | str, key: bytes) -> None:
    """Stop unless the folder's manifest was signed with this key.

    Raises
    ------
    ModelError
        ``SIGNATURE_MISSING`` or ``SIGNATURE_WRONG``.
    """
    path = Path(folder) / SIGNATURE
    if not path.is_file() or path.is_symlink():
        raise ModelError(
            f"The model folder has no {SIGNATURE}. Sign it with `predict verify --sign`.",
            code="SIGNATURE_MISSING",
        )
    signature = path.read_bytes()[:200].strip()
    if not hmac.compare_digest(signature, _signature(Path(folder), key).encode()):
        raise ModelError(
            "The model's signature does not fit this key. The model was changed by someone without "
            "the key, or signed with another one.",
            code="SIGNATURE_WRONG",
        )


def _signature(folder: Path, key: bytes) -> str:
    try:
        return hmac.new(key, (folder / MANIFEST).read_bytes(), "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The folder holds no {MANIFEST}.", code="MODEL_MISSING") from error
