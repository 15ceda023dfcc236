"""The pictures of an evaluation, for notebooks: the same parts and curves as the model report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pandas as pd

from predict.drawing import notebook
from predict.errors import DesignError, UsageError, unknown_name
from predict.evaluation.figure_data import (
    STEP,
    acting_on_everybody,
    calibration_bins,
    inner_curve,
    roc_points,
    spread_parts,
    told_decisions,
    told_rivals,
)
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.metrics.decisions import net_benefit

# From an interval's width a small group's number can be told.
FEWEST_IN_GROUP = 2 * SMALLEST_CELL
Plot = Callable[..., Any]


class Judged(Protocol):
    """What pictures read of an evaluation."""

    @property
    def metrics(self) -> pd.DataFrame: ...
    @property
    def predictions(self) -> pd.DataFrame: ...
    @property
    def verdict(self) -> Mapping[str, Any]: ...
    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...
    def value(self, model: str, metric: str) -> float: ...


def plot(evaluation: Judged, kind: str, *, ax: Any = None, **choices: Any) -> Any:
    """Draw one picture, by the name of the picture or of a metric; return matplotlib's axes."""
    metrics = tuple(dict.fromkeys(evaluation.metrics["metric"]))
    if kind in PLOTS:
        return PLOTS[kind](evaluation, ax=ax, **choices)
    if kind in metrics:
        return by_metric(evaluation, kind, ax=ax)
    known = f"{unknown_name('plot', kind, PLOTS)} Or a metric: {', '.join(metrics)}."
    raise UsageError(known)


def by_metric(evaluation: Judged, metric: str, *, ax: Any = None) -> Any:
    """Draw one metric of every family with its interval."""
    rows = evaluation.metrics[evaluation.metrics["metric"] == metric]
    return notebook.interval_dots(
        rows,
        label="model",
        title=f"Who does better, and how sure is that? ({rows['n'].max()} people)",
        unit=metric,
        reference=0.5 if metric == "auroc" else None,
        ax=ax,
    )


def calibration(evaluation: Judged, *, ax: Any = None) -> Any:
    """Draw what happened against what was estimated, with the spread of estimates."""
    parts = _parts(evaluation)
    bins = calibration_bins(parts)
    if len(bins) < 2:  # one part of everybody shows no agreement, as in the report
        raise _not_drawn("Fewer than two parts of the estimates tell what happened")
    drawn = evaluation.tables.get("calibration_curve", pd.DataFrame())
    curve = drawn if drawn.empty else inner_curve(drawn, parts)
    return notebook.calibration(curve, bins, parts, ax=ax)


def decision(evaluation: Judged, *, rivals: tuple[str, ...] = (), ax: Any = None) -> Any:
    """Draw net benefit by preference beside acting on everybody, on nobody, and on rivals."""
    curve = told_decisions(evaluation.tables)
    if len(curve) < 2:
        raise _not_drawn("The estimates are too much alike, or the clinical range too narrow")
    others = _rival_curves(evaluation, rivals, curve["threshold"])
    return notebook.decisions(curve, others, acting_on_everybody(curve), step=STEP, ax=ax)


def _rival_curves(
    evaluation: Judged, rivals: tuple[str, ...], thresholds: pd.Series
) -> Mapping[str, pd.Series]:
    """Return net benefit at each threshold: of those asked for, or of the simplest two.

    A stored evaluation holds no estimates, and so no others than these two.
    """
    tables = told_rivals(evaluation.tables)
    told = {name: part.set_index("threshold")["net_benefit"] for name, part in tables.items()}
    rows = evaluation.predictions
    judged = set(rows["model"]) - {evaluation.verdict.get("model")} | set(told)
    for name in rivals:
        if name not in judged:
            raise UsageError(unknown_name("rival", name, judged))
    return {
        name: told[name] if name in told else _benefit(rows[rows["model"] == name], thresholds)
        for name in rivals or told
    }


def _benefit(rows: pd.DataFrame, thresholds: pd.Series) -> pd.Series:
    people = rows.groupby("id", sort=False)
    y, p = people["y"].first().to_numpy(), people["probability"].mean().to_numpy()
    values = [net_benefit(y, p, float(mark)) for mark in thresholds]
    return pd.Series(values, index=thresholds.to_numpy())


def receiver(evaluation: Judged, *, ax: Any = None) -> Any:
    """Draw the ROC curve."""
    area = evaluation.verdict.get("auroc", {})
    # The curve pools the folds, and the area beneath it may be another.
    words = f"AUROC within folds {area['estimate']:.2f}" if area else ""
    return notebook.receiver(roc_points(_parts(evaluation)), words, ax=ax)


def discrimination(evaluation: Judged, *, ax: Any = None) -> Any:
    """Draw how estimates of those with and without the outcome are spread."""
    return notebook.spread(_parts(evaluation), ax=ax)


def learning(evaluation: Judged, *, metric: str = "auroc", ax: Any = None) -> Any:
    """Draw what is reached with fewer people; wants ``Plan(schemes=("learning",))``."""
    table = evaluation.tables.get("learning")
    if table is None:
        raise UsageError(
            "No learning curve was made. Judge with predict.Plan(schemes=('learning',))."
        )
    return notebook.learning(table, metric, ax=ax)


def subgroups(evaluation: Judged, *, metric: str = "auroc", ax: Any = None) -> Any:
    """Draw a metric group by group, with its interval; groups of few people are left out."""
    table = evaluation.tables.get("subgroups", pd.DataFrame(columns=["note", "n"]))
    rows = table[(table["note"] != "suppressed") & (table["n"] >= FEWEST_IN_GROUP)]
    if rows.empty:
        raise _not_drawn(f"No group that was looked at holds {FEWEST_IN_GROUP} people")
    if metric not in set(rows["metric"]):
        raise UsageError(unknown_name("metric", metric, set(rows["metric"])))
    rows = rows[rows["metric"] == metric]
    rows = rows.assign(group=rows["subgroup"] + ": " + rows["value"])
    value = evaluation.value(str(evaluation.verdict["model"]), metric)
    title = "For whom does it work? (dashed: everybody)"
    return notebook.interval_dots(
        rows, label="group", title=title, unit=metric, reference=value, ax=ax
    )


def _parts(evaluation: Judged) -> list[dict[str, Any]]:
    parts = spread_parts(evaluation.tables)
    if len(parts) < 2:
        raise _not_drawn("Fewer than two parts of the estimates hold enough people of each outcome")
    return parts


def _not_drawn(why: str) -> DesignError:
    return DesignError(
        f"{why}, so there is nothing that may be drawn. Judge with more people.", code="NOT_DRAWN"
    )


PLOTS: dict[str, Plot] = {
    "calibration": calibration,
    "decision": decision,
    "roc": receiver,
    "discrimination": discrimination,
    "learning": learning,
    "subgroups": subgroups,
}
