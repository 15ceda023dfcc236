"""Pairs ordered rightly, counted at once for all resamples, against counting each pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.statistics.metrics.ranking import auroc, auroc_draws, pair_draws


def by_hand(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return pairs ordered rightly and all pairs of one resample, pair by pair."""
    won = pairs = 0.0
    for a in np.flatnonzero(y == 1):
        for b in np.flatnonzero(y == 0):
            both = weights[a] * weights[b]
            won += both * (1.0 if p[a] > p[b] else 0.5 if p[a] == p[b] else 0.0)
            pairs += both
    return won, pairs


@given(seed=st.integers(0, 10_000), n=st.integers(4, 40), levels=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_pairs_of_every_resample_are_those_counted_one_by_one(
    seed: int, n: int, levels: int
) -> None:
    draw = np.random.default_rng(seed)
    y, p = draw.integers(0, 2, n), draw.integers(0, levels, n) / levels
    weights = draw.integers(0, 4, (7, n + 3)).astype(np.float32)
    who = draw.permutation(n + 3)[:n]
    won, pairs = pair_draws(y, p, weights, who)
    expected = np.array([by_hand(y, p, row[who]) for row in weights])
    np.testing.assert_allclose(np.column_stack([won, pairs]), expected)


def test_everybody_once_is_the_area_itself() -> None:
    y, p = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.4, 0.6, 0.3])
    assert auroc_draws(y, p, np.ones((1, 5), dtype=np.float32))[0] == auroc(y, p) == 3.5 / 6
