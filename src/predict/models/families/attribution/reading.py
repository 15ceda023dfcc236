"""Reads the trees of an XGBoost JSON model, and refuses by name what tables cannot hold.

Trees are walked from their roots, never scanned: XGBoost leaves pruned nodes in its arrays.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from predict.models.families.attribution.refusal import Refused

LOGIT_OBJECTIVES = ("binary:logistic", "reg:logistic")
IDENTITY_OBJECTIVES = ("binary:logitraw", "reg:squarederror")
SMALLEST_BASE_SCORE = np.float32(1e-6)  # XGBoost's own clamp before the logit
LARGEST_LEAF = 1e5  # beyond it float32 margins are noise, XGBoost's included

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Nodes:
    """All nodes of all trees, one after the other; children are positions in the same arrays.

    ``left`` is -1 at a leaf, whose value then stands in ``condition``.
    """

    roots: Ints
    left: Ints
    right: Ints
    feature: Ints
    condition: npt.NDArray[np.float32]
    missing_left: npt.NDArray[np.bool_]
    cover: Floats


@dataclass(frozen=True)
class Booster:
    """What the compiler needs of a model: its names, its base margin in log-odds and its trees."""

    feature_names: tuple[str, ...]
    base_margin: float
    nodes: Nodes


def read_booster(
    source: bytes, feature_names: Sequence[str] | None = None, *, n_trees: int | None = None
) -> Booster:
    """Parse a model saved by ``Booster.save_raw("json")``.

    Parameters
    ----------
    source : bytes
        The JSON text.
    feature_names : sequence of str, optional
        Names of the columns that will be given, in order; without them the model's own.
    n_trees : int, optional
        Use the first so many trees. Without it: up to the best iteration if early stopping
        stored one, else all of them.

    Raises
    ------
    Refused
        For anything the tables cannot represent, named by ``Refused.reason``.
    """
    learner = _learner(source)
    names = _names(learner, feature_names)
    _refuse_other_kinds(learner)
    model = learner["gradient_booster"]["model"]
    trees = model["trees"][: _tree_count(learner, model, n_trees)]
    return Booster(names, _base_margin(learner), _nodes(trees))


def _learner(source: bytes) -> dict[str, Any]:
    try:
        learner = json.loads(source)["learner"]
        learner["gradient_booster"]["name"], learner["learner_model_param"]["base_score"]
        learner["objective"]["name"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("NOT_A_BOOSTER", type(error).__name__) from None
    return dict(learner)


def _names(learner: Mapping[str, Any], given: Sequence[str] | None) -> tuple[str, ...]:
    width = int(learner["learner_model_param"].get("num_feature", 0))
    stored = learner.get("feature_names") or [f"f{i}" for i in range(width)]
    if given is None:
        return tuple(stored)
    named = bool(learner.get("feature_names"))
    if (named and list(stored) != list(given)) or width > len(given):
        raise Refused("NAMES", f"{max(width, len(stored))} in the model, {len(given)} given")
    return tuple(given)


def _refuse_other_kinds(learner: Mapping[str, Any]) -> None:
    booster, shape = learner["gradient_booster"], learner["learner_model_param"]
    if booster["name"] != "gbtree":
        reason = {"gblinear": "GBLINEAR", "dart": "DART"}.get(booster["name"], "NOT_A_BOOSTER")
        raise Refused(reason)
    # XGBoost 3.4 writes dart as gbtree whose trees have weights.
    if booster["model"].get("weight_drop"):
        raise Refused("DART")
    if int(shape.get("num_class", 0)) > 1 or int(shape.get("num_target", 1)) > 1:
        raise Refused("MULTI_CLASS")
    if any(booster["model"]["tree_info"]):
        raise Refused("MULTI_CLASS")
    objective = learner["objective"]["name"]
    if objective not in LOGIT_OBJECTIVES + IDENTITY_OBJECTIVES:
        raise Refused("OBJECTIVE", objective)


def _tree_count(
    learner: Mapping[str, Any], model: Mapping[str, Any], n_trees: int | None
) -> int | None:
    best = learner.get("attributes", {}).get("best_iteration")
    if n_trees is not None or best is None:
        return n_trees
    starts = model.get("iteration_indptr") or list(range(len(model["trees"]) + 1))
    return int(starts[min(int(best) + 1, len(starts) - 1)])


def _base_margin(learner: Mapping[str, Any]) -> float:
    stored = learner["learner_model_param"]["base_score"]
    values = json.loads(stored) if stored.startswith("[") else [float(stored)]
    if len(values) != 1:
        raise Refused("MULTI_CLASS", f"{len(values)} base scores")
    one, score = np.float32(1), np.float32(values[0])
    if learner["objective"]["name"] in IDENTITY_OBJECTIVES:
        return float(score)
    # In single precision, as XGBoost does it: near 1 that is visible in the third digit.
    score = np.clip(score, SMALLEST_BASE_SCORE, one - SMALLEST_BASE_SCORE)
    return -math.log(float(one / score - one))


def _nodes(trees: Sequence[Mapping[str, Any]]) -> Nodes:
    sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    shift = np.repeat(roots, sizes)
    left = _joined(trees, "left_children", np.int64)
    right = _joined(trees, "right_children", np.int64)
    nodes = Nodes(
        roots=roots,
        left=np.where(left < 0, -1, left + shift),
        right=np.where(left < 0, -1, right + shift),
        feature=_joined(trees, "split_indices", np.int64),
        condition=_joined(trees, "split_conditions", np.float32),
        missing_left=_joined(trees, "default_left", np.bool_),
        cover=_joined(trees, "sum_hessian", np.float32).astype(np.float64),
    )
    reached = _reached(nodes)
    _refuse_odd_nodes(nodes, reached, _joined(trees, "split_type", np.int64))
    return nodes


def _joined(trees: Sequence[Mapping[str, Any]], key: str, kind: type) -> npt.NDArray[Any]:
    parts: list[npt.NDArray[Any]] = [np.array(tree[key], dtype=kind) for tree in trees]
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def _reached(nodes: Nodes) -> Ints:
    levels, level = [nodes.roots], nodes.roots
    while len(level):
        inner = level[nodes.left[level] >= 0]
        level = np.concatenate([nodes.left[inner], nodes.right[inner]])
        levels.append(level)
    return np.concatenate(levels)


def _refuse_odd_nodes(nodes: Nodes, reached: Ints, split_type: Ints) -> None:
    if bool((split_type[reached] != 0).any()):
        raise Refused("CATEGORICAL_SPLIT")
    leaves = nodes.condition[reached[nodes.left[reached] < 0]].astype(np.float64)
    if not np.isfinite(leaves).all() or bool((np.abs(leaves) > LARGEST_LEAF).any()):
        raise Refused("ABSURD_LEAF")
