"""Which of several rows counts: of one person in a wide table, of one person and visit in a long.

Rows that hold nothing the study reads do not compete with one that does. Among the others the
study's rule decides, by date where it states dates, so that no answer depends on the order of a
file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from predict.cohort import grammar
from predict.definitions.study import MeasureColumns, Study
from predict.errors import Problem


@dataclass(frozen=True)
class Chosen:
    """What becomes of rows that stand more than once.

    Parameters
    ----------
    counted, empty : array of bool, shape (rows,)
        The row that counts of each group; rows that hold nothing while another row stands for them.
    """

    counted: np.ndarray
    empty: np.ndarray

    @property
    def dropped(self) -> np.ndarray:
        """Rows that hold something and do not count."""
        return np.asarray(~self.counted & ~self.empty)


def choose(
    group: np.ndarray, filled: np.ndarray, day: np.ndarray, rule: str, target: np.ndarray | None
) -> Chosen:
    """Return which row of each group counts.

    Parameters
    ----------
    group : array of int, shape (rows,)
        Equal for rows of which one is to count; rows in the order of the table.
    filled : array of bool, shape (rows,)
        Whether the row holds anything that the study reads.
    day : array of float, shape (rows,)
        The row's day; NaN where it is unknown: such a row counts only where no other is dated.
    rule : str
        ``first``, ``last`` or ``nearest`` (to the target); ``refuse`` keeps the first.
    target : array of float or None
        Day that each row should be nearest to.

    Examples
    --------
    >>> group, filled = np.array([1, 1, 1, 2]), np.array([False, True, True, False])
    >>> chosen = choose(group, filled, np.array([np.nan, 9.0, 2.0, 5.0]), "first", None)
    >>> chosen.counted.tolist(), chosen.empty.tolist(), chosen.dropped.tolist()
    ([False, False, True, True], [True, False, False, False], [False, True, False, False])
    """
    place = np.arange(len(group))
    if rule == "nearest" and target is not None:
        keys = [np.abs(day - target), day, place]
    else:
        keys = [-day, -place] if rule == "last" else [day, place]
    wanted = [np.where(np.isnan(key), np.inf, key) for key in keys]
    order = np.lexsort((*wanted[::-1], ~filled, group))
    sorted_group = group[order]
    first = np.append(True, sorted_group[1:] != sorted_group[:-1])
    counted = np.zeros(len(group), dtype=bool)
    counted[order[first]] = True
    return Chosen(counted, ~filled & ~counted)


def repeated(group: np.ndarray) -> np.ndarray:
    """Return whether another row has the same group."""
    _, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] > 1)


def filled_parts(
    table: pa.Table, study: Study, visits: tuple[str, ...], *, facts: bool
) -> dict[str, np.ndarray]:
    """Return, for each instrument, whether each row holds an answer to it at these visits.

    Parameters
    ----------
    table : pyarrow.Table
    facts : bool
        Whether to add, under ``""``, whether it holds a fact of the person.
    """
    parts = {name: _answered(table, study, m, visits) for name, m in study.instruments.items()}
    if facts:
        columns = [c for c in study.people.values() if c.table == "main" and c.known_at in visits]
        codes = {c.column: (*study.missing_codes, *c.missing_codes) for c in columns}
        parts[""] = _any(table, codes)
    return parts


def _answered(
    table: pa.Table, study: Study, measure: MeasureColumns, visits: tuple[str, ...]
) -> np.ndarray:
    """Whether each row holds an item or a total; a total's missing codes may be answers."""
    items = [measure.items.get(visit, {}).values() for visit in visits]
    totals = [measure.totals.get(visit, {}).values() for visit in visits]
    wanted: dict[str, Sequence[str]] = {c: study.missing_codes for some in items for c in some}
    wanted |= {column: () for some in totals for column in some}
    return _any(table, wanted)


def _any(table: pa.Table, columns: Mapping[str, Sequence[str]]) -> np.ndarray:
    filled = np.zeros(table.num_rows, dtype=bool)
    for column, missing in columns.items():
        if column in table.column_names:
            filled |= grammar.filled(table.column(column), missing)
    return filled


def blank_kept(
    parts: Mapping[str, np.ndarray], group: np.ndarray, chosen: Chosen
) -> Iterator[Problem]:
    """Yield a warning for each instrument that a counted row lacks and a dropped one answers."""
    for name, filled in parts.items():
        answered = set(group[chosen.dropped & filled].tolist())
        silent = set(group[chosen.counted & ~filled].tolist())
        count = len(answered & silent)
        if name and count:
            message = (
                f"{count} rows that count hold no answer to {name}, and a row that was dropped"
            )
            message = f"{message} for them does; merge such rows, or choose another duplicates."
            yield Problem("BLANK_KEPT", message, column=name, level="warning")
