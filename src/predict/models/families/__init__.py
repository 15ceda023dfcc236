"""Model families, from the one that knows nothing to boosted trees: rivals of each other.

Whatever another room has to know of a family it asks of its `Family`; no other room names one.
"""

from __future__ import annotations

from typing import Literal

from predict.models.families.additive import AdditiveFamily, Linear, Prior, Severity, Totals
from predict.models.families.attribution import Background
from predict.models.families.averaged import AveragedFamily
from predict.models.families.base import (
    Bench,
    Family,
    Fitted,
    FoldData,
    Params,
    Range,
    Resample,
    Trial,
)
from predict.models.families.boosted import Boosted

# The families that ship, for those who read types; a family from outside is known by its name only.
FamilyName = Literal["prior", "severity", "totals", "linear", "boosted", "averaged"]

# What every model is held against: nothing known of the person, and how ill they are.
PRIOR, SEVERITY, TOTALS = Prior(), Severity(), Totals()
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        PRIOR,
        SEVERITY,
        TOTALS,
        Linear(),
        Boosted(),
        AveragedFamily(),
    )
}


def simplest_first() -> tuple[str, ...]:
    """Return the names of all families, from the simplest to the most flexible.

    Where two do equally well the earlier one is preferred.

    Examples
    --------
    >>> simplest_first()
    ('prior', 'severity', 'totals', 'linear', 'boosted', 'averaged')
    """
    return tuple(sorted(FAMILIES, key=lambda name: FAMILIES[name].rank))


__all__ = [
    "FAMILIES",
    "PRIOR",
    "SEVERITY",
    "TOTALS",
    "AdditiveFamily",
    "Background",
    "Bench",
    "Family",
    "FamilyName",
    "Fitted",
    "FoldData",
    "Params",
    "Range",
    "Resample",
    "Trial",
    "simplest_first",
]
