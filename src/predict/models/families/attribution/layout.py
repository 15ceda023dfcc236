"""Sums the leaves of each group into one table of whole numbers.

Whole numbers (a fixed power of two to a log-odd) make every sum exact, so that the order of
adding, the threads and the kernel used cannot change a byte of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.codes import Planes
from predict.models.families.attribution.grouping import Groups
from predict.models.families.attribution.kernels import aligned
from predict.models.families.attribution.paths import Leaves, Splits, split_levels
from predict.models.families.attribution.reading import Floats, Ints, Nodes
from predict.models.families.attribution.refusal import Refused

CHUNK = 2**21  # table entries worked on at a time
IMPOSSIBLE = 1 << 20  # a bit no pattern has: for a leaf that no row can reach
Whole = npt.NDArray[np.int32]
FINEST = 40  # bits behind the point, at most


@dataclass(frozen=True)
class Layout:
    """Group tables as the kernels read them; everything about group g lies between
    ``x[g]`` and ``x[g + 1]`` for ``x`` in ``bit_start`` and ``column_start``.

    ``width[g]`` is the number of bits of a pattern, ``offset[g]`` where the tables begin in
    ``table``: 2**width whole numbers for each column of the group. A bit is set where a row goes
    left at split ``bit_split``; that is where row ``bit_code`` of the codes is below ``bit_limit``.
    """

    width: Whole
    offset: Ints
    bit_start: Whole
    bit_split: Ints
    bit_code: Whole
    bit_limit: npt.NDArray[np.uint8]
    column_start: Whole
    column: Whole
    table: Whole
    unit: float
    leaf_group: Ints

    @property
    def arrays(self) -> tuple[npt.NDArray[np.integer], ...]:
        """The arrays in the order in which :func:`kernels.add_in_memory` takes them."""
        return self.width, self.offset, self.column_start, self.column, self.table

    @property
    def lookups(self) -> int:
        """Number of table look-ups a row costs."""
        return len(self.column)


class Games(Protocol):
    """What each leaf's features earn, by the pattern of conditions that a row meets."""

    @property
    def chance(self) -> Floats:
        """For each leaf, the chance that all its conditions hold before any feature is known."""

    def tables(self, rows: Ints, k: int) -> Floats:
        """Return leaves x k x 2**k log-odds for leaves that depend on k features each."""


def lay_out(
    leaves: Leaves,
    splits: Splits,
    groups: Groups,
    planes: Planes,
    games: Games,
    *,
    unit: float,
    largest_table: int,
) -> Layout:
    """Build the group tables.

    Raises
    ------
    Refused
        ``TOO_LARGE`` if the tables would take more than ``largest_table`` bytes.
    """
    layout = _empty(leaves, splits, groups, planes, unit, largest_table)
    value = rounded_worth(leaves.paths.value, unit)
    before = rounded_worth(leaves.paths.value * games.chance, unit)
    for part in leaf_patterns(layout, leaves):
        totals = np.repeat(-before[part.rows, None], 1 << part.k, axis=1)
        totals[:, -1] += value[part.rows]
        _fill(layout, leaves, part, games, totals)
    return layout


def rounded_worth(worth: Floats, unit: float) -> Floats:
    """Return log-odds in whole units."""
    whole: Floats = np.rint(worth / unit)
    return whole


def _empty(
    leaves: Leaves,
    splits: Splits,
    groups: Groups,
    planes: Planes,
    unit: float,
    largest_table: int,
) -> Layout:
    """Return the layout with zeros for entries; groups of few bits come first."""
    order = sorted(range(len(groups.splits)), key=lambda g: (len(groups.splits[g]), g))
    bits = [groups.splits[g] for g in order]
    columns = [sorted({int(splits.feature[split]) for split in group}) for group in bits]
    width = np.array([len(group) for group in bits], dtype=np.int32)
    sizes = np.array([len(column) for column in columns], dtype=np.int64) << width
    if sizes.sum() * 4 > largest_table:
        raise Refused("TOO_LARGE", f"{sizes.sum() * 4} bytes, {largest_table} allowed")
    split = np.array([one for group in bits for one in group], dtype=np.int64)
    missing_left = splits.missing_left[split].astype(np.int64)
    return Layout(
        width=width,
        offset=np.cumsum(sizes) - sizes,
        bit_start=_starts(bits),
        bit_split=split,
        bit_code=(planes.of_split[split] + len(planes) * missing_left).astype(np.int32),
        bit_limit=(planes.rank[split] + 1 + missing_left).astype(np.uint8),
        column_start=_starts(columns),
        column=np.array([one for group in columns for one in group], dtype=np.int32),
        table=aligned((int(sizes.sum()),), np.int32),
        unit=unit,
        leaf_group=_places(order)[groups.of_node[leaves.paths.node]],
    )


def _starts(lists: list[tuple[int, ...]] | list[list[int]]) -> Whole:
    return np.cumsum([0, *map(len, lists)]).astype(np.int32)


def _places(order: list[int]) -> Ints:
    """Return where each group went, and -1 for what is in none."""
    place = np.full(len(order) + 1, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


@dataclass(frozen=True)
class LeafPatterns:
    """Leaves of groups of one width and k features each: ``own[l, p]`` is what leaf ``rows[l]``
    sees of its group's pattern p, one bit for each of its features whose conditions hold.
    """

    rows: Ints
    k: int
    own: Ints


def leaf_patterns(layout: Layout, leaves: Leaves) -> Iterator[LeafPatterns]:
    """Return all leaves that depend on a feature, a good handful at a time."""
    asked, held = _conditions(layout, leaves)
    width = np.append(layout.width, -1)[layout.leaf_group]
    for bits, k in np.unique(np.stack([width, leaves.count]), axis=1).T.tolist():
        if k == 0:
            continue  # a tree without a split: its worth is in the start
        rows = np.flatnonzero((width == bits) & (leaves.count == k))
        step = max(1, CHUNK // (k << bits))
        for begin in range(0, len(rows), step):
            some = rows[begin : begin + step]
            yield LeafPatterns(some, k, _own(asked[some, :k], held[some, :k], bits))


def _own(asked: Ints, held: Ints, bits: int) -> Ints:
    pattern = np.arange(1 << bits)
    own = np.zeros((len(asked), len(pattern)), dtype=np.int64)
    for slot in range(asked.shape[1]):
        meets = (pattern & asked[:, slot, None]) == held[:, slot, None]
        own |= meets.astype(np.int64) << slot
    return own


def _conditions(layout: Layout, leaves: Leaves) -> tuple[Ints, Ints]:
    """For each leaf and slot: which bits of its group's pattern matter, and how they must stand."""
    paths, split, group = leaves.paths, layout.bit_split, layout.leaf_group
    count = int(split.max(initial=0)) + 1
    owner = np.repeat(np.arange(len(layout.width)), np.diff(layout.bit_start))
    keys = owner * count + split  # ascending: groups in order, splits ascending within
    asked, held = np.zeros_like(leaves.feature), np.zeros_like(leaves.feature)
    for step in range(paths.split.shape[1]):
        here = np.flatnonzero(paths.split[:, step] >= 0)
        place = np.searchsorted(keys, group[here] * count + paths.split[here, step])
        bit = np.int64(1) << (place - layout.bit_start[group[here]])
        into = leaves.slot[here, step]
        stand = np.where(paths.left[here, step], bit, 0)
        clash = (asked[here, into] & bit > 0) & (held[here, into] & bit != stand)
        asked[here, into] |= bit
        held[here, into] |= np.where(clash, IMPOSSIBLE, stand)
    return asked, held


def _fill(layout: Layout, leaves: Leaves, part: LeafPatterns, games: Games, totals: Floats) -> None:
    whole = _rounded(games.tables(part.rows, part.k) / layout.unit, totals)
    for slot in range(part.k):
        amounts = np.take_along_axis(whole[:, slot], part.own, axis=1)
        _accumulate(layout, _table_row(layout, leaves, part.rows, slot), amounts)


def _rounded(worth: Floats, totals: Floats) -> Whole:
    """Round what features earn so that they add up to the totals: running sums are rounded.

    A row's contributions then add up to its leaves' values, each rounded once, whatever the games.
    """
    running = np.rint(np.cumsum(worth, axis=1))
    running[:, -1] = totals
    return np.diff(running, axis=1, prepend=0.0).astype(np.int64).astype(np.int32)


def _table_row(layout: Layout, leaves: Leaves, rows: Ints, slot: int) -> Ints:
    """Where the tables of each leaf's feature begin."""
    feature, group = leaves.feature[rows, slot], layout.leaf_group[rows]
    many = int(layout.column.max(initial=0)) + 1
    owner = np.repeat(np.arange(len(layout.width)), np.diff(layout.column_start))
    place = np.searchsorted(owner * many + layout.column, group * many + feature)
    within: Ints = place - layout.column_start[group]
    begin: Ints = layout.offset[group] + (within << layout.width[group])
    return begin


def _accumulate(layout: Layout, begin: Ints, amounts: Whole) -> None:
    """Add rows of amounts to their tables; whole numbers wrap, so that only the sums count."""
    order = np.argsort(begin, kind="stable")
    ranked = begin[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sums = np.add.reduceat(amounts[order], first, axis=0, dtype=np.int32)
    layout.table[ranked[first][:, None] + np.arange(amounts.shape[1])] += sums


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
    levels = split_levels(nodes)
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


def _in_full(leaves: Leaves, trees: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which trees have uneven shares, and the sum of all their leaves, as large as they can get."""
    paths = leaves.paths
    odd = np.zeros(trees, dtype=np.bool_)
    np.logical_or.at(odd, paths.tree, paths.uneven)
    weight = np.abs(paths.value) * np.maximum(paths.share, 1.0).prod(axis=1)
    full = np.zeros(trees)
    np.add.at(full, paths.tree, weight)
    return odd, full
