"""The Evaluation: tables, out-of-fold estimates and the verdict, and the function that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from predict.assembly import TrainingSet
from predict.evaluation import differences as gaps
from predict.evaluation import measures
from predict.evaluation import strata as groupings
from predict.evaluation.crossfit import OutOfFold, Progress, cross_fit
from predict.evaluation.plan import Plan
from predict.evaluation.verdict import verdict, verdict_family
from predict.recipe import Recipe
from predict.tables import write_csv, write_json, write_parquet


@dataclass(frozen=True)
class Evaluation:
    """What a recipe is worth on people it has not seen.

    Parameters
    ----------
    metrics : DataFrame
        model, metric, estimate, low, high, n, events, resamples.
    differences : DataFrame
        model, rival, metric, estimate (model minus rival), low, high, n, resamples, level,
        p_corrected.
    strata : DataFrame
        The AUROC within groups of people: arm, site, state after round one.
    predictions : DataFrame
        model, repeat, fold, id, y, probability: patient rows; never tracked, never in a report.
    verdict : dict
        One sentence and its numbers.
    """

    metrics: pd.DataFrame
    differences: pd.DataFrame
    strata: pd.DataFrame
    predictions: pd.DataFrame
    verdict: Mapping[str, Any]

    def value(self, model: str, metric: str) -> float:
        """Return one estimate.

        Raises
        ------
        KeyError
            When that family was not judged by that metric; `metrics` lists what was.
        """
        rows = self.metrics[(self.metrics["model"] == model) & (self.metrics["metric"] == metric)]
        if rows.empty:
            raise KeyError(f"{model} has no {metric}")
        return float(rows["estimate"].iloc[0])

    def frame(self) -> pd.DataFrame:
        """Return the table of metrics."""
        return self.metrics

    def to_dict(self) -> dict[str, Any]:
        """Return the aggregates (no patient row) as plain values."""
        return {
            "metrics": self.metrics.to_dict("records"),
            "differences": self.differences.to_dict("records"),
            "strata": self.strata.to_dict("records"),
            "verdict": dict(self.verdict),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that `to_dict` described; its predictions are empty."""
        return cls(
            metrics=pd.DataFrame(stored["metrics"], columns=measures.COLUMNS),
            differences=pd.DataFrame(stored["differences"], columns=gaps.COLUMNS),
            strata=pd.DataFrame(stored["strata"], columns=groupings.COLUMNS),
            predictions=pd.DataFrame(columns=["model", "repeat", "fold", "id", "y", "probability"]),
            verdict=dict(stored["verdict"]),
        )

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write a run folder's `evaluation/` (tables, out-of-fold rows) and its `verdict.json`."""
        inside = Path(folder) / "evaluation"
        return (
            write_csv(self.metrics, inside / "metrics.csv"),
            write_csv(self.differences, inside / "differences.csv"),
            write_csv(self.strata, inside / "strata.csv"),
            write_parquet(self.predictions, inside / "predictions.parquet"),
            write_json(Path(folder) / "verdict.json", self.verdict),
        )

    def __repr__(self) -> str:
        return f"Evaluation: {self.verdict.get('sentence', 'no verdict')}"

    def _repr_html_(self) -> str:
        table = self.metrics.to_html(index=False, float_format="{:.3f}".format)
        return f"<p>{self.verdict.get('sentence', '')}</p>{table}"


def evaluate(
    training: TrainingSet,
    recipe: Recipe,
    plan: Plan | None = None,
    *,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge a recipe by nested, repeated, stratified, grouped cross-validation, beside its rivals.

    Preparation, tuning and calibration are done anew inside every training part, so what is judged
    is the whole recipe.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    recipe : Recipe
        Everything that will be learned; `family = "best"` judges the whole ladder.
    plan : Plan, optional
        Folds, repeats, rivals.
    progress : callable (done, all), optional
        Told after each fit.

    Returns
    -------
    Evaluation

    Raises
    ------
    DesignError
        When there are too few people of one outcome for the folds: use fewer folds.

    References
    ----------
    Varma & Simon 2006, BMC Bioinformatics 7:91 (nested); Collins et al. 2024, BMJ 384:e074819.
    """
    plan = plan or Plan()
    found = cross_fit(training, recipe, plan, progress=progress)
    return summarise(found, training, recipe, plan)


def summarise(found: OutOfFold, training: TrainingSet, recipe: Recipe, plan: Plan) -> Evaluation:
    """Return the evaluation of out-of-fold estimates; nothing is fitted here."""
    draws = measures.bootstrap(found, plan, seed=recipe.seed)
    metrics = measures.metrics_table(found, draws, plan)
    differences = gaps.differences_table(found, draws, plan)
    strata = groupings.strata_table(found, groupings.strata_of(training), plan, seed=recipe.seed)
    model = verdict_family(recipe.family, found)
    sentence = verdict(found, training, model, metrics, differences, strata)
    return Evaluation(metrics, differences, strata, found.frame(), sentence)
