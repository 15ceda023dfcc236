"""How far to rely on one person's estimate: OK, NOTE, or STOP and no number at all."""

from __future__ import annotations

from predict.models.reliance.finding import REASONS, Finding, Reason, Reasons
from predict.models.reliance.profile import RelianceProfile, profile
from predict.models.reliance.rules import (
    RULES,
    Judged,
    answer_findings,
    estimate_findings,
    findings,
    judge,
    weighed,
    with_usual,
)
from predict.models.reliance.thresholds import Thresholds, threshold_problems
from predict.models.reliance.unproven import NO_BETTER, Standing, standing, unproven

__all__ = [
    "NO_BETTER",
    "REASONS",
    "RULES",
    "Finding",
    "Judged",
    "Reason",
    "Reasons",
    "RelianceProfile",
    "Standing",
    "Thresholds",
    "answer_findings",
    "estimate_findings",
    "findings",
    "judge",
    "profile",
    "standing",
    "threshold_problems",
    "unproven",
    "weighed",
    "with_usual",
]
