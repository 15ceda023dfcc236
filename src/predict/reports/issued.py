"""Estimates beside what happened, by when they were issued, of nobody who was learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from predict.cohort.labelling import label, not_asked
from predict.reports.context import ModelView, ReportContext, present
from predict.statistics.disclosure import Mask


@dataclass(frozen=True)
class Quarter:
    """Those whose answers are of one quarter: who, who of them reached it, the mean estimate."""

    name: str
    everyone: Mask
    events: Mask
    estimate: float


def issued_by_quarter(context: ReportContext, view: ModelView) -> tuple[Quarter, ...]:
    """Return each quarter's people with an honest estimate and a known outcome, earliest first.

    Empty where the table states no calendar days, or nobody's outcome is known.
    """
    days = context.visit_dates.dates.get(view.model.as_of)
    if context.cohort.people.empty or not days:
        return ()
    known = honest_estimates(context, view)
    valid = context.cohort.rows["status"].eq("valid").to_numpy(dtype=bool)
    answered = pd.to_datetime(pd.Series(days)[valid], errors="coerce")
    named = answered.dt.to_period("Q").astype("str").str.replace("Q", " Q")
    quarters = named.where(answered.notna()).set_axis(known.index)
    rows = known.assign(quarter=quarters).dropna()
    return tuple(
        Quarter(
            str(name),
            context.counted.named(part.index.astype("str")),
            context.counted.named(part.index[part["y"] == 1].astype("str")),
            float(part["probability"].mean()),
        )
        for name, part in rows.groupby("quarter", sort=True)
    )


def honest_estimates(context: ReportContext, view: ModelView) -> pd.DataFrame:
    """Return everybody's estimate by a model that never saw them, and what happened.

    Out of fold for those it learned from, where the evaluation is at hand; as issued for others.

    Returns
    -------
    DataFrame
        On the ids of the cohort: probability and y (0 or 1), missing where there is none.
    """
    ids = context.cohort.ids
    seen = None if view.seen is None else view.seen["probability"]
    shown = {name: _issued(row) for name, row in view.rows.items()}
    estimates = pd.Series(shown, dtype="float64").reindex(ids.astype("str")).set_axis(ids)
    learned = context.learned(view)
    if learned.here:
        inside = learned.everyone[: len(context.counted.valid)][context.counted.valid]
        estimates = estimates.mask(inside)
    if seen is not None:
        estimates = seen.reindex(ids).fillna(estimates)
    return pd.DataFrame({"probability": estimates, "y": outcomes_of(context, view)})


def outcomes_of(context: ReportContext, view: ModelView) -> pd.Series:
    """Return what happened to everybody, 1, 0 or missing, on the cohort's ids."""
    cohort, model = context.cohort, view.model
    if model.round not in cohort.study.rounds or not_asked(
        cohort, model.outcome, round=model.round
    ):
        return pd.Series(np.nan, index=cohort.ids)
    answer = label(cohort, model.outcome, round=model.round)["answer"].reindex(cohort.ids)
    return answer.astype("object").map({"yes": 1.0, "no": 0.0}).astype("float64")


def _issued(row: dict[str, object] | object) -> float:
    """The estimate of a row of the scores, unless it is of somebody who was learned from."""
    told = row if isinstance(row, dict) else {}
    flags, chance = str(told.get("flags") or ""), told.get("probability")
    honest = told.get("status") == "scored" and "in_training" not in flags and present(chance)
    return float(chance) if honest else np.nan  # type: ignore[arg-type]  # present() looked
