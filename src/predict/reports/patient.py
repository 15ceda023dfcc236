"""The facts of one patient's page: every section in order, or why it is absent."""

from __future__ import annotations

from typing import Any

from predict.reports.context import PatientView
from predict.reports.facts import FORMAT, filled
from predict.reports.sections import PATIENT


def patient_facts(patient: PatientView) -> dict[str, Any]:
    """Return all facts of a page; the page is made from these alone."""
    sections = {name: filled(section(patient)) for name, section in PATIENT.items()}
    settings = patient.context.settings
    return {
        "format": FORMAT,
        "kind": "patient",
        "language": settings.language,
        "hide_until_opened": settings.hide_until_opened
        and sections["estimate"]["state"] == "shown",
        "sections": sections,
    }
