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
    known = {visit: visit for visit in study.visits}
    known |= dict(study.visit_values.items())
    known |= dict.fromkeys(study.ignored_visits, "")
    known |= {grammar.canonical_number(text): visit for text, visit in known.items()}
    values, unknown = grammar.choices(column, known, ())
    blank = np.array([value is None for value in values], dtype=bool)
    order = {visit: place for place, visit in enumerate(study.visits)}
    places = np.array([order.get(value or "", NO_VISIT) for value in values], dtype=np.int64)
    return places, unknown | blank
