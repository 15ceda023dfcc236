"""Subgroups: the same measures group by group, in words, with silence about the few."""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.reports.content import counted, figure, ranged, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import NO_EVALUATION, metrics, records, told
from predict.reports.words import humanize

MOST = 24


def subgroups(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return AUROC, calibration and net benefit by group, with the gap to everybody else."""
    every = told(view, "subgroups")
    if every is None:
        return NotApplicable(
            NO_EVALUATION if view.evaluation is None else "no subgroups were judged"
        )
    named = every.drop_duplicates(["subgroup", "value"])
    hidden = int((named["note"] == "suppressed").sum())
    every = every[every["note"] != "suppressed"]
    parts = [
        sentence("model.subgroups.how", judged=len(named), hidden=hidden),
        _forest(view, every),
        _table(every),
    ]
    strata = view.evaluation.strata if view.evaluation is not None else pd.DataFrame()
    if not strata.empty:
        parts.append(_within(view, strata))
    return blocks(*parts)


def _label(row: dict[str, Any]) -> str:
    return f"{humanize(str(row['subgroup']))}: {row['value']}"


def _forest(view: ModelView, every: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [_label(r), r["estimate"], r["low"], r["high"]]
        for r in records(every[every["metric"] == "auroc"])
        if r["estimate"] is not None
    ][:MOST]
    whole = metrics(view).get("auroc", {}).get("estimate", 0.5)
    words = [row for row in rows if row[2] is not None and (row[2] > whole or row[3] < whole)]
    reading = (
        f"{len(words)} of {len(rows)} groups have an interval that leaves out everybody's AUROC "
        f"of {whole:.2f}."
        if rows
        else "No group was large enough to draw."
    )
    return (
        figure(
            "forest", "AUROC by group", reading, {"rows": rows, "reference": whole, "axis": "AUROC"}
        )
        if rows
        else {}
    )


def _table(every: pd.DataFrame) -> dict[str, Any]:
    wide: dict[str, dict[str, Any]] = {}
    for row in records(every):
        wide.setdefault(_label(row), {"n": row["n"], "events": row["events"], "note": row["note"]})[
            row["metric"]
        ] = row
    rows = [
        [
            label,
            "few" if r["n"] is None else counted(r["n"]),
            "few" if r["events"] is None else counted(r["events"]),
            *[
                ranged(r[m], 2) if m in r and r[m]["estimate"] is not None else "–"
                for m in ("auroc", "calibration_slope", "o_e")
            ],
            r["note"] or "",
        ]
        for label, r in wide.items()
    ]
    columns = [
        "Group",
        "People",
        "Events",
        "AUROC",
        "Calibration slope",
        "Observed / expected",
        "Note",
    ]
    return table("By group, with 95% intervals", columns, rows)


def _within(view: ModelView, strata: pd.DataFrame) -> dict[str, Any]:
    """Ranking inside groups, so that a group's mean cannot pass for skill."""
    own = strata[strata["model"] == (view.verdict.get("model") or view.model.family)]
    rows = [
        [
            f"{humanize(str(r['stratum']))}: {r['value']}",
            counted(r["n"] or 0),
            ranged(r, 2),
            r["note"] or "",
        ]
        for r in records(own)
    ][:MOST]
    return table(
        "AUROC within groups (pairs of the same group only)",
        ["Group", "People", "AUROC", "Note"],
        rows,
    )
