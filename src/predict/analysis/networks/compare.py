"""Do two networks differ? A permutation test of every edge, the largest one and the total."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Estimate = Callable[[Array], Array]
_BATCH = 250


@dataclass(frozen=True)
class Comparison:
    """Two networks, their differences (first minus second) and permutation p-values.

    ``p_edges`` is not corrected for looking at many edges; ``p_largest`` is the test of whether
    any edge differs and comes first.
    """

    first: Array
    second: Array
    p_edges: Array
    largest: float
    p_largest: float
    strength: float
    p_strength: float
    permutations: int


def compare_groups(
    estimate: Estimate, member: NDArray[np.bool_], permutations: int, seed: int
) -> Comparison:
    """Compare the network of members with that of the others by shuffling membership.

    Parameters
    ----------
    estimate : callable
        From weights (sets x people) to edges (sets x items x items).
    member : array of bool, (people,)
        Who belongs to the first group.

    References
    ----------
    Van Borkulo et al. 2022, Psychological Methods (network comparison test).
    """
    rng = np.random.default_rng(seed)
    base = np.broadcast_to(member, (permutations, member.size))
    return _compare(
        estimate, member, lambda batch: rng.permuted(base[:batch], axis=1), permutations
    )


def compare_visits(estimate: Estimate, people: int, permutations: int, seed: int) -> Comparison:
    """Compare two visits of the same people by swapping each person's two visits at random.

    ``estimate`` takes weights over rows stacked as all first visits, then all second visits.
    """
    rng = np.random.default_rng(seed)
    member = np.arange(2 * people) < people

    def swapped(batch: int) -> NDArray[np.bool_]:
        first = rng.random((batch, people)) < 0.5
        return np.concatenate([first, ~first], axis=1)

    return _compare(estimate, member, swapped, permutations)


def _compare(
    estimate: Estimate,
    member: NDArray[np.bool_],
    shuffle: Callable[[int], NDArray[np.bool_]],
    permutations: int,
) -> Comparison:
    first, second, a, b = _drawn(estimate, member, shuffle, permutations)
    observed, null = first[0] - second[0], a - b
    strength, null_strength = _total(first) - _total(second), _total(a) - _total(b)
    largest = float(np.abs(observed).max())
    return Comparison(
        first[0],
        second[0],
        _p_value(np.abs(null), np.abs(observed)),
        largest,
        float(_p_value(np.abs(null).max((1, 2)), np.array(largest))),
        float(strength[0]),
        float(_p_value(np.abs(null_strength), np.abs(strength[0]))),
        permutations,
    )


def _drawn(
    estimate: Estimate,
    member: NDArray[np.bool_],
    shuffle: Callable[[int], NDArray[np.bool_]],
    permutations: int,
) -> tuple[Array, Array, Array, Array]:
    """Both networks as observed, and both of every permutation, in few large batches."""
    pairs: list[tuple[Array, Array]] = []
    for start in range(0, permutations, _BATCH):
        shuffled = shuffle(min(_BATCH, permutations - start))
        batch = shuffled if start else np.concatenate([member[None], shuffled])
        edges = estimate(np.concatenate([batch, ~batch]).astype(float))
        pairs.append((edges[: len(batch)], edges[len(batch) :]))
    a, b = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    return a[:1], b[:1], a[1:], b[1:]


def _total(edges: Array) -> Array:
    total: Array = np.abs(edges).sum((1, 2))
    return total


def _p_value(null: Array, observed: Array) -> Array:
    """Return (1 + draws at least as large) / (1 + draws), so that p is never zero."""
    p: Array = (1.0 + (null >= observed - 1e-12).sum(0)) / (1.0 + len(null))
    return p
