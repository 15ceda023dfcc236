"""Own expectation: the reader's view before the number is seen."""

from __future__ import annotations

from typing import Any

from predict.reporting.asked import outcome_words
from predict.reporting.desk import Case
from predict.reporting.facts import NotApplicable


def expectation(case: Case) -> dict[str, Any] | NotApplicable:
    """Return the line that asks for the reader's own expectation."""
    lane = case.lane
    if not case.desk.settings.own_expectation:
        return NotApplicable("the site chose to leave it out")
    if lane is None or not case.shown(lane):
        return NotApplicable("no estimate is shown")
    return {"verb": outcome_words(lane.model)["verb"]}
