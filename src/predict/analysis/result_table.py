"""Rows of a results table, each knowing whom its counts count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.statistics.disclosure import Table
from predict.statistics.intervals import Interval, wilson

Mask = npt.NDArray[np.bool_]


class Rows:
    """Collects rows and masks, then becomes a frozen `Table`; the other columns are labels."""

    def __init__(self, name: str, columns: tuple[str, ...], derived: tuple[str, ...]) -> None:
        self.name, self.columns, self.derived = name, columns, derived
        self._rows: list[dict[str, Any]] = []
        self._masks: dict[tuple[int, str], Mask] = {}
        self._rests: dict[tuple[int, str], tuple[Mask, ...]] = {}

    def add(self, row: dict[str, Any], rests: Sequence[Mask] = (), **masks: Mask) -> None:
        """Add a row; each mask names a count column, which it fills.

        ``rests`` are further groups that the row's derived columns would tell of.
        """
        place = len(self._rows)
        counts = {column: int(mask.sum()) for column, mask in masks.items()}
        self._rows.append({**row, **counts})
        for column in self.derived if rests else ():
            self._rests[place, column] = tuple(rests)
        for column, mask in masks.items():
            self._masks[place, column] = np.asarray(mask, dtype=bool)

    def table(self, *, families: Sequence[Mask] = (), inside: tuple[str, ...] = ()) -> Table:
        """Return the table with its columns in their declared order."""
        frame = pd.DataFrame(self._rows, columns=list(self.columns))
        figures = {*self.derived, *inside, *(column for _, column in self._masks)}
        labels = tuple(name for name in self.columns if name not in figures)
        return Table(
            self.name, frame, self._masks, self.derived, labels, rests=self._rests,
            families=families, inside=inside,
        )  # fmt: skip


def share(yes: Mask, n: Mask) -> dict[str, float]:
    """Return rate, low and high (0-1, Wilson) of a count among those asked."""
    return ends(wilson(int((yes & n).sum()), int(n.sum())), "rate")


def ends(interval: Interval, name: str = "estimate") -> dict[str, float]:
    """Return an interval as three columns."""
    return {name: interval.estimate, "low": interval.low, "high": interval.high}
