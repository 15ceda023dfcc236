"""Footer: made when, by which version, from which model."""

from __future__ import annotations

from typing import Any

from predict.reporting.desk import Case
from predict.reporting.facts import FORMAT, number
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import day


def footer(case: Case) -> dict[str, Any]:
    """Return the page's provenance."""
    settings, lane = case.desk.settings, case.lane
    facts: dict[str, Any] = {
        "made": day(clean(settings.made, longest=40)),
        "version": settings.version,
        "format": FORMAT,
    }
    if lane is None:
        return facts
    stored = lane.model.facts
    facts["name"] = clean(lane.model.name, longest=64)
    for key, name in (("n", "n"), ("made", "trained"), ("id", "sha")):
        if stored.get(key) is not None:
            value = stored[key]
            facts[name] = number(value) if key == "n" else day(clean(value, longest=24))
    return facts
