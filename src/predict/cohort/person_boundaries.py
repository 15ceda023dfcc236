"""Long tables cut into pieces: no person is cut in two, and what the whole table holds is noted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from predict.cohort.source import MalformedRow
from predict.cohort.visits import visit_places
from predict.definitions.study import Study

# Stands for a blank id, so that blank ids that stand apart are noticed like any other.
NOBODY = "\x00"


@dataclass
class Persons:
    """What a first pass over a long table watches for.

    Parameters
    ----------
    study : Study
    """

    study: Study
    _places: set[int] = field(default_factory=set)
    _last: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns a first pass must read: the id, and the visit where a column states it."""
        return tuple(c for c in (self.study.id, self.study.visit) if c)

    @property
    def visits(self) -> frozenset[str]:
        """Visits that the table has a row of."""
        return frozenset(self.study.visits[place] for place in self._places if place >= 0)

    def begin_file(self) -> None:
        """Forget the last person: one that goes on in another file stands apart."""
        self._last = None

    def look(self, table: pa.Table) -> None:
        """Note the visits of some rows."""
        if self.study.visit and self.study.visit in table.column_names:
            places, _ = visit_places(self.study, table.column(self.study.visit))
            self._places.update(np.unique(places).tolist())

    def first_rows(self, ids: np.ndarray) -> np.ndarray:
        """Return the ids of the next rows at which another person begins, a blank one as NOBODY.

        Examples
        --------
        >>> watched = Persons(study=None)
        >>> watched.first_rows(np.array(["a", "a", "b"])).tolist()
        ['a', 'b']
        >>> watched.first_rows(np.array(["b", "a"])).tolist()
        ['a']
        """
        if not len(ids):
            return ids
        named = np.where(ids == "", NOBODY, ids).astype(object)
        begins = np.append(named[0] != self._last, named[1:] != named[:-1])
        self._last = str(named[-1])
        return np.asarray(named[begins])


def last_change(ids: np.ndarray) -> int:
    """Return the row at which the last person of these rows begins; 0 where there is only one.

    >>> last_change(np.array(["a", "a", "b", "b"])), last_change(np.array(["a", "a"]))
    (2, 0)
    """
    changes = np.flatnonzero(ids[1:] != ids[:-1])
    return int(changes[-1]) + 1 if len(changes) else 0


def with_lost(
    ids: np.ndarray, lost: tuple[MalformedRow, ...], *, ids_known: bool = True, before: str = ""
) -> np.ndarray:
    """Return the ids of all rows in order, those that could not be cut among them.

    Such a row has the id that can be read of it, and without any it goes with the row before (the
    first one with `before`); without `ids_known` it has none.
    """
    if not lost:
        return ids
    total = len(ids) + len(lost)
    everyone = np.full(total, "", dtype=object)
    places = np.array([entry.row - 1 for entry in lost], dtype=np.int64)
    everyone[np.setdiff1d(np.arange(total), places)] = ids
    for entry in lost if ids_known else ():
        above = everyone[entry.row - 2] if entry.row > 1 else before
        everyone[entry.row - 1] = entry.id or above
    return everyone
