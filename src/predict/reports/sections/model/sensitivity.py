"""Sensitivity and time: other places, later people, other definitions, other readings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from predict.analysis.measures import clusters_of
from predict.analysis.rates import rate_of
from predict.cohort.labelling import label, not_asked
from predict.evaluation.figure_data import records
from predict.evaluation.schemes.places import SUMMARY
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.people import Learned
from predict.reports.sections.model.judged import Judged, evaluation_table, judged_groups, metrics
from predict.reports.words import upper_first
from predict.statistics.disclosure import SMALLEST_CELL

SCHEMES = ("optimism", "places", "later", "learning", "shuffled")


def sensitivity(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return every further scheme that was asked for, and say which were not."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    made = {name: evaluation_table(view, name) for name in SCHEMES}
    parts: list[dict[str, Any]] = _definitions(context, view)
    for name, scheme in made.items():
        if scheme is None:
            continue
        if name == "places":
            parts.append(_forest(context, view, scheme))
        parts.append(_table(context, view, name, scheme))
    absent = [
        context.say(f"model.sensitivity.{name}_short")
        for name, scheme in made.items()
        if scheme is None
    ]
    if absent:
        parts.append(sentence("model.sensitivity.absent", names="; ".join(absent)))
    return blocks(*parts)


def _definitions(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    """The rate under neighbouring definitions of response, in this table."""
    outcome = view.model.outcome
    if outcome.rule != "response" or context.cohort.people.empty:
        return []
    if not_asked(context.cohort, outcome, round=view.model.round):
        return []  # a table of people whose end is still to come
    rows, content = [], context.content
    for share in (0.45, 0.5, 0.55):
        asked = replace(outcome, amount=share)
        answer = label(context.cohort, asked, round=view.model.round)["answer"]
        words = answer.reindex(context.cohort.ids)
        yes, no = (context.counted.of(words == word) for word in ("yes", "no"))
        if (yes | no).any():
            known = np.isin(words, ["yes", "no"])
            rate = rate_of(np.asarray(words == "yes"), known, clusters_of(context.cohort))
            ends = {key: 100 * getattr(rate, key) for key in ("estimate", "low", "high")}
            reached = content.resting(content.ranged(ends, 1), yes, yes | no)
            asked_for = content.say("format.in_100", n=content.say.fixed(100 * share, 0))
            rows.append([asked_for, content.people(yes | no), reached])
    columns = ["fall_asked_for", "people", "reached_95"]
    return [content.table("model.sensitivity.definitions", columns, rows)]


def _table(
    context: ReportContext, view: ModelView, name: str, scheme: pd.DataFrame
) -> dict[str, Any]:
    """Any scheme's table: an estimate with its ends becomes one cell."""
    merged = {"estimate", "low", "high"} <= set(scheme.columns)
    plain = [column for column in scheme.columns if not (merged and column in ("low", "high"))]
    groups = _place_groups(context, view, scheme) if name == "places" else {}
    learned, content = context.learned(view), context.content
    rows, hidden = [], {key for key, group in groups.items() if _is_small(group)}
    for row in records(scheme):
        if ("place", str(row.get("place"))) in hidden:
            continue
        group = groups.get(("place", str(row.get("place")))) or _like(learned, row)
        rows.append([_cell(content, row, column, group, merged=merged) for column in plain])
    titles = [upper_first(content.say.name("scheme", column)) for column in plain]
    shown = content.titled(content.say(f"model.sensitivity.{name}"), titles, rows)
    facts = {"few": len(hidden), "all": len(groups) - 1, "least": SMALLEST_CELL}
    how = "places_few_one" if len(hidden) == 1 else "places_few"
    note = content.say(f"model.sensitivity.{how}", **facts) if hidden else ""
    return {**shown, "note": note}


def _is_small(group: Judged) -> bool:
    """Return whether a place has too few people with the outcome, or without it, to be told."""
    yes, everybody = int(group.events.sum()), int(group.everyone.sum())
    return min(yes, everybody - yes) < SMALLEST_CELL


def _place_groups(
    context: ReportContext, view: ModelView, places: pd.DataFrame
) -> dict[tuple[str, str], Judged]:
    """Return whom each place counts; the summary over all places is everybody."""
    column = context.study.site or context.study.cluster or "place"
    alone = places[~places["place"].astype("str").str.startswith("(")]
    named = alone.drop_duplicates("place").rename(columns={"place": "value"})
    groups = judged_groups(context, view, named.assign(subgroup=column))
    place_groups = {("place", value): group for (_, value), group in groups.items()}
    if place_groups:
        everyone, events = (
            np.logical_or.reduce([getattr(group, name) for group in groups.values()])
            for name in ("everyone", "events")
        )
        place_groups["place", SUMMARY] = Judged(everyone, events)
    return place_groups


def _like(learned: Learned, row: dict[str, Any]) -> Judged | None:
    """Return some of the judged people, as many as a row counts; they stand for its own."""
    n, events = row.get("n"), row.get("events")
    if n is None or events is None or n > learned.everyone.sum():
        return None
    yes, no = learned.events, learned.everyone & ~learned.events
    part = yes & (np.cumsum(yes) <= events)
    return Judged(part | (no & (np.cumsum(no) <= n - events)), part)


def _cell(
    content: Content, row: dict[str, Any], name: str, group: Judged | None, *, merged: bool
) -> Any:
    value = row[name]
    if merged and name == "estimate":
        shown = content.ranged(row, 3)
        return shown if group is None else content.resting(shown, group.everyone, group.events)
    if name in ("n", "events") and value is not None:
        if group is None:
            return content.few if value < SMALLEST_CELL else content.counted(float(value))
        return content.people(group.everyone if name == "n" else group.events)
    return content.say.name("scheme", value) if isinstance(value, str) else content.cell(value)


def _forest(context: ReportContext, view: ModelView, places: pd.DataFrame) -> dict[str, Any]:
    groups = _place_groups(context, view, places)
    areas = places[(places["metric"] == "auroc") & places["estimate"].notna()]
    large = [groups.get(("place", str(place))) for place in areas["place"]]
    # The figure draws what the table tells.
    enough = [g is not None and not _is_small(g) for g in large]
    content, drawn = context.content, areas[enough]
    rows = [
        [content.say.name("scheme", str(r["place"])), r["estimate"], r["low"], r["high"]]
        for r in records(drawn)
    ]
    whole = metrics(view).get("auroc", {}).get("estimate", 0.5)
    alone = drawn.loc[drawn["place"] != SUMMARY, "estimate"]
    if alone.empty:
        return {}
    judged = places.loc[places["place"] != SUMMARY, "place"].nunique()
    reading = places_words(content, alone.tolist(), judged)
    data = {
        "rows": rows,
        "reference": whole,
        "level": 95,
        "axis": content.say("column.auroc"),
        "means": content.say("legend.everybody", value=content.say.fixed(whole, 2)),
    }
    return content.figure("forest", "model.sensitivity.places_figure", reading, data)


def places_words(content: Content, areas: list[float], judged: int) -> str:
    """Say how the AUROC differs over the places that are drawn, of all that were judged."""
    if len(areas) == 1:
        area = content.say.fixed(areas[0], 2)
        return content.say("model.sensitivity.places_one", area=area, least=SMALLEST_CELL)
    how = "places_every" if len(areas) == judged else "places_reading"
    facts = {
        "span": content.span(min(areas), max(areas), 2),
        "n": len(areas),
        "all": judged,
        "least": SMALLEST_CELL,
    }
    return content.say.text(f"model.sensitivity.{how}", facts)
