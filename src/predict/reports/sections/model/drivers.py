"""Drivers: which answers moved the estimates most, over everybody; patterns, not causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.definitions.wording import Catalogue
from predict.evaluation.figure_data import records
from predict.explanation import Explanation, dependence
from predict.explanation.dependence import answer_words
from predict.features import Column
from predict.models.driver_groups import holds_arm
from predict.reports.content import Block, Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.words import upper_first
from predict.statistics.disclosure import SMALLEST_CELL

MOST = 15
MOST_SHOWN = 6


def drivers(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return mean absolute points, their stability over refits, and points by answer."""
    if view.model.withheld:
        return NotApplicable("withheld")
    parts: list[dict[str, Any]] = [sentence("model.drivers.how")]
    explanation = view.explanation
    if explanation is not None and explanation.points().notna().any(axis=None):
        parts += [
            _bars(context.content, view, explanation),
            *_by_answer(context, view, explanation),
        ]
        parts += [sentence("model.drivers.arm", arm=c.label) for c in _arms(view)]
    parts += second_looks(context.content, view)
    if len(parts) == 1:
        return NotApplicable("no_explanation")
    return blocks(*parts, sentence("model.drivers.correlated"))


def _arms(view: ModelView) -> list[Column]:
    return [column for column in view.model.columns if holds_arm(column, view.model.study)]


def _bars(content: Content, view: ModelView, explanation: Explanation) -> dict[str, Any]:
    overall, say = explanation.overall(), content.say
    rows = [
        {**row, "label": view.columns[row["column"]].label} for row in records(overall.head(MOST))
    ]
    cells = [
        [
            upper_first(row["label"]),
            say.name("domain", row["domain"]),
            say.fixed(row["mean_points"], 1),
            say(f"model.drivers.{_way(view, row)}"),
            _moved(content, row["moved"], len(explanation.values)),
        ]
        for row in rows
    ]
    columns = ["column", "domain", "mean_points", "goes_along", "moved"]
    counts = {"shown": len(rows), "all": len(overall)}
    shown = content.table("model.drivers.strongest", columns, cells, **counts)
    values = [round(row["mean_points"], 2) for row in rows]
    data = {"labels": [upper_first(row["label"]) for row in rows], "values": values}
    first = rows[0]
    points = say.fixed(first["mean_points"], 1)
    reading = say("model.drivers.reading", label=upper_first(first["label"]), points=points)
    return content.figure("bars", "model.drivers.figure", reading, data, shown)


def _moved(content: Content, share: float, people: int) -> str:
    """In 100 people; few where that, or the rest, is a small group."""
    moved = round(share * people)
    small = any(0 < n < SMALLEST_CELL for n in (moved, people - moved))
    if small:
        return content.few if moved < people / 2 else content.say("cell.nearly_all")
    return content.say.fixed(100 * share, 0)


def _way(view: ModelView, row: Mapping[str, Any]) -> str:
    """Which way higher values went; not told of the arm and of items about death or self-harm."""
    column, direction = view.columns[row["column"]], row["direction"]
    if column.safety or holds_arm(column, view.model.study):
        return "not_told"
    if direction is None or abs(direction) < 0.1:
        return "no_direction"
    return "higher" if direction > 0 else "lower"


def _by_answer(
    context: ReportContext, view: ModelView, explanation: Explanation
) -> list[dict[str, Any]]:
    """Mean points of each answer, for the strongest columns; no sign for a safety item."""
    points, columns, content = explanation.points(), view.columns, context.content
    strongest = [str(name) for name in explanation.overall()["column"].head(MOST_SHOWN)]
    rows = []
    for name in strongest:
        column = columns[name]
        if column.safety or holds_arm(column, view.model.study):
            continue
        values = explanation.values[name]
        answers = answer_words(values, column, content.say)
        for row in records(dependence(values, points[name], column, content.say)):
            group = context.counted.named(answers.index[answers == row["answer"]].astype("str"))
            shown = row["mean_points"] is not None
            mean = content.say.fixed(row["mean_points"], 1, sign=True) if shown else content.few
            cells = [content.people(group), content.resting(mean, group)]
            rows.append([upper_first(column.label), str(row["answer"]), *cells])
    titles = ["column", "answer", "people", "mean_points"]
    return [content.table("model.drivers.by_answer", titles, rows)] if rows else []


def second_looks(content: Content, view: ModelView) -> list[Block]:
    """Return what `drivers.json` holds as sentences and tables; nothing where it holds nothing."""
    drivers = view.model.facts.get("drivers")
    if not drivers or not drivers["drivers"]:
        return []
    instability = drivers["instability"]
    facts = {
        "refits": drivers["refits"],
        "people": drivers["people"],
        "unstable": len(drivers["unstable"]),
        "overlap": ", ".join(
            content.say("model.drivers.overlap", of=k, share=f"{100 * v:.0f}")
            for k, v in drivers["top_overlap"].items()
        ),
        "off": content.say.fixed(100 * instability["mape"], 1),
        "often": content.few_in_100(instability["above_10"], drivers["people"]),
    }
    # A model stored before outcomes were shuffled was judged by its refits alone.
    shuffles = drivers.get("shuffles")
    judged = "refits_only" if shuffles is None else "refits"
    return [
        sentence(f"model.drivers.{judged}", shuffles=shuffles, **facts),
        _ranks(content, drivers),
        *_other_sharing(content.say, drivers.get("interventional")),
    ]


def _ranks(content: Content, drivers: Mapping[str, Any]) -> Block:
    rises = {row["column"]: row["brier_rise"] for row in drivers.get("permutation", ())}
    rows = [
        [
            upper_first(content.say.named(str(row["label"]))),
            row["rank"],
            content.span(row["rank_low"], row["rank_high"], 0),
            content.say.fixed(100 * row["agreement"], 0),
            content.say.fixed(100 * row["flips"], 0),
            content.say.fixed(rises.get(row["column"], float("nan")), 4),
            content.say(f"model.drivers.named_{_named(drivers, str(row['column']))}"),
        ]
        for row in drivers["drivers"][:MOST]
    ]
    columns = ["column", "rank", "rank_in_refits", "same_way", "other_way", "brier_rise", "named"]
    return content.table("model.drivers.ranks", columns, rows)


def _named(drivers: Mapping[str, Any], column: str) -> str:
    """Whether a column is a reason on pages and in scores, by its own name or under its total."""
    if drivers.get("carried", {}).get(column, column) != column:
        return "with_total"
    return "no" if column in drivers["unstable"] else "yes"


def _other_sharing(say: Catalogue, gap: Mapping[str, Any] | None) -> list[Block]:
    if gap is None:
        return [sentence("model.drivers.additive")]
    if not gap:
        return []
    return [
        sentence(
            "model.drivers.interventional",
            people=gap["people"],
            background=gap["background"],
            mean=say.fixed(gap["mean_gap"], 2),
            largest=say.fixed(gap["largest_gap"], 1),
            same=say.fixed(100 * gap["same_first"], 0),
        )
    ]
