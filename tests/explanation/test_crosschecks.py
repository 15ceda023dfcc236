"""The second way of sharing an estimate, where the model uses no column at all."""

from __future__ import annotations

import numpy as np

from predict.models.second_opinions import _correlation


def test_two_sharings_of_nothing_agree_and_give_a_number() -> None:
    flat = np.zeros(6)
    assert _correlation(flat, flat) == 1.0
    assert _correlation(flat, np.arange(6.0)) == 0.0
    assert _correlation(np.arange(6.0), 2 * np.arange(6.0)) == 1.0
