"""Ed25519: the private key signs, the public one only checks; neither is a shared secret."""

from __future__ import annotations

import hmac
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from predict.errors import ModelError, UsageError
from predict.model_folder.manifest import MANIFEST, SIGNATURE
from predict.model_folder.signature import check_signature, read_key, sign_model

ROOT = Path(__file__).parents[2]


def _private(key) -> bytes:
    form = (pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    return key.private_bytes(*form)


def _public(key) -> bytes:
    return key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)


# RFC 8032, section 7.1, test 1: its secret key, so that the key is the same every time.
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
PRIVATE, PUBLIC = _private(KEY), _public(KEY)
OTHER = _public(Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "models" / "example", tmp_path / "model"))


def test_the_public_key_checks_what_the_private_one_signed(folder: Path):
    sign_model(folder, PRIVATE)
    check_signature(folder, PUBLIC)
    check_signature(folder, PRIVATE)
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, OTHER)


def test_the_signature_is_the_libraries_own_over_the_manifest(folder: Path):
    import base64

    sign_model(folder, PRIVATE)
    text = (folder / SIGNATURE).read_text("utf-8").strip()
    own = base64.b64encode(KEY.sign((folder / MANIFEST).read_bytes())).decode()
    assert text == f"ed25519:{own}"


def test_a_changed_manifest_is_seen(folder: Path):
    sign_model(folder, PRIVATE)
    manifest = folder / MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b" ")
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, PUBLIC)


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "ed25519:!!", "00" * 32])
def test_what_is_no_signature_is_refused(folder: Path, text: str):
    (folder / SIGNATURE).write_text(text, "utf-8")
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, PUBLIC)


def test_the_public_key_is_no_shared_secret(folder: Path):
    made = hmac.new(PUBLIC, (folder / MANIFEST).read_bytes(), "sha256").hexdigest()
    (folder / SIGNATURE).write_text(made, "utf-8")
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, PUBLIC)


def test_a_public_key_does_not_sign(folder: Path):
    with pytest.raises(UsageError, match="KEY_NOT_PRIVATE"):
        sign_model(folder, PUBLIC)


def test_keys_of_other_kinds_are_refused(folder: Path, tmp_path: Path):
    curve = tmp_path / "curve.pem"
    curve.write_bytes(_private(generate_private_key(SECP256R1())))
    with pytest.raises(UsageError, match="not Ed25519"):
        sign_model(folder, read_key(curve))
    with pytest.raises(UsageError, match="cannot be read"):
        sign_model(folder, b"-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----\n")
