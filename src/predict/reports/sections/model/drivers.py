"""Drivers: which answers moved the estimates most, over everybody; patterns, not causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predict.explanation import Explanation, dependence
from predict.explanation.dependence import answer_words
from predict.features import Column
from predict.reports.content import Block, few_in_100, figure, people, resting, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import records
from predict.reports.sections.patient.drivers import is_arm
from predict.reports.words import upper_first
from predict.statistics.disclosure import SMALLEST_CELL

MOST = 15
MOST_SHOWN = 6


def drivers(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return mean absolute points, their stability over refits, and points by answer."""
    if view.model.withheld:
        return NotApplicable("the model is not shown to tell patients apart, so it has no reasons")
    parts: list[dict[str, Any]] = [sentence("model.drivers.how")]
    explanation = view.explanation
    if explanation is not None and explanation.points().notna().any(axis=None):
        parts += [_bars(view, explanation), *_by_answer(context, view, explanation)]
        parts += [sentence("model.drivers.arm", arm=c.label) for c in _arms(view)]
    parts += second_looks(view)
    if len(parts) == 1:
        return NotApplicable("no explanation came with this report")
    return blocks(*parts, sentence("model.drivers.correlated"))


def _arms(view: ModelView) -> list[Column]:
    return [column for column in view.model.columns if is_arm(view, column)]


def _bars(view: ModelView, explanation: Explanation) -> dict[str, Any]:
    overall = explanation.overall()
    rows = records(overall.head(MOST))
    shown = table(
        f"The {len(rows)} columns that moved estimates most ({len(overall)} in all)",
        ["Column", "Domain", "Mean points", "Higher values go along with", "Moved, in 100 people"],
        [
            [
                upper_first(row["label"]),
                row["domain"],
                f"{row['mean_points']:.1f}",
                _way(view, row),
                _moved(row["moved"], len(explanation.values)),
            ]
            for row in rows
        ],
    )
    values = [round(row["mean_points"], 2) for row in rows]
    data = {"labels": [upper_first(row["label"]) for row in rows], "values": values}
    first = rows[0]
    reading = (
        f"{upper_first(first['label'])} moved estimates most, by {first['mean_points']:.1f} points "
        "on average."
    )
    return figure("bars", "Mean absolute points out of 100", reading, data, shown)


def _moved(share: float, people: int) -> str:
    """In 100 people; few where that, or the rest, is a small group."""
    moved = round(share * people)
    small = any(0 < n < SMALLEST_CELL for n in (moved, people - moved))
    return (
        "few" if small and moved < people / 2 else "nearly all" if small else f"{100 * share:.0f}"
    )


def _way(view: ModelView, row: Mapping[str, Any]) -> str:
    """Which way higher values went; not told of the arm and of items about death or self-harm."""
    column, direction = view.columns[row["column"]], row["direction"]
    if column.safety or is_arm(view, column):
        return "not told"
    if direction is None or abs(direction) < 0.1:
        return "no one direction"
    return "higher estimates" if direction > 0 else "lower estimates"


def _by_answer(
    context: ReportContext, view: ModelView, explanation: Explanation
) -> list[dict[str, Any]]:
    """Mean points of each answer, for the strongest columns; no sign for a safety item."""
    points, columns = explanation.points(), view.columns
    strongest = [str(name) for name in explanation.overall()["column"].head(MOST_SHOWN)]
    rows = []
    for name in strongest:
        column = columns[name]
        if column.safety or is_arm(view, column):
            continue
        values = explanation.values[name]
        answers = answer_words(values, column)
        for row in records(dependence(values, points[name], column)):
            group = context.counted.named(answers.index[answers == row["answer"]].astype("str"))
            shown = row["mean_points"] is not None
            mean = f"{row['mean_points']:+.1f}".replace("-", "−") if shown else "few"
            cells = [people(group), resting(mean, group)]
            rows.append([upper_first(column.label), str(row["answer"]), *cells])
    caption = "Mean points by answer, strongest columns"
    return [table(caption, ["Column", "Answer", "People", "Mean points"], rows)] if rows else []


def second_looks(view: ModelView) -> list[Block]:
    """Return what `drivers.json` holds as sentences and tables; nothing where it holds nothing."""
    drivers = view.model.facts.get("drivers")
    if not drivers or not drivers["drivers"]:
        return []
    instability = drivers["instability"]
    facts = {
        "refits": drivers["refits"],
        "people": drivers["people"],
        "unstable": len(drivers["unstable"]),
        "overlap": ", ".join(f"{k}: {100 * v:.0f}%" for k, v in drivers["top_overlap"].items()),
        "off": f"{100 * instability['mape']:.1f}",
        "often": few_in_100(instability["above_10"], drivers["people"]),
    }
    # A model stored before outcomes were shuffled was judged by its refits alone.
    shuffles = drivers.get("shuffles")
    judged = "refits_only" if shuffles is None else "refits"
    return [
        sentence(f"model.drivers.{judged}", shuffles=shuffles, **facts),
        _ranks(drivers),
        *_other_sharing(drivers.get("interventional")),
    ]


def _ranks(drivers: Mapping[str, Any]) -> Block:
    rises = {row["column"]: row["brier_rise"] for row in drivers.get("permutation", ())}
    rows = [
        [
            upper_first(str(row["label"])),
            row["rank"],
            f"{row['rank_low']:.0f} to {row['rank_high']:.0f}",
            f"{100 * row['agreement']:.0f}",
            f"{100 * row['flips']:.0f}",
            f"{rises.get(row['column'], float('nan')):.4f}".replace("-", "−"),
            _named(drivers, str(row["column"])),
        ]
        for row in drivers["drivers"][:MOST]
    ]
    names = ["Column", "Rank", "Rank in refits", "Same way, %", "Other way, %", "Brier rise"]
    return table("Would other patients have given the same drivers?", [*names, "Named"], rows)


def _named(drivers: Mapping[str, Any], column: str) -> str:
    """Whether a column is a reason on pages and in scores, by its own name or under its total."""
    if drivers.get("carried", {}).get(column, column) != column:
        return "with its total"
    return "no" if column in drivers["unstable"] else "yes"


def _other_sharing(gap: Mapping[str, Any] | None) -> list[Block]:
    if gap is None:
        return [sentence("model.drivers.additive")]
    if not gap:
        return []
    return [
        sentence(
            "model.drivers.interventional",
            people=gap["people"],
            background=gap["background"],
            mean=f"{gap['mean_gap']:.2f}",
            largest=f"{gap['largest_gap']:.1f}",
            same=f"{100 * gap['same_first']:.0f}",
        )
    ]
