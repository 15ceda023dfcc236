"""Usefulness: would acting on the estimates do more good than acting on everybody or nobody?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.figure_data import told_decisions
from predict.reports.content import Content, sentence
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
        return NotApplicable(NO_EVALUATION if view.evaluation is None else "no_decision_curve")
    verdict = evaluation_table(view, "usefulness")
    words = "" if verdict is None else str(records(verdict)[0]["sentence"])
    inside = told_decisions(view.evaluation.tables if view.evaluation else {})
    if len(inside) < FEWEST_MARKS:
        return NotApplicable("too_alike")
    data = {
        key: [float(v) for v in inside[key]]
        for key in ("threshold", "model", "low", "high", "treat_all")
    }
    content = context.content
    reading = words or content.say("model.usefulness.reading")
    shown = _shown(content, inside)
    return blocks(
        sentence("model.usefulness.how"),
        content.figure("decisions", "model.usefulness.figure", reading, data, shown),
        sentence("model.usefulness.none"),
    )


def _shown(content: Content, inside: pd.DataFrame) -> Any:
    """The curve as a table."""
    say = content.say
    rows = [
        [
            say("format.in_100", n=say.fixed(100 * r["threshold"], 0)),
            content.ranged(_in_100(r), 1),
            say.fixed(100 * r["treat_all"], 1),
            "0",
        ]
        for r in records(inside)
    ]
    columns = ["acting_from", "on_the_model", "on_everybody", "on_nobody"]
    return content.table("model.usefulness.table", columns, rows)


def _in_100(row: dict[str, Any]) -> dict[str, Any]:
    ends = {"estimate": row["model"], "low": row["low"], "high": row["high"]}
    return {key: None if end is None else 100 * end for key, end in ends.items()}
