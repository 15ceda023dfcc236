"""Reasons: of one person, of everybody, how stable they are, and what keeps them honest."""

from __future__ import annotations

from predict.explanation.crosschecks import interventional_gap, permutation_importance
from predict.explanation.dependence import dependence
from predict.explanation.drivers import with_drivers
from predict.explanation.interactions import interactions
from predict.explanation.reasons import TOLERANCE, Explanation, reasons_of
from predict.explanation.rounding import largest_remainder, secant, whole
from predict.explanation.stability import (
    driver_stability,
    drivers_facts,
    prediction_instability,
    top_overlap,
)

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
    "secant",
    "top_overlap",
    "whole",
    "with_drivers",
]
