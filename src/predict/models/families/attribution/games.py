"""The game of one leaf: what each feature earns, for each pattern of satisfied conditions.

A leaf is the game worth its value if the conditions of all its features hold. Two answers to what
a feature left out of a coalition does: its conditions hold with its share of the training cover,
or they hold where they hold for a person of the background.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.grouping import LARGEST
from predict.models.families.attribution.layout import Layout, leaf_patterns
from predict.models.families.attribution.numpy_tier import NumpyTier
from predict.models.families.attribution.paths import Leaves
from predict.models.families.attribution.reading import Floats, Ints


@dataclass(frozen=True)
class CoverGames:
    """A feature left out goes each way as the training cover did: path-dependent Tree SHAP."""

    leaves: Leaves

    def tables(self, rows: Ints, k: int) -> Floats:
        """Return what each feature earns at leaves of k features, by pattern."""
        return cover_tables(self.leaves.share[rows, :k], self.leaves.paths.value[rows])

    @property
    def chance(self) -> Floats:
        """For each leaf, the share of the training cover that came there, feature by feature."""
        chance: Floats = self.leaves.share.prod(axis=1)
        return chance


@dataclass(frozen=True)
class MarginalGames:
    """Features left out are a background person's: interventional Shapley values.

    Parameters
    ----------
    leaves : Leaves
    count : ndarray
        Background people by the pattern of a leaf's conditions that they meet, leaf after leaf;
        bit j of a pattern is the leaf's feature j.
    people : int
        All people of the background.
    """

    leaves: Leaves
    count: Ints
    people: int

    def tables(self, rows: Ints, k: int) -> Floats:
        """Return what each feature earns at leaves of k features, by pattern."""
        start = pattern_starts(self.leaves)[rows]
        histogram = self.count[start[:, None] + np.arange(1 << k)] / self.people
        return marginal_tables(histogram, self.leaves.paths.value[rows])

    @property
    def chance(self) -> Floats:
        """For each leaf, the share of the background that meets all its conditions."""
        there: Floats = self.count[pattern_starts(self.leaves)[1:] - 1] / self.people
        return there


def pattern_starts(leaves: Leaves) -> Ints:
    """Return where each leaf's patterns begin in a list of all, and the length of that list."""
    starts: Ints = np.append(0, np.cumsum(np.int64(1) << leaves.count))
    return starts


def cover_tables(share: Floats, value: Floats) -> Floats:
    r"""Shapley values of leaves that each depend on the same number k of features.

    A leaf is the game worth ``value`` if every feature's condition holds; a feature left out of a
    coalition holds with its cover share r. With p the pattern of conditions that hold,

        phi_i(p) = value (p_i - r_i) \int_0^1 \prod_{j != i} (r_j (1 - t) + p_j t) dt,

    because the subset weights |S|! (k - 1 - |S|)! / k! are Beta integrals. The integrand is a
    polynomial of degree k - 1, so Gauss-Legendre with ceil(k / 2) nodes is exact; every term is
    positive and nothing is divided, so a share of 0 needs no special case.

    Parameters
    ----------
    share : ndarray, leaves x k
        Cover shares r, 0 to 1.
    value : ndarray, leaves
        Leaf values, log-odds.

    Returns
    -------
    ndarray, leaves x k x 2**k
        Entry [l, i, p] is what feature i earns at leaf l for pattern p; bit j of p is feature j.

    References
    ----------
    Lundberg et al. 2020, Nature Machine Intelligence 2:56 (path-dependent Tree SHAP).

    Examples
    --------
    A single split that sends a quarter of the cover to a leaf worth 1:

    >>> cover_tables(np.array([[0.25]]), np.array([1.0])).tolist()
    [[[-0.25, 0.75]]]
    """
    leaves, k = share.shape
    table = np.zeros((leaves, k, 2**k))
    for node, weight in _quadrature(k):
        fails, holds = share * (1 - node), share * (1 - node) + node
        for i in range(k):
            rest = _product(fails, holds, list(range(i))), _product(fails, holds, range(i + 1, k))
            _add(table[:, i], weight, *rest)
    for i in range(k):
        sides = table[:, i].reshape(leaves, 2 ** (k - 1 - i), 2, 2**i)
        sides[:, :, 0] *= -(value * share[:, i])[:, None, None]
        sides[:, :, 1] *= (value * (1 - share[:, i]))[:, None, None]
    return table


def marginal_tables(histogram: Floats, value: Floats) -> Floats:
    r"""Interventional Shapley values of leaves, over all people of a background at once.

    With p the pattern of conditions that hold for the row, q that of a background person and h(q)
    the share of people with that pattern,

        phi_i(p) = value \int_0^1 \sum_q h(q) (p_i - q_i) \prod_{j != i} (q_j (1 - t) + p_j t) dt.

    The integrand is a polynomial of degree k - 1 (Gauss-Legendre is exact), and the sum over q goes
    feature by feature: k steps over 2**k numbers instead of 4**k terms.

    Parameters
    ----------
    histogram : ndarray, leaves x 2**k
        Shares h of the background; bit j of a pattern is feature j.
    value : ndarray, leaves
        Leaf values, log-odds.

    Returns
    -------
    ndarray, leaves x k x 2**k
        Entry [l, i, p] is what feature i earns at leaf l for pattern p.

    References
    ----------
    Lundberg et al. 2020, Nature Machine Intelligence 2:56 (interventional Tree SHAP); Nadel and
    Wettenstein 2025, "From Decision Trees to Boolean Logic" (a background as counts of patterns).

    Examples
    --------
    A single split; a quarter of the background reaches a leaf worth 1:

    >>> marginal_tables(np.array([[0.75, 0.25]]), np.array([1.0])).tolist()
    [[[-0.25, 0.75]]]
    """
    leaves, k = len(histogram), int(histogram.shape[1]).bit_length() - 1
    table = np.zeros((leaves, k, 2**k))
    for node, weight in _quadrature(k):
        for i in range(k):
            mixed = histogram
            for j in range(k):
                mixed = _mixed(mixed, j, (0.0, -1.0, 1.0, 0.0) if j == i else _taken(node))
            table[:, i] += weight * mixed
    table *= value[:, None, None]
    return table


def _taken(t: float) -> tuple[float, float, float, float]:
    """Weights of a person's 0 and 1 for a row's 0, then for a row's 1: q (1 - t) + p t."""
    return 0.0, 1 - t, t, 1.0


def _mixed(numbers: Floats, j: int, weights: tuple[float, float, float, float]) -> Floats:
    """Replace feature j's bit of a person by that of a row, summing over the person's."""
    sides = numbers.reshape(len(numbers), -1, 2, 2**j)
    mixed = np.empty_like(sides)
    mixed[:, :, 0] = weights[0] * sides[:, :, 0] + weights[1] * sides[:, :, 1]
    mixed[:, :, 1] = weights[2] * sides[:, :, 0] + weights[3] * sides[:, :, 1]
    return mixed.reshape(numbers.shape)


def _quadrature(k: int) -> list[tuple[float, float]]:
    nodes, weights = np.polynomial.legendre.leggauss((k + 1) // 2)
    return [(float((x + 1) / 2), float(w / 2)) for x, w in zip(nodes, weights, strict=True)]


def _product(fails: Floats, holds: Floats, features: list[int] | range) -> Floats:
    """Products over the given features, for every pattern of them; the first is the lowest bit."""
    products = np.ones((len(fails), 1))
    for j in features:
        low, high = products * fails[:, j, None], products * holds[:, j, None]
        products = np.concatenate([low, high], axis=1)
    return products


def _add(table: Floats, weight: float, below: Floats, above: Floats) -> None:
    """Add to both halves of a feature's patterns: whether it holds comes in later, as a factor."""
    rest = weight * above[:, :, None] * below[:, None, :]
    sides = table.reshape(len(table), above.shape[1], 2, below.shape[1])
    sides += rest[:, :, None, :]


def leaf_histograms(
    layout: Layout, leaves: Leaves, tier: NumpyTier, X: npt.NDArray[np.float32]
) -> Ints:
    """Return people by pattern, leaf after leaf: each group's counts, told again by its leaves."""
    met = _group_histograms(len(layout.width), tier, X)
    starts = pattern_starts(leaves)
    count = np.zeros(starts[-1], dtype=np.int64)
    count[starts[:-1][leaves.count == 0]] = len(X)  # a tree without a split is reached by all
    for part in leaf_patterns(layout, leaves):
        into = starts[part.rows][:, None] + part.own
        np.add.at(count, into, met[layout.leaf_group[part.rows], : part.own.shape[1]])
    return count


def _group_histograms(groups: int, tier: NumpyTier, X: npt.NDArray[np.float32]) -> Ints:
    met = np.zeros((groups, 1 << LARGEST), dtype=np.int64)
    for begin in range(0, len(X), tier.rows):
        columns = np.ascontiguousarray(X[begin : begin + tier.rows].T)
        patterns = (pattern for _, stack in tier.patterns(columns) for pattern in stack)
        for group, pattern in enumerate(patterns):
            met[group] += np.bincount(pattern, minlength=1 << LARGEST)
    return met
