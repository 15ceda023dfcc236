"""The three strongest reasons either way, as text, for many rows at once.

A million texts are not built one by one: each short piece ``name=points`` exists once, and rows
only point at pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from predict.features.columns import Column

STRONGEST = 3
# Points are told to a tenth; a reason of less than half a tenth would read as nothing.
_STEPS = 10
_MOST = 100 * _STEPS


def strongest(points: np.ndarray, columns: Sequence[Column]) -> tuple[pd.Series, pd.Series]:
    """Return what lowered and what raised each row's estimate, strongest first.

    Parameters
    ----------
    points : ndarray, shape (rows, columns)
        Points out of 100; above 0 raised the estimate.
    columns : sequence of Column
        Their facts; an item about self-harm is never named.

    Returns
    -------
    lowered_by, raised_by : Series of str
        ``name=points; name=points; name=points``, at most three, empty where there is none.

    Examples
    --------
    >>> age = Column("age", "Age", "number", "person", "people", "baseline")
    >>> lowered, raised = strongest(np.array([[-2.34], [0.01]]), [age])
    >>> list(lowered)
    ['age=-2.3', '']
    """
    tenths = np.rint(points * _STEPS).clip(-_MOST, _MOST).astype(np.int32)
    tenths[:, [column.safety for column in columns]] = 0
    names = [column.name for column in columns]
    # Column by column in memory: the same step on all rows is one instruction for many.
    across = np.ascontiguousarray(tenths.T)
    return _text(-across, names, sign=-1), _text(across, names, sign=1)


def _text(strength: np.ndarray, names: Sequence[str], *, sign: int) -> pd.Series:
    """Return the reasons of each row, from strengths of shape (columns, rows)."""
    import pyarrow.compute as pc

    if not strength.size:
        return pd.Series([""] * strength.shape[1], dtype="str")
    codes = [code.clip(0) for code in _leading(strength)]
    pieces = _Pieces(codes, names, sign)
    places = [pieces.column(code, before="; " if n else "") for n, code in enumerate(codes)]
    # No nulls are given to the join: with them it returns fewer rows than it was given.
    return pd.Series(pc.binary_join_element_wise(*places, "").to_pandas(), dtype="str")


def _leading(strength: np.ndarray) -> list[np.ndarray]:
    """Return each row's largest strengths, largest first, as codes; the earlier column on a tie.

    A code is the strength times the number of columns, and how many columns come after: one
    comparison of whole numbers sees to strength and order both.
    """
    width = len(strength)
    codes = strength * width + np.arange(width - 1, -1, -1, dtype=np.int32)[:, None]
    leading: list[np.ndarray] = []
    for _ in range(min(STRONGEST, width)):
        leading.append(codes.max(axis=0))
        np.putmask(codes, codes == leading[-1], np.iinfo(np.int32).min)
    return leading


class _Pieces:
    """The distinct short texts of a block, found by their codes."""

    def __init__(self, codes: Sequence[np.ndarray], names: Sequence[str], sign: int) -> None:
        there = np.zeros(len(names) * (_MOST + 1), dtype=bool)
        for code in codes:
            there[code] = True
        there[: len(names)] = False  # a strength of nothing is no reason
        distinct = np.flatnonzero(there)
        self._texts = [_piece(int(code), names, sign) for code in distinct]
        self._where = np.full(len(there), len(distinct))
        self._where[distinct] = np.arange(len(distinct))

    def column(self, codes: np.ndarray, *, before: str) -> Any:
        """Return each row's text, with what parts it from the one before."""
        import pyarrow as pa

        texts = pa.array([*(before + text for text in self._texts), ""])
        return texts.take(pa.array(self._where[codes]))


def _piece(code: int, names: Sequence[str], sign: int) -> str:
    tenths, after = divmod(code, len(names))
    return f"{names[len(names) - 1 - after]}={sign * tenths / _STEPS:.1f}"
