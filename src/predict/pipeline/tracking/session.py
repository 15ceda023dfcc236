"""One piece of work and the MLflow runs that tell of it: opened first, closed whatever happens."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from predict.errors import OutputError, PredictError
from predict.evaluation import Evaluation, Plan
from predict.features.training_set import TrainingSet
from predict.models.families import Trial
from predict.models.response_model import ResponseModel
from predict.pipeline.tracking.children import NOBODY, PARENT
from predict.pipeline.tracking.question import data_card
from predict.pipeline.tracking.records import (
    files_for,
    log_dataset,
    log_drivers,
    log_evaluation,
    log_figures,
    log_trained,
    log_trials,
)
from predict.pipeline.tracking.store import (
    client_of,
    impatient,
    store_for,
    undisturbed,
    unreachable,
)

Say = Callable[[str], None]
# Of models that are trained, not of agents: the page opens on the runs.
KIND = {"mlflow.experimentKind": "custom_model_development"}
LONGEST = 500
REFUSED, NOTE = "predict.refused", "mlflow.note.content"
# MLflow's page remembers for each browser whether it shows agents or models; an address may say.
PAGE = (
    "http://127.0.0.1:5000/#/experiments/{}/runs"
    "?workflowType=machine_learning&compareRunsMode=CHART"
)


@dataclass
class Session:
    """The run of one piece of work.

    Parameters
    ----------
    client : MlflowClient
    experiment, run_id, name : str
        Of the parent run.
    say : callable
        Told what could not be recorded.
    missing : list of str
        What could not be recorded.
    measured : bool
        Whether the run holds its headline measures already.
    asked : mapping
        Settings of the work, until they are recorded.
    """

    client: Any
    store: str
    experiment: str
    run_id: str
    name: str
    say: Say
    missing: list[str] = field(default_factory=list)
    measured: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, params: Mapping[str, Any]) -> None:
        """Record settings."""
        self.asked = {}
        self._told("settings", lambda: self._log_settings(params))

    def refused(self, error: BaseException) -> None:
        """Record why the work stopped, by its codes alone, and what was asked of it.

        A message may name a column or a file; a code never does.
        """
        if self.asked:
            self.settings(self.asked)
        self._told("its refusal", lambda: self._log_refusal(codes_of(error)))

    def _log_refusal(self, codes: str) -> None:
        for key in (REFUSED, NOTE):
            self.client.set_tag(self.run_id, key, codes)

    def _log_settings(self, params: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        rows = [Param(name, str(value)[:LONGEST]) for name, value in params.items()]
        self.client.log_batch(self.run_id, params=rows)

    def dataset(
        self, training: TrainingSet, counts: Mapping[str, int] | None = None, table: str = ""
    ) -> None:
        """Record the training set by its digest and its counts; never by its place."""
        self._told(
            "dataset",
            lambda: log_dataset(self.client, self.run_id, data_card(training, counts, table)),
        )

    def evaluation(self, evaluation: Evaluation, plan: Plan) -> None:
        """Record the verdict, each family in a run of its own, and the pictures."""
        self._told("evaluation", lambda: log_evaluation(self, evaluation, plan))
        self._told("figures", lambda: log_figures(self, evaluation))

    def lacks(self, absent: Mapping[str, Mapping[str, str]]) -> None:
        """Say and keep which measures families have no number for: a column that stays empty."""
        families: dict[tuple[str, str], list[str]] = {}
        for family, reasons in absent.items():
            for told in reasons.items():
                families.setdefault(told, []).append(family)
        for (measure, why), names in families.items():
            lack = f"{measure} of {', '.join(names)}: {why}"
            if lack not in self.missing:
                self.missing.append(lack)
                self.say(f"MLflow holds no {lack}.")

    def trained(
        self, training: TrainingSet, model: ResponseModel, refits: int, judged: Evaluation | None
    ) -> None:
        """Record the counts of a model that is told alone, and where it was judged."""
        self._told("counts", lambda: log_trained(self, training, model, refits, judged))

    def trials(self, tried: list[Trial]) -> None:
        """Record the settings that the search tried, in one group of runs."""
        self._told("trials", lambda: log_trials(self, tried))

    def model(self, model: ResponseModel, folder: Path, *, register: str = "") -> None:
        """Record the stored model as one that MLflow loads, and register it where asked to."""
        from predict.pipeline.tracking.models import log_model

        self._told("model", lambda: log_model(self, model, folder, register=register))
        self._told("drivers", lambda: log_drivers(self, model))

    def pages(self, files: list[Path]) -> None:
        """Record files of aggregates."""
        self._told("pages", lambda: self._log_pages(files))

    def _log_pages(self, files: list[Path]) -> None:
        with files_for(self, "pages") as folder:
            for file in files:
                shutil.copy(file, folder)

    def _told(self, what: str, record: Callable[[], object]) -> None:
        """Record something; whatever is wrong out there, the work stands."""
        try:
            record()
        except Exception as error:
            self.missing.append(what)
            self.say(
                f"MLflow was not told of {what} ({type(error).__name__}); all else is written."
            )


def codes_of(error: BaseException) -> str:
    """Return the codes of an error and of what it collected; of a foreign one its kind.

    Examples
    --------
    >>> codes_of(OutputError("No room in the folder.", code="DISK_FULL")), codes_of(KeyError("age"))
    ('DISK_FULL', 'KeyError')
    """
    if not isinstance(error, PredictError):
        return type(error).__name__
    found = [problem.code for problem in error.problems if problem.level == "file"]
    told = dict.fromkeys([error.code or type(error).__name__, *found])
    return ", ".join(told)[:LONGEST]


class Silence:
    """A session that tells nobody."""

    run_id = ""
    missing: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *values, **choices: None


@contextmanager
def tracked(
    question: str,
    family: str,
    *,
    on: bool,
    name: str = "",
    uri: str | None = None,
    say: Say = lambda _: None,
    asked: Mapping[str, Any] | None = None,
) -> Iterator[Session | Silence]:
    """Open a run before the work, and close it with the work's end.

    The run is named ``name/family/date``. Where the caller has a run open, or named one by
    ``MLFLOW_RUN_ID``, it goes beneath that one. `mlflow.autolog()` sleeps meanwhile.

    Parameters
    ----------
    question : str
        Name of the MLflow experiment; one for each question, so that its runs compare.
    family : str
        Family of models, for the run's name.
    name : str
        Name of the work, such as of the experiment file; the question's where none is given.
    on : bool
        Whether MLflow is told at all.
    uri : str, optional
        Tracking store.
    say : callable
        Told where the runs are kept.
    asked : mapping, optional
        Settings, recorded with the refusal's code where the work stops before it told them.

    Raises
    ------
    OutputError
        ``STORE_UNREACHABLE`` or ``RUN_UNKNOWN``, before anything is learned.
    """
    with undisturbed():
        if not on:
            yield Silence()
            return
        date = datetime.now(UTC).strftime("%Y-%m-%d")
        session = _opened(question, f"{name or question}/{family}/{date}", store_for(uri), say)
        session.asked, status = asked or {}, "FAILED"
        try:
            yield session
            status = "FINISHED"
        except BaseException as error:
            session.refused(error)
            raise
        finally:
            session._told("its end", lambda: session.client.set_terminated(session.run_id, status))


def _opened(question: str, name: str, store: str, say: Say) -> Session:
    client, known = client_of(store, question)
    above = _run_above(client)
    tags = dict(NOBODY)
    try:
        with impatient():
            place = (
                above.info.experiment_id if above else _experiment(client, known, question, store)
            )
            if above:
                tags[PARENT] = above.info.run_id
            run = client.create_run(place, run_name=name, tags=tags)
            # An artifact too: the two are kept in different places.
            client.log_text(run.info.run_id, f"{name}\n", "name.txt")
    except Exception as error:
        raise unreachable() from error
    say(_where(store, str(place)))
    return Session(client, store, str(place), str(run.info.run_id), name, say)


def _run_above(client: Any) -> Any:
    """Return the run that the caller has open or names, or None."""
    loaded: Any = sys.modules.get("mlflow")
    if loaded is not None and (active := loaded.active_run()) is not None:
        return active
    named = os.environ.get("MLFLOW_RUN_ID", "")
    if not named:
        return None
    try:
        return client.get_run(named)
    except Exception as error:
        raise OutputError(
            "MLFLOW_RUN_ID names a run that this store does not hold, so nothing was begun. Unset "
            "it, or name the store that holds it.",
            code="RUN_UNKNOWN",
        ) from error


def _experiment(client: Any, experiment: Any, name: str, store: str) -> str:
    """Return the id of the experiment, made where there is none, marked as one of models."""
    if experiment is None:
        beside = artifacts_beside(store, name)
        return str(client.create_experiment(name, artifact_location=beside, tags=KIND))
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    for key, value in KIND.items():
        if key not in experiment.tags:
            client.set_experiment_tag(experiment.experiment_id, key, value)
    return str(experiment.experiment_id)


def artifacts_beside(store: str, name: str) -> str | None:
    """Return the folder of an experiment's files: beside a file store, else as the server says.

    MLflow would put them into whatever folder the process stands in.

    Examples
    --------
    >>> artifacts_beside("sqlite:////data/mlflow.db", "phq9 round one")
    'file:///data/mlruns/phq9%20round%20one'
    """
    if not store.startswith("sqlite:///"):
        return None
    return (
        f"{Path(store.removeprefix('sqlite:///')).parent.absolute().as_uri()}/mlruns/{quote(name)}"
    )


def _where(store: str, experiment: str) -> str:
    if store.startswith("sqlite:"):
        file = Path(store.removeprefix("sqlite:///"))
        here = file.parent == Path.cwd()
        place = file.name if here else str(file)
        return (
            f"MLflow: {place}{' of this folder' if here else ''} will be told; look by: mlflow ui "
            f"--backend-store-uri sqlite:///{place}, at {PAGE.format(experiment)}"
        )
    return "MLflow: the store that is set will be told."
