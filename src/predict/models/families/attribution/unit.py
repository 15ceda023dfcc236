"""How many log-odds a whole number of the tables stands for."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.paths import Leaves
from predict.models.families.attribution.reading import Floats, Ints, Nodes

FINEST = 40  # bits behind the point, at most


def fixed_point_unit(nodes: Nodes, leaves: Leaves) -> float:
    """Return a power of two, in log-odds, of which no feature's sum over trees overflows 32 bits.

    In one tree a feature moves a row between leaves beneath one of its own splits, so it earns at
    most the spread of those; whoever is left out of a coalition, a person of a background or the
    training cover. Covers that were tampered with, or underflowed, do not share out what comes to
    a split; then every leaf of the tree is counted in full.
    """
    earns = _spreads(nodes)
    odd, full = _in_full(leaves, len(nodes.roots))
    earns[odd] = np.where(earns[odd] > 0, full[odd, None], 0.0)
    largest = float(earns.sum(axis=0).max(initial=0.0))
    room = 2.0**31 - len(leaves.count)  # each leaf's worth is rounded, by half at most
    exponent = math.floor(math.log2(room / largest)) if largest > 0 else FINEST
    return 2.0 ** -min(exponent, FINEST)


def _spreads(nodes: Nodes) -> Floats:
    """The widest spread of leaves beneath a split on each feature, trees x features."""
    low = nodes.condition.astype(np.float64)
    high = low.copy()
    levels = _levels(nodes)
    for level in levels[::-1]:
        left, right = nodes.left[level], nodes.right[level]
        low[level] = np.minimum(low[left], low[right])
        high[level] = np.maximum(high[left], high[right])
    sizes = np.diff(np.append(nodes.roots, len(nodes.left)))
    tree = np.repeat(np.arange(len(nodes.roots)), sizes)
    width = max((int(nodes.feature[level].max(initial=-1)) + 1 for level in levels), default=0)
    widest = np.zeros((len(nodes.roots), width))
    for level in levels:
        # At least a little, so that a feature that was asked about can be told from the others.
        spread = np.maximum(high[level] - low[level], 2.0**-FINEST)
        np.maximum.at(widest, (tree[level], nodes.feature[level]), spread)
    return widest


def _levels(nodes: Nodes) -> list[Ints]:
    """The splits of all trees that can be reached, from the roots down."""
    levels, level = [], nodes.roots
    while len(level):
        level = level[nodes.left[level] >= 0]
        levels.append(level)
        level = np.concatenate([nodes.left[level], nodes.right[level]])
    return levels


def _in_full(leaves: Leaves, trees: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which trees have uneven shares, and the sum of all their leaves, as large as they can get."""
    paths = leaves.paths
    odd = np.zeros(trees, dtype=np.bool_)
    np.logical_or.at(odd, paths.tree, paths.uneven)
    weight = np.abs(paths.value) * np.maximum(paths.share, 1.0).prod(axis=1)
    full = np.zeros(trees)
    np.add.at(full, paths.tree, weight)
    return odd, full
