"""Analyses of a cohort that need no model: each returns tables and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.analysis.networks import NetworkSettings, SymptomNetwork, symptom_network
from predict.analysis.outcome_report import attrition_tables, outcome_tables
from predict.analysis.sharing import shared
from predict.analysis.trajectories import CourseSettings, Trajectories, trajectories
from predict.analysis.write_results import Result, write_results

__all__ = [
    "ANALYSES",
    "CourseSettings",
    "NetworkSettings",
    "Result",
    "SymptomNetwork",
    "Trajectories",
    "attrition_tables",
    "outcome_tables",
    "shared",
    "symptom_network",
    "trajectories",
    "write_results",
]

ANALYSES: dict[str, Callable[..., Any]] = {
    "outcomes": outcome_tables,
    "attrition": attrition_tables,
    "network": symptom_network,
    "courses": trajectories,
}
