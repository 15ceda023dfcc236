"""Clinicians' own expectations beside the model's estimates and what happened; nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.reports.content import Block, Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.issued import honest_estimates
from predict.statistics.disclosure import SMALLEST_CELL, Mask
from predict.statistics.intervals import (
    Interval,
    mean_interval,
    percentile_interval,
    person_weights,
    wilson,
)
from predict.statistics.metrics.ranking import auroc, auroc_draws

# Fewer tell little of clinicians, and too much of one.
FEWEST = 50
RESAMPLES, SEED = 500, 1
# Thirds of what was expected, in 100.
THIRDS = (("0", "33"), ("34", "66"), ("67", "100"))
EDGES = (-0.5, 33.5, 66.5, 100.5)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Compared:
    """Those with all three: both estimates (0 to 1), what happened, and whom they count."""

    clinician: Floats
    model: Floats
    y: Floats
    ids: pd.Index
    everyone: Mask
    events: Mask


def clinicians(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return clinician, model and outcome beside each other, where 50 people or more have all."""
    if not context.expected or context.cohort.people.empty:
        return NotApplicable("no_expectations")
    if view is not context.views[0]:
        return NotApplicable("expectations_of_first")
    both = _compared(context, view)
    if len(both.y) < FEWEST:
        return NotApplicable("few_expectations")
    content = context.content
    people = content.people(both.everyone)
    rest = (both.everyone, both.events)
    gap = mean_interval((both.model - both.y) ** 2 - (both.clinician - both.y) ** 2)
    lead = content.resting(content.gap(gap._asdict()), *rest)
    return blocks(
        sentence("model.clinicians.how", n=people),
        _beside(content, both, rest),
        sentence(f"model.clinicians.{_shown(gap)}", gap=lead),
        _thirds(context, both),
        sentence("model.clinicians.limit"),
    )


def _shown(gap: Interval) -> str:
    if gap.high < 0:
        return "model_better"
    return "clinician_better" if gap.low > 0 else "not_shown"


def _compared(context: ReportContext, view: ModelView) -> _Compared:
    rows = honest_estimates(context, view)
    numbers = {name: told.number / 100 for name, told in context.expected.items()}
    names = rows.index.astype("str")
    rows = rows.assign(clinician=names.map(numbers).to_numpy("float64"))
    rows = rows[~names.isin(_noted_late(context, view))].dropna()
    everyone = context.counted.named(rows.index.astype("str"))
    events = context.counted.named(rows.index[rows["y"] == 1].astype("str"))
    clinician, model, y = (rows[n].to_numpy("float64") for n in ("clinician", "probability", "y"))
    return _Compared(clinician, model, y, rows.index, everyone, events)


def _noted_late(context: ReportContext, view: ModelView) -> set[str]:
    """Return whose expectation was noted on the day of the end score or later: no expectation."""
    end = context.study.rounds[view.model.round].end
    days = context.visit_dates.dates.get(end)
    if not days:
        return set()
    came = dict(zip(context.cohort.rows["id"].astype("str"), days, strict=True))
    return {n for n, told in context.expected.items() if came.get(n) and told.day >= came[n]}


def _beside(content: Content, both: _Compared, rest: tuple[Mask, ...]) -> Block:
    say, happened = content.say, wilson(int(both.y.sum()), len(both.y))
    weights = person_weights(both.y, resamples=RESAMPLES, seed=SEED)
    rows = []
    for who, p in (("clinician", both.clinician), ("model", both.model)):
        brier = mean_interval((p - both.y) ** 2)._asdict()
        area = percentile_interval(auroc(both.y, p), auroc_draws(both.y, p, weights))._asdict()
        mean = {key: 100 * v for key, v in mean_interval(p)._asdict().items()}
        cells = [content.ranged(mean, 0), content.ranged(brier), content.ranged(area, 2)]
        rows.append([say(f"model.clinicians.{who}"), *[content.resting(c, *rest) for c in cells]])
    ends = {key: 100 * v for key, v in happened._asdict().items()}
    rate = content.resting(content.ranged(ends, 0), *rest)
    rows.append([say("model.clinicians.outcome"), rate, None, None])
    columns = ["who", "in_100_95", "brier", "auroc"]
    return content.table("model.clinicians.beside", columns, rows)


def _thirds(context: ReportContext, both: _Compared) -> Block:
    """What the model said and what happened, by what the clinician expected."""
    content, rows = context.content, []
    place = np.digitize(100 * both.clinician, EDGES) - 1
    for third, (low, high) in enumerate(THIRDS):
        inside = place == third
        group = context.counted.named(both.ids[inside].astype("str"))
        events = group & both.events
        name = content.say("format.span", low=low, high=high)
        cells: list[Any] = [content.people(group)]
        if inside.sum() < SMALLEST_CELL:
            cells += [content.few] * 3
        else:
            share = wilson(int(both.y[inside].sum()), int(inside.sum()))
            texts = [content.say.fixed(100 * p[inside].mean(), 0)
                     for p in (both.clinician, both.model)]  # fmt: skip
            cells += [content.resting(text, group) for text in texts]
            ends = {key: 100 * v for key, v in share._asdict().items()}
            cells.append(content.resting(content.ranged(ends, 0), group, events))
        rows.append([name, *cells])
    columns = ["expected", "people", "clinician_mean", "model_mean", "happened_95"]
    return content.table("model.clinicians.thirds", columns, rows)
