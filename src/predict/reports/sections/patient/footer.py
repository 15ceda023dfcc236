"""Footer: made when, by which version, from which model."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording.catalogue import clean
from predict.reports.context import PatientView
from predict.reports.facts import FORMAT


def footer(patient: PatientView) -> dict[str, Any]:
    """Return the page's provenance."""
    settings, view, say = patient.context.settings, patient.view, patient.context.say
    facts: dict[str, Any] = {
        "made": say.day(clean(settings.made, longest=40)),
        "version": settings.version,
        "format": FORMAT,
    }
    if view is None:
        return facts
    stored = view.model.facts
    facts["name"] = clean(view.model.name, longest=64)
    for key, name in (("n", "n"), ("made", "trained"), ("id", "sha")):
        if stored.get(key) is not None:
            value = stored[key]
            facts[name] = say.number(value) if key == "n" else say.day(clean(value, longest=24))
    return facts
