"""The report on a table by stored models: what `predict report` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from predict.cohort import Cohort, grammar, read_present_visits
from predict.cohort.dates import latest_today
from predict.cohort.layouts import open_table
from predict.definitions.study import Study, read_study
from predict.definitions.wording import load_catalogue
from predict.errors import ModelError, PredictError, UsageError, unknown_name
from predict.evaluation import Evaluation
from predict.files import canonical_json, installed_version, read_json
from predict.model_folder import load_with_manifest, model_digest
from predict.models.response_model import ResponseModel
from predict.reports.context import ModelView, ReportContext, Settings
from predict.reports.expectations import expectations_of
from predict.reports.files import private_folder, private_text
from predict.reports.model_page import model_facts, model_html
from predict.reports.named import named_model
from predict.reports.report import Report, judged_in, reasons_shown, report
from predict.scoring import scored
from predict.scoring.scoring_pass import ScoringPass


@dataclass(frozen=True)
class Loaded:
    """Models that could be trusted, their checklists, and the first fault of the others."""

    models: tuple[ResponseModel, ...]
    fault: PredictError | None
    tripods: tuple[Sequence[Mapping[str, Any]], ...] = ()
    judged: tuple[Evaluation | None, ...] = ()


def load_models(folders: Sequence[Path]) -> Loaded:
    """Return the models of several folders; one that cannot be trusted is left out and told."""
    models, tripods, judged, fault = [], [], [], None
    for folder in folders:
        try:
            models.append(with_origin(*load_with_manifest(_model_folder(folder))))
            tripods.append(_checklist(folder))
            judged.append(_judged(folder, models[-1]))
        except ModelError as error:
            fault = fault or error
    return Loaded(tuple(models), fault, tuple(tripods), tuple(judged))


def _checklist(folder: Path) -> Sequence[Mapping[str, Any]]:
    """The TRIPOD+AI checklist of a run, beside its model; nothing where none was written."""
    places = [folder / "tripod.json", folder.parent / "tripod.json"]
    stored = next((path for path in places if path.is_file()), None)
    return list(read_json(stored)) if stored else []


def _judged(folder: Path, model: ResponseModel) -> Evaluation | None:
    """The evaluation kept with a model, with a run's out-of-fold rows where they lie beside it."""
    judged = judged_in(model)
    places = [parent / "evaluation" / "predictions.parquet" for parent in (folder, folder.parent)]
    stored = next((path for path in places if path.is_file()), None)
    if judged is None or stored is None or not _model_folder(folder).is_dir():
        return judged
    return replace(judged, predictions=pd.read_parquet(stored))


def _model_folder(folder: Path) -> Path:
    """A run folder stands for the model inside it."""
    return folder / "model" if (folder / "model" / "manifest.json").is_file() else folder


def with_origin(model: ResponseModel, manifest: Mapping[str, Any]) -> ResponseModel:
    """Return the model with its day and the head of its folder's digest, for the pages' foot."""
    rest = {key: value for key, value in manifest.items() if key != "self"}
    origin = {"made": str(manifest["made"])[:10], "id": model_digest(rest)[:12]}
    return replace(model, facts={**model.facts, **origin})


def stored_study(folder: Path) -> Study:
    """Return the study kept in a model folder, even where the model itself cannot be trusted.

    Raises
    ------
    ModelError
        When not even the study can be read.
    """
    path = _model_folder(folder) / "study.toml"
    try:
        return read_study(path)
    except PredictError as error:
        raise ModelError(
            "The model folder's study cannot be read, so neither can the table. Restore the folder."
        ) from error


def table_report(
    folders: Sequence[Path],
    table: Path | pd.DataFrame,
    *,
    made: str,
    key: bytes,
    person: str = "",
    show_name: str = "",
    beside: Path | None = None,
    **choices: Any,
) -> tuple[Report, PredictError | None]:
    """Return the report on a table, and why it holds no estimate of some model, if so.

    Safety answers are read from the table before any model is; a model that cannot be trusted
    leaves pages with the banner and without a number, and so does a table that is not like what
    the model learned from. Clinicians' expectations are read from the folder `beside` the report.

    Raises
    ------
    TableError, UsageError
        When the table cannot be read, or holds no such person.
    """
    study = stored_study(folders[0])
    cohort = read_present_visits(table, study)
    if person and person not in cohort.rows["id"].tolist():
        raise UsageError("No row of the table has that id. `predict check` lists refused rows.")
    loaded = load_models(folders)
    _same_study(loaded.models)
    day = date.fromisoformat(choices.get("today") or latest_today().isoformat())
    passed = [ScoringPass(model, "report").table(cohort) for model in loaded.models]
    rows_shown = [scored(each, explain="none", today=day) for each in passed]
    reasons = [reasons_shown(each, day) for each in passed]
    why = "" if loaded.models else "untrusted"
    pages = [person] if person else None
    names = names_of(table, study, show_name) if show_name else {}
    expected = expectations_of(beside, key, cohort.ids) if beside else {}
    judged = list(loaded.judged)
    made_report = report(
        list(loaded.models), cohort,
        scores=rows_shown, explanations=reasons, evaluation=judged,
        made=made, key=key, pages=pages, why_no_model=why, tripods=loaded.tripods,
        names=names, expected=expected, **choices,
    )  # fmt: skip
    return made_report, loaded.fault or made_report.fault


def names_of(table: Path | str | pd.DataFrame, study: Study, column: str) -> dict[str, str]:
    """Return each id's name from a column that the study need not know.

    Raises
    ------
    UsageError
        When the table has no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> from predict.definitions.study import read_study
    >>> study = read_study({"id": "person", "layout": "wide", "visits": ["baseline"], "rounds": {},
    ...                     "instruments": {"phq9": {"total": "phq9"}}})
    >>> names_of(pd.DataFrame({"person": ["a"], "called": ["Ada"]}), study, "called")
    {'a': 'Ada'}
    """
    file = open_table(table, dialect=study.dialect)
    names = file.probe().names
    if column not in names:
        raise UsageError(unknown_name("column", column, names))
    wanted = tuple(name for name in names if name in (study.id, column))
    source = replace(file, columns=wanted).read()
    ids = source.ids(study.id).to_pylist()
    called = grammar.texts(source.table.column(column))
    names_by_id: dict[str, str] = {}
    for person, name in zip(ids, called, strict=True):
        if name and str(name).strip():
            names_by_id.setdefault(str(person), str(name).strip())
    return names_by_id


def _same_study(models: Sequence[ResponseModel]) -> None:
    first = models[0].study.to_dict() if models else {}
    if any(model.study.to_dict() != first for model in models):
        raise UsageError(
            "The models were made under different studies, so one table cannot serve both. "
            "Make one report for each."
        )


def save_model_report(
    folders: Sequence[Path], out: Path, *, made: str, language: str = "en"
) -> Path:
    """Write the model report alone, where no table is given, and return where it lies.

    Raises
    ------
    ModelError
        When a model cannot be trusted.
    """
    loaded = load_models(folders)
    if loaded.fault:
        raise loaded.fault
    models = list(loaded.models)
    say = load_catalogue(language)
    views = tuple(
        ModelView(
            named_model(model, say),
            {},
            evaluation=judged_in(model),
            verdict=_verdict(model),
            tripod=tuple(checklist),
        )
        for model, checklist in zip(models, loaded.tripods, strict=True)
    )
    settings = Settings(made=made, version=installed_version(), language=language)
    context = ReportContext(nobody(models[0].study), views, settings, {}, {}, {}, {})
    facts = model_facts(context)
    path = private_folder(out) / "model.html"
    private_text(path, model_html(facts))
    private_text(out / "report.json", canonical_json({"model": facts}))
    return path


def _verdict(model: ResponseModel) -> Mapping[str, Any]:
    judged = judged_in(model)
    return judged.verdict if judged else {}


def nobody(study: Study) -> Cohort:
    """Return the cohort of a table without rows."""
    none = pd.DataFrame(index=pd.Index([], name="id", dtype="str"))
    rows = pd.DataFrame(columns=["row", "id", "status", "code", "column"])
    flow = pd.DataFrame(columns=["step", "n", "why"])
    return Cohort(study, none, {}, rows, rows, flow, pd.DataFrame())
