"""Missing data: what was not answered, by column and visit, and how it is handled."""

from __future__ import annotations

from typing import Any

from predict.reports.content import counted, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext, present
from predict.reports.facts import NotApplicable
from predict.reports.words import upper_first, when


def missing(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return missing answers of every column the model reads, in this table."""
    people = list(view.values.values())
    if not people:
        return NotApplicable("no table came with this report")
    rows = []
    for column in view.model.columns:
        gone = sum(not present(row.get(column.name)) for row in people)
        share = f"{100 * gone / len(people):.0f}"
        shown = "few" if counted(gone) == "few" else share
        rows.append(
            [upper_first(column.label), when(view.model.study, column.visit), counted(gone), shown]
        )
    rows.sort(key=lambda row: (row[2] in ("0", "few"), row[0]))
    counts = [sum(not present(row.get(c.name)) for c in view.model.columns) for row in people]
    none = sum(count == 0 for count in counts)
    facts = {
        "n": counted(len(people)),
        "complete": counted(none),
        "columns": len(view.model.columns),
    }
    return blocks(
        sentence("model.missing.how", **facts),
        table("Not answered, by column", ["Column", "Known", "Missing", "In 100"], rows),
    )
