"""Usefulness: would acting on the estimates do more good than acting on everybody or nobody?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.figure_data import told_decisions
from predict.reports.content import figure, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import (
    NO_EVALUATION,
    evaluation_table,
    records,
)

# A curve needs two ends.
FEWEST_MARKS = 2


def usefulness(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the decision curve over the declared clinical range, and its result in words."""
    curve = evaluation_table(view, "decision_curve")
    if curve is None:
        return NotApplicable(
            NO_EVALUATION if view.evaluation is None else "no decision curve was made"
        )
    verdict = evaluation_table(view, "usefulness")
    words = "" if verdict is None else str(records(verdict)[0]["sentence"])
    inside = told_decisions(view.evaluation.tables if view.evaluation else {})
    if len(inside) < FEWEST_MARKS:
        return NotApplicable("the estimates are too much alike to draw a decision curve")
    data = {
        key: [float(v) for v in inside[key]]
        for key in ("threshold", "model", "low", "high", "treat_all")
    }
    title = "Net benefit by preference"
    reading = words or "Net benefit of three ways of acting."
    return blocks(
        sentence("model.usefulness.how"),
        figure("decisions", title, reading, data, _shown(inside)),
        sentence("model.usefulness.none"),
    )


def _shown(inside: pd.DataFrame) -> Any:
    """The curve as a table."""
    return table(
        "Net benefit in 100 patients",
        ["Acting from", "On the model (95% interval)", "On everybody", "On nobody"],
        [
            [
                f"{100 * r['threshold']:.0f} in 100",
                _ends(r),
                f"{100 * r['treat_all']:.1f}".replace("-", "−"),
                "0",
            ]
            for r in records(inside)
        ],
    )


def _ends(row: dict[str, Any]) -> str:
    shown = f"{100 * row['model']:.1f}"
    if row["low"] is not None and row["high"] is not None:
        shown += f" ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
    return shown.replace("-", "−")
