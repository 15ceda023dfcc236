"""Telling people apart: do those who reach the outcome get higher estimates?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.figure_data import roc_points
from predict.reports.content import counted, figure, ranged, sentence, span_in_100, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.model.judged import (
    NO_EVALUATION,
    coarse_spread,
    evaluation_table,
    metrics,
    records,
)


def discrimination(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the AUROC in words, the spread of estimates, and pairs at declared thresholds."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    area = metrics(view).get("auroc")
    parts = []
    if area:
        parts.append(
            sentence("model.discrimination.area", **outcome_words(view.model), **_area(area))
        )
    spread = coarse_spread(view)
    if len(spread) > 1:
        parts += [_roc(view, spread), _spread(view, spread)]
    pairs = evaluation_table(view, "thresholds")
    if pairs is not None:
        parts.append(_pairs(pairs, {round(part["low"], 6) for part in spread}))
    return blocks(*parts) if parts else NotApplicable(NO_EVALUATION)


def _area(area: dict[str, Any]) -> dict[str, Any]:
    return {
        "pairs": f"{100 * area['estimate']:.0f}",
        "span": span_in_100(area),
        "exact": ranged(area, 2),
        "n": int(area["n"]),
    }


def _roc(view: ModelView, spread: list[dict[str, float]]) -> dict[str, Any]:
    """The ROC curve, closed until asked for: it says less than the calibration does."""
    words = outcome_words(view.model)
    points = roc_points(spread)
    columns = [
        f"Wrongly picked, in 100 who did not {words['verb']}",
        f"Picked, in 100 who {words['verbed']}",
    ]
    texts = [[f"{100 * wrong:.0f}", f"{100 * right:.0f}"] for wrong, right in points]
    wrong, right = texts[len(points) // 2]
    reading = (
        f"Where {wrong} in 100 of those who did not {words['verb']} are picked, "
        f"{right} in 100 of those who {words['verbed']} are."
    )
    data = {"points": points, "verb": words["verb"], "verbed": words["verbed"]}
    drawn = figure("roc", "ROC curve", reading, data, table("ROC curve", columns, texts))
    return {**drawn, "closed": True}


def _spread(view: ModelView, spread: list[dict[str, float]]) -> dict[str, Any]:
    words = outcome_words(view.model)
    names = ("low", "high", "with", "without")
    data: dict[str, Any] = {key: [part[key] for part in spread] for key in names}
    columns = ["Estimate, in 100", words["verbed"].capitalize(), "Did not"]
    rows = [
        [
            f"{100 * p['low']:.0f} to {100 * p['high']:.0f}",
            counted(p["with"]),
            counted(p["without"]),
        ]
        for p in spread
    ]
    middles = [_middle(spread, key) for key in ("with", "without")]
    reading = (
        f"Half of those who {words['verbed']} had an estimate of about {middles[0]} or more; "
        f"half of those who did not had one of about {middles[1]} or less."
    )
    shown = table("Estimates by outcome", columns, rows)
    data |= {"yes": words["verbed"], "no": "did not"}
    return figure("distribution", "Estimates of those who did and did not", reading, data, shown)


def _middle(rows: list[dict[str, Any]], key: str) -> str:
    """The middle of the bin in which the median lies."""
    total, half = 0.0, sum(row[key] or 0 for row in rows) / 2
    for row in rows:
        total += row[key] or 0
        if total >= half:
            return f"{50 * (row['low'] + row['high']):.0f}"
    return "–"


def _pairs(pairs: pd.DataFrame, edges: set[float]) -> dict[str, Any]:
    """Thresholds at which parts of the spread meet; others would tell of the few between."""
    marks = sorted(set(pairs["threshold"]))
    names = list(dict.fromkeys(pairs["measure"]))
    rows = []
    for mark in marks:
        own = {row["measure"]: row for row in records(pairs[pairs["threshold"] == mark])}
        at_edge = round(mark, 6) in edges
        cells = [ranged(own[name], 2) if at_edge else "few" for name in names]
        rows.append([f"{100 * mark:.0f} in 100", *cells])
    titles = [
        name.upper() if name in ("ppv", "npv") else name.replace("_", " ").capitalize()
        for name in names
    ]
    return table(
        "Pairs at declared thresholds (no threshold is recommended)", ["Acting from", *titles], rows
    )
