"""Subgroups: the same measures group by group, in words, with silence about the few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.reports.content import figure, people, ranged, resting, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import (
    NO_EVALUATION,
    Judged,
    evaluation_table,
    judged_groups,
    metrics,
    records,
)
from predict.reports.words import humanize
from predict.statistics.disclosure import SMALLEST_CELL

MOST = 24


def subgroups(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return AUROC, calibration and net benefit by group, with the gap to everybody else."""
    every = evaluation_table(view, "subgroups")
    if every is None:
        return NotApplicable(
            NO_EVALUATION if view.evaluation is None else "no subgroups were judged"
        )
    named = every.drop_duplicates(["subgroup", "value"])
    groups = judged_groups(context, view, named)
    hidden = int((named["note"] == "suppressed").sum())
    every = every[every["note"] != "suppressed"]
    parts = [
        sentence("model.subgroups.how", judged=len(named), hidden=hidden),
        _forest(view, every, groups),
        _table(every, groups),
    ]
    strata = view.evaluation.strata if view.evaluation is not None else pd.DataFrame()
    if not strata.empty:
        parts.append(_within(context, view, strata))
    return blocks(*parts)


def _label(row: dict[str, Any]) -> str:
    return f"{humanize(str(row['subgroup']))}: {row['value']}"


def _forest(
    view: ModelView, every: pd.DataFrame, groups: Mapping[tuple[str, str], Judged]
) -> dict[str, Any]:
    """Groups of twice the smallest cell: from an interval's width no number can be told."""
    rows = [
        [_label(r), r["estimate"], r["low"], r["high"]]
        for r in records(every[every["metric"] == "auroc"])
        if r["estimate"] is not None
        and groups[str(r["subgroup"]), str(r["value"])].everyone.sum() >= 2 * SMALLEST_CELL
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


def _table(every: pd.DataFrame, groups: Mapping[tuple[str, str], Judged]) -> dict[str, Any]:
    wide: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in records(every):
        wide.setdefault((str(row["subgroup"]), str(row["value"])), {})[str(row["metric"])] = row
    rows = [_row(measures, groups[key]) for key, measures in wide.items()]
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


def _row(measures: dict[str, dict[str, Any]], group: Judged) -> list[Any]:
    first = next(iter(measures.values()))
    cells = [
        ranged(measures[m], 2) if m in measures and measures[m]["estimate"] is not None else "–"
        for m in ("auroc", "calibration_slope", "o_e")
    ]
    return [
        _label(first),
        people(group.everyone),
        people(group.events),
        *[resting(cell, group.everyone, group.events) for cell in cells],
        first["note"] or "",
    ]


def _within(context: ReportContext, view: ModelView, strata: pd.DataFrame) -> dict[str, Any]:
    """Ranking inside groups, so that a group's mean cannot pass for skill."""
    own = strata[strata["model"] == (view.verdict.get("model") or view.model.family)]
    named = own.rename(columns={"stratum": "subgroup"})
    groups = judged_groups(context, view, named[~named["value"].str.startswith("(")])
    everyone = context.learned(view).everyone
    rows = []
    for r in records(named)[:MOST]:
        group = groups.get((str(r["subgroup"]), str(r["value"])))
        own_people = everyone if group is None else group.everyone
        is_whole = r["n"] == int(own_people.sum())
        cells = (
            [people(own_people), resting(ranged(r, 2), own_people)] if is_whole else ["few", "few"]
        )
        rows.append([_label(r), *cells, r["note"] or ""])
    return table(
        "AUROC within groups (pairs of the same group only)",
        ["Group", "People", "AUROC", "Note"],
        rows,
    )
