"""Reports: facts first, pages made from facts alone.

`report` lays everything out and returns a `Report`; its `save` writes a worklist, the model's page
and a page a patient, each beside the facts it was made from.
"""

from __future__ import annotations

from predict.reports.facts import FORMAT, NotApplicable
from predict.reports.report import Report, patient_facts, report

__all__ = ["FORMAT", "NotApplicable", "Report", "patient_facts", "report"]
