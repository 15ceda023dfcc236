"""Sensitivity and time: other places, later people, other definitions, other readings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from predict.cohort.labelling import label
from predict.reports.content import cell_text, counted, figure, ranged, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import NO_EVALUATION, metrics, records, told
from predict.reports.words import humanize
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import wilson

TITLES = {
    "optimism": "Apparent, optimism and corrected (bootstrap of the whole recipe)",
    "places": "Each place left out in turn",
    "later": "Learned on the first two thirds, judged on the last third",
    "learning": "Learning curve: performance by number of events",
    "shuffled": "Outcomes shuffled: what luck alone reaches",
}
MOST = 60


def sensitivity(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return every further scheme that was asked for, and say which were not."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    made = {name: told(view, name) for name in TITLES}
    parts: list[dict[str, Any]] = _definitions(context, view)
    for name, found in made.items():
        if found is None:
            continue
        if name == "places":
            parts.append(_forest(view, found))
        parts.append(_table(found.head(MOST), TITLES[name]))
    absent = [
        TITLES[name].split(":")[0].split(" (")[0].lower()
        for name, found in made.items()
        if found is None
    ]
    if absent:
        parts.append(sentence("model.sensitivity.absent", names="; ".join(absent)))
    return blocks(*parts)


def _definitions(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    """The rate under neighbouring definitions of response, in this table."""
    outcome = view.model.outcome
    if outcome.rule != "response" or context.cohort.people.empty:
        return []
    rows = []
    for share in (0.45, 0.5, 0.55):
        asked = replace(outcome, amount=share)
        found = label(context.cohort, asked, round=view.model.round)["answer"].value_counts()
        yes, no = int(found.get("yes", 0)), int(found.get("no", 0))
        if min(yes, no) >= SMALLEST_CELL:
            rate = wilson(yes, yes + no)
            ends = {key: 100 * getattr(rate, key) for key in ("estimate", "low", "high")}
            rows.append([f"{100 * share:.0f} in 100", counted(yes + no), ranged(ends, 1)])
    columns = ["Fall asked for", "People", "Reached it, in 100 (95%)"]
    return [table("Response under neighbouring definitions, in this table", columns, rows)]


def _table(found: pd.DataFrame, title: str) -> dict[str, Any]:
    """Any scheme's table: an estimate with its ends becomes one cell."""
    merged = {"estimate", "low", "high"} <= set(found.columns)
    plain = [name for name in found.columns if not (merged and name in ("low", "high"))]
    rows = [[_cell(row, name, merged=merged) for name in plain] for row in records(found)]
    return table(title, [humanize(name).capitalize() for name in plain], rows)


def _cell(row: dict[str, Any], name: str, *, merged: bool) -> str:
    value = row[name]
    if merged and name == "estimate":
        return ranged(row, 3)
    if name in ("n", "events") and value is not None:
        return counted(float(value))
    return humanize(value) if isinstance(value, str) else cell_text(value)


def _forest(view: ModelView, found: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [str(r["place"]), r["estimate"], r["low"], r["high"]]
        for r in records(found[found["metric"] == "auroc"])
        if r["estimate"] is not None
    ][:40]
    whole = metrics(view).get("auroc", {}).get("estimate", 0.5)
    if not rows:
        return {}
    spread = f"{min(r[1] for r in rows):.2f} to {max(r[1] for r in rows):.2f}"
    reading = f"The AUROC runs from {spread} over {len(rows)} places."
    return figure(
        "forest",
        "AUROC when each place is left out",
        reading,
        {"rows": rows, "reference": whole, "axis": "AUROC"},
    )
