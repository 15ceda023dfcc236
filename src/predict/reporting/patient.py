"""The facts of one patient's page: every section in order, or why it is absent."""

from __future__ import annotations

from typing import Any

from predict.reporting.desk import Case
from predict.reporting.facts import FORMAT, filled
from predict.reporting.sections import PATIENT


def patient_facts(case: Case) -> dict[str, Any]:
    """Return all facts of a page; the page is made from these alone."""
    sections = {name: filled(section(case)) for name, section in PATIENT.items()}
    settings = case.desk.settings
    return {
        "format": FORMAT,
        "kind": "patient",
        "language": settings.language,
        "reveal": settings.reveal and sections["estimate"]["state"] == "shown",
        "sections": sections,
    }
