"""What is written of an evaluation and a search: in columns that compare, in runs that fold up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predict.evaluation import Evaluation, Plan
from predict.features.training_set import TrainingSet
from predict.models.families import Trial
from predict.models.response_model import ResponseModel
from predict.pipeline.tracking.children import LACKS, Child, now_ms, write_children, written_at_once
from predict.pipeline.tracking.question import DataCard
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.metrics.agreement import FLAT, has_spread, log_odds
from predict.statistics.metrics.decisions import net_benefit
from predict.statistics.metrics.overall import brier
from predict.statistics.metrics.ranking import auroc

if TYPE_CHECKING:
    from predict.pipeline.tracking.session import Session

HEADLINE = ("auroc", "brier", "calibration_slope")
# The columns that compare, and why one may be empty.
COLUMNS = {
    "auroc": "no fold holds people of both outcomes",
    "brier": "nobody was judged",
    "calibration_slope": "in no fold do estimates and outcomes give a finite slope",
    "net_benefit": "the plan names no threshold",
}
# Of a run that told of a model alone: which run told what the model is worth.
JUDGED_IN = "predict.evaluation_run"
UNJUDGED = "No judgement was given to this model; `pr.train(..., judged=judged)` gives it one."
ROUNDS = "rounds"  # the setting of a family that learns in rounds
LONGEST_NOTE, LONGEST_NAME = 4_000, 500
DIGEST = 32  # letters of a digest that MLflow keeps
TABLES = ("evaluation/metrics.json", "evaluation/differences.json")


def log_dataset(client: Any, run_id: str, data: DataCard) -> None:
    """Record a data set as an input: name, digest and counts, no place and no column."""
    from mlflow.entities import Dataset, DatasetInput

    dataset = Dataset(
        name=data.name[:LONGEST_NAME],
        digest=data.digest[:DIGEST],
        source_type="local",
        source=json.dumps({"sha256": data.table}),
        profile=json.dumps(dict(data.counts)),
    )
    client.log_inputs(run_id, datasets=[DatasetInput(dataset)])


def log_evaluation(session: Session, evaluation: Evaluation, plan: Plan) -> None:
    """Record the verdict and, under one name for every family, the headline measures.

    The parent run and the run of each family hold the same four columns; folds lie beneath the
    family that the verdict is about.
    """
    verdict = evaluation.verdict
    own = str(verdict["model"])
    with files_for(session) as folder:
        (folder / "verdict.txt").write_text(f"{verdict.sentence}\n", "utf-8")
        (folder / "verdict.json").write_text(json.dumps(_plain(dict(verdict)), indent=2), "utf-8")
        for file, table in zip(TABLES, (evaluation.metrics, evaluation.differences), strict=True):
            _write_table(table, folder / file)
    tags = {
        "mlflow.note.content": verdict.sentence[:LONGEST_NOTE],
        "mlflow.loggedArtifacts": json.dumps([{"path": file, "type": "table"} for file in TABLES]),
        "predict.model": own,
    }
    names = dict.fromkeys(str(name) for name in evaluation.metrics["model"])
    measured = {family: headline(evaluation, family, plan) for family in [own, *names]}
    absent = {family: lacking(evaluation, family, measured[family]) for family in names}
    lacks = {
        family: "; ".join(f"{m}: {why}" for m, why in absent[family].items()) for family in names
    }
    tags |= {LACKS: lacks[own]} if lacks.get(own) else {}
    folds = {own: list(_folds(evaluation, own))}
    children = [
        Child(f, "family", [measured[f]], children=folds.get(f, []), lacks=lacks[f]) for f in names
    ]
    if not written_at_once(session, measured[own], tags, children):
        log_values(session, measured[own], tags)
        write_children(session, children)
    session.lacks(absent)


def log_trained(
    session: Session,
    training: TrainingSet,
    model: ResponseModel,
    refits: int,
    judged: Evaluation | None,
) -> None:
    """Record whom a model was learned from and how often again; of its judgement the run.

    Its measures stay in the run that told of them: twice in one table they would look like two
    judgements. Counts are no measures: each would be a chart of its own beside the four.
    """
    from mlflow.entities import Param, RunTag

    counts = {"people": training.n, "events": training.events, "refits": refits}
    own = {ROUNDS: model.fitted.params[ROUNDS]} if ROUNDS in model.fitted.params else {}
    params = [Param(f"learned.{name}", str(count)) for name, count in {**counts, **own}.items()]
    note = UNJUDGED if judged is None else judged.verdict.sentence
    tags = {"mlflow.note.content": note[:LONGEST_NOTE], "predict.model": model.family}
    if judged is not None and judged.mlflow_run:
        tags[JUDGED_IN] = judged.mlflow_run
    named = [RunTag(key, value) for key, value in tags.items()]
    session.client.log_batch(session.run_id, params=params, tags=named)


def headline(evaluation: Evaluation, family: str, plan: Plan) -> dict[str, float]:
    """Return AUROC, Brier score, calibration slope and net benefit at the first threshold."""
    own = evaluation.metrics[evaluation.metrics["model"] == family].set_index("metric")["estimate"]
    values = {name: float(own[name]) for name in HEADLINE if name in own}
    rows = evaluation.predictions[evaluation.predictions["model"] == family]
    if len(rows) and plan.thresholds:
        person, ids = pd.factorize(rows["id"])
        y, often = np.zeros(len(ids)), np.bincount(person)
        y[person] = rows["y"]  # the same in every repeat
        p = np.bincount(person, weights=rows["probability"]) / often
        values["net_benefit"] = float(net_benefit(y, p, plan.thresholds[0]))
    return values


def lacking(evaluation: Evaluation, family: str, values: Mapping[str, float]) -> dict[str, str]:
    """Return the headline measures that a family has no number for, each with its reason.

    An empty cell beside other runs' numbers looks like a fault of the record.
    """
    absent = [name for name in COLUMNS if not np.isfinite(values.get(name, np.nan))]
    why = dict(COLUMNS)
    if "calibration_slope" in absent and len(evaluation.predictions):
        why["calibration_slope"] = _no_slope(evaluation, family)
    return {name: why[name] for name in absent}


def _no_slope(evaluation: Evaluation, family: str) -> str:
    """Return why there is no slope: estimates of folds that are all alike, or too nearly so."""
    rows = evaluation.predictions[evaluation.predictions["model"] == family]
    folds = [people for _, people in rows.groupby(["repeat", "fold"])["probability"]]
    if all(np.ptp(log_odds(people)) < FLAT for people in folds):
        return "estimates are all alike, and one number has no slope"
    if not all(has_spread(people) for people in folds):
        return "in too many folds estimates lie within a point in 100 of each other"
    return COLUMNS["calibration_slope"]


def _folds(evaluation: Evaluation, family: str) -> Iterator[Child]:
    """Yield a run a fold; of folds with few people of an outcome only the number."""
    rows = evaluation.predictions[evaluation.predictions["model"] == family]
    for (repeat, fold), people in rows.groupby(["repeat", "fold"]):
        y, p = people["y"].to_numpy(), people["probability"].to_numpy()
        enough = min(y.sum(), len(y) - y.sum()) >= SMALLEST_CELL
        steps = [{"auroc": auroc(y, p), "brier": brier(y, p)}] if enough else []
        yield Child(f"repeat {repeat}, fold {fold}", "fold", steps)


def log_trials(session: Session, tried: list[Trial]) -> None:
    """Record what the search tried, each in a run beneath one that shows its way."""
    if not tried:
        return
    trials = [
        Child(
            f"trial {number + 1}",
            "trial",
            [{"log_loss": trial.loss}],
            {name: f"{value:g}" for name, value in trial.params.items()},
        )
        for number, trial in enumerate(tried)
    ]
    way = [{"log_loss": trial.loss} for trial in tried]
    write_children(session, [Child("search", "search", way, children=trials)])


def log_figures(session: Session, evaluation: Evaluation) -> None:
    """Record the pictures that enough people stand behind, as the report draws them."""
    from predict.reports.pictures import evaluation_pictures

    pictures = evaluation_pictures(evaluation.tables, evaluation.verdict)
    if pictures:
        with files_for(session, "figures") as folder:
            for name, drawing in pictures.items():
                (folder / f"{name}.svg").write_text(drawing, "utf-8")


def log_drivers(session: Session, model: ResponseModel) -> None:
    """Record how much each column moves estimates, over everybody."""
    from predict.reports.pictures import drivers_picture

    drawing = drivers_picture(list(model.facts.get("drivers", {}).get("drivers", ())))
    if drawing:
        with files_for(session, "figures") as folder:
            (folder / "drivers.svg").write_text(drawing, "utf-8")


@contextmanager
def files_for(session: Session, place: str | None = None) -> Iterator[Path]:
    """Yield a folder whose files are recorded together."""
    with TemporaryDirectory() as folder:
        yield Path(folder)
        session.client.log_artifacts(session.run_id, folder, place)


def log_values(session: Session, values: Mapping[str, float], tags: Mapping[str, str]) -> None:
    """Record metrics and tags of the parent run in one call."""
    from mlflow.entities import Metric, RunTag

    now = now_ms()
    rows = [Metric(name, value, now, 0) for name, value in values.items() if np.isfinite(value)]
    named = [RunTag(key, value) for key, value in tags.items()]
    session.client.log_batch(session.run_id, metrics=rows, tags=named)


def _write_table(table: pd.DataFrame, file: Path) -> None:
    """Write a table in the shape in which MLflow shows one."""
    file.parent.mkdir(exist_ok=True)
    table.to_json(file, orient="split", index=False, date_format="iso", default_handler=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
