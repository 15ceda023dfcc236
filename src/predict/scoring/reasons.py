"""The three strongest reasons either way, as text, for many rows at once.

A million texts are not built one by one: each short piece ``name=points`` exists once, and rows
only point at pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    import pyarrow as pa
    import pyarrow.compute as pc

    if not strength.size:
        return pd.Series([""] * len(strength), dtype="str")
    order = _leading(strength)
    values = np.take_along_axis(strength, order, axis=1)
    pieces = _Pieces(order, values, names, sign)
    text = pc.binary_join_element_wise(
        *[pieces.column(place) for place in range(order.shape[1])],
        "; ",
        null_handling="skip",
    )
    return pd.Series(text.cast(pa.large_string()).to_pandas(), dtype="str")


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
        import pyarrow as pa

        codes = order.astype("int64") * (_MOST + 1) + values.clip(0).astype("int64")
        distinct, self._where = np.unique(codes, return_inverse=True)
        self._where = self._where.reshape(codes.shape)
        self._absent = values <= 0
        self._texts = pa.array([_piece(int(code), names, sign) for code in distinct])

    def column(self, place: int) -> object:
        import pyarrow as pa

        where = pa.array(self._where[:, place], mask=self._absent[:, place])
        return self._texts.take(where)


def _piece(code: int, names: Sequence[str], sign: int) -> str:
    column, tenths = divmod(code, _MOST + 1)
    return f"{names[column]}={sign * tenths / _STEPS:.1f}"
