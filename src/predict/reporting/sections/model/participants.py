"""Participants: who came in, who was left out and why, and what that does to the rate."""

from __future__ import annotations

from typing import Any

from predict.reporting.blocks import counted, sentence, table
from predict.reporting.blocks import section as blocks
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import in_100
from predict.reporting.sections.patient.limits import lost_share
from predict.reporting.wording import load_catalogue


def participants(desk: Desk, lane: Lane) -> dict[str, Any]:
    """Return the flow of exclusions and the rate under two readings."""
    flow = desk.cohort.flow
    rows = [[r["step"], counted(float(r["n"])), r["why"]] for r in flow.to_dict("records")]
    parts: list[dict[str, Any]] = [
        table("This table, step by step", ["Step", "People", "Why"], rows)
    ]
    left = lane.model.facts.get("left_out")
    if left is not None:
        parts.append(_left_out(lane, left))
    rate, lost = float(lane.model.facts.get("rate", 0)), lost_share(lane)
    if lost:
        facts = {"rate": in_100(rate), "worst": in_100(rate * (1 - lost)), "lost": in_100(lost)}
        parts.append(sentence("model.participants.readings", **facts))
    return blocks(*parts)


def _left_out(lane: Lane, left: Any) -> dict[str, Any]:
    say = load_catalogue()
    rows = [["learned from", counted(float(lane.model.facts.get("n", 0)))]]
    for why, count in left.items():
        key = f"model.why.{str(why).lower()}"
        rows.append([say.text(key, {}) if say.has(key) else str(why), counted(float(count))])
    return table("The model's people, and who was left out", ["Group", "People"], rows)
