"""All estimates: every stored model of this person in one table."""

from __future__ import annotations

from typing import Any

from predict.reporting.asked import outcome_words, short_title
from predict.reporting.desk import Case, Lane
from predict.reporting.facts import NotApplicable, number
from predict.reporting.sections.patient.estimate import group, numbers
from predict.reporting.words import humanize, when


def others(case: Case) -> dict[str, Any] | NotApplicable:
    """Return one row a model; a round not yet begun shows the group's rate, named as such."""
    lanes = case.desk.lanes
    if len(lanes) < 2 or not case.valid:
        return NotApplicable("only one model is stored" if case.valid else "no answers were read")
    if not case.shown(case.lane):
        return NotApplicable("no estimate is shown on this page")
    rows = [_row(case, lane) for lane in lanes]
    shown = [row for row in rows if row["state"] == "shown"]
    facts: dict[str, Any] = {
        "rows": rows,
        "level": next((row["level"] for row in shown if "level" in row), None),
        "when": when(case.desk.study, case.lane.model.as_of) if case.lane and shown else "",
        "noun": rows[0]["noun"] if len({row["noun"] for row in rows}) == 1 else "outcome",
    }
    return facts | _round_two(case)


def _row(case: Case, lane: Lane) -> dict[str, Any]:
    words = outcome_words(lane.model)
    facts: dict[str, Any] = {
        **words,
        **group(lane),
        "title": short_title(lane.model),
        "state": "none",
    }
    if case.shown(lane):
        return {**facts, "state": "shown", **numbers(case.score(lane))}
    study = case.desk.study
    if not case.began(lane.model.as_of) and study.order(lane.model.as_of) > 0:
        facts |= {"state": "not_begun", "before": _before(lane)}
    return facts


def _before(lane: Lane) -> str:
    """The round that has to end before this model can speak."""
    names = list(lane.model.study.rounds)
    place = names.index(lane.model.round)
    return humanize(names[max(place - 1, 0)])


def _round_two(case: Case) -> dict[str, Any]:
    """What the figures of a later round leave out."""
    lane = next((lane for lane in case.desk.lanes if lane.model.round != "one"), None)
    if lane is None:
        return {}
    if case.desk.study.treatment.round_two == "scheduled":
        return {"selection": "scheduled"}
    left = lane.model.facts.get("left_out") or {}
    counts = {str(key): float(value) for key, value in left.items()}
    stayed = next((v for k, v in counts.items() if k.lower().endswith("not_in_round")), None)
    if stayed is None:
        return {"selection": "chosen_some"}
    everyone = sum(counts.values()) + float(lane.model.facts["n"])
    tenth = round(10 * (1 - stayed / everyone))
    return {"selection": "chosen", "n": number(min(9, max(1, tenth)))}
