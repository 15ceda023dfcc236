"""Wide layout: which of several rows of one person counts, judged whole or from chunks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from predict.cohort.cells import Reading
from predict.cohort.dates import days_at
from predict.cohort.repeated_rows import blank_kept, choose, filled_parts, repeated
from predict.cohort.source import Source
from predict.definitions.study import Study
from predict.errors import Problem

EMPTY, REPEATED = "ROW_EMPTY", "ID_REPEATED"
REFUSED = {
    REPEATED: "This id stands in more than one row; keep one row a person, or set duplicates.",
    EMPTY: "This row holds nothing that the study reads, and another row of the id counts.",
}


@dataclass(frozen=True)
class Contents:
    """What decides among rows of one person: what each row holds, by instrument, and its day."""

    parts: Mapping[str, np.ndarray]
    day: np.ndarray


def refuse_repeated(reading: Reading, ids: np.ndarray, visits: tuple[str, ...]) -> None:
    """Refuse the rows of an id that stands twice, all of them or all but the one that counts."""
    named = np.flatnonzero(ids != "")
    _, group = np.unique(ids[named].astype(str), return_inverse=True)
    twice = repeated(group)
    rows = named[twice]
    if not len(rows):
        return
    content = contents(reading.source, reading.study, visits, rows)
    codes, notes = decide(group[twice], content, reading.study.duplicates)
    for code, message in REFUSED.items():
        reading.fault(code, reading.study.id, message, rows[codes == code])
    reading.notes.extend(notes)


def contents(source: Source, study: Study, visits: tuple[str, ...], rows: np.ndarray) -> Contents:
    """Return what some rows of a table hold of what is read at these visits.

    Parameters
    ----------
    rows : array of int
        Places in the table.
    """
    some = source.table.take(pa.array(rows, pa.int64()))
    quiet = Reading(replace(source, table=some, lost=()), study)
    dated = study.duplicates != "refuse" and bool(study.dates.pattern)
    day = days_at(quiet, study.visits[0]) if dated else np.full(len(rows), np.nan)
    return Contents(filled_parts(some, study, visits, facts=True), day)


def together(some: Sequence[Contents]) -> Contents:
    """Return what rows of several chunks hold, in their order."""
    names = some[0].parts
    parts = {name: np.concatenate([each.parts[name] for each in some]) for name in names}
    return Contents(parts, np.concatenate([each.day for each in some]))


def decide(group: np.ndarray, content: Contents, rule: str) -> tuple[np.ndarray, list[Problem]]:
    """Return the code that refuses each row of a repeated id (empty: it counts), and warnings."""
    filled = np.logical_or.reduce(list(content.parts.values()))
    chosen = choose(group, filled, content.day, rule, None)
    codes = np.full(len(group), "", dtype=object)
    codes[chosen.empty] = EMPTY
    if rule == "refuse":
        codes[~chosen.empty & np.isin(group, group[chosen.dropped])] = REPEATED
        return codes, []
    codes[chosen.dropped] = REPEATED
    return codes, list(blank_kept(content.parts, group, chosen))
