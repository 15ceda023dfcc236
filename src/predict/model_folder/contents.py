"""What each file of a model folder says, and the model built again from what they say."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import Study, read_study
from predict.errors import ModelError, unknown_name
from predict.features import BLOCKS
from predict.features.columns import Column
from predict.files import installed_version
from predict.model_folder.card import card, limits
from predict.model_folder.forms import json_bytes, parse_json, parse_toml, toml_bytes
from predict.model_folder.places import without_site_names
from predict.models.calibration import CALIBRATIONS, Calibration
from predict.models.families import FAMILIES, Background, Fitted
from predict.models.preprocessing import Preparation
from predict.models.recipe import Recipe
from predict.models.reliance import RelianceProfile
from predict.models.reliance.thresholds import SHOWN, is_reason
from predict.models.response_model import FittedRecipe, ResponseModel

Built = TypeVar("Built")
LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost")


def files_of(model: ResponseModel) -> dict[str, bytes]:
    """Return every file of a model but the manifest and the canary, by name."""
    fitted = model.fitted
    drivers = model.facts.get("drivers")
    facts = {key: value for key, value in model.facts.items() if key != "drivers"}
    instruments = {key: m.instrument for key, m in model.study.instruments.items()}
    files = {
        "model.toml": toml_bytes(_question(model)),
        "study.toml": toml_bytes(model.study.to_dict()),
        "instruments.toml": toml_bytes({key: asdict(i) for key, i in instruments.items()}),
        **recipe_files(fitted),
        "reliance.json": json_bytes(model.reliance.to_dict()),
        "evaluation.json": json_bytes(without_site_names(facts, model.study)),
        "card.md": card(model).encode(),
    }
    if model.interval is not None:
        files["interval.json"] = json_bytes(model.interval)
    if drivers is not None:
        files["drivers.json"] = json_bytes(drivers)
    return files


def recipe_files(fitted: FittedRecipe) -> dict[str, bytes]:
    """Return the files of what was learned, by name: `recipe_of` reads them again."""
    files = {
        "features.json": json_bytes({"columns": [c.to_dict() for c in fitted.columns]}),
        "preparation.json": json_bytes(fitted.preparation.to_dict()),
        "calibration.json": json_bytes(fitted.calibration.to_dict()),
        FAMILIES[fitted.recipe.family].file: fitted.estimator.to_bytes(),
    }
    if fitted.background is not None:
        files["marginal.json"] = json_bytes(fitted.background.to_dict())
    return files


def _question(model: ResponseModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "use": {
            "intended": "Decision support beside a clinician's own judgement; never alone.",
            "limits": limits(model),
        },
        "question": {"round": model.round, "as_of": model.as_of, "blocks": model.blocks},
        "outcome": model.outcome.to_dict(),
        "recipe": model.fitted.recipe.to_dict(),
        "settings": dict(model.fitted.params),
        **({"reliance": {SHOWN: why}} if (why := model.show_unproven) else {}),
    }


def facts_of(model: ResponseModel, made: str) -> dict[str, Any]:
    """Return what the manifest says of a model beside its files."""
    return {
        "name": model.name,
        "made": made,
        "made_by": installed_version(),
        "python": platform.python_version(),
        "libraries": libraries(),
        "family": model.family,
        "objective": FAMILIES[model.family].objective,
        "features": [column.name for column in model.columns],
        "prepared": list(model.fitted.preparation.names),
    }


@lru_cache(maxsize=1)
def libraries() -> dict[str, str]:
    """Return the versions of the libraries that an estimate may depend on."""
    return {name: installed_version(name) for name in LIBRARIES}


def model_of(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> ResponseModel:
    """Return the model that proved files describe; nothing they say is executed.

    Raises
    ------
    ModelError
        Naming the file that does not say what it should.
    """
    toml = parse_toml("model.toml", _file(files, "model.toml"))
    study = built("study.toml", lambda: read_study(parse_toml("study.toml", files["study.toml"])))
    _same_instruments(study, parse_toml("instruments.toml", _file(files, "instruments.toml")))
    recipe = recipe_of(manifest, files, toml)
    question = built("model.toml", lambda: _checked_question(toml["question"], study))
    facts = parse_json("evaluation.json", _file(files, "evaluation.json"))
    if "drivers.json" in files:
        facts["drivers"] = parse_json("drivers.json", files["drivers.json"])
    return ResponseModel(
        name=built("model.toml", lambda: str(toml["name"])),
        study=study,
        outcome=built("model.toml", lambda: read_outcome(toml["outcome"])),
        columns=recipe.columns,
        fitted=recipe,
        reliance=_from_json(files, "reliance.json", RelianceProfile.from_dict),
        interval=_from_json(files, "interval.json", dict) if "interval.json" in files else None,
        facts=facts,
        show_unproven=built("model.toml", lambda: _why_shown(toml)),
        **question,
    )


def _why_shown(toml: Mapping[str, Any]) -> str:
    why = toml.get("reliance", {}).get(SHOWN, "")
    _need(not why or is_reason(why), "model.toml")
    return str(why)


def recipe_of(
    manifest: Mapping[str, Any], files: Mapping[str, bytes], toml: Mapping[str, Any]
) -> FittedRecipe:
    """Return what was learned, from proved files."""
    asked = built("model.toml", lambda: Recipe(**toml["recipe"]))
    preparation = _from_json(files, "preparation.json", Preparation.from_dict)
    columns = _from_json(
        files, "features.json", lambda d: tuple(Column.from_dict(c) for c in d["columns"])
    )
    _same_order(manifest, columns, preparation)
    recipe = FittedRecipe(
        recipe=asked,
        params=toml.get("settings", {}),
        columns=columns,
        preparation=preparation,
        estimator=_fitted(manifest, files, asked.family, preparation),
        calibration=_from_json(files, "calibration.json", _calibration),
        out_of_fold=np.empty(0),
    )
    return _with_background(files, recipe)


def _with_background(files: Mapping[str, bytes], recipe: FittedRecipe) -> FittedRecipe:
    if "marginal.json" not in files:
        return recipe
    background = _from_json(files, "marginal.json", Background.from_dict)
    recipe = replace(recipe, background=background)
    built("marginal.json", lambda: recipe.marginal)  # counts of other trees are refused here
    return recipe


def _fitted(
    manifest: Mapping[str, Any], files: Mapping[str, bytes], name: str, preparation: Preparation
) -> Fitted:
    family = FAMILIES[name]
    data = _file(files, family.file)
    _need(manifest.get("family") == name, "model.toml")
    objective = str(manifest.get("objective"))
    family.check(parse_json(family.file, data), names=preparation.names, objective=objective)
    return built(family.file, lambda: family.from_bytes(data))


def _calibration(stored: dict[str, Any]) -> Calibration:
    if stored["kind"] not in CALIBRATIONS:
        raise ModelError(unknown_name("calibration", stored["kind"], CALIBRATIONS))
    bound = stored.get("bound")
    return Calibration(
        kind=str(stored["kind"]),
        a=float(stored["a"]),
        b=float(stored["b"]),
        bound=None if bound is None else float(bound),
    )


def _checked_question(question: Mapping[str, Any], study: Study) -> dict[str, Any]:
    blocks = tuple(question["blocks"])
    in_study = question["as_of"] in study.visits and question["round"] in study.rounds
    _need(in_study and all(block in BLOCKS for block in blocks), "model.toml")
    return {"round": question["round"], "as_of": question["as_of"], "blocks": blocks}


def _same_instruments(study: Study, stored: Mapping[str, Any]) -> None:
    """Refuse a model whose questionnaires are scored otherwise by this version of the package."""
    for key, measure in study.instruments.items():
        now = parse_toml("instruments.toml", toml_bytes({key: asdict(measure.instrument)}))
        if now[key] != stored.get(key):
            raise ModelError(
                f"Instrument '{key}' is defined otherwise than when the model was made. "
                "Use the version of the package that made it, or train again.",
                code="INSTRUMENT_CHANGED",
            )


def _same_order(
    manifest: Mapping[str, Any], columns: tuple[Column, ...], preparation: Preparation
) -> None:
    names = [column.name for column in columns]
    _need(manifest.get("features") == names, "features.json")
    _need(manifest.get("prepared") == list(preparation.names), "preparation.json")
    _need(set(preparation.order) <= set(names), "preparation.json")


def _from_json(
    files: Mapping[str, bytes], name: str, build: Callable[[dict[str, Any]], Built]
) -> Built:
    stored = parse_json(name, _file(files, name))
    return built(name, lambda: build(stored))


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise ModelError(
            f"The model folder lacks {name}. Restore it or train again.", code="MODEL_FILE_MISSING"
        )
    return files[name]


def built(name: str, build: Callable[[], Built]) -> Built:
    """Return what `build` makes; whatever goes wrong in it is a fault of the file."""
    try:
        return build()
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"{name} does not describe a model of this package ({type(error).__name__}). "
            "Restore the folder or train again.",
            code="MODEL_UNREADABLE",
        ) from error


def _need(holds: bool, name: str) -> None:
    if not holds:
        raise ModelError(
            f"{name} does not fit the other files of the model. Restore the folder or train again.",
            code="MODEL_INCONSISTENT",
        )
