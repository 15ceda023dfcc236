"""A folder for what was learned of a plain table: the same files and proofs, without a study."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from predict.errors import ModelError
from predict.files import installed_version
from predict.model_folder.bounds import check_learned
from predict.model_folder.canary import CANARY, check_canary, make_canary
from predict.model_folder.contents import built, libraries, recipe_files, recipe_of
from predict.model_folder.forms import json_bytes, parse_json, parse_toml, toml_bytes
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_folder
from predict.model_folder.writing import refuse_other_content, write_folder
from predict.models.families import FAMILIES
from predict.models.response_model import FittedRecipe

CLASSIFIER = "classifier.json"
ASKED = "model.toml"


def save_fitted(fitted: FittedRecipe, facts: Mapping[str, Any], folder: Path | str) -> Path:
    """Write what was learned of a plain table as a folder, whole or not at all.

    Parameters
    ----------
    fitted : FittedRecipe
        What was learned.
    facts : mapping
        What the estimator knows beside it: its settings, classes and columns.
    folder : path
        Where; an older model there is replaced, anything else is left alone.
    """
    folder = Path(folder)
    refuse_other_content(folder)
    asked = {"recipe": fitted.recipe.to_dict(), "settings": dict(fitted.params)}
    files = {ASKED: toml_bytes(asked), CLASSIFIER: json_bytes(dict(facts)), **recipe_files(fitted)}
    files[CANARY] = json_bytes(make_canary(fitted))
    write_folder(folder, {**files, MANIFEST: manifest_bytes(_about(fitted, folder.name), files)})
    return folder


def _about(fitted: FittedRecipe, name: str) -> dict[str, Any]:
    family = fitted.recipe.family
    return {
        "name": name,
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "made_by": installed_version(),
        "python": platform.python_version(),
        "libraries": libraries(),
        "family": family,
        "objective": FAMILIES[family].objective,
        "features": [column.name for column in fitted.columns],
        "prepared": list(fitted.preparation.names),
    }


def load_fitted(folder: Path | str) -> tuple[FittedRecipe, dict[str, Any]]:
    """Return what a folder holds of a plain table, after proving that it is what was written.

    Raises
    ------
    ModelError
        Naming the file and what is wrong with it.
    """
    manifest, files = read_folder(folder)
    absent = [name for name in (ASKED, CLASSIFIER, CANARY) if name not in files]
    if absent:
        raise ModelError(
            f"The folder lacks {absent[0]}: it holds no classifier of a plain table. A model of a "
            "study is read with predict.load_model.",
            code="MODEL_FILE_MISSING",
        )
    fitted = recipe_of(manifest, files, parse_toml(ASKED, files[ASKED]))
    built("The folder", lambda: check_learned(fitted))
    try:
        check_canary(fitted, parse_json(CANARY, files[CANARY]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{CANARY} does not hold this model's rows.", code="CANARY_DIFFERS"
        ) from error
    return fitted, parse_json(CLASSIFIER, files[CLASSIFIER])
