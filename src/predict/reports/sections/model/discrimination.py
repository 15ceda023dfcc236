"""Telling people apart: do those who reach the outcome get higher estimates?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.evaluation.figure_data import median_estimates, records, roc_points
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.model.judged import (
    coarse_spread,
    evaluation_table,
    metrics,
    spread_facts,
)
from predict.reports.words import upper_first

# What a reading calls the median of those with the outcome, and of those without.
SIDES = {"with": "yes", "without": "no"}


def discrimination(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the AUROC in words, the spread of estimates, and pairs at declared thresholds."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    area, content = metrics(view).get("auroc"), context.content
    words = outcome_words(view.model, content.say)
    parts = []
    if area:
        parts.append(sentence("model.discrimination.area", **words, **_area(content, area)))
    spread = coarse_spread(view)
    held = [part for part in spread if part["with"] or part["without"]]
    if len(held) > 1:
        curve = _roc(content, words, spread, beside=bool(area))
        parts += [curve, _spread(content, view, words, spread)]
    elif held:
        parts.append(sentence("model.discrimination.one_part", **_ends(content, held[0])))
    pairs = evaluation_table(view, "thresholds")
    if pairs is not None:
        parts.append(_pairs(content, pairs, {round(part["low"], 6) for part in spread}))
    return blocks(*parts) if parts else NotApplicable(NO_EVALUATION)


def _area(content: Content, area: dict[str, Any]) -> dict[str, Any]:
    return {
        "pairs": content.say.fixed(100 * area["estimate"], 0),
        "span": content.span_in_100(area),
        "exact": content.ranged(area, 2),
        "n": int(area["n"]),
    }


def _roc(
    content: Content, words: Mapping[str, str], spread: list[dict[str, float]], *, beside: bool
) -> dict[str, Any]:
    """The ROC curve, closed until asked for: it says less than the calibration does.

    It pools the folds, which is said where an AUROC stands beside it, a mean within them.
    """
    points, title = roc_points(spread), "model.discrimination.roc"
    texts = [[content.say.fixed(100 * end, 0) for end in ends] for ends in points]
    wrong, right = texts[len(points) // 2]
    reading = content.say("model.discrimination.roc_reading", wrong=wrong, right=right, **words)
    reading += f" {content.say('model.discrimination.roc_folds')}" if beside else ""
    data = {"points": points, "verb": words["verb"], "verbed": words["verbed"]}
    shown = content.table(title, ["wrongly_picked", "picked"], texts, **words)
    return {**content.figure("roc", title, reading, data, shown), "closed": True}


def _spread(
    content: Content, view: ModelView, words: Mapping[str, str], spread: list[dict[str, float]]
) -> dict[str, Any]:
    say = content.say
    titles = [say("column.estimate_in_100"), upper_first(words["verbed"]), say("column.did_not")]
    rows = [
        [
            content.span(100 * p["low"], 100 * p["high"], 0),
            content.counted(p["with"]),
            content.counted(p["without"]),
        ]
        for p in spread
    ]
    tables = view.evaluation.tables if view.evaluation else {}
    reading = _medians(content, words, median_estimates(tables))
    shown = content.titled(say("model.discrimination.spread_table"), titles, rows)
    data = spread_facts(content, view, spread)
    return content.figure("distribution", "model.discrimination.spread", reading, data, shown)


def _ends(content: Content, part: Mapping[str, float]) -> dict[str, str]:
    return {end: content.say.fixed(100 * part[end], 0) for end in ("low", "high")}


def _medians(content: Content, words: Mapping[str, str], found: Mapping[str, float | None]) -> str:
    """Say the median estimate of those with and without the outcome, as far as they are told."""
    told = {
        SIDES[key]: content.say.fixed(100 * value, 0)
        for key, value in found.items()
        if value is not None
    }
    which = "_".join(told) or "neither"
    return content.say(f"model.discrimination.medians_{which}", **words, **told)


def _pairs(content: Content, pairs: pd.DataFrame, edges: set[float]) -> dict[str, Any]:
    """Thresholds at which parts of the spread meet; others would tell of the few between."""
    marks = sorted(set(pairs["threshold"]))
    names, say = list(dict.fromkeys(pairs["measure"])), content.say
    rows = []
    for mark in marks:
        own = {row["measure"]: row for row in records(pairs[pairs["threshold"] == mark])}
        at_edge = round(mark, 6) in edges
        cells = [content.ranged(own[name], 2) if at_edge else content.few for name in names]
        rows.append([say("format.in_100", n=say.fixed(100 * mark, 0)), *cells])
    titles = [say("column.acting_from"), *[upper_first(say.name("metric", n)) for n in names]]
    return content.titled(say("model.discrimination.pairs"), titles, rows)
