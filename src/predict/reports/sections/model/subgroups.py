"""Subgroups: the same measures group by group, in words, with silence about the few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.definitions.wording import Catalogue
from predict.evaluation.figure_data import records
from predict.evaluation.subgroups import TOO_FEW
from predict.reports.content import DASH, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.sections.model.judged import Judged, evaluation_table, judged_groups, metrics
from predict.reports.words import fact_words, level_words
from predict.statistics.disclosure import SMALLEST_CELL, Told

READINGS = {0: "reading_none", 1: "reading_one"}
MEASURES = ("auroc", "calibration_slope", "o_e")


def subgroups(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return AUROC, calibration and net benefit by group, with the gap to everybody else."""
    every = evaluation_table(view, "subgroups")
    if every is None:
        return NotApplicable(NO_EVALUATION if view.evaluation is None else "no_subgroups")
    named = every.drop_duplicates(["subgroup", "value"])
    groups = judged_groups(context, view, named)
    hidden = int((named["note"] == "suppressed").sum())
    counts = {"judged": len(named), "hidden": hidden}
    how = "model.subgroups.how" if hidden else "model.subgroups.how_all"
    every = every[every["note"] != "suppressed"]
    parts = [
        sentence(how, **counts, least=TOO_FEW, smallest=SMALLEST_CELL),
        *_forest(context, view, every, groups),
        _table(context, every, groups),
    ]
    strata = view.evaluation.strata if view.evaluation is not None else pd.DataFrame()
    if not strata.empty:
        parts.append(_within(context, view, strata))
    return blocks(*parts)


def _label(context: ReportContext, row: dict[str, Any]) -> str:
    study, say, name = context.study, context.say, str(row["subgroup"])
    arm = str(study.treatment.arm)
    # An arm's own label may say what each number means: with the level behind it it says so twice.
    name, column = ("arm", arm) if name in ("arm", arm) else (name, name)
    if name in (study.site, study.cluster) and name not in study.people:
        return f"{say.name('group', 'site')}: {level_words(study, column, str(row['value']), say)}"
    known = name in study.people and not say.has(f"group.{name}")
    label = fact_words(study, name, say) if known else say.name("group", name)
    return f"{label}: {level_words(study, column, str(row['value']), say)}"


def _note(say: Catalogue, row: dict[str, Any]) -> str:
    return say.name("note", row["note"]) if row["note"] else ""


def _forest(
    context: ReportContext,
    view: ModelView,
    every: pd.DataFrame,
    groups: Mapping[tuple[str, str], Judged],
) -> list[dict[str, Any]]:
    """Groups of twice the smallest cell: from an interval's width no number can be told."""
    content, say = context.content, context.say
    known = [r for r in records(every[every["metric"] == "auroc"]) if r["estimate"] is not None]
    own = [groups[str(r["subgroup"]), str(r["value"])] for r in known]
    large = [group.everyone.sum() >= 2 * SMALLEST_CELL for group in own]
    drawn = [(r, group) for r, group, fits in zip(known, own, large, strict=True) if fits]
    whole = metrics(view).get("auroc", {}).get("estimate", 0.5)
    if not drawn:
        return []
    apart = sum(_apart(row, whole) for row, _ in drawn)
    facts = {"apart": apart, "all": len(drawn), "whole": say.fixed(whole, 2)}
    data = {
        "rows": [_drawn(context, row, group) for row, group in drawn],
        "reference": whole,
        "level": 95,
        "axis": say("column.auroc"),
        "means": say("legend.everybody", value=say.fixed(whole, 2)),
    }
    reading = say.text(f"model.subgroups.{READINGS.get(apart, 'reading')}", facts)
    figure = content.figure("forest", "model.subgroups.figure", reading, data)
    small = len(known) - len(drawn)
    return [figure, sentence("model.subgroups.not_drawn", n=small)] if small else [figure]


def _drawn(context: ReportContext, row: dict[str, Any], group: Judged) -> Told:
    """A row of the figure, whose numbers go when its group may not be counted."""
    label, ends = _label(context, row), [row[key] for key in ("estimate", "low", "high")]
    return Told([label, *ends], (group.everyone, group.events), [label, None, None, None])


def _apart(row: dict[str, Any], whole: float) -> bool:
    return row["low"] is not None and (row["low"] > whole or row["high"] < whole)


def _table(
    context: ReportContext, every: pd.DataFrame, groups: Mapping[tuple[str, str], Judged]
) -> dict[str, Any]:
    wide: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in records(every):
        wide.setdefault((str(row["subgroup"]), str(row["value"])), {})[str(row["metric"])] = row
    rows = [_row(context, measures, groups[key]) for key, measures in wide.items()]
    columns = ["group", "people", "events", *MEASURES, "note"]
    return context.content.table("model.subgroups.table", columns, rows)


def _row(context: ReportContext, measures: dict[str, dict[str, Any]], group: Judged) -> list[Any]:
    content, first = context.content, next(iter(measures.values()))
    cells = [
        content.ranged(measures[m], 2)
        if m in measures and measures[m]["estimate"] is not None
        else DASH
        for m in MEASURES
    ]
    return [
        _label(context, first),
        content.people(group.everyone),
        content.people(group.events),
        *[content.resting(cell, group.everyone, group.events) for cell in cells],
        _note(content.say, first),
    ]


def _within(context: ReportContext, view: ModelView, strata: pd.DataFrame) -> dict[str, Any]:
    """Ranking inside groups, so that a group's mean cannot pass for skill."""
    own = strata[strata["model"] == (view.verdict.get("model") or view.model.family)]
    named = own.rename(columns={"stratum": "subgroup"})
    groups = judged_groups(context, view, named[~named["value"].str.startswith("(")])
    everyone = context.learned(view).everyone
    rows, content = [], context.content
    for r in records(named):
        group = groups.get((str(r["subgroup"]), str(r["value"])))
        own_people = everyone if group is None else group.everyone
        is_whole = r["n"] == int(own_people.sum())
        cells: list[Any] = [content.few, content.few]
        if is_whole:
            area = content.resting(content.ranged(r, 2), own_people)
            cells = [content.people(own_people), area]
        rows.append([_label(context, r), *cells, _note(content.say, r)])
    return content.table("model.subgroups.within", ["group", "people", "auroc", "note"], rows)
