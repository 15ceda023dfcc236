"""Outcomes like the published studies': scores by visit, change, and shares by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predict.cohort.labelling import label, not_asked
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.reports.content import people, resting, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.words import humanize, visit_label
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import wilson


def outcomes(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return scores by visit, shares by outcome and round, and the change item by item."""
    cohort = context.cohort
    if cohort.people.empty:
        return NotApplicable("no table came with this report")
    parts = [sentence("model.outcomes.how"), _by_visit(context), _by_rule(context)]
    return blocks(*parts, *_by_item(context))


def _by_visit(context: ReportContext) -> dict[str, Any]:
    cohort, study, rows = context.cohort, context.study, []
    first = study.visits[0]
    for visit in study.visits:
        for name in cohort.totals(visit):
            scores = cohort.totals(visit)[name].dropna()
            if len(scores) < SMALLEST_CELL:
                continue
            there = context.counted.of(cohort.totals(visit)[name].notna())
            rows.append(
                [
                    _title(context, str(name)),
                    visit_label(study, visit),
                    people(there),
                    *[resting(text, there) for text in _moments(scores)],
                    *_change(context, first, visit, str(name)),
                ]
            )
    columns = ["Scale", "Visit", "People", "Mean (SD)", "Median", "Change (SD)", "Cohen's d"]
    return table("Scores by visit; change since the first visit, of those with both", columns, rows)


def _title(context: ReportContext, column: str) -> str:
    for measure in context.study.instruments.values():
        for scale in measure.instrument.scales:
            if measure.instrument.total_column(scale.name) == column:
                named = "" if scale.name == "total" else f" {humanize(scale.name)}"
                return f"{measure.instrument.title}{named}"
    return column


def _moments(scores: pd.Series) -> list[str]:
    return [f"{scores.mean():.1f} ({scores.std():.1f})", f"{scores.median():.1f}"]


def _change(context: ReportContext, first: str, visit: str, name: str) -> list[Any]:
    """Mean change and the within-person standardised change (mean over SD at the first visit)."""
    cohort = context.cohort
    start = cohort.totals(first)
    if visit == first or name not in start:
        return ["–", "–"]
    pair = pd.DataFrame({"a": start[name], "b": cohort.totals(visit)[name]})
    both, group = pair.dropna(), context.counted.of(pair.notna().all(axis=1))
    if len(both) < SMALLEST_CELL:
        return ["few", "–"]
    gap, spread = both["b"] - both["a"], float(both["a"].std())
    d = float(gap.mean()) / spread if spread else np.nan
    texts = f"{gap.mean():.1f} ({gap.std():.1f})", f"{d:.2f}"
    return [resting(text.replace("-", "−"), group) for text in texts]


def _by_rule(context: ReportContext) -> dict[str, Any]:
    """Every named outcome that the study's instruments allow, for each round."""
    rows = []
    for name in outcome_names():
        outcome = read_outcome(name)
        if not set(outcome.instruments) <= set(context.study.instruments):
            continue
        for turn in context.study.rounds:
            if not_asked(context.cohort, outcome, round=turn):
                continue
            shares = _shares(context, label(context.cohort, outcome, round=turn)["answer"])
            if shares:
                rows.append([outcome.title, f"round {humanize(turn)}", *shares])
    columns = [
        "Outcome",
        "When",
        "Known",
        "Reached it, in 100 (95%)",
        "Unknown",
        "If unknown counted as no, in 100",
    ]
    return table("Outcomes by rule: completers, and all who started", columns, rows)


def _shares(context: ReportContext, answer: pd.Series) -> list[Any]:
    """Return who is known and reached it, who is not, and the rate with those as no."""
    words = answer.reindex(context.cohort.ids)
    yes, no, unknown = (context.counted.of(words == word) for word in ("yes", "no", "unknown"))
    scored = yes | no
    if not scored.any():
        return []
    rate, low, high = (100 * end for end in wilson(int(yes.sum()), int(scored.sum())))
    worst = 100 * yes.sum() / (scored | unknown).sum()
    return [
        people(scored),
        resting(f"{rate:.1f} ({low:.1f} to {high:.1f})", yes, scored),
        people(unknown),
        resting(f"{worst:.1f}", yes, scored | unknown),
    ]


def _by_item(context: ReportContext) -> list[dict[str, Any]]:
    """Change of each question over round one, where items were asked at both ends."""
    study, cohort = context.study, context.cohort
    turn = study.rounds.get("one")
    if turn is None:
        return []
    rows = []
    for measure in study.instruments.values():
        start, end = cohort.at(turn.start), cohort.at(turn.end)
        for item in measure.instrument.items:
            name = measure.instrument.column(item.key)
            if name not in start or name not in end:
                continue
            pair = pd.DataFrame({"a": start[name], "b": end[name]})
            both, group = pair.dropna(), context.counted.of(pair.notna().all(axis=1))
            if len(both) >= SMALLEST_CELL:
                means = both["a"].mean(), both["b"].mean(), (both["b"] - both["a"]).mean()
                texts = [f"{mean:.2f}".replace("-", "−") for mean in means]
                title = f"{measure.instrument.title} {item.key}"
                cells = [resting(text, group) for text in texts]
                rows.append([title, item.label, people(group), *cells])
    columns = ["Item", "Question", "People", "Start", "End", "Change"]
    return [table("Item by item, over round one", columns, rows)] if rows else []
