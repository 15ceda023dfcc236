"""What the page cannot tell: fixed texts, chosen by the study's treatment facts."""

from __future__ import annotations

from typing import Any

from predict.reporting.asked import outcome_words
from predict.reporting.desk import Case, Lane
from predict.reporting.facts import whole

# A treatment named by one of these words has its own sentences in the catalogue.
TREATMENTS = ("ketamine",)


def limits(case: Case) -> dict[str, Any]:
    """Return the keys of the four limits with their facts."""
    treatment, lane = case.desk.study.treatment, case.lane
    noun = outcome_words(lane.model)["noun"] if lane else "response"
    lost = lost_share(lane) if lane else None
    facts: dict[str, Any] = {"treatment": treatment.name, "noun": noun}
    if lost is not None:
        facts["lost"] = whole(lost)
    group = "comparison" if treatment.comparison else own(treatment.name, "no_comparison")
    stop = "lost_unknown" if lost is None else "lost"
    return {**facts, "says": [group, "change", stop, own(treatment.name, "safety")]}


def own(treatment: str, key: str) -> str:
    """Return the key of a treatment's own sentence, or the general one.

    Examples
    --------
    >>> own("at-home ketamine programme", "safety"), own("talking therapy", "safety")
    ('safety_ketamine', 'safety')
    """
    named = [word for word in TREATMENTS if word in treatment.lower()]
    return f"{key}_{named[0]}" if named else key


def lost_share(lane: Lane) -> float | None:
    """Return the share of those who started whose outcome is unknown, or None if not recorded."""
    left = lane.model.facts.get("left_out")
    if left is None:
        return None
    lost = float(left.get("no_end_score", 0))
    started = float(lane.model.facts["n"]) + lost
    return lost / started if lost else None
