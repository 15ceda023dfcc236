"""Exact contributions of boosted trees for less than the price of a prediction.

The compiler reads XGBoost's own JSON and needs neither XGBoost nor numba; see
``docs/attribution.md`` for the mathematics and the measurements.
"""

from predict.models.families.attribution.marginal import Background, against, background_of
from predict.models.families.attribution.refusal import REASONS, Refused
from predict.models.families.attribution.tables import (
    Contributions,
    Fallback,
    Tables,
    compile_booster,
    compile_or_fall_back,
)

__all__ = [
    "REASONS",
    "Background",
    "Contributions",
    "Fallback",
    "Refused",
    "Tables",
    "against",
    "background_of",
    "compile_booster",
    "compile_or_fall_back",
]
