"""Sums the leaves of each group into one table of whole numbers.

Whole numbers (a fixed power of two to a log-odd) make every sum exact, so that the order of
adding, the threads and the kernel used cannot change a byte of the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.codes import Planes
from predict.models.families.attribution.grouping import Groups
from predict.models.families.attribution.kernels import aligned
from predict.models.families.attribution.leaves import leaf_tables
from predict.models.families.attribution.paths import Leaves, Splits
from predict.models.families.attribution.reading import Ints
from predict.models.families.attribution.refusal import Refused

ROOM = 2.0**30  # the largest sum, half of what int32 holds: room for rounding
FINEST = 40  # bits behind the point of a unit, at most
CHUNK = 2**21  # table entries worked on at a time
IMPOSSIBLE = 1 << 20  # a bit no pattern has: for a leaf that no row can reach

Whole = npt.NDArray[np.int32]


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

    @property
    def arrays(self) -> tuple[npt.NDArray[np.integer], ...]:
        """The arrays in the order in which :func:`kernels.add_in_memory` takes them."""
        return self.width, self.offset, self.column_start, self.column, self.table

    @property
    def lookups(self) -> int:
        """Number of table look-ups a row costs."""
        return len(self.column)


def fixed_point_unit(leaves: Leaves, n_features: int) -> float:
    """Return the log-odds of one unit: a power of two that no sum over trees can overflow.

    In one tree a feature earns at most the spread between the tree's largest and smallest leaf,
    if the shares of each split add up to 1. Covers that were tampered with, or underflowed, may
    not; then every leaf is counted in full.
    """
    paths = leaves.paths
    trees = int(paths.tree.max(initial=-1)) + 1
    low, high = np.full(trees, np.inf), np.full(trees, -np.inf)
    np.minimum.at(low, paths.tree, paths.value)
    np.maximum.at(high, paths.tree, paths.value)
    most = high - low
    odd = np.zeros(trees, dtype=np.bool_)
    np.logical_or.at(odd, paths.tree, paths.uneven)
    weight = np.abs(paths.value) * np.maximum(paths.share, 1.0).prod(axis=1)
    full = np.bincount(paths.tree, weights=weight, minlength=trees)
    largest = float((np.where(odd, full, most) @ _used(leaves, n_features)).max(initial=0.0))
    exponent = math.floor(math.log2(ROOM / largest)) if largest > 0 else FINEST
    return 2.0 ** -min(exponent, FINEST)


def _used(leaves: Leaves, n_features: int) -> npt.NDArray[np.bool_]:
    """Which features each tree asks about, trees x features."""
    at_leaf = leaves.feature >= 0
    trees = int(leaves.paths.tree.max(initial=-1)) + 1
    used = np.zeros((trees, n_features), dtype=np.bool_)
    tree = np.broadcast_to(leaves.paths.tree[:, None], leaves.feature.shape)
    used[tree[at_leaf], leaves.feature[at_leaf]] = True
    return used


def lay_out(
    leaves: Leaves, splits: Splits, groups: Groups, planes: Planes, *, largest_table: int
) -> Layout:
    """Build the group tables.

    Raises
    ------
    Refused
        ``TOO_LARGE`` if the tables would take more than ``largest_table`` bytes.
    """
    order = sorted(range(len(groups.splits)), key=lambda g: (len(groups.splits[g]), g))
    bits = [groups.splits[g] for g in order]
    columns = [sorted({int(splits.feature[split]) for split in group}) for group in bits]
    width = np.array([len(group) for group in bits], dtype=np.int32)
    sizes = np.array([len(column) for column in columns], dtype=np.int64) << width
    if sizes.sum() * 4 > largest_table:
        raise Refused("TOO_LARGE", f"{sizes.sum() * 4} bytes, {largest_table} allowed")
    split = np.array([one for group in bits for one in group], dtype=np.int64)
    missing_left = splits.missing_left[split].astype(np.int64)
    layout = Layout(
        width=width,
        offset=np.cumsum(sizes) - sizes,
        bit_start=_starts(bits),
        bit_split=split,
        bit_code=(planes.of_split[split] + len(planes) * missing_left).astype(np.int32),
        bit_limit=(planes.rank[split] + 1 + missing_left).astype(np.uint8),
        column_start=_starts(columns),
        column=np.array([one for group in columns for one in group], dtype=np.int32),
        table=aligned((int(sizes.sum()),), np.int32),
        unit=fixed_point_unit(leaves, planes.n_features),
    )
    if order:
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        _fill(layout, leaves, place[groups.of_node[leaves.paths.node]], split)
    return layout


def _starts(lists: list[tuple[int, ...]] | list[list[int]]) -> Whole:
    return np.cumsum([0, *map(len, lists)]).astype(np.int32)


def _fill(layout: Layout, leaves: Leaves, group: Ints, split: Ints) -> None:
    asked, held = _conditions(layout, leaves, group, split)
    width = layout.width[group]
    for bits in np.unique(width):
        for k in np.unique(leaves.count[width == bits]):
            if k == 0:
                continue  # a tree without a split: its worth is in the start
            rows = np.flatnonzero((width == bits) & (leaves.count == k))
            step = max(1, CHUNK // (int(k) << int(bits)))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                _fill_some(layout, leaves, group, some, (asked, held), int(k), int(bits))


def _conditions(layout: Layout, leaves: Leaves, group: Ints, split: Ints) -> tuple[Ints, Ints]:
    """For each leaf and slot: which bits of its group's pattern matter, and how they must stand."""
    paths = leaves.paths
    count = int(split.max(initial=0)) + 1
    owner = np.repeat(np.arange(len(layout.width)), np.diff(layout.bit_start))
    keys = owner * count + split  # ascending: groups in order, splits ascending within
    asked, held = np.zeros_like(leaves.feature), np.zeros_like(leaves.feature)
    for step in range(paths.split.shape[1]):
        here = np.flatnonzero(paths.split[:, step] >= 0)
        found = np.searchsorted(keys, group[here] * count + paths.split[here, step])
        bit = np.int64(1) << (found - layout.bit_start[group[here]])
        into = leaves.slot[here, step]
        stand = np.where(paths.left[here, step], bit, 0)
        clash = (asked[here, into] & bit > 0) & (held[here, into] & bit != stand)
        asked[here, into] |= bit
        held[here, into] |= np.where(clash, IMPOSSIBLE, stand)
    return asked, held


def _fill_some(
    layout: Layout,
    leaves: Leaves,
    group: Ints,
    rows: Ints,
    conditions: tuple[Ints, Ints],
    k: int,
    bits: int,
) -> None:
    asked, held = (part[rows, :k] for part in conditions)
    pattern = np.arange(1 << bits)
    own = np.zeros((len(rows), len(pattern)), dtype=np.int64)
    for slot in range(k):
        meets = (pattern & asked[:, slot, None]) == held[:, slot, None]
        own |= meets.astype(np.int64) << slot
    worth = leaf_tables(leaves.share[rows, :k], leaves.paths.value[rows])
    whole = np.rint(worth / layout.unit).astype(np.int64).astype(np.int32)
    for slot in range(k):
        amounts = np.take_along_axis(whole[:, slot], own, axis=1)
        _accumulate(layout, _table_row(layout, leaves, group[rows], rows, slot), amounts, bits)


def _table_row(layout: Layout, leaves: Leaves, group: Ints, rows: Ints, slot: int) -> Ints:
    """Where the tables of each leaf's feature begin."""
    feature = leaves.feature[rows, slot]
    many = int(layout.column.max(initial=0)) + 1
    owner = np.repeat(np.arange(len(layout.width)), np.diff(layout.column_start))
    found = np.searchsorted(owner * many + layout.column, group * many + feature)
    within: Ints = found - layout.column_start[group]
    begin: Ints = layout.offset[group] + (within << layout.width[group])
    return begin


def _accumulate(layout: Layout, begin: Ints, amounts: Whole, bits: int) -> None:
    """Add rows of amounts to their tables; whole numbers wrap, so that only the sums count."""
    order = np.argsort(begin, kind="stable")
    ranked = begin[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sums = np.add.reduceat(amounts[order], first, axis=0, dtype=np.int32)
    layout.table[ranked[first][:, None] + np.arange(1 << bits)] += sums


def start_of(leaves: Leaves, base_margin: float) -> float:
    """Return the model's starting log-odds: its mean over the training cover, tree by tree."""
    return base_margin + float((leaves.paths.value * leaves.share.prod(axis=1)).sum())
