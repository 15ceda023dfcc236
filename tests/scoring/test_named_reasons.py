"""Which reasons a scores file names: by a plain loop, and by hand where two are equal."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predict.features.columns import Column
from predict.scoring.reasons import STRONGEST, strongest


def columns(count: int, *, safety: int = -1) -> list[Column]:
    return [
        Column(f"c{n}", f"C {n}", "number", "person", "people", "baseline", safety=n == safety)
        for n in range(count)
    ]


def told(row: np.ndarray, sign: int, safety: int) -> str:
    """The strongest reasons of one sign, largest first, the earlier column on a tie."""
    tenths = [sign * round(float(v) * 10) for v in row]
    named = [n for n, step in enumerate(tenths) if step > 0 and n != safety]
    leading = sorted(named, key=lambda n: (-tenths[n], n))[:STRONGEST]
    return "; ".join(f"c{n}={sign * tenths[n] / 10:.1f}" for n in leading)


def test_equal_reasons_keep_the_order_of_columns_and_safety_is_never_named() -> None:
    points = np.array([[1.0, -2.0, 1.0, 9.0, 3.0, 1.0], [0.04, -0.06, 0.0, -9.0, 0.0, 0.0]])
    lowered, raised = strongest(points, columns(6, safety=3))
    assert list(lowered) == ["c1=-2.0", "c1=-0.1"]
    assert list(raised) == ["c4=3.0; c0=1.0; c2=1.0", ""]


@given(
    st.integers(1, 7).flatmap(
        lambda width: arrays("float64", (5, width), elements=st.integers(-999, 999).map(float))
    ),
    st.integers(-1, 6),
)
def test_reasons_are_those_of_a_plain_loop(steps: np.ndarray, safety: int) -> None:
    points = steps / 10
    lowered, raised = strongest(points, columns(points.shape[1], safety=safety))
    assert list(lowered) == [told(row, -1, safety) for row in points]
    assert list(raised) == [told(row, 1, safety) for row in points]
