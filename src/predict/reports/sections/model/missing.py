"""Missing data: what was not answered, by column and visit, and how it is handled."""

from __future__ import annotations

from typing import Any

from predict.reports.content import section as blocks
from predict.reports.content import sentence
from predict.reports.context import ModelView, ReportContext, present
from predict.reports.facts import NotApplicable
from predict.reports.words import upper_first, when
from predict.statistics.disclosure import SMALLEST_CELL


def missing(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return missing answers of every column the model reads, in this table."""
    if not view.values:
        return NotApplicable("no_table")
    groups, content = context.counted, context.content
    rows: list[list[Any]] = []
    absent = {
        column.name: {p for p, row in view.values.items() if not present(row.get(column.name))}
        for column in view.model.columns
    }
    for column in view.model.columns:
        gone = groups.named(absent[column.name])
        in_100 = content.say.fixed(100 * gone.sum() / len(view.values), 0)
        when_known = when(view.model.study, column.visit, content.say)
        share = content.resting(in_100, gone)
        rows.append([upper_first(column.label), when_known, content.people(gone), share])
    rows.sort(key=lambda row: (row[2].groups[0].sum() < SMALLEST_CELL, row[0]))
    everybody, some = set(view.values), set().union(*absent.values())
    facts = {
        "n": content.people(groups.named(everybody)),
        "complete": content.people(groups.named(everybody - some)),
        "columns": len(view.model.columns),
    }
    return blocks(
        sentence("model.missing.how", **facts),
        content.table("model.missing.columns", ["column", "known", "missing", "in_100"], rows),
    )
