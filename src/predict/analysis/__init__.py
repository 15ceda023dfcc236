"""Analyses of a cohort that need no model: each returns tables and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from predict.analysis.courses import CourseSettings, Trajectories, trajectories
from predict.analysis.networks import NetworkSettings, SymptomNetwork, symptom_network

__all__ = [
    "ANALYSES",
    "CourseSettings",
    "NetworkSettings",
    "SymptomNetwork",
    "Trajectories",
    "symptom_network",
    "trajectories",
]

ANALYSES: dict[str, Callable[..., Any]] = {
    "network": symptom_network,
    "courses": trajectories,
}
