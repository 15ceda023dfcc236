"""Model folders: a model written so that every byte is accounted for, and read only if it is.

A folder is readable without this package and holds no code: TOML and Markdown for people, JSON for
numbers, XGBoost's own JSON for trees. Loading stops at the first thing that is not as it was
written, in this order: the list of files, sizes and checksums, strict parsing, the structure of the
trees, names against this package's registries, construction from the same bytes, and sixteen
synthetic people whose estimates must come out as stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from predict.errors import ModelError
from predict.files import canonical_json, sha256_bytes
from predict.model_folder.bounds import check_bounds
from predict.model_folder.canary import CANARY, check_canary, make_canary
from predict.model_folder.contents import built, facts_of, files_of, model_of
from predict.model_folder.forms import json_bytes, parse_json
from predict.model_folder.manifest import MANIFEST, SIGNATURE, manifest_bytes, read_folder
from predict.model_folder.plain import CLASSIFIER, load_fitted, save_fitted
from predict.model_folder.writing import refuse_other_content, write_folder
from predict.models.nouns import require_model
from predict.models.response_model import ResponseModel

__all__ = [
    "is_signed",
    "load_fitted",
    "load_model",
    "load_with_manifest",
    "model_digest",
    "save_fitted",
    "save_model",
]


def save_model(model: ResponseModel, folder: Path | str, *, made: str = "") -> Path:
    """Write a model as a folder, whole or not at all.

    Parameters
    ----------
    model : ResponseModel
        The model to keep.
    folder : path
        Where; an older model there is replaced, anything else is left alone.
    made : str
        When it was made; now, where it is not given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        When the folder holds something that is not a model, or cannot be written.

    See Also
    --------
    load_model : Reads it again, after proving that it is the one that was written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> model = load_model("models/example")
    >>> with TemporaryDirectory() as folder:
    ...     load_model(save_model(model, f"{folder}/again")).family == model.family
    True
    """
    require_model(model)
    folder = Path(folder)
    refuse_other_content(folder)
    files = files_of(model)
    files[CANARY] = json_bytes(make_canary(model))
    facts = facts_of(model, made or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    write_folder(folder, {**files, MANIFEST: manifest_bytes(facts, files)})
    return folder


def load_model(folder: Path | str) -> ResponseModel:
    """Return the model of a folder after proving that it is the one that was written.

    Parameters
    ----------
    folder : path
        A folder written by `save_model`.

    Returns
    -------
    ResponseModel
        Gives the same estimates as the model that was saved.

    Raises
    ------
    ModelError
        Naming the file and what is wrong with it. Restore the folder or train again.

    See Also
    --------
    save_model : Writes one.
    predict.score : Scores a table with it.

    References
    ----------
    The order of the checks follows skops' "parse, audit, construct".

    Examples
    --------
    >>> load_model("models/example").outcome.name
    'phq9_response'
    """
    return load_with_manifest(folder)[0]


def load_with_manifest(folder: Path | str) -> tuple[ResponseModel, dict[str, object]]:
    """Return the model of a folder and its manifest."""
    manifest, files = read_folder(folder)
    if CLASSIFIER in files:
        raise ModelError(
            "The folder holds a classifier of a plain table, without a study. Read it with "
            "predict.ResponseClassifier.load(folder).",
            code="MODEL_IS_CLASSIFIER",
        )
    model = model_of(manifest, files)
    if CANARY not in files:
        raise ModelError(
            f"The model folder lacks {CANARY}. Train again.", code="MODEL_FILE_MISSING"
        )
    built("The folder", lambda: check_bounds(model))
    try:
        check_canary(model, parse_json(CANARY, files[CANARY]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{CANARY} does not hold this model's rows.", code="CANARY_DIFFERS"
        ) from error
    return model, manifest


def model_digest(manifest: Mapping[str, object]) -> str:
    """Return one digest of a model: equal files and facts, equal digest."""
    return sha256_bytes(canonical_json(manifest).encode())


def is_signed(folder: Path | str) -> bool:
    """Return whether a detached signature over the manifest lies in the folder."""
    return (Path(folder) / SIGNATURE).is_file()
