"""A detached signature over the manifest: whoever changes a model must also hold the key.

Checksums find accidents; someone who rewrites a file can rewrite them too. A signature covers the
manifest's bytes, and the manifest holds a digest of every other file. Two kinds, told by the key:

* a file of random bytes: HMAC-SHA256. Whoever can check can also sign.
* a PEM file: Ed25519 (RFC 8032). The private key signs; the public key, which may lie beside the
  models, only checks. A PEM key is never used as a secret of the other kind, so that whoever knows
  the public key cannot sign with it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

from predict.errors import ModelError, UsageError
from predict.files import write_text
from predict.model_folder.manifest import MANIFEST, SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SHORTEST_KEY = 32
PEM = b"-----BEGIN "
KIND = "ed25519:"


def read_key(path: Path | str) -> bytes:
    """Return the bytes of a key file.

    Raises
    ------
    UsageError
        When it cannot be read or is shorter than 32 bytes; `head -c 32 /dev/urandom` makes a
        secret, `openssl genpkey -algorithm ed25519` a pair.
    """
    try:
        key = Path(path).read_bytes()
    except OSError as error:
        raise UsageError("The key file cannot be read. Check the path.") from error
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"The key has {len(key)} bytes; use at least {SHORTEST_KEY} random ones.")
    return key


def sign_model(folder: Path | str, key: bytes) -> Path:
    """Write the signature of a model folder beside its manifest and return where it lies.

    Raises
    ------
    UsageError
        ``KEY_NOT_PRIVATE`` where a public key is given.
    """
    manifest = _manifest(Path(folder))
    text = _ed25519_signature(key, manifest) if _is_pem(key) else _hmac(key, manifest)
    return write_text(Path(folder) / SIGNATURE, text + "\n")


def check_signature(folder: Path | str, key: bytes) -> None:
    """Stop unless the folder's manifest was signed with this key, or with its private half.

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
    signature, manifest = path.read_bytes()[:200].strip(), _manifest(Path(folder))
    if _is_pem(key):
        fits = _ed25519_fits(key, signature, manifest)
    else:
        fits = hmac.compare_digest(signature, _hmac(key, manifest).encode())
    if not fits:
        raise ModelError(
            "The model's signature does not fit this key. The model was changed by someone without "
            "the key, or signed with another one.",
            code="SIGNATURE_WRONG",
        )


def _manifest(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ModelError(f"The folder holds no {MANIFEST}.", code="MODEL_MISSING") from error


def _hmac(key: bytes, manifest: bytes) -> str:
    return hmac.new(key, manifest, "sha256").hexdigest()


def _is_pem(key: bytes) -> bool:
    return key.lstrip().startswith(PEM)


def _ed25519_signature(key: bytes, manifest: bytes) -> str:
    private = _pem(key)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(
            "This is a public key: it only checks. Sign with the private one.",
            code="KEY_NOT_PRIVATE",
        )
    return KIND + base64.b64encode(private.sign(manifest)).decode()


def _ed25519_fits(key: bytes, signature: bytes, manifest: bytes) -> bool:
    pair = _pem(key)
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = pair if isinstance(pair, Ed25519PublicKey) else pair.public_key()
    kind, _, text = signature.partition(b":")
    try:
        public.verify(base64.b64decode(text, validate=True), manifest)
    except (InvalidSignature, binascii.Error):
        return False
    return kind + b":" == KIND.encode()


def _pem(key: bytes) -> Ed25519PrivateKey | Ed25519PublicKey:
    """Return the private or public Ed25519 key of a PEM file without a password."""
    try:
        from cryptography.hazmat.primitives import serialization as pem
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise UsageError(
            "Signing with a PEM key needs the extra: pip install 'predict-response[sign]'.",
            code="EXTRA_MISSING",
        ) from error
    private = b"PRIVATE KEY" in key
    try:
        loaded = pem.load_pem_private_key(key, None) if private else pem.load_pem_public_key(key)
    except (ValueError, TypeError) as error:
        raise UsageError(
            "The PEM key cannot be read. Give an Ed25519 key without a password.", code="KEY_WRONG"
        ) from error
    if isinstance(loaded, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return loaded
    raise UsageError("The PEM key is not Ed25519.", code="KEY_WRONG")
