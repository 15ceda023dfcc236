"""A stored model as MLflow keeps it: its folder, what loads it, what it takes and gives."""

from __future__ import annotations

import shutil
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predict.cohort.required_columns import columns_taken
from predict.definitions.study import Study
from predict.files import read_json
from predict.models.response_model import ResponseModel
from predict.pipeline.tracking.store import pointed_at

if TYPE_CHECKING:
    from predict.pipeline.tracking.session import Session

HERE = Path(__file__).parent
ALIAS = "candidate"
EXAMPLES = 3
# What a row of scores holds; see `predict.score`.
TEXTS = ("status", "reliance", "lowered_by", "raised_by", "flags", "reason")
NUMBERS = ("probability", "low", "high")


def log_model(session: Session, model: ResponseModel, folder: Path, *, register: str = "") -> None:
    """Log the model folder with the lines of code that load it; no pickle is made.

    From inside a folder that holds just the two, so that MLflow notes down their names and no path.
    """
    client, folder = session.client, folder.resolve()
    logged = client.create_logged_model(
        session.experiment,
        name="model",
        source_run_id=session.run_id,
        tags={"predict.family": model.family, "predict.outcome": model.outcome.name},
        model_type="response",
    )
    with TemporaryDirectory() as bench:
        _write_flavour(session, model, folder, Path(bench), logged)
        client.log_model_artifacts(logged.model_id, str(Path(bench) / "flavoured"))
    client.finalize_logged_model(logged.model_id, "READY")
    _link(session, logged.model_id)
    if register:
        # The registry looks the model up where MLflow points to.
        with pointed_at(session.store):
            _register(session, logged.model_id, register)


def _write_flavour(
    session: Session, model: ResponseModel, folder: Path, bench: Path, logged: Any
) -> None:
    version = read_json(folder / "manifest.json")["made_by"]
    with pointed_at(session.store) as mlflow, chdir(bench):
        shutil.copytree(folder, "model")
        shutil.copy(HERE / "served.py", "served.py")
        mlflow.pyfunc.save_model(
            "flavoured",
            python_model="served.py",
            artifacts={"model": "model"},
            pip_requirements=[f"predict-response=={version}"],
            signature=signature_of(model),
            input_example=invented_rows(model),
            mlflow_model=mlflow.models.Model(
                run_id=session.run_id, model_id=logged.model_id, model_uuid=logged.model_id
            ),
        )


def _link(session: Session, model_id: str) -> None:
    from mlflow.entities import LoggedModelOutput

    session.client.log_outputs(session.run_id, models=[LoggedModelOutput(model_id, step=0)])
    session.client.set_tag(session.run_id, "predict.model_uri", f"models:/{model_id}")


def _register(session: Session, model_id: str, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        session.client.get_registered_model(name)
    except MlflowException:
        session.client.create_registered_model(name)
    version = session.client.create_model_version(
        name, source=f"models:/{model_id}", run_id=session.run_id, model_id=model_id
    )
    session.client.set_registered_model_alias(name, ALIAS, version.version)


def signature_of(model: ResponseModel) -> Any:
    """Return what the model takes and gives: ids and choices as text, all else as doubles.

    Every column but the id may be absent or empty; what is then missing the scores say.
    """
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, DataType, Schema

    taken = [
        ColSpec(DataType.string if is_text else DataType.double, name, required=name == key)
        for key in (model.study.id,)
        for name, is_text in columns_taken(model.study, model.as_of)
    ]
    given = [ColSpec(DataType.string, "id"), ColSpec(DataType.long, "row")]
    given += [ColSpec(DataType.double, name) for name in NUMBERS]
    given += [ColSpec(DataType.string, name) for name in TEXTS]
    return ModelSignature(inputs=Schema(taken), outputs=Schema(given))


def invented_rows(model: ResponseModel) -> pd.DataFrame:
    """Return a few invented people, as an example of a table: no row of anybody."""
    draw, study = np.random.default_rng(0), model.study
    choices = {c.column: c.values for c in study.people.values() if c.kind == "choice" and c.values}
    ranges = {c.column: c.range for c in study.people.values() if c.range}
    rows: dict[str, Any] = {}
    for name, is_text in columns_taken(study, model.as_of):
        if name == study.id:
            rows[name] = [f"invented-{number}" for number in range(1, EXAMPLES + 1)]
        elif name in choices:
            rows[name] = draw.choice(choices[name], EXAMPLES).tolist()
        elif is_text:
            rows[name] = [None] * EXAMPLES
        else:
            low, high = ranges.get(name) or _answer_range(study, name)
            rows[name] = draw.integers(int(low), int(high) + 1, EXAMPLES).astype(float).tolist()
    return pd.DataFrame(rows)


def _answer_range(study: Study, column: str) -> tuple[float, float]:
    """Return the lowest and highest answer of an item's column; a total is left at 0 to 1."""
    for measure in study.instruments.values():
        for columns in measure.items.values():
            for item in measure.instrument.items:
                if columns.get(item.key) == column:
                    shift = measure.coding_low - measure.instrument.answer_range[0]
                    return item.low + shift, item.high + shift
    return 0.0, 1.0
