"""Where MLflow keeps its runs: found, made, and left as it was."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from predict.errors import OutputError, TableError
from predict.pipeline.tracking.empty_store import lay_down
from predict.pipeline.tracking.misfits import misfits

# Before MLflow is imported: it would otherwise look up its telemetry host.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# A server that does not answer is told of at once, not after minutes.
_IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}


def default_store() -> str:
    """Return the local store: an SQLite file in the working directory, by its whole path."""
    return f"sqlite:///{Path.cwd() / 'mlflow.db'}"


def store_for(uri: str | None) -> str:
    """Return the store to use: the named one, the caller's own, the environment's, or a file."""
    loaded = sys.modules.get("mlflow")
    own = loaded.get_tracking_uri() if loaded is not None and loaded.is_tracking_uri_set() else ""
    return uri or own or os.environ.get("MLFLOW_TRACKING_URI") or default_store()


def open_mlflow(store: str) -> Any:
    """Return MLflow, imported without a look-up, a socket or a word."""
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    with _no_socket_for(store):
        import mlflow

    for noisy in ("alembic", "mlflow"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return mlflow


def client_of(store: str, question: str) -> tuple[Any, Any]:
    """Return a client of a store that answers, and its experiment of this name, if it has one.

    Raises
    ------
    OutputError
        ``STORE_UNREACHABLE``, before anything is learned.
    """
    mlflow = open_mlflow(store)
    lay_down(store)
    with impatient():
        try:
            client = mlflow.MlflowClient(tracking_uri=store)
            return client, client.get_experiment_by_name(question)
        except Exception as error:
            raise unreachable() from error


def unreachable() -> OutputError:
    """Return the error for a store that cannot be read or written; no address stands in it."""
    return OutputError(
        "MLflow's store cannot be reached or written, so nothing was begun. Name another "
        "(--tracking-uri, uri=, MLFLOW_TRACKING_URI), start its server, or leave MLflow out "
        "(--no-track, track=False).",
        code="STORE_UNREACHABLE",
    )


@contextmanager
def impatient() -> Iterator[None]:
    """Let a server answer within seconds or not at all."""
    with _environment(_IMPATIENT):
        yield


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update({name: value for name, value in settings.items() if before[name] is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


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


@contextmanager
def pointed_at(store: str) -> Iterator[Any]:
    """Yield MLflow pointed at a store, and point it back to where it was."""
    mlflow = open_mlflow(store)
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(store)
    try:
        yield mlflow
    finally:
        mlflow.set_tracking_uri(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep `mlflow.autolog()` of the caller's from following the hundreds of fits in here.

    It would make each many times slower and store every one as a pickle. Put back afterwards.
    """
    watcher: Any = sys.modules.get("mlflow.utils.autologging_utils")
    if watcher is None or watcher._AUTOLOGGING_GLOBALLY_DISABLED:
        yield
        return
    with watcher.disable_autologging():
        yield


@dataclass(frozen=True)
class Served:
    """A logged model that scores a table, whole numbers read as doubles; errors show no row.

    Parameters
    ----------
    pyfunc : PyFuncModel
        MLflow's own.
    """

    pyfunc: Any

    @property
    def metadata(self) -> Any:
        """Signature, requirements and ids, as MLflow keeps them."""
        return self.pyfunc.metadata

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return one row of scores for each row of the table.

        Raises
        ------
        TableError
            Where a column is of another kind than the signature says; names each such column.
        """
        whole = dict.fromkeys(table.select_dtypes("integer").columns, "float64")
        try:
            scores: pd.DataFrame = self.pyfunc.predict(table.astype(whole))
        except Exception as error:
            if type(error).__name__ != "MlflowException":
                raise
            taken = self.metadata.signature.inputs
            # Not its words, and not the error itself: they hold the table's rows.
            raise TableError(
                "The table does not fit the model's signature: ids and choices are text, all else "
                f"numbers. `.metadata.signature` lists the columns.{misfits(taken, table)}",
                code="SIGNATURE",
            ) from None
        return scores


def load_tracked(uri: str, *, store: str | None = None) -> Served:
    """Return a logged model, which scores a table of patients.

    Parameters
    ----------
    uri : str
        Such as ``models:/NAME@candidate`` or ``models:/m-...``.
    store : str, optional
        Tracking store; the one that a run would use where none is given.
    """
    with pointed_at(store_for(store)) as mlflow:
        return Served(mlflow.pyfunc.load_model(uri))
