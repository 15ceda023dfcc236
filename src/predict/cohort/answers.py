"""What every reader hands on: answers a person and a visit, and everything found wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from predict.cohort.source import MalformedRow
from predict.errors import Problem

# What to tell of a row that could not be cut into fields, by its code.
LOST = {
    "ROW_TOO_SHORT": "The row has too few fields; export the table again.",
    "ROW_TOO_LONG": "The row has too many fields; quote text that holds commas.",
}


@dataclass(frozen=True)
class RowFault:
    """One kind of fault of one column: the entries it refuses and the rows it stands in."""

    code: str
    column: str
    message: str
    entries: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Answers:
    """Answers by entry; an entry is a row of a wide table, a person of a long one.

    Parameters
    ----------
    ids : array of str
    rows : array of int
        Row of the table (from 1, header not counted) at which the entry begins.
    people : mapping of name -> array
        Numbers as floats, choices as text; missing is NaN or None.
    visits : mapping of visit -> name -> array of float
        Items in the instrument's own coding (``phq9_1``) and given totals (``phq9_total``).
    safety : mapping of ``phq9_9_baseline`` -> array of float
        Raw answers to safety items, also where the row is refused; NaN where there is none.
    closed : mapping of (visit, instrument) -> array of bool
        Who was not asked all items since a form's gate was closed; theirs count at the lowest.
    days : mapping of visit -> array of float
        When the answers were given: a date's number (``date.toordinal``), or the days since the
        start where the study counts days. Empty where the study states no dates.
    """

    ids: np.ndarray
    rows: np.ndarray
    people: Mapping[str, np.ndarray]
    visits: Mapping[str, Mapping[str, np.ndarray]]
    safety: Mapping[str, np.ndarray]
    faults: Sequence[RowFault] = ()
    notes: Sequence[Problem] = ()
    lost: Sequence[MalformedRow] = ()
    table_rows: int = 0
    facts: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, np.ndarray] = field(default_factory=dict)
    closed: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
