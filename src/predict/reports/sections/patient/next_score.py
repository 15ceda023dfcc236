"""What the next score would say: of earlier people, how many reached the outcome either side of it.

The cut is fixed beforehand at half the start. Nothing is told of fewer than 100 people a side, or
where no model that reads the next score was shown to be better than the severity score alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from predict.models.families import SEVERITY
from predict.reports.context import ModelView, PatientView
from predict.reports.facts import NotApplicable, whole
from predict.reports.outcome_terms import asked, outcome_words
from predict.reports.past import ENOUGH, Past
from predict.reports.sections.patient.then_now import is_early_change
from predict.reports.words import when
from predict.statistics.intervals import wilson

HALF = 0.5
BANDS = (5, 10, 15, 20)  # points of the estimate either side, the narrowest that holds enough


def next_score(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the shares either side of half the start, of people given a similar estimate."""
    view = patient.view
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    early = _early(patient, view)
    start = view.starts.get(patient.id, float("nan"))
    if early is None or view.past is None or not start > 0:
        return NotApplicable("no_early_model")
    percent = whole(float(patient.score(view)["probability"]))
    sides = _sides(view.past, percent, early.model.as_of, patient.id)
    if sides is None:
        return NotApplicable("too_few_past")
    study, say = patient.context.study, patient.context.say
    low, high, told = sides
    cut = int(HALF * start) if asked(view.model.outcome).measured.whole else HALF * start
    return {
        **outcome_words(view.model, say),
        "low": low,
        "high": high,
        "cut": say.number(cut),
        "when": when(study, early.model.as_of, say),
        **told,
    }


def _early(patient: PatientView, view: ModelView) -> ModelView | None:
    """The model that reads the next score, where it was shown to be better than severity alone."""
    order = patient.context.study.order
    for one in patient.context.views:
        same = (one.model.outcome.name, one.model.round) == (
            view.model.outcome.name, view.model.round,
        )  # fmt: skip
        ahead = order(one.model.as_of) > order(patient.last_visit)
        against = (one.verdict.get("comparisons") or {}).get(SEVERITY.name) or {}
        if same and ahead and is_early_change(one) and against.get("state") == "better":
            return one
    return None


def _sides(
    past: Past, percent: int, visit: str, besides: str
) -> tuple[int, int, dict[str, Any]] | None:
    """How many either side of half the start reached the outcome: in 100, and of so many."""
    if visit not in past.visits:
        return None
    for band in BANDS:
        low, high = max(percent - band, 0), min(percent + band, 100)
        near = past.between(low, high)
        shares = past.shares[near, past.visits.index(visit)]
        happened = np.where(past.ids[near] == besides, np.nan, past.happened[near])
        known = (shares == shares) & (happened == happened)
        halves = [happened[known & side] for side in (shares <= HALF, shares > HALF)]
        if min(len(half) for half in halves) >= ENOUGH:
            told = [
                _told(half, name) for half, name in zip(halves, ("below", "above"), strict=True)
            ]
            return low, high, {**told[0], **told[1]}
    return None


def _told(happened: Any, name: str) -> dict[str, Any]:
    share, low, high = wilson(int(happened.sum()), len(happened))
    return {
        name: whole(share),
        f"{name}_low": whole(low),
        f"{name}_high": whole(high),
        f"{name}_n": len(happened),
    }
