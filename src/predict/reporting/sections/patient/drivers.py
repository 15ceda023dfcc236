"""Reasons: a ledger from the model's starting estimate to this patient's, that adds up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from predict.reporting.asked import outcome_words
from predict.reporting.desk import Case, Lane
from predict.reporting.facts import NotApplicable, signed, whole
from predict.reporting.sections.patient.estimate import group
from predict.reporting.wording import load_catalogue
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import column_words, item_number

if TYPE_CHECKING:
    from predict.features import Column

MOST_ROWS = 6
SMALLEST_SCALE = 5
TOLD_GAP = 0.5


def drivers(case: Case) -> dict[str, Any] | NotApplicable:
    """Return rows that lowered and raised the estimate, the rest in one line, start and end.

    Safety items and columns whose direction is not stable are counted in the rest, never shown
    with a sign.
    """
    lane = case.lane
    if lane is None or not case.shown(lane):
        return NotApplicable("no estimate is shown")
    points = lane.points.get(case.id)
    if points is None:
        return {"failed": True}
    end = whole(float(case.score(lane)["probability"]))
    start = min(99, max(1, int(points["start"])))
    rows = _largest(lane, points)
    lowered = [_row(case, lane, name, step) for name, step in rows if step < 0]
    raised = [_row(case, lane, name, step) for name, step in rows if step > 0]
    rest = end - start - sum(step for _, step in rows)
    shared = {**outcome_words(lane.model), **group(lane)}
    return {
        **shared,
        "start": start,
        "end": end,
        "lowered": _group(lowered),
        "raised": _group(raised),
        "others": _others(lane, len(rows), rest),
        "widest": max([SMALLEST_SCALE, abs(rest), *(abs(step) for _, step in rows)]),
        "gap": _gap(lane, start) > TOLD_GAP,
    }


def _gap(lane: Lane, start: int) -> float:
    """Points between the model's starting estimate and the rate of all patients."""
    rate = lane.model.facts.get("rate")
    if rate is None:
        return 0.0
    log_odds = None if lane.explanation is None else lane.explanation.start
    exact = start if log_odds is None else 100 / (1 + math.exp(-log_odds))
    return abs(exact - 100 * float(rate))


def _largest(lane: Lane, points: Any) -> list[tuple[str, int]]:
    """The largest steps of at least one point that may be shown, biggest first."""
    shown = [
        (column.name, int(points[column.name]))
        for column in lane.model.columns
        if column.name not in unsigned(lane) and points[column.name]
    ]
    return sorted(shown, key=lambda pair: (-abs(pair[1]), pair[0]))[:MOST_ROWS]


def unsigned(lane: Lane) -> frozenset[str]:
    """Return the columns never shown with a sign.

    They are safety items, the treatment's arm (its sign would read as the treatment's worth), and
    columns whose direction changed in more than a fifth of the refits.
    """
    columns = lane.model.columns
    hidden = {column.name for column in columns if column.safety or is_arm(lane, column)}
    unstable = (lane.model.facts.get("drivers") or {}).get("unstable") or ()
    return frozenset(hidden | set(map(str, unstable)))


def is_arm(lane: Lane, column: Column) -> bool:
    """Return whether a column holds the arm of a study with a comparison group."""
    arm = lane.model.study.treatment.arm
    return arm is not None and column.source == "people" and arm in (column.name, column.item)


def _row(case: Case, lane: Lane, name: str, step: int) -> dict[str, Any]:
    column = lane.columns[name]
    value = lane.values.get(case.id, {}).get(name)
    label, words, source = column_words(case.desk.study, column, value)
    missing = load_catalogue(case.desk.settings.language).text("drivers.not_answered", {})
    return {
        "label": clean(label, longest=120),
        "answer": clean(words or missing, longest=80),
        "source": source,
        "points": step,
        "text": signed(step),
    }


def _group(rows: list[dict[str, Any]]) -> dict[str, Any]:
    total = sum(row["points"] for row in rows)
    return {"rows": rows, "points": total, "text": signed(total)}


def _others(lane: Lane, shown: int, rest: int) -> dict[str, Any]:
    """The rest in one line; it says when a safety item or the arm is among them."""
    safety = [column for column in lane.model.columns if column.safety]
    facts: dict[str, Any] = {
        "count": len(lane.model.columns) - shown,
        "points": rest,
        "text": signed(rest),
    }
    if safety:
        instrument = lane.model.study.instruments[safety[0].source].instrument
        facts["number"] = item_number(instrument, safety[0].item)
    facts["arm"] = any(is_arm(lane, column) for column in lane.model.columns)
    return facts
