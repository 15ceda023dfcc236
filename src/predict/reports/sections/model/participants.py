"""Participants: who came in, who was left out and why, and what that does to the rate."""

from __future__ import annotations

from typing import Any

from predict.analysis.attrition import comparisons, flow
from predict.reports.content import counted, figure, ranged, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.reports.sections.model.judged import records, told
from predict.reports.sections.patient.limits import lost_share
from predict.reports.wording import load_catalogue
from predict.reports.words import humanize
from predict.statistics.disclosure import protect


def participants(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the flow, who was left out, completers against the lost, and three readings."""
    parts: list[dict[str, Any]] = []
    if not context.cohort.people.empty:
        parts += [_flow(context), _compared(context)]
    left = view.model.facts.get("left_out")
    if left is not None:
        parts.append(_left_out(view, left))
    rate, lost = float(view.model.facts.get("rate", 0)), lost_share(view)
    if lost:
        facts = {"rate": in_100(rate), "worst": in_100(rate * (1 - lost)), "lost": in_100(lost)}
        parts.append(sentence("model.participants.readings", **facts))
    readings = told(view, "readings")
    if readings is not None:
        parts.append(_readings(readings))
    return blocks(*parts)


def _flow(context: ReportContext) -> dict[str, Any]:
    """The way through the study as boxes; small losses are not named."""
    cohort = context.cohort
    steps = [
        [
            humanize(step.name),
            f"n = {counted(int(step.left.sum()))}",
            [[humanize(why), counted(int(mask.sum()))] for why, mask in step.lost.items()],
        ]
        for step in flow(cohort)
    ]
    rows = [
        [r["step"], counted(float(r["n"])), str(r["why"] or "")]
        for r in cohort.flow.to_dict("records")
    ]
    shown = table("This table, step by step", ["Step", "People", "Why"], rows)
    first, last = steps[0][1], steps[-1][1]
    reading = f"From {first} valid people to {last} at the end of the last round."
    return figure("flow", "The way through the study", reading, {"steps": steps}, shown)


def _compared(context: ReportContext) -> dict[str, Any]:
    safe = protect((comparisons(context.cohort),)).tables[0]
    pairs: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in records(safe.frame):
        key = (str(row["round"]), str(row["variable"]), str(row["level"] or ""))
        pairs.setdefault(key, {"gap": row["difference"]})[str(row["group"])] = row
    rows = [
        [
            f"{humanize(variable)}{': ' + level if level else ''}",
            f"round {turn}",
            _mean(pair.get("completers")),
            _mean(pair.get("lost")),
            "–" if pair["gap"] is None else f"{pair['gap']:.2f}".replace("-", "−"),
        ]
        for (turn, variable, level), pair in pairs.items()
    ]
    columns = ["Fact", "Round", "Completers: mean (n)", "Lost: mean (n)", "Standardised difference"]
    return table("Completers against the lost, at the start", columns, rows)


def _mean(row: dict[str, Any] | None) -> str:
    if row is None or row["mean"] is None or row["n"] is None:
        return "few"
    return f"{row['mean']:.2f} ({counted(float(row['n']))})".replace("-", "−")


def _left_out(view: ModelView, left: Any) -> dict[str, Any]:
    say = load_catalogue()
    rows = [["learned from", counted(float(view.model.facts.get("n", 0)))]]
    for why, count in left.items():
        key = f"model.why.{str(why).lower()}"
        rows.append(
            [say.text(key, {}) if say.has(key) else humanize(str(why)), counted(float(count))]
        )
    return table("The model's people, and who was left out", ["Group", "People"], rows)


def _readings(readings: Any) -> dict[str, Any]:
    wide: dict[str, dict[str, Any]] = {}
    for row in records(readings):
        wide.setdefault(humanize(str(row["reading"])), {})[str(row["metric"])] = row
    rows = [
        [name, *[ranged(own[m], 3) if m in own else "–" for m in ("rate", "auroc", "brier", "o_e")]]
        for name, own in wide.items()
    ]
    columns = ["Reading", "Rate", "AUROC", "Brier", "Observed / expected"]
    return table("Three readings of the same model, with 95% intervals", columns, rows)
