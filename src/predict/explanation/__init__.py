"""Reasons: of one person, of everybody, how stable they are, and what keeps them honest."""

from __future__ import annotations

from predict.explanation.dependence import dependence
from predict.explanation.interactions import interactions
from predict.explanation.reasons import TOLERANCE, Explanation, largest_remainder, reasons_of, whole
from predict.models.bootstrap import refit_many
from predict.models.calibration import secant
from predict.models.driver_stability import (
    driver_stability,
    drivers_facts,
    prediction_instability,
    top_overlap,
)
from predict.models.drivers import with_drivers
from predict.models.second_opinions import interventional_gap, permutation_importance

__all__ = [
    "TOLERANCE",
    "Explanation",
    "dependence",
    "driver_stability",
    "drivers_facts",
    "interactions",
    "interventional_gap",
    "largest_remainder",
    "permutation_importance",
    "prediction_instability",
    "reasons_of",
    "refit_many",
    "secant",
    "top_overlap",
    "whole",
    "with_drivers",
]
