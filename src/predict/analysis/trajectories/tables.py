"""The tables of a set of courses, each count with whom it counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.result_table import Mask, Rows
from predict.analysis.trajectories.scores import CourseScores, course_scores
from predict.analysis.trajectories.select import Selection
from predict.analysis.trajectories.stability import COLUMNS, Stability
from predict.analysis.trajectories.times import relapse, response_times
from predict.cohort import Cohort
from predict.models.growth_mixture.course_model import CourseModel
from predict.statistics.disclosure import Table, large_quantile

Array = NDArray[np.float64]


def score_counts(cohort: Cohort) -> list[Table]:
    """Return the tables that do not depend on how many courses are looked for."""
    scores = course_scores(cohort)
    return [observed_table(scores), response_times(scores), relapse(cohort, scores)]


def class_groups(scores: CourseScores, model: CourseModel) -> list[Mask]:
    """Return who is most probably in each class, as groups over the whole cohort."""
    modal = model.posterior(scores.scores).argmax(1)
    return [scores.group(modal == k) for k in range(len(model.shares))]


def selection_table(scores: CourseScores, selection: Selection) -> Table:
    """Return the fit of each number of classes; BIC tells how many people there were."""
    rests: dict[tuple[int, str], tuple[Mask, ...]] = {}
    for row, model in enumerate(selection.models):
        groups = (scores.everybody, *class_groups(scores, model))
        rests |= {(row, name): (scores.everybody,) for name in ("bic", "abic")}
        rests |= {(row, name): groups for name in ("smallest_share", "smallest_modal_share")}
    guarded = {column for _, column in rests}
    estimates = tuple(str(name) for name in selection.table if name not in guarded)
    return Table("selection", selection.table, estimates=estimates, rests=rests)


def stability_table(
    scores: CourseScores, selection: Selection, stability: Stability | None
) -> Table:
    """Return what became of the choice in each resample."""
    frame = pd.DataFrame(columns=COLUMNS) if stability is None else stability.table
    groups = (scores.everybody, *class_groups(scores, selection.best))
    rests = {(row, "smallest_share"): groups for row in range(len(frame))}
    return Table(
        "stability", frame, estimates=tuple(frame.columns.drop("smallest_share")), rests=rests,
        labels=("smallest_share",),
    )  # fmt: skip


def classes_table(
    scores: CourseScores, model: CourseModel, posterior: Array, names: Sequence[str]
) -> Table:
    """Mean course of each class, with the spread of its people and the standard error of a mean."""
    spread = np.sqrt(np.einsum("kdd->kd", model.covariance)).reshape(model.means.shape)
    columns = ("class", "name", "share", "n_assigned", "instrument", "visit", "mean", "sd", "error")
    rows = Rows("classes", columns, ("share", "mean", "sd", "error"))
    for k, group in enumerate(class_groups(scores, model)):
        for q, instrument in enumerate(scores.instruments):
            for t, visit in enumerate(scores.visits):
                row = {"class": k + 1, "name": names[k], "share": model.shares[k]}
                row |= {"instrument": instrument, "visit": visit, "mean": model.means[k, q, t]}
                row |= {"sd": spread[k, q, t], "error": _mean_error(scores, posterior, k, q, t)}
                rows.add(row, rests=(scores.everybody,), n_assigned=group)
    return rows.table()


def _mean_error(scores: CourseScores, posterior: Array, k: int, q: int, t: int) -> float:
    """Weighted standard error of a class mean, membership taken as given."""
    values = scores.scores[:, q, t]
    there = np.isfinite(values)
    weight, values = posterior[there, k], values[there]
    n = weight.sum() ** 2 / max((weight**2).sum(), 1e-12)
    mean = (weight * values).sum() / max(weight.sum(), 1e-12)
    variance = (weight * (values - mean) ** 2).sum() / max(weight.sum(), 1e-12)
    return float(np.sqrt(variance / max(n, 1.0)))


def sizes_table(scores: CourseScores, selection: Selection) -> Table:
    """People in each class of each model (GRoLTS item 12)."""
    rows = Rows("class_sizes", ("classes", "class", "share", "n_assigned"), ("share",))
    for model in selection.models:
        for k, group in enumerate(class_groups(scores, model)):
            row = {"classes": model.settings.classes, "class": k + 1, "share": model.shares[k]}
            rows.add(row, rests=(scores.everybody,), n_assigned=group)
    return rows.table()


def observed_table(scores: CourseScores) -> Table:
    """Distribution of the observed scores at each visit (GRoLTS item 4).

    Quantiles stand only where at least the smallest cell of people lies on either side; the lowest
    and highest score are somebody's own and stay in the clinic.
    """
    spread = ("mean", "sd", "skewness", "p10", "median", "p90")
    inside = ("lowest", "highest")
    rows = Rows("observed", ("instrument", "visit", "n", "missing", *spread, *inside), spread)
    for q, name in enumerate(scores.instruments):
        for t, visit in enumerate(scores.visits):
            values = pd.Series(scores.scores[:, q, t]).dropna()
            there = np.isfinite(scores.scores[:, q, t])
            marks = [large_quantile(values, share) for share in (0.1, 0.5, 0.9)]
            numbers = (values.mean(), values.std(), values.skew(), *marks)
            row = {"instrument": name, "visit": visit, **dict(zip(spread, numbers, strict=True))}
            row |= {"lowest": values.min(), "highest": values.max()}
            rows.add(row, n=scores.group(there), missing=scores.group(~there))
    return rows.table(inside=inside)


def predictors_table(
    frame: pd.DataFrame, flags: pd.DataFrame, complete: Mask, groups: Sequence[Mask]
) -> Table:
    """Return who follows which course; a choice's log-odds rest on its people in each class.

    Parameters
    ----------
    flags : DataFrame, people of the cohort x predictors
        1 and 0 of choices, numbers elsewhere.
    complete : boolean array
        Who has every predictor.
    groups : sequence of boolean arrays
        The classes.
    """
    rests: dict[tuple[int, str], tuple[Mask, ...]] = {}
    numbers = [name for name in ("log_odds", "low", "high", "odds_ratio", "p") if name in frame]
    for row, name in enumerate(frame["predictor"]):
        values = flags[name].to_numpy(dtype=float)
        asked = [(values == level) & complete for level in (0.0, 1.0)] if _is_flag(values) else []
        cells = tuple(group & who for group in groups for who in asked)
        rests |= {(row, column): (complete, *cells) for column in numbers}
    masks = {(row, "n"): complete for row in range(len(frame))}
    labels = ("class", "against", "predictor", *(() if rests else numbers))
    return Table("predictors", frame, masks, labels=labels, rests=rests)


def _is_flag(values: Array) -> bool:
    return bool(np.isin(values[np.isfinite(values)], (0.0, 1.0)).all())
