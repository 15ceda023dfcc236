"""The manifest of a model folder: what files there are, and proof that none was changed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from predict.errors import ModelError
from predict.files import canonical_json, sha256_bytes
from predict.model_folder.forms import parse_json

FORMAT = 1
LARGEST_FILE = 256 * 2**20
MANIFEST = "manifest.json"
SIGNATURE = "model.sig"
_NAME = re.compile(r"^[a-z][a-z0-9_]*\.(json|toml|md)$")


def manifest_bytes(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Return the canonical manifest: facts, a digest of every file, and its own digest last."""
    listed = {
        name: {"sha256": sha256_bytes(data), "bytes": len(data)} for name, data in files.items()
    }
    text = canonical_json({**facts, "format": FORMAT, "files": listed})
    return f'{text[:-1]},"self":"{sha256_bytes(text.encode())}"}}\n'.encode()


def read_manifest(data: bytes) -> dict[str, Any]:
    """Return the manifest whose own digest fits its bytes.

    Raises
    ------
    ModelError
        When a byte of it was changed, or its format is not one this version reads.
    """
    manifest = parse_json(MANIFEST, data)
    claimed = manifest.pop("self", None)
    head = data.rpartition(b',"self":')[0] + b"}"
    if sha256_bytes(head) != claimed or data != _again(head, str(claimed)):
        raise _changed(MANIFEST)
    if manifest.get("format") != FORMAT:
        raise ModelError(
            f"The model folder has format {manifest.get('format')}; this version reads format "
            f"{FORMAT}. Use the version of the package that wrote it, or train again.",
            code="MODEL_FORMAT",
        )
    return manifest


def _again(head: bytes, claimed: str) -> bytes:
    return head[:-1] + b',"self":"' + claimed.encode() + b'"}\n'


def read_folder(folder: Path | str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the manifest and every listed file's bytes, read once and proved unchanged.

    Raises
    ------
    ModelError
        When a file is missing, changed, too large, not listed, or not a regular file.
    """
    folder = Path(folder)
    names = _listing(folder)
    manifest = read_manifest(_read(folder, MANIFEST))
    files = _listed(manifest)
    _same_names(names, set(files))
    return manifest, {name: _proved(folder, name, fact) for name, fact in files.items()}


def _listing(folder: Path) -> set[str]:
    if not os.path.isdir(folder):  # noqa: PTH112 - it raises nothing at names that are too long
        raise ModelError(
            f"'{folder.name}' is not a model folder. Give the folder that holds {MANIFEST}.",
            code="MODEL_MISSING",
        )
    try:
        with os.scandir(folder) as entries:
            modes = {entry.name: entry.stat(follow_symlinks=False).st_mode for entry in entries}
    except OSError as error:
        raise ModelError("The model folder cannot be read.", code="MODEL_MISSING") from error
    for name, mode in modes.items():
        if not stat.S_ISREG(mode):
            raise ModelError(
                f"'{name}' in the model folder is not a regular file. A model holds no links and "
                "no folders; restore it.",
                code="MODEL_IRREGULAR",
            )
    if MANIFEST not in modes:
        raise ModelError(
            f"The folder holds no {MANIFEST}. Give a model folder, or train again.",
            code="MODEL_MISSING",
        )
    return set(modes)


def _listed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(_is_entry(n, f) for n, f in files.items()):
        raise ModelError("The manifest's list of files is not valid.", code="MODEL_UNREADABLE")
    return files


def _is_entry(name: str, fact: Any) -> bool:
    whole = isinstance(fact, dict) and set(fact) == {"sha256", "bytes"}
    return bool(whole and _NAME.match(name) and type(fact["bytes"]) is int)


def _same_names(names: set[str], listed: set[str]) -> None:
    missing = sorted(listed - names)
    unlisted = sorted(names - listed - {MANIFEST, SIGNATURE})
    if missing:
        raise ModelError(
            f"The model folder lacks {', '.join(missing)}. Restore it or train again.",
            code="MODEL_FILE_MISSING",
        )
    if unlisted:
        raise ModelError(
            f"The model folder holds files its manifest does not list ({len(unlisted)}). "
            "Remove what does not belong to the model.",
            code="MODEL_FILE_UNLISTED",
        )


def _proved(folder: Path, name: str, fact: Mapping[str, Any]) -> bytes:
    data = _read(folder, name)
    if len(data) != fact["bytes"] or sha256_bytes(data) != fact["sha256"]:
        raise _changed(name)
    return data


def _read(folder: Path, name: str) -> bytes:
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST_FILE:
                raise ModelError(f"{name} is too large or not a file.", code="MODEL_IRREGULAR")
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ModelError(f"{name} cannot be read.", code="MODEL_MISSING") from error


def _changed(name: str) -> ModelError:
    return ModelError(
        f"{name} does not match its checksum. The folder was changed after it was written; "
        "train again or restore it.",
        code="MODEL_CHANGED",
    )
