"""The distinct splits of a booster, and the path from its root to every leaf."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.reading import Floats, Ints, Nodes

UNEVEN = 1e-3  # covers are sums in single precision


@dataclass(frozen=True)
class Splits:
    """The distinct questions "is x < threshold, and where does missing go?" of all trees.

    ``of_node`` gives each inner node's question; nodes that no row reaches have -1.
    """

    feature: Ints
    threshold: npt.NDArray[np.float32]
    missing_left: npt.NDArray[np.bool_]
    of_node: Ints

    def __len__(self) -> int:
        return len(self.feature)


@dataclass(frozen=True)
class Paths:
    """Every leaf with its way down from the root; row i of each matrix is leaf i's way.

    ``split`` holds split numbers, -1 behind the end of a way; ``left`` says which way was taken;
    ``share`` the part of the training cover that took it; ``uneven`` marks ways with a split
    whose two shares do not add up to 1.
    """

    node: Ints
    tree: Ints
    value: Floats
    uneven: npt.NDArray[np.bool_]
    split: Ints
    left: npt.NDArray[np.bool_]
    share: Floats


def distinct_splits(nodes: Nodes) -> Splits:
    """Number the distinct splits that rows can reach, ordered by feature and threshold."""
    inner = np.concatenate([np.empty(0, dtype=np.int64), *split_levels(nodes)])
    threshold = nodes.condition[inner] + np.float32(0)  # -0.0 asks what 0.0 asks
    keys = np.zeros(
        len(inner), dtype=[("feature", "i8"), ("threshold", "f4"), ("missing_left", "?")]
    )
    keys["feature"], keys["threshold"] = nodes.feature[inner], threshold
    keys["missing_left"] = nodes.missing_left[inner]
    splits, number = np.unique(keys, return_inverse=True)
    of_node = np.full(len(nodes.left), -1, dtype=np.int64)
    of_node[inner] = number
    return Splits(
        splits["feature"].copy(), splits["threshold"].copy(), splits["missing_left"].copy(), of_node
    )


def split_levels(nodes: Nodes) -> list[Ints]:
    """Return the splits of all trees that can be reached, from the roots down."""
    levels, level = [], nodes.roots
    while len(level):
        level = level[nodes.left[level] >= 0]
        levels.append(level)
        level = np.concatenate([nodes.left[level], nodes.right[level]])
    return levels


def leaf_paths(nodes: Nodes, splits: Splits) -> Paths:
    """Walk all trees at once, level by level, and keep the way to each leaf."""
    front = Paths(
        node=nodes.roots,
        tree=np.arange(len(nodes.roots), dtype=np.int64),
        value=np.empty(0),
        uneven=np.zeros(len(nodes.roots), dtype=np.bool_),
        split=np.empty((len(nodes.roots), 0), dtype=np.int64),
        left=np.empty((len(nodes.roots), 0), dtype=np.bool_),
        share=np.empty((len(nodes.roots), 0)),
    )
    done = []
    while len(front.node):
        at_leaf = nodes.left[front.node] < 0
        done.append(_rows(front, at_leaf))
        front = _one_level_down(_rows(front, ~at_leaf), nodes, splits)
    return _stacked(done, nodes)


def _rows(paths: Paths, keep: npt.NDArray[np.bool_]) -> Paths:
    return Paths(
        paths.node[keep],
        paths.tree[keep],
        paths.value,
        paths.uneven[keep],
        paths.split[keep],
        paths.left[keep],
        paths.share[keep],
    )


def _one_level_down(front: Paths, nodes: Nodes, splits: Splits) -> Paths:
    left, right = nodes.left[front.node], nodes.right[front.node]
    share_left, share_right = (_share(nodes, child, front.node) for child in (left, right))
    uneven = front.uneven | (np.abs(share_left + share_right - 1) > UNEVEN)
    asked = splits.of_node[front.node][:, None]
    went = np.repeat([True, False], len(front.node))[:, None]
    share = np.concatenate([share_left, share_right])[:, None]
    return Paths(
        node=np.concatenate([left, right]),
        tree=np.tile(front.tree, 2),
        value=front.value,
        uneven=np.tile(uneven, 2),
        split=np.tile(np.hstack([front.split, asked]), (2, 1)),
        left=np.hstack([np.tile(front.left, (2, 1)), went]),
        share=np.hstack([np.tile(front.share, (2, 1)), share]),
    )


def _share(nodes: Nodes, child: Ints, parent: Ints) -> Floats:
    """The child's part of the parent's cover; half where no training row came to the parent."""
    cover = nodes.cover[parent]
    # Any share keeps the sum right there; half is what XGBoost says since 3.3.
    share: Floats = np.full(len(cover), 0.5)
    np.divide(nodes.cover[child], cover, out=share, where=cover > 0)
    return share


def _stacked(done: list[Paths], nodes: Nodes) -> Paths:
    depth = max((part.split.shape[1] for part in done), default=0)

    def padded(name: str, fill: float) -> npt.NDArray[np.generic]:
        parts = [getattr(part, name) for part in done]
        wide = [
            np.pad(part, ((0, 0), (0, depth - part.shape[1])), constant_values=fill)
            for part in parts
        ]
        return np.concatenate(wide) if wide else np.empty((0, 0))

    node = np.concatenate([part.node for part in done]) if done else np.empty(0, dtype=np.int64)
    return Paths(
        node=node,
        tree=np.concatenate([part.tree for part in done]) if done else node,
        value=nodes.condition[node].astype(np.float64),
        uneven=np.concatenate([part.uneven for part in done]) if done else np.empty(0, np.bool_),
        split=padded("split", -1).astype(np.int64),
        left=padded("left", 0).astype(np.bool_),
        share=padded("share", 1.0).astype(np.float64),
    )


@dataclass(frozen=True)
class Leaves:
    """Every leaf as a game of its distinct features (repeated splits of one feature merged).

    Row i, slot j: ``feature`` (-1 behind the last), ``share`` (product of the cover shares).
    ``count`` is the number of features; ``slot`` says into which slot each step of the path went.
    """

    paths: Paths
    feature: Ints
    share: Floats
    count: Ints
    slot: Ints


def merged(paths: Paths, splits: Splits) -> Leaves:
    """Merge the steps of each path that ask about the same feature."""
    absent = paths.split < 0
    asked = np.where(absent, np.iinfo(np.int64).max, _feature_of(splits, paths.split))
    order = np.argsort(asked, axis=1, kind="stable")
    ranked = np.take_along_axis(asked, order, axis=1)
    fresh = np.ones(ranked.shape, dtype=np.bool_)
    fresh[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    slot = np.empty_like(order)
    np.put_along_axis(slot, order, np.cumsum(fresh, axis=1) - 1, axis=1)
    feature = np.full(asked.shape, -1, dtype=np.int64)
    share = np.ones(asked.shape)
    rows = np.arange(len(asked))
    for step in range(asked.shape[1]):
        here = rows[~absent[:, step]]
        into = slot[here, step]
        feature[here, into] = asked[here, step]
        share[here, into] *= paths.share[here, step]
    return Leaves(paths, feature, share, (feature >= 0).sum(axis=1), slot)


def _feature_of(splits: Splits, split: Ints) -> Ints:
    return splits.feature[split] if len(splits) else np.zeros_like(split)
