"""What is written of an evaluation and a search: in columns that compare, in runs that fold up."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predict.drawing.notebook import bars
from predict.errors import PredictError
from predict.evaluation import Evaluation, Plan
from predict.models.families import Trial
from predict.models.response_model import ResponseModel
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.metrics.decisions import net_benefit
from predict.statistics.metrics.overall import brier
from predict.statistics.metrics.ranking import auroc

if TYPE_CHECKING:
    from predict.pipeline.tracking.session import Session

HEADLINE = ("auroc", "brier", "calibration_slope")
LONGEST_NOTE = 4_000
DIGEST = 32  # letters of a digest that MLflow keeps
DRAWN = ("calibration", "decision")


def log_dataset(client: Any, run_id: str, digest: str, counts: Mapping[str, int]) -> None:
    """Record a data set as an input: name, digest and counts, no place and no column."""
    from mlflow.entities import Dataset, DatasetInput

    dataset = Dataset(
        name="patient table",
        digest=digest[:DIGEST],
        source_type="local",
        source=json.dumps({"sha256": digest}),
        profile=json.dumps(dict(counts)),
    )
    client.log_inputs(run_id, datasets=[DatasetInput(dataset)])


def log_evaluation(session: Session, evaluation: Evaluation, plan: Plan) -> None:
    """Record the verdict and, under one name for every family, the headline measures.

    The parent run and the run of each family hold the same four columns; folds lie beneath the
    family that the verdict is about.
    """
    client, verdict = session.client, evaluation.verdict
    own = str(verdict["model"])
    client.log_text(session.run_id, f"{verdict.sentence}\n", "verdict.txt")
    client.log_dict(session.run_id, _plain(dict(verdict)), "verdict.json")
    client.set_tag(session.run_id, "mlflow.note.content", verdict.sentence[:LONGEST_NOTE])
    client.set_tag(session.run_id, "predict.model", own)
    _log_metrics(client, session.run_id, headline(evaluation, own, plan))
    client.log_table(session.run_id, evaluation.metrics, "evaluation/metrics.json")
    client.log_table(session.run_id, evaluation.differences, "evaluation/differences.json")
    for family in dict.fromkeys(evaluation.metrics["model"]):
        run = session.child(str(family))
        client.set_tag(run, "predict.kind", "family")
        _log_metrics(client, run, headline(evaluation, str(family), plan))
        if family == own:
            _log_folds(session, evaluation, own, run)
        client.set_terminated(run)


def headline(evaluation: Evaluation, family: str, plan: Plan) -> dict[str, float]:
    """Return AUROC, Brier score, calibration slope and net benefit at the first threshold."""
    own = evaluation.metrics[evaluation.metrics["model"] == family].set_index("metric")["estimate"]
    values = {name: float(own[name]) for name in HEADLINE if name in own}
    rows = evaluation.predictions[evaluation.predictions["model"] == family]
    if len(rows) and plan.thresholds:
        people = rows.groupby("id", sort=False)
        y, p = people["y"].first().to_numpy(), people["probability"].mean().to_numpy()
        values["net_benefit"] = float(net_benefit(y, p, plan.thresholds[0]))
    return values


def _log_folds(session: Session, evaluation: Evaluation, family: str, parent: str) -> None:
    """Record a run a fold; of folds with few people of an outcome only the number."""
    rows = evaluation.predictions[evaluation.predictions["model"] == family]
    for (repeat, fold), people in rows.groupby(["repeat", "fold"]):
        run = session.child(f"repeat {repeat}, fold {fold}", parent)
        y, p = people["y"].to_numpy(), people["probability"].to_numpy()
        if min(y.sum(), len(y) - y.sum()) >= SMALLEST_CELL:
            _log_metrics(session.client, run, {"auroc": auroc(y, p), "brier": brier(y, p)})
        session.client.set_tag(run, "predict.kind", "fold")
        session.client.set_terminated(run)


def log_trials(session: Session, tried: list[Trial]) -> None:
    """Record what the search tried, each in a run beneath one that shows its way."""
    from mlflow.entities import Metric, Param

    if not tried:
        return
    client, group = session.client, session.child("search")
    now = int(time.time() * 1000)
    losses = [Metric("log_loss", trial.loss, now, step) for step, trial in enumerate(tried)]
    client.log_batch(group, metrics=losses)
    for number, trial in enumerate(tried):
        run = session.child(f"trial {number + 1}", group)
        settings = [Param(name, f"{value:g}") for name, value in trial.params.items()]
        client.log_batch(run, metrics=[Metric("log_loss", trial.loss, now, 0)], params=settings)
        client.set_tag(run, "predict.kind", "trial")
        client.set_terminated(run)
    client.set_tag(group, "predict.kind", "search")
    client.set_terminated(group)


def log_figures(session: Session, evaluation: Evaluation) -> None:
    """Record the pictures that enough people stand behind."""
    for kind in DRAWN:
        try:
            axes = evaluation.plot(kind)
        except PredictError:
            continue
        session.client.log_figure(session.run_id, axes.figure, f"figures/{kind}.png")


def log_drivers(session: Session, model: ResponseModel, *, most: int = 15) -> None:
    """Record how much each column moves estimates, over everybody."""
    rows = model.facts.get("drivers", {}).get("drivers", ())
    if not rows:
        return
    table = pd.DataFrame(rows).sort_values("strength", ascending=False).head(most)
    strength = table.set_index("label")["strength"]
    title = "What moves estimates, on average?"
    axes = bars(strength[strength > 0], title=title, unit="log-odds")
    session.client.log_figure(session.run_id, axes.figure, "figures/drivers.png")


def _log_metrics(client: Any, run_id: str, values: Mapping[str, float]) -> None:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    rows = [Metric(name, value, now, 0) for name, value in values.items() if np.isfinite(value)]
    client.log_batch(run_id, metrics=rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
