"""Model families, from the one that knows nothing to boosted trees: rivals of each other."""

from __future__ import annotations

from predict.models.families.additive import Linear, Prior, Severity, Totals
from predict.models.families.base import Bench, Family, Fitted, FoldData, Range, Trial
from predict.models.families.boosted import Boosted

FAMILIES: dict[str, Family] = {
    "prior": Prior(),
    "severity": Severity(),
    "totals": Totals(),
    "linear": Linear(),
    "boosted": Boosted(),
}

__all__ = ["FAMILIES", "Bench", "Family", "Fitted", "FoldData", "Range", "Trial"]
