"""Scores for a table: from one patient in a notebook to files that are read in parts."""

from __future__ import annotations

from predict.scoring.doors import explain, passed_reasons, score, scored, validate
from predict.scoring.rows import COLUMNS, Explain, Scored
from predict.scoring.scoring_pass import ACTIONS, ScoringPass

__all__ = [
    "ACTIONS",
    "COLUMNS",
    "Explain",
    "Scored",
    "ScoringPass",
    "explain",
    "passed_reasons",
    "score",
    "scored",
    "validate",
]
