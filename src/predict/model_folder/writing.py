"""A model folder put in its place, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from predict.errors import OutputError
from predict.files import write_bytes
from predict.model_folder.manifest import MANIFEST


def refuse_other_content(folder: Path) -> None:
    """Stop where something lies at the place of a model that is none."""
    occupied = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if occupied and not (folder / MANIFEST).is_file():
        raise OutputError(
            f"'{folder.name}' exists and is not a model folder. Choose another name.",
            code="OUTPUT_EXISTS",
        )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write beside the final name first, so that a stopped run leaves no half model under it."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    for name, data in files.items():
        write_bytes(beside / name, data)
    try:
        beside.chmod(0o700)
        if folder.is_dir():
            shutil.rmtree(folder)
        os.replace(beside, folder)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise OutputError(
            f"Could not write the model folder '{folder.name}': {error.strerror}."
        ) from error
