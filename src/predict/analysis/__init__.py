"""Analyses of a cohort that need no model: each returns tables and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.analysis.networks import NetworkSettings, SymptomNetwork, symptom_network
from predict.analysis.outcome_report import Tables, attrition_tables, outcome_tables
from predict.analysis.trajectories import CourseSettings, Trajectories, trajectories

__all__ = [
    "ANALYSES",
    "CourseSettings",
    "NetworkSettings",
    "SymptomNetwork",
    "Tables",
    "Trajectories",
    "attrition_tables",
    "outcome_tables",
    "symptom_network",
    "trajectories",
]

ANALYSES: dict[str, Callable[..., Any]] = {
    "outcomes": outcome_tables,
    "attrition": attrition_tables,
    "network": symptom_network,
    "courses": trajectories,
}
