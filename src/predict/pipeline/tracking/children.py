"""Runs beneath a run: described first, then written, all at once where the store is a database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from predict.pipeline.tracking.empty_store import knows_tables

if TYPE_CHECKING:
    from predict.pipeline.tracking.session import Session

# MLflow would note down the account's name and the path of the program.
NOBODY = {"mlflow.user": "predict", "mlflow.source.name": "predict"}
PARENT = "mlflow.parentRunId"
LACKS = "predict.lacks"
# In the order in which a database takes them.
ROWS = ("SqlRun", "SqlTag", "SqlParam", "SqlMetric", "SqlLatestMetric")
Values = Mapping[str, float]
Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Child:
    """A finished run beneath another, and what lies beneath it.

    Parameters
    ----------
    name, kind : str
        Such as ``severity``, a ``family``.
    steps : sequence of mapping
        Metrics, step after step; one step where nothing is followed.
    params : mapping
    children : sequence of Child
    lacks : str
        Which measures it has none of, and why.
    """

    name: str
    kind: str
    steps: Sequence[Values] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    children: Sequence[Child] = ()
    lacks: str = ""

    def tags(self, parent: str) -> dict[str, str]:
        """Return its tags beneath a parent."""
        lacks = {LACKS: self.lacks} if self.lacks else {}
        return {**NOBODY, PARENT: parent, "predict.kind": self.kind, **lacks}

    def values(self) -> Iterator[tuple[int, str, float]]:
        """Yield step, name and value of each metric that is a number."""
        for step, values in enumerate(self.steps):
            for name, value in values.items():
                if np.isfinite(value):
                    yield step, name, float(value)


def write_children(session: Session, children: Sequence[Child]) -> None:
    """Write runs beneath the session's own.

    A run costs three calls and three commits; an evaluation has dozens. A database takes them all
    in one transaction, row for row what the calls would have left.
    """
    store = _database(session.client)
    if store is None:
        for child in children:
            _write_one(session, child, session.run_id)
    else:
        _write_at_once(store, session, children)


def written_at_once(
    session: Session, values: Values, tags: Mapping[str, str], children: Sequence[Child]
) -> bool:
    """Write a run's own values and tags and the runs beneath it together; say whether it was done.

    Not where the store is no database of known tables, nor for a run that was measured before.
    """
    store = _database(session.client)
    if store is None or session.measured:
        return False
    _write_at_once(store, session, children, Child("", "", [values]), tags)
    session.measured = True
    return True


def _database(client: Any) -> Any:
    """Return MLflow's store where it is a database of this process and its tables are known."""
    store = getattr(getattr(client, "_tracking_client", None), "store", None)
    known = type(store).__name__ == "SqlAlchemyStore" and knows_tables()
    return store if known else None


def _write_one(session: Session, child: Child, parent: str) -> None:
    from mlflow.entities import Metric, Param

    client, now = session.client, now_ms()
    run = client.create_run(session.experiment, run_name=child.name, tags=child.tags(parent))
    run_id = str(run.info.run_id)
    metrics = [Metric(name, value, now, step) for step, name, value in child.values()]
    params = [Param(name, value) for name, value in child.params.items()]
    client.log_batch(run_id, metrics=metrics, params=params)
    for below in child.children:
        _write_one(session, below, run_id)
    client.set_terminated(run_id)


def _write_at_once(
    store: Any,
    session: Session,
    children: Sequence[Child],
    own: Child | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    from mlflow.store.tracking.dbmodels import models
    from sqlalchemy import insert

    place = session.client.get_experiment(session.experiment).artifact_location.rstrip("/")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ROWS}
    # A millisecond apart, so that they are listed in their order.
    for moment, walked in enumerate(_walk(children, session.run_id), start=now_ms()):
        child, run_id, parent = walked
        files = {"experiment_id": int(session.experiment), "artifact_uri": _files(place, run_id)}
        rows["SqlRun"].append({**_run_row(child, run_id, moment), **files})
        _add_rows(rows, child, run_id, parent, moment)
    if own is not None:
        _add_values(rows, own, session.run_id, tags or {}, now_ms())
    with store.ManagedSessionMaker(read_only=False) as database:
        for name, values in rows.items():
            if values:
                database.execute(insert(getattr(models, name)), values)


def _walk(children: Sequence[Child], parent: str) -> Iterator[tuple[Child, str, str]]:
    for child in children:
        run_id = uuid.uuid4().hex
        yield child, run_id, parent
        yield from _walk(child.children, run_id)


def _files(place: str, run_id: str) -> str:
    return f"{place}/{run_id}/artifacts"


def _run_row(child: Child, run_id: str, moment: int) -> dict[str, Any]:
    return {
        "run_uuid": run_id,
        "name": child.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "source_version": "",
        "user_id": NOBODY["mlflow.user"],
        "status": "FINISHED",
        "start_time": moment,
        "end_time": moment,
        "lifecycle_stage": "active",
    }


def _add_rows(rows: Rows, child: Child, run_id: str, parent: str, moment: int) -> None:
    tags = {**child.tags(parent), "mlflow.runName": child.name}
    pairs = child.params.items()
    rows["SqlParam"].extend({"run_uuid": run_id, "key": k, "value": v} for k, v in pairs)
    _add_values(rows, child, run_id, tags, moment)


def _add_values(
    rows: Rows, child: Child, run_id: str, tags: Mapping[str, str], moment: int
) -> None:
    pairs = tags.items()
    rows["SqlTag"].extend({"run_uuid": run_id, "key": k, "value": v} for k, v in pairs)
    measured = [
        {"run_uuid": run_id, "key": name, "value": number, "step": step}
        for step, name, number in child.values()
    ]
    measured = [{**row, "timestamp": moment, "is_nan": False} for row in measured]
    rows["SqlMetric"].extend(measured)
    rows["SqlLatestMetric"].extend({row["key"]: row for row in measured}.values())


def now_ms() -> int:
    """Return the time as MLflow keeps it."""
    return int(time.time() * 1000)
