"""The Evaluation: tables, out-of-fold estimates and the verdict, and the function that makes it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.definitions.wording import load_catalogue
from predict.drawing.card import card, grid
from predict.drawing.progress import bar
from predict.evaluation import differences as gaps
from predict.evaluation import measures
from predict.evaluation import strata as groupings
from predict.evaluation.cross_validation import (
    OutOfFold,
    Progress,
    cross_fit,
    for_fold,
    judging_words,
)
from predict.evaluation.curves import coarse, pictures
from predict.evaluation.differences import ONE_ERROR, choosing
from predict.evaluation.lost_to_follow_up import beside_headline, lost_people, readings_table
from predict.evaluation.plan import Plan
from predict.evaluation.plots import plot
from predict.evaluation.schemes import run_schemes
from predict.evaluation.spoken import Verdict
from predict.evaluation.subgroups import groups_of, subgroups_table
from predict.evaluation.verdict import verdict, verdict_family
from predict.features.follow_up import later_visit, who_counts
from predict.features.nouns import require_training_set
from predict.features.training_set import TrainingSet, fold_groups
from predict.files import to_json_value, write_csv, write_json, write_parquet
from predict.models.fitting import fit_recipe
from predict.models.nouns import require_recipe
from predict.models.own_classifier import own_recipe
from predict.models.recipe import Recipe
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.metrics.agreement import slope_over_repeats
from predict.statistics.metrics.overall import EDGE

USUAL = Recipe()
PREDICTIONS = ["model", "repeat", "fold", "id", "y", "probability"]
Floats = NDArray[np.float64]
COLUMNS = [
    "calibration", "brier", "log_loss", "calibration_slope", "excess", "standard_error", "chosen",
]  # fmt: skip


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
    verdict : Verdict
        One sentence and its numbers, by name; ``verdict.better_than("severity")``.
    tables : mapping of name to DataFrame
        Behind the pictures: calibration_curve, decision_curve, usefulness, distribution,
        medians, thresholds, subgroups, calibrations, readings, and a table a scheme that was asked
        for.
    mlflow_run : str
        MLflow's run that told of it; empty where none did, and never stored.
    """

    metrics: pd.DataFrame
    differences: pd.DataFrame
    strata: pd.DataFrame
    predictions: pd.DataFrame
    verdict: Verdict
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    mlflow_run: str = ""

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

    def plot(self, kind: str = "auroc", *, ax: Any = None, **choices: Any) -> Any:
        """Draw one picture and return matplotlib's axes: what the model report shows, and no more.

        Parameters
        ----------
        kind : str
            ``calibration``, ``decision``, ``roc``, ``discrimination``, ``learning``, ``subgroups``;
            or the name of a metric, which is drawn for every family with its interval.
        ax : Axes, optional
            Axes to draw on; new ones where none are given.
        choices
            ``rivals`` of ``decision`` (severity where it was judged), ``metric`` of ``learning``
            and ``subgroups``.

        Raises
        ------
        UsageError
            For a name that is no picture, with those that are.
        DesignError
            ``NOT_DRAWN`` where too few people are behind the picture.
        """
        return plot(self, kind, ax=ax, **choices)

    def to_dict(self) -> dict[str, Any]:
        """Return the aggregates (no patient row) as plain values."""
        return {
            "metrics": self.metrics.to_dict("records"),
            "differences": self.differences.to_dict("records"),
            "strata": self.strata.to_dict("records"),
            "verdict": dict(self.verdict),
            "tables": {name: _shareable(name, table) for name, table in self._stored().items()},
        }

    def kept(self) -> dict[str, Any]:
        """Return the facts that go with a judged model: its aggregates, as a model keeps them."""
        return {"evaluation": to_json_value(self.to_dict())}

    def _stored(self) -> dict[str, pd.DataFrame]:
        """Return the tables with the spread of estimates in parts that may be told."""
        spread = self.tables.get("distribution")
        if spread is None or spread.isna().any(axis=None):
            return dict(self.tables)
        return {**self.tables, "spread": coarse(spread)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that `to_dict` described; its predictions are empty."""
        return cls(
            metrics=pd.DataFrame(stored["metrics"], columns=measures.COLUMNS),
            differences=pd.DataFrame(stored["differences"], columns=gaps.COLUMNS),
            strata=pd.DataFrame(stored["strata"], columns=groupings.COLUMNS),
            predictions=pd.DataFrame(columns=PREDICTIONS),
            verdict=Verdict(stored["verdict"]),
            tables={name: pd.DataFrame(t) for name, t in stored.get("tables", {}).items()},
        )

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write a run folder's `evaluation/` (tables, out-of-fold rows) and its `verdict.json`."""
        inside = Path(folder) / "evaluation"
        rows = [] if self.predictions.empty else [inside / "predictions.parquet"]
        return (
            write_csv(self.metrics, inside / "metrics.csv"),
            write_csv(self.differences, inside / "differences.csv"),
            write_csv(self.strata, inside / "strata.csv"),
            *(write_parquet(self.predictions, path) for path in rows),
            write_json(Path(folder) / "verdict.json", self.verdict),
            *(write_csv(table, inside / f"{name}.csv") for name, table in self.tables.items()),
        )

    def __repr__(self) -> str:
        return f"Evaluation: {self.verdict.sentence}"

    def _repr_html_(self) -> str:
        rows = [self._row(name) for name in dict.fromkeys(self.metrics["model"])]
        against = f"{self.verdict.model} against it"
        columns = ["", "AUROC (95 % interval)", "Brier", "calibration slope", against]
        return card(self.verdict.sentence, {}, grid(columns, rows))

    def _row(self, model: str) -> list[str]:
        own = self.metrics[self.metrics["model"] == model].set_index("metric")
        area = [_shown(own.loc["auroc", end]) for end in ("estimate", "low", "high")]
        simple = [_shown(own.loc[name, "estimate"]) for name in ("brier", "calibration_slope")]
        gap = self.verdict.get("comparisons", {}).get(model, {})
        span = f"{area[0]} ({area[1]} to {area[2]})"
        return [model, span, *simple, str(gap.get("state", "")).replace("_", " ")]


def _shown(value: Any) -> str:
    return "–" if pd.isna(value) else f"{float(value):.3f}"


def _shareable(name: str, table: pd.DataFrame) -> dict[Hashable, Any]:
    """Return a table's columns; counts of 1 to 10 people are left out of the distribution."""
    if name == "distribution":
        counts = table[["with_outcome", "without_outcome"]].astype("float64")
        table = table.assign(**counts.mask((counts > 0) & (counts < SMALLEST_CELL)))
    return table.to_dict("list")


def evaluate(
    training: TrainingSet,
    recipe: Recipe | Mapping[str, Any] = USUAL,
    plan: Plan | None = None,
    *,
    beside: Recipe | None = None,
    cohort: Cohort | None = None,
    progress: Progress | bool | None = None,
) -> Evaluation:
    """Judge a recipe by nested, repeated, stratified, grouped cross-validation, beside its rivals.

    Preparation, tuning and calibration are done anew inside every training part, so what is judged
    is the whole recipe.

    Parameters
    ----------
    training : TrainingSet
        From `assemble`.
    recipe : Recipe, or mapping of name to classifier
        Everything that will be learned; `family = "best"` judges the whole ladder. Or scikit-learn
        classifiers of your own, ``{"mine": HistGradientBoostingClassifier()}``: learned anew in the
        same folds, calibrated the same way, and held against the same rivals. One that takes no
        text, or no missing values, gets the numbers that a family reads (`Preprocessor`).
    plan : Plan, optional
        Folds, repeats, rivals.
    beside : Recipe, optional
        How the families beside your own classifiers are learned, with inner folds, calibration and
        seed of all.
    cohort : Cohort, optional
        Where the training set comes from; with it the lost people are read in as well.
    progress : callable (done, all) or bool, optional
        Told after each fit. A bar with the time left where somebody can see it (a terminal, a
        notebook) when nothing is given; False, or ``PREDICT_PROGRESS=off``, for silence.

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
    require_training_set(training)
    if isinstance(recipe, Mapping):
        recipe = own_recipe(recipe, training, beside)
    require_recipe(recipe)
    plan = (plan or Plan()).at_rate(training.events / training.n)
    with bar(judging_words(recipe, plan, training.n), progress) as tick:
        estimates = cross_fit(training, recipe, plan, progress=tick)
    model = verdict_family(recipe.family, estimates)
    further = run_schemes(training, recipe.with_family(model), plan, estimates)
    if cohort is not None:
        further["readings"] = _readings(estimates, model, training, recipe, plan, cohort)
    return summarise(estimates, training, recipe, plan, further)


def _readings(
    estimates: OutOfFold,
    model: str,
    training: TrainingSet,
    recipe: Recipe,
    plan: Plan,
    cohort: Cohort,
) -> pd.DataFrame:
    fitted = fit_recipe(training, for_fold(recipe, model, repeat=0, fold=plan.outer))
    lost = lost_people(training, cohort)
    groups = fold_groups(cohort, lost.index)
    return readings_table(estimates, model, training, fitted, lost, groups=groups, seed=recipe.seed)


def summarise(
    estimates: OutOfFold,
    training: TrainingSet,
    recipe: Recipe,
    plan: Plan,
    further: Mapping[str, pd.DataFrame] | None = None,
) -> Evaluation:
    """Return the evaluation of out-of-fold estimates; nothing is fitted here.

    Parameters
    ----------
    further : mapping of name to DataFrame
        Schemes and readings, which the verdict tells and the evaluation keeps.
    """
    seed, beside = recipe.seed, dict(further or {})
    draws = measures.bootstrap(estimates, plan, seed=seed, threads=recipe.threads)
    metrics = measures.metrics_table(estimates, draws, plan)
    differences = gaps.differences_table(estimates, draws, plan)
    strata = groupings.strata_table(estimates, groupings.strata_of(training), plan, seed=seed)
    model = verdict_family(recipe.family, estimates)
    shown = {"metrics": metrics, "differences": differences, "strata": strata, **beside}
    said = verdict(estimates, training, model, shown, plan)
    who = who_counts(training.study, training.round, load_catalogue())
    later = later_visit(training.study, training.as_of)
    said |= beside_headline(beside.get("readings"), later, who)
    groups = groups_of(training, plan)
    pictured = {
        **pictures(estimates, model, plan, seed=seed),
        "subgroups": subgroups_table(
            estimates, model, groups, plan, seed=seed, threads=recipe.threads
        ),
        "calibrations": calibrations_table(estimates),
    }
    tables = {**pictured, **beside}
    return Evaluation(metrics, differences, strata, estimates.frame(), Verdict(said), tables)


def calibrations_table(estimates: OutOfFold) -> pd.DataFrame:
    """Return each map's losses out of fold and which the one-standard-error rule chooses.

    Platt stays unless another is better by more than that, because it alone keeps reasons exact: it
    is affine in log-odds.

    Returns
    -------
    DataFrame
        calibration, brier, log_loss, calibration_slope, excess (log loss above the best's),
        standard_error (of that excess, paired), chosen.
    """
    if not estimates.calibrated:
        return pd.DataFrame(columns=COLUMNS)
    loss = {name: _log_loss(estimates, name) for name in estimates.calibrated}
    best = min(loss, key=lambda name: float(loss[name].mean()))
    rows = []
    for name, values in loss.items():
        gap = choosing(estimates).mean(values - loss[best], level=ONE_ERROR)
        error = 0.0 if name == best else gap.high - gap.estimate
        p = estimates.calibrated[name]
        brier = float(((p - estimates.y) ** 2).mean())
        slope = slope_over_repeats(estimates.y, p, estimates.folds)
        rows.append((name, brier, float(values.mean()), slope, gap.estimate, error, False))
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.loc[int(np.argmax(table["excess"] <= table["standard_error"])), "chosen"] = True
    return table


def _log_loss(estimates: OutOfFold, name: str) -> Floats:
    p = np.clip(estimates.calibrated[name], EDGE, 1 - EDGE)
    losses = -(estimates.y * np.log(p) + (1 - estimates.y) * np.log1p(-p))
    return np.asarray(losses.mean(axis=0), dtype=np.float64)
