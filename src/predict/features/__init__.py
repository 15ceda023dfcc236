"""Features, row by row: each value of a person is computed from that person's row alone.

Whatever learns from other people belongs in the recipe (`prepare`), never here; the assembly checks
it by computing some people again on their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from predict.cohort import Cohort
from predict.errors import DesignError, unknown_name
from predict.features.bands import bands
from predict.features.columns import Column, Features, join
from predict.features.course import course
from predict.features.course_class import course_class
from predict.features.domains import domains
from predict.features.early import course_full, early_change
from predict.features.items import items
from predict.features.missing import missing
from predict.features.people import people
from predict.features.ratio import ratio
from predict.features.scales import scales

Block = Callable[[Cohort, str], Features]
BlockName = Literal[
    "items", "scales", "bands", "people", "course", "domains", "missing", "ratio", "early_change",
    "course_full", "course_class",
]  # fmt: skip

BLOCKS: dict[str, Block] = {
    "items": items,
    "scales": scales,
    "bands": bands,
    "people": people,
    "course": course,
    "domains": domains,
    "missing": missing,
    "ratio": ratio,
    "early_change": early_change,
    "course_full": course_full,
    "course_class": course_class,
}

__all__ = ["BLOCKS", "Block", "BlockName", "Column", "Features", "features_as_of"]


def features_as_of(cohort: Cohort, as_of: str, blocks: Sequence[str]) -> Features:
    """Return the features of everybody in the cohort as they are known at a visit.

    Parameters
    ----------
    cohort : Cohort
        People and their answers.
    as_of : str
        Visit at which the model predicts; nothing known later is read.
    blocks : sequence of str
        Names in `BLOCKS`, opted into one by one.

    Returns
    -------
    Features
        One row a person, in the cohort's order.

    Raises
    ------
    DesignError
        When no block has that name.
    """
    unknown = [name for name in blocks if name not in BLOCKS]
    if unknown:
        raise DesignError(unknown_name("block", unknown[0], BLOCKS), code="BLOCK_UNKNOWN")
    return join([BLOCKS[name](cohort, as_of) for name in blocks], cohort.people.index)
