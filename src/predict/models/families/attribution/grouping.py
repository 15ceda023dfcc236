"""Cuts trees into groups: a subtree with the path above it, small enough for one table.

A group's pattern is one bit for each distinct split on its path and in its subtree. Wide tables
answer for many leaves at once but take more instructions; each cut is the cheaper of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from predict.models.families.attribution.paths import Splits
from predict.models.families.attribution.reading import Ints, Nodes
from predict.models.families.attribution.refusal import Refused

LARGEST = 8  # bits of a table: a pattern is one byte
FEWEST = 4  # bits up to which prices are the same


@dataclass(frozen=True)
class Prices:
    """What a group costs a row: per feature looked up, by 4 to 8 bits of its table, and per bit."""

    look_up: tuple[float, float, float, float, float]
    bit: float


# Instructions for one register of rows, counted, by the entries that one instruction picks from;
# and one row at a time in memory.
IN_REGISTERS = {
    64: Prices(look_up=(17.0, 17.0, 17.0, 20.0, 26.0), bit=3.0),
    16: Prices(look_up=(17.0, 25.0, 45.0, 80.0, 150.0), bit=3.0),
}
IN_MEMORY = Prices(look_up=(10.0, 10.0, 10.0, 10.0, 10.0), bit=2.0)


@dataclass(frozen=True)
class Groups:
    """Which group each leaf belongs to, and each group's splits in ascending order.

    ``of_node`` is -1 for leaves that are a whole tree; ``splits[g]`` are split numbers.
    """

    of_node: Ints
    splits: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Tree:
    """One tree's reached nodes, parents first, with the questions above and beneath as bit sets."""

    order: list[int]
    above: dict[int, int]
    asked: dict[int, int]


def group_leaves(nodes: Nodes, splits: Splits, prices: Prices) -> Groups:
    """Choose the cheapest groups of every tree by dynamic programming over its subtrees.

    Raises
    ------
    Refused
        ``TOO_DEEP`` if the path to a leaf has more distinct splits than a table has bits.
    """
    left, right = nodes.left.tolist(), nodes.right.tolist()
    asks = _bit_sets(splits)
    low = (1 << len(splits)) - 1
    of_node = np.full(len(left), -1, dtype=np.int64)
    groups: list[tuple[int, ...]] = []
    for root in nodes.roots.tolist():
        if left[root] < 0:
            continue
        tree = _questions(root, left, right, asks)
        for top in _tops(tree, left, right, low, prices):
            members = _leaves_under(top, left, right)
            of_node[members] = len(groups)
            groups.append(_members(tree.asked[top] & low))
    return Groups(of_node, tuple(groups))


def _bit_sets(splits: Splits) -> list[int]:
    """Each node's question as a set of bits: its split, and behind all splits its feature."""
    count = len(splits)
    bits = [
        1 << split | 1 << count + feature for split, feature in enumerate(splits.feature.tolist())
    ]
    return [bits[number] if number >= 0 else 0 for number in splits.of_node.tolist()]


def _questions(root: int, left: list[int], right: list[int], asks: list[int]) -> _Tree:
    above, order, at = {root: 0}, [root], 0
    while at < len(order):
        node = order[at]
        at += 1
        if left[node] >= 0:
            below = above[node] | asks[node]
            above[left[node]] = above[right[node]] = below
            order += (left[node], right[node])
    asked = dict(above)
    for node in reversed(order):
        if left[node] >= 0:
            asked[node] = asked[left[node]] | asked[right[node]]
    return _Tree(order, above, asked)


def _tops(tree: _Tree, left: list[int], right: list[int], low: int, prices: Prices) -> list[int]:
    whole = _cheaper_whole(tree, left, right, low, prices)
    tops, waiting = [], [tree.order[0]]
    while waiting:
        node = waiting.pop()
        if node in whole:
            tops.append(node)
        else:
            waiting += (right[node], left[node])
    return tops


def _cheaper_whole(
    tree: _Tree, left: list[int], right: list[int], low: int, prices: Prices
) -> set[int]:
    """The nodes whose subtree costs no more as one group than cut up."""
    cost: dict[int, float] = {}
    whole = set()
    for node in reversed(tree.order):
        alone = _cost(tree.asked[node], low, prices)
        parts = inf if left[node] < 0 else cost[left[node]] + cost[right[node]]
        if alone == parts == inf:
            raise Refused(
                "TOO_DEEP", f"{(tree.asked[node] & low).bit_count()} splits, {LARGEST} fit"
            )
        if alone <= parts:
            whole.add(node)
        cost[node] = min(alone, parts)
    return whole


def _cost(asked: int, low: int, prices: Prices) -> float:
    bits = (asked & low).bit_count()
    if bits > LARGEST:
        return inf
    features = asked.bit_count() - bits
    return features * prices.look_up[max(bits - FEWEST, 0)] + bits * prices.bit


def _members(bits: int) -> tuple[int, ...]:
    members = []
    while bits:
        lowest = bits & -bits
        members.append(lowest.bit_length() - 1)
        bits ^= lowest
    return tuple(members)


def _leaves_under(top: int, left: list[int], right: list[int]) -> list[int]:
    leaves, waiting = [], [top]
    while waiting:
        node = waiting.pop()
        if left[node] < 0:
            leaves.append(node)
        else:
            waiting += (left[node], right[node])
    return leaves
