"""How far to rely on one person's estimate: OK, NOTE, or STOP and no number at all."""

from __future__ import annotations

from predict.models.reliance.finding import Finding
from predict.models.reliance.profile import RelianceProfile, profile
from predict.models.reliance.rules import RULES, findings, judge
from predict.models.reliance.thresholds import Thresholds, threshold_problems
from predict.models.reliance.unproven import NO_BETTER, Standing, standing, unproven

__all__ = [
    "NO_BETTER",
    "RULES",
    "Finding",
    "RelianceProfile",
    "Standing",
    "Thresholds",
    "findings",
    "judge",
    "profile",
    "standing",
    "threshold_problems",
    "unproven",
]
