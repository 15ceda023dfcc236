"""Raw feature columns taken apart once, so that resamples of the people cost little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.features.columns import Column

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class ChoiceCodes:
    """A column of choices as numbers.

    Parameters
    ----------
    levels : tuple of str
        Every level of the whole table, sorted.
    codes : array of int, shape (people,)
        Place among `levels`; -1 where the choice is missing.
    """

    levels: tuple[str, ...]
    codes: Rows

    def shares(self) -> dict[str, float]:
        """Return the share of those who chose at each level that anybody chose."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels))
        shares = counts / max(counts.sum(), 1)
        return {
            level: float(share)
            for level, share, n in zip(self.levels, shares, counts, strict=True)
            if n
        }

    def at(self, level: str) -> NDArray[np.bool_]:
        """Return True for people at a level, which the table need not know."""
        known = self.levels.index(level) if level in self.levels else len(self.levels)
        return np.asarray(self.codes == known)


@dataclass(frozen=True)
class RawColumns:
    """A table of raw features: numbers as arrays, choices as codes.

    Taking columns out of a table one by one, and rows out of text, costs more than what is then
    done with them; here both are done once, and resamples are places in arrays.

    Parameters
    ----------
    table : DataFrame
        The table that was taken apart, whole.
    rows : array of int, or None
        The rows of it that are meant; all of them where there are none.
    numbers : mapping of str to array (people,)
        Number columns, float64, NaN where missing.
    choices : mapping of str to ChoiceCodes
    """

    table: pd.DataFrame
    rows: Rows | None
    numbers: Mapping[str, NDArray[np.float64]]
    choices: Mapping[str, ChoiceCodes]

    def __len__(self) -> int:
        return len(self.table) if self.rows is None else len(self.rows)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a table."""
        return self.table if self.rows is None else self.table.iloc[self.rows]

    @property
    def index(self) -> pd.Index:
        """Labels of the rows."""
        return self.table.index if self.rows is None else self.table.index[self.rows]

    def take(self, rows: Rows) -> RawColumns:
        """Return some of the people, in that order; a person may stand in it several times."""
        return replace(
            self,
            rows=rows if self.rows is None else self.rows[rows],
            numbers={name: values[rows] for name, values in self.numbers.items()},
            choices={
                name: replace(choice, codes=choice.codes[rows])
                for name, choice in self.choices.items()
            },
        )


def raw_columns(table: pd.DataFrame, columns: Sequence[Column]) -> RawColumns:
    """Return the columns of a table that are described, taken apart."""
    names = [column.name for column in columns]
    return taken_apart(table[names], [c.name for c in columns if c.kind == "choice"])


def taken_apart(table: pd.DataFrame, choices: Iterable[str]) -> RawColumns:
    """Return a table's columns taken apart: the choices that are named, all else numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [40, 50, None], "sex": ["m", "f", "m"]})
    >>> taken_apart(table, ["sex"]).take(np.array([2, 0])).choices["sex"]
    ChoiceCodes(levels=('f', 'm'), codes=array([1, 1]))
    """
    coded = {name: _codes(table[name]) for name in choices}
    numbers = [name for name in table if name not in coded]
    columns = np.asfortranarray(table[numbers].to_numpy("float64")).T
    return RawColumns(table, None, dict(zip(map(str, numbers), columns, strict=True)), coded)


def _codes(values: pd.Series) -> ChoiceCodes:
    codes, levels = pd.factorize(values, sort=True)
    return ChoiceCodes(tuple(map(str, levels)), codes.astype("int64"))
