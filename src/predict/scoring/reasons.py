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
    tenths = np.rint(points * _STEPS).clip(-_MOST, _MOST)
    tenths[:, [column.safety for column in columns]] = 0
    names = [column.name for column in columns]
    return _text(-tenths, names, sign=-1), _text(tenths, names, sign=1)


def _text(strength: np.ndarray, names: Sequence[str], *, sign: int) -> pd.Series:
    import pyarrow.compute as pc

    if not strength.size:
        return pd.Series([""] * len(strength), dtype="str")
    order = _leading(strength)
    pieces = _Pieces(order, np.take_along_axis(strength, order, axis=1), names, sign)
    places = [pieces.column(place) for place in range(order.shape[1])]
    # No nulls are given to the join: with them it returns fewer rows than it was given.
    return pd.Series(pc.binary_join_element_wise(*places, "").to_pandas(), dtype="str")


def _leading(strength: np.ndarray) -> np.ndarray:
    """Return where each row is largest, largest first, the earlier column on a tie."""
    width = strength.shape[1]
    # Earlier columns get a hair more, so that equal values have one order.
    ranked = strength * width - np.arange(width)
    top = min(STRONGEST, width)
    some = np.argpartition(ranked, width - top, axis=1)[:, width - top :]
    order = np.argsort(-np.take_along_axis(ranked, some, axis=1), axis=1)
    return np.take_along_axis(some, order, axis=1)


class _Pieces:
    """The distinct short texts of a block, and which of them each row has at each place."""

    def __init__(
        self, order: np.ndarray, values: np.ndarray, names: Sequence[str], sign: int
    ) -> None:
        codes = order.astype("int64") * (_MOST + 1) + values.clip(0).astype("int64")
        distinct, where = np.unique(codes, return_inverse=True)
        self._texts = [_piece(int(code), names, sign) for code in distinct]
        self._where = np.where(values > 0, where.reshape(codes.shape), len(distinct))

    def column(self, place: int) -> Any:
        """Return each row's text at a place, with what parts it from the one before."""
        import pyarrow as pa

        before = "; " if place else ""
        texts = pa.array([*(before + text for text in self._texts), ""])
        return texts.take(pa.array(self._where[:, place]))


def _piece(code: int, names: Sequence[str], sign: int) -> str:
    column, tenths = divmod(code, _MOST + 1)
    return f"{names[column]}={sign * tenths / _STEPS:.1f}"
