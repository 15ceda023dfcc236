"""Usefulness: would acting on the estimates do more good than acting on everybody or nobody?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.evaluation.figure_data import STEP, acting_on_everybody, records, told_decisions
from predict.evaluation.verdict_words import usefulness_words
from predict.reports.content import DASH, Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.sections.model.judged import evaluation_table, named_rivals

Rivals = Mapping[str, pd.DataFrame]
# A curve needs two ends.
FEWEST_MARKS = 2


def usefulness(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the decision curve over the declared clinical range, and its result in words."""
    curve = evaluation_table(view, "decision_curve")
    if curve is None:
        return NotApplicable(NO_EVALUATION if view.evaluation is None else "no_decision_curve")
    verdict = evaluation_table(view, "usefulness")
    words = "" if verdict is None else usefulness_words(records(verdict)[0], context.say)
    tables = view.evaluation.tables if view.evaluation else {}
    inside = told_decisions(tables)
    if len(inside) < FEWEST_MARKS:
        return NotApplicable("too_alike")
    content, rivals = context.content, named_rivals(context.content, view)
    return blocks(
        sentence("model.usefulness.how"),
        decision_figure(content, inside, rivals, words),
        *_lead(content, rivals),
        sentence("model.usefulness.none"),
    )


def decision_figure(
    content: Content, inside: pd.DataFrame, rivals: Rivals, words: str
) -> dict[str, Any]:
    """Return the decision curve beside those of the rivals, named in words, with its table."""
    keys = ("threshold", "model", "low", "high")
    data: dict[str, Any] = {key: [float(v) for v in inside[key]] for key in keys}
    data |= {"everybody": acting_on_everybody(inside), "step": STEP}
    data["rivals"] = [
        {"name": name, "points": _points(part, "net_benefit")} for name, part in rivals.items()
    ]
    reading = words or content.say("model.usefulness.reading")
    shown = _shown(content, inside, rivals)
    return content.figure("decisions", "model.usefulness.figure", reading, data, shown)


def _points(part: pd.DataFrame, *names: str) -> list[list[float]]:
    rows = part[["threshold", *names]].dropna()
    return [[float(value) for value in row] for row in rows.itertuples(index=False)]


def _shown(content: Content, inside: pd.DataFrame, rivals: Rivals) -> Any:
    """The curve as a table."""
    say = content.say
    others = [part.set_index(part["threshold"].round(6))["net_benefit"] for part in rivals.values()]
    rows = [
        [
            say("format.in_100", n=say.fixed(100 * r["threshold"], 0)),
            content.ranged(_in_100(r), 1),
            *[_benefit(content, other.get(round(r["threshold"], 6))) for other in others],
            say.fixed(100 * r["treat_all"], 1),
            "0",
        ]
        for r in records(inside)
    ]
    acted = [say("column.on_rival", rival=name) for name in rivals]
    first, *last = (
        say(f"column.{key}") for key in ("acting_from", "on_the_model", "on_everybody", "on_nobody")
    )
    titles = [first, last[0], *acted, *last[1:]]
    return content.titled(say("model.usefulness.table"), titles, rows)


def _benefit(content: Content, value: float | None) -> str:
    return DASH if value is None else content.say.fixed(100 * value, 1)


def _lead(content: Content, rivals: Rivals) -> list[dict[str, Any]]:
    """How much more the model's net benefit is than each rival's, and what that shows."""
    say, points = content.say, {}
    for name, part in rivals.items():
        points[name] = _points(part, "difference", "low", "high")
    told = {name: rows for name, rows in points.items() if rows}
    if not told:
        return [sentence("model.usefulness.no_lead")]
    rows = [
        [
            say("format.in_100", n=say.fixed(100 * mark, 0)),
            name,
            content.gap({"estimate": 100 * gap, "low": 100 * low, "high": 100 * high}, 1),
        ]
        for name, own in told.items()
        for mark, gap, low, high in own
    ]
    columns = ["acting_from", "rival", "lead"]
    shown = content.table("model.usefulness.leads", columns, rows)
    named = [{"name": name, "points": own} for name, own in told.items()]
    clear = [f"{name}: {_clear(own)}/{len(own)}" for name, own in told.items()]
    reading = say("model.usefulness.lead_reading", clear="; ".join(clear))
    figure = content.figure("gains", "model.usefulness.lead", reading, {"rivals": named}, shown)
    return [figure]


def _clear(rows: list[list[float]]) -> int:
    """Count thresholds at which the whole interval of the lead lies above 0."""
    return sum(low > 0 for _, _, low, _ in rows)


def _in_100(row: dict[str, Any]) -> dict[str, Any]:
    ends = {"estimate": row["model"], "low": row["low"], "high": row["high"]}
    return {key: None if end is None else 100 * end for key, end in ends.items()}
