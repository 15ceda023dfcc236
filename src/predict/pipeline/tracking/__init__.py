"""What MLflow is told of a run. The one door to MLflow.

Only what is listed here leaves: the flattened experiment, metrics with their intervals, the model
folder, and pages of aggregates. No patient row, id or path.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from predict.files import read_json

# Before MLflow is imported: it would otherwise look up its telemetry host.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# MLflow would note down the account's name and the path of the program.
_NOBODY = {"mlflow.user": "predict", "mlflow.source.name": "predict"}
_HERE = Path(__file__).parent


def track(
    experiment: str,
    *,
    params: Mapping[str, Any],
    metrics: pd.DataFrame,
    model: Path,
    pages: Sequence[Path] = (),
    facts: Mapping[str, Any] | None = None,
    uri: str | None = None,
) -> str:
    """Record a finished run and return its id.

    Parameters
    ----------
    experiment : str
        Name of the MLflow experiment; one for each question.
    params : mapping
        The flattened experiment.
    metrics : DataFrame
        Columns model, metric, estimate, low, high, n, events.
    model : Path
        The stored model folder; logged as a pyfunc model that loads and scores.
    pages : sequence of Path
        Files of aggregates only, such as the model page and the table of metrics.
    facts : mapping, optional
        Tags: version, data digest, verdict.
    uri : str, optional
        Tracking store; ``MLFLOW_TRACKING_URI`` or a local SQLite file where none is given.
    """
    mlflow = _open(uri)
    mlflow.set_experiment(experiment)
    with mlflow.start_run(tags=_NOBODY) as run:
        mlflow.log_params({key: str(value)[:500] for key, value in params.items()})
        mlflow.log_metrics(_flat(metrics))
        mlflow.set_tags({key: str(value)[:500] for key, value in (facts or {}).items()})
        for page in pages:
            mlflow.log_artifact(str(page), "pages")
        _log_model(mlflow, model)
    return str(run.info.run_id)


def _open(uri: str | None) -> Any:
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    import logging

    store = uri or os.environ.get("MLFLOW_TRACKING_URI") or default_store()
    with _no_socket_for(store):
        import mlflow

    for noisy in ("alembic", "mlflow"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(store)
    return mlflow


@contextmanager
def _no_socket_for(store: str) -> Iterator[None]:
    """Keep a store on this machine from opening an internet socket.

    MLflow imports urllib3, which binds one to ``::1`` when it is imported, to see whether there is
    IPv6. A store on another machine needs to know that; files do not.
    """
    has_ipv6 = socket.has_ipv6
    elsewhere = "://" in store and not store.startswith(("sqlite:", "file:"))
    socket.has_ipv6 = has_ipv6 and elsewhere
    try:
        yield
    finally:
        socket.has_ipv6 = has_ipv6


def default_store() -> str:
    """Return the local store: an SQLite file in the working directory, by its whole path."""
    return f"sqlite:///{Path.cwd() / 'mlflow.db'}"


def _flat(metrics: pd.DataFrame) -> dict[str, float]:
    """Return ``family/metric`` with ``_low`` and ``_high``; what is missing is left out."""
    values: dict[str, float] = {}
    for row in metrics.to_dict("records"):
        for part, column in (("", "estimate"), ("_low", "low"), ("_high", "high")):
            if pd.notna(row[column]):
                values[f"{row['model']}/{row['metric']}{part}"] = float(row[column])
    return values


def _log_model(mlflow: Any, model: Path) -> None:
    """Log the model folder with the few lines of code that load it; no pickle is made.

    From inside a folder that holds just the two, so that MLflow notes down their names and no path.
    """
    version = read_json(model / "manifest.json")["made_by"]
    model = model.resolve()
    with TemporaryDirectory() as bench, chdir(bench):
        shutil.copytree(model, "model")
        shutil.copy(_HERE / "served.py", "served.py")
        mlflow.pyfunc.log_model(
            name="model",
            python_model="served.py",
            artifacts={"model": "model"},
            pip_requirements=[f"predict-response=={version}"],
        )


def load_tracked(uri: str, *, store: str | None = None) -> Any:
    """Return a logged model as MLflow's own pyfunc, which scores a table of patients.

    Parameters
    ----------
    uri : str
        Such as ``runs:/RUN/model``.
    store : str, optional
        Tracking store, as in `track`.
    """
    return _open(store).pyfunc.load_model(uri)
