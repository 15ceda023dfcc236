"""Reporting standards filled from the artifacts of a run: TRIPOD+AI and PROBAST+AI."""

from __future__ import annotations

from predict.appraisal.evidence import Evidence
from predict.appraisal.probast import probast
from predict.appraisal.tripod import AUTOMATABLE, ITEMS, tripod

__all__ = ["AUTOMATABLE", "ITEMS", "Evidence", "probast", "tripod"]
