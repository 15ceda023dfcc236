"""Telling people apart: do those who reach the outcome get higher estimates?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.reports.content import counted, figure, ranged, sentence, span_in_100, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.model.judged import NO_EVALUATION, metrics, records, told


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
    curve = told(view, "roc")
    if curve is not None:
        parts.append(_roc(view, curve))
    spread = told(view, "distribution")
    if spread is not None:
        parts.append(_spread(view, spread))
    pairs = told(view, "thresholds")
    if pairs is not None:
        parts.append(_pairs(pairs))
    return blocks(*parts) if parts else NotApplicable(NO_EVALUATION)


def _area(area: dict[str, Any]) -> dict[str, Any]:
    return {
        "pairs": f"{100 * area['estimate']:.0f}",
        "span": span_in_100(area),
        "exact": ranged(area, 2),
        "n": int(area["n"]),
    }


def _roc(view: ModelView, curve: pd.DataFrame) -> dict[str, Any]:
    """The ROC curve, closed until asked for: it says less than the calibration does."""
    words = outcome_words(view.model)
    points = [[float(row["false_positive"]), float(row["true_positive"])] for row in records(curve)]
    shown = table(
        "ROC curve",
        [
            f"Wrongly picked, in 100 who did not {words['verb']}",
            f"Picked, in 100 who {words['verbed']}",
        ],
        [[f"{100 * wrong:.0f}", f"{100 * right:.0f}"] for wrong, right in points[::2]],
    )
    middle = points[len(points) // 5]
    reading = (
        f"Where {100 * middle[0]:.0f} in 100 of those who did not {words['verb']} are picked, "
        f"{100 * middle[1]:.0f} in 100 of those who {words['verbed']} are."
    )
    data = {"points": points, "verb": words["verb"], "verbed": words["verbed"]}
    drawn = figure("roc", "ROC curve", reading, data, shown)
    return {**drawn, "closed": True}


def _spread(view: ModelView, spread: pd.DataFrame) -> dict[str, Any]:
    words = outcome_words(view.model)
    rows = records(spread)
    data = {
        "low": [row["low"] for row in rows],
        "high": [row["high"] for row in rows],
        "with": [row["with_outcome"] or 0 for row in rows],
        "without": [row["without_outcome"] or 0 for row in rows],
        "yes": words["verbed"],
        "no": "did not",
    }
    shown = table(
        "Estimates by outcome",
        ["Estimate, in 100", words["verbed"].capitalize(), "Did not"],
        [
            [
                f"{100 * r['low']:.0f} to {100 * r['high']:.0f}",
                _few(r["with_outcome"]),
                _few(r["without_outcome"]),
            ]
            for r in rows
        ],
    )
    middles = [_middle(rows, key) for key in ("with_outcome", "without_outcome")]
    reading = (
        f"Half of those who {words['verbed']} had an estimate of {middles[0]} or more; "
        f"half of those who did not had one of {middles[1]} or less."
    )
    return figure("distribution", "Estimates of those who did and did not", reading, data, shown)


def _few(count: float | None) -> str:
    return "few" if count is None else counted(float(count))


def _middle(rows: list[dict[str, Any]], key: str) -> str:
    """The middle of the bin in which the median lies."""
    total, half = 0.0, sum(row[key] or 0 for row in rows) / 2
    for row in rows:
        total += row[key] or 0
        if total >= half:
            return f"{50 * (row['low'] + row['high']):.0f}"
    return "–"


def _pairs(pairs: pd.DataFrame) -> dict[str, Any]:
    marks = sorted(set(pairs["threshold"]))
    names = list(dict.fromkeys(pairs["measure"]))
    rows = []
    for mark in marks:
        own = {row["measure"]: row for row in records(pairs[pairs["threshold"] == mark])}
        rows.append([f"{100 * mark:.0f} in 100", *[ranged(own[name], 2) for name in names]])
    titles = [
        name.upper() if name in ("ppv", "npv") else name.replace("_", " ").capitalize()
        for name in names
    ]
    return table(
        "Pairs at declared thresholds (no threshold is recommended)", ["Acting from", *titles], rows
    )
