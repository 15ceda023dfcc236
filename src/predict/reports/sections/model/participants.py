"""Participants: who came in, who was left out and why, and what that does to the rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from predict.analysis.attrition import comparisons, flow
from predict.appraisal.study_groups import table_steps
from predict.definitions.wording import load_catalogue
from predict.reports.content import counted, figure, people, ranged, resting, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100, number
from predict.reports.people import Learned
from predict.reports.sections.model.judged import evaluation_table, records
from predict.reports.sections.patient.limits import LOST, lost_share
from predict.reports.words import humanize
from predict.statistics.disclosure import Mask, Table


def participants(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the flow, who was left out, completers against the lost, and three readings."""
    parts: list[dict[str, Any]] = []
    if not context.cohort.people.empty:
        parts += [_flow(context), _compared(context)]
    left = view.model.facts.get("left_out")
    if left is not None:
        parts.append(_left_out(context.learned(view)))
    parts += _lost(context, view)
    readings = evaluation_table(view, "readings")
    if readings is not None:
        parts.append(_readings(readings, _of_rates(context.learned(view))))
    return blocks(*parts)


def _of_rates(learned: Learned) -> tuple[Mask, ...]:
    """Return the groups that a rate among all who started tells of, beside the completers'."""
    lost = [learned.left_out[why] for why in LOST if why in learned.left_out]
    return (learned.everyone, learned.events, *lost)


def _lost(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    rate, lost = float(view.model.facts.get("rate", 0)), lost_share(view)
    if not lost:
        return []
    groups = _of_rates(context.learned(view))
    facts = {"rate": rate, "worst": rate * (1 - lost), "lost": lost}
    shares = {name: resting(in_100(share), *groups) for name, share in facts.items()}
    return [sentence("model.participants.readings", **shares)]


def _flow(context: ReportContext) -> dict[str, Any]:
    """The way through the study as boxes; small losses are not named."""
    groups, study = context.counted, flow(context.cohort)
    left = [groups.of(step.left) for step in study]
    boxes = [resting(f"n = {number(int(g.sum()))}", g, instead="n = few") for g in left]
    lost = [[[humanize(why), people(groups.of(m))] for why, m in s.lost.items()] for s in study]
    steps = [
        [humanize(step.name), box, reasons]
        for step, box, reasons in zip(study, boxes, lost, strict=True)
    ]
    ends = f"From {boxes[0].value} valid people to {boxes[-1].value} at the end of the last round."
    reading = resting(ends, left[0], left[-1], instead="Small groups are not told.")
    shown = table("This table, step by step", ["Step", "People", "Why"], _table_steps(context))
    return figure("flow", "The way through the study", reading, {"steps": steps}, shown)


def _table_steps(context: ReportContext) -> list[list[Any]]:
    """How many there are, how many each fault refuses, how many answered at each visit."""
    rows = context.cohort.flow.to_dict("records")
    steps = table_steps(context.cohort)
    size = context.counted.size
    return [
        [row["step"], _step(group, size), str(row["why"] or "")]
        for row, (_, group) in zip(rows, steps, strict=True)
    ]


def _step(group: Mask | int, size: int) -> Any:
    if isinstance(group, int):
        return counted(group)
    return people(np.concatenate([group, np.zeros(size - len(group), dtype=bool)]))


def _compared(context: ReportContext) -> dict[str, Any]:
    compared = comparisons(context.cohort)
    wide: dict[tuple[str, str, str], dict[str, Any]] = {}
    for place, row in enumerate(records(compared.frame)):
        key = (str(row["round"]), str(row["variable"]), str(row["level"] or ""))
        groups = _groups(context, compared, place)
        cells = wide.setdefault(key, {"gap": resting(_signed(row["difference"]), *groups)})
        cells[str(row["group"])] = _mean(row, groups)
    rows = [
        [
            f"{humanize(variable)}{': ' + level if level else ''}",
            f"round {turn}",
            cells.get("completers"),
            cells.get("lost"),
            cells["gap"],
        ]
        for (turn, variable, level), cells in wide.items()
    ]
    columns = ["Fact", "Round", "Completers: mean (n)", "Lost: mean (n)", "Standardised difference"]
    return table("Completers against the lost, at the start", columns, rows)


def _groups(context: ReportContext, compared: Table, row: int) -> tuple[Mask, ...]:
    """Return every group that a row of the comparison tells of."""
    own = [mask for (place, _), mask in compared.masks.items() if place == row]
    return tuple(context.counted.of(mask) for mask in (*own, *compared.rests[row, "difference"]))


def _mean(row: dict[str, Any], groups: tuple[Mask, ...]) -> Any:
    if row["mean"] is None:
        return "few"
    return resting(f"{row['mean']:.2f} ({number(row['n'])})".replace("-", "−"), *groups)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _left_out(learned: Learned) -> dict[str, Any]:
    say = load_catalogue()
    rows: list[list[Any]] = [["learned from", people(learned.everyone)]]
    for why, group in learned.left_out.items():
        key = f"model.why.{str(why).lower()}"
        title = say.text(key, {}) if say.has(key) else humanize(str(why))
        rows.append([title, people(group)])
    return table("The model's people, and who was left out", ["Group", "People"], rows)


def _readings(readings: Any, groups: tuple[Mask, ...]) -> dict[str, Any]:
    wide: dict[str, dict[str, Any]] = {}
    for row in records(readings):
        wide.setdefault(humanize(str(row["reading"])), {})[str(row["metric"])] = row
    rows = [
        [
            name,
            resting(ranged(own["rate"], 3), *groups) if "rate" in own else "–",
            *[ranged(own[m], 3) if m in own else "–" for m in ("auroc", "brier", "o_e")],
        ]
        for name, own in wide.items()
    ]
    columns = ["Reading", "Rate", "AUROC", "Brier", "Observed / expected"]
    return table("Three readings of the same model, with 95% intervals", columns, rows)
