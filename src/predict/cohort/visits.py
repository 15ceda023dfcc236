"""Which visit each row of a long table belongs to."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from predict.cohort import grammar
from predict.definitions.study import Study

NO_VISIT = -1


def visit_places(study: Study, column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each cell's visit, -1 for none, and whether the study knows no such one.

    Examples
    --------
    >>> from predict.definitions.study import read_study
    >>> study = read_study({
    ...     "id": "person", "layout": "long", "visit": "visit", "visits": ["start", "end"],
    ...     "rounds": {}, "instruments": {"phq9": {"total": "phq9"}}, "ignored_visits": ["call"],
    ... })
    >>> places, odd = visit_places(study, pa.chunked_array([["end", "call", "other", ""]]))
    >>> places.tolist(), odd.tolist()
    ([1, -1, -1, -1], [False, False, True, True])
    """
    visits = {visit: visit for visit in study.visits}
    visits |= dict(study.visit_values.items())
    visits |= dict.fromkeys(study.ignored_visits, "")
    visits |= {grammar.canonical_number(text): visit for text, visit in visits.items()}
    values, unknown = grammar.choices(column, visits, ())
    blank = np.array([value is None for value in values], dtype=bool)
    order = {visit: place for place, visit in enumerate(study.visits)}
    places = np.array([order.get(value or "", NO_VISIT) for value in values], dtype=np.int64)
    return places, unknown | blank
