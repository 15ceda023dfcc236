"""Outcomes like the published studies': scores by visit, change, and shares by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predict.cohort.labelling import label, not_asked
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.reports.content import counted, sentence, table
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
            rows.append(
                [
                    _title(context, str(name)),
                    visit_label(study, visit),
                    counted(len(scores)),
                    *_moments(scores),
                    *_change(cohort, first, visit, str(name)),
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


def _change(cohort: Any, first: str, visit: str, name: str) -> list[str]:
    """Mean change and the within-person standardised change (mean over SD at the first visit)."""
    start = cohort.totals(first)
    if visit == first or name not in start:
        return ["–", "–"]
    both = pd.DataFrame({"a": start[name], "b": cohort.totals(visit)[name]}).dropna()
    if len(both) < SMALLEST_CELL:
        return ["few", "–"]
    gap, spread = both["b"] - both["a"], float(both["a"].std())
    d = float(gap.mean()) / spread if spread else np.nan
    return [f"{gap.mean():.1f} ({gap.std():.1f})".replace("-", "−"), f"{d:.2f}".replace("-", "−")]


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
            found = label(context.cohort, outcome, round=turn)["answer"].value_counts()
            yes, no, unknown = (int(found.get(k, 0)) for k in ("yes", "no", "unknown"))
            if yes + no:
                rows.append([outcome.title, f"round {humanize(turn)}", *_shares(yes, no, unknown)])
    columns = [
        "Outcome",
        "When",
        "Known",
        "Reached it, in 100 (95%)",
        "Unknown",
        "If unknown counted as no, in 100",
    ]
    return table("Outcomes by rule: completers, and all who started", columns, rows)


def _shares(yes: int, no: int, unknown: int) -> list[str]:
    if min(yes, no) < SMALLEST_CELL and min(yes, no) > 0:
        return [counted(yes + no), "few", counted(unknown), "few"]
    of_known, of_all = wilson(yes, yes + no), wilson(yes, yes + no + unknown)
    known = f"{100 * of_known.estimate:.1f} ({100 * of_known.low:.1f} to {100 * of_known.high:.1f})"
    return [counted(yes + no), known, counted(unknown), f"{100 * of_all.estimate:.1f}"]


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
            both = pd.DataFrame({"a": start[name], "b": end[name]}).dropna()
            if len(both) >= SMALLEST_CELL:
                gap = both["b"] - both["a"]
                rows.append(
                    [
                        f"{measure.instrument.title} {item.key}",
                        item.label,
                        counted(len(both)),
                        f"{both['a'].mean():.2f}",
                        f"{both['b'].mean():.2f}",
                        f"{gap.mean():.2f}".replace("-", "−"),
                    ]
                )
    columns = ["Item", "Question", "People", "Start", "End", "Change"]
    return [table("Item by item, over round one", columns, rows)] if rows else []
