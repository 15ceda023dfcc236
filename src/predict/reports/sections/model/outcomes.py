"""Outcomes like the published studies': scores by visit, change, and shares by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predict.analysis.measures import clusters_of
from predict.analysis.rates import rate_of
from predict.cohort.follow_up import FollowUp, follow_up
from predict.cohort.labelling import label, not_asked
from predict.definitions.instruments import Instrument, Scale
from predict.definitions.outcomes import outcome_names, read_outcome
from predict.definitions.wording.catalogue import humanize
from predict.features.follow_up import later_visit
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.words import round_words, visit_label, when
from predict.statistics.disclosure import SMALLEST_CELL

ENDS = ("estimate", "low", "high")


def outcomes(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return scores by visit, shares by outcome and round, and the change item by item."""
    cohort = context.cohort
    if cohort.people.empty:
        return NotApplicable("no_table")
    parts = [sentence("model.outcomes.how"), _by_visit(context), _by_rule(context, view)]
    return blocks(*parts, *_by_item(context))


def _by_visit(context: ReportContext) -> dict[str, Any]:
    cohort, study, content, rows = context.cohort, context.study, context.content, []
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
                    visit_label(study, visit, content.say),
                    content.people(there),
                    *[content.resting(text, there) for text in _moments(content, scores)],
                    *_change(context, first, visit, str(name)),
                ]
            )
    columns = ["scale", "visit", "people", "mean_sd", "median", "change_sd", "cohens_d"]
    return content.table("model.outcomes.by_visit", columns, rows)


def _title(context: ReportContext, column: str) -> str:
    found = _scale(context, column)
    if found is None:
        return column
    instrument, scale = found
    scale_name = "" if scale.name == "total" else context.say.named(humanize(scale.name))
    return f"{instrument.title} {scale_name}".strip()


def _scale(context: ReportContext, column: str) -> tuple[Instrument, Scale] | None:
    """Return the scale whose scores a column holds."""
    for measure in context.study.instruments.values():
        for scale in measure.instrument.scales:
            if measure.instrument.total_column(scale.name) == column:
                return measure.instrument, scale
    return None


def _better_by(before: pd.Series, after: pd.Series, better: str) -> pd.Series:
    """Return how many points each person is better; below 0 for the worse, in every table."""
    return before - after if better == "low" else after - before


def _moments(content: Content, scores: pd.Series) -> list[str]:
    mean, spread, median = (
        content.say.fixed(value, 1) for value in (scores.mean(), scores.std(), scores.median())
    )
    return [f"{mean} ({spread})", median]


def _change(context: ReportContext, first: str, visit: str, name: str) -> list[Any]:
    """Mean change for the better, and the same in SDs at the first visit."""
    cohort, content = context.cohort, context.content
    start = cohort.totals(first)
    if visit == first or name not in start:
        return ["–", "–"]
    pair = pd.DataFrame({"a": start[name], "b": cohort.totals(visit)[name]})
    both, group = pair.dropna(), context.counted.of(pair.notna().all(axis=1))
    if len(both) < SMALLEST_CELL:
        return [content.few, "–"]
    found = _scale(context, name)
    gap = _better_by(both["a"], both["b"], found[1].better if found else "low")
    spread = float(both["a"].std())
    d = float(gap.mean()) / spread if spread else np.nan
    fixed = content.say.fixed
    texts = f"{fixed(gap.mean(), 1)} ({fixed(gap.std(), 1)})", fixed(d, 2)
    return [content.resting(text, group) for text in texts]


def _by_rule(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Every named outcome that the study's instruments allow, for each round; then the model's."""
    rows: list[list[Any]] = []
    for name in outcome_names():
        outcome = read_outcome(name)
        if not set(outcome.instruments) <= set(context.study.instruments):
            continue
        for turn in context.study.rounds:
            if not_asked(context.cohort, outcome, round=turn):
                continue
            labels = label(context.cohort, outcome, round=turn)
            shares = _shares(context, follow_up(labels.reindex(context.cohort.ids)))
            if shares:
                title = context.say.named(outcome.title)
                rows.append([title, round_words(turn, context.say), *shares])
    rows += _of_model(context, view)
    columns = ["outcome", "when", "known", "reached_95", "lost_n", "lost_as_no"]
    return context.content.table("model.outcomes.by_rule", columns, rows)


def _of_model(context: ReportContext, view: ModelView) -> list[list[Any]]:
    """The model's own people, where its as-of visit leaves out some whose outcome is known."""
    model, learned, say = view.model, context.learned(view), context.say
    if learned.known is None or not later_visit(model.study, model.as_of):
        return []
    groups = (learned.everyone, learned.events, learned.lost_here)
    own = FollowUp(*map(context.counted.among, groups))
    shown = when(model.study, model.as_of, say)
    title = say("model.outcomes.of_model", title=say.named(model.outcome.title), when=shown)
    return [[title, round_words(model.round, say), *_shares(context, own)]]


def _shares(context: ReportContext, seen: FollowUp) -> list[Any]:
    """Return who is known and reached it, who was lost, and the rate with the lost as no."""
    content = context.content
    scored, yes, lost = (context.counted.of(m) for m in (seen.known, seen.reached, seen.lost))
    if not scored.any():
        return []
    # As `analyse` reckons it: people of one cluster are related.
    rate = rate_of(seen.reached, seen.known, clusters_of(context.cohort))
    ends = dict(zip(ENDS, (100 * end for end in rate), strict=True))
    return [
        content.people(scored),
        content.resting(content.ranged(ends, 1), yes, scored),
        content.people(lost),
        content.resting(content.say.fixed(100 * seen.as_no, 1), yes, scored | lost),
    ]


def _by_item(context: ReportContext) -> list[dict[str, Any]]:
    """Change of each question over round one, where items were asked at both ends."""
    study, cohort, content = context.study, context.cohort, context.content
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
                better = measure.instrument.better(item.key)
                gain = _better_by(both["a"], both["b"], better).mean()
                means = both["a"].mean(), both["b"].mean(), gain
                texts = [content.say.fixed(mean, 2) for mean in means]
                title = f"{measure.instrument.title} {item.key}"
                cells = [content.resting(text, group) for text in texts]
                rows.append([title, item.label, content.people(group), *cells])
    columns = ["item", "question", "people", "start", "end", "change"]
    return [content.table("model.outcomes.by_item", columns, rows)] if rows else []
