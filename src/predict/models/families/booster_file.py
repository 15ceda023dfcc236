"""The trees of ``booster.json``, proved well formed as plain data before anything runs them.

XGBoost trusts the indices in its own file: a child number beyond the arrays ends the process. So
every tree is walked here first, in plain Python, and nothing but finite, acyclic, numeric trees of
one logistic output gets through.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from predict.errors import ModelError

OBJECTIVES = ("binary:logistic", "binary:logitraw")
LARGEST_LEAF = 1e6
# Twice what a recipe may ask for: what walks a tree by recursion must come to an end.
DEEPEST = 24
ROOT_PARENT = 2**31 - 1
_LEARNER = {
    "attributes",
    "feature_names",
    "feature_types",
    "gradient_booster",
    "learner_model_param",
    "objective",
}
_MODEL = {"cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees"}
_WHOLE = ("left_children", "right_children", "parents", "split_indices", "split_type")
_REAL = ("base_weights", "loss_changes", "split_conditions", "sum_hessian")
_EMPTY = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_TREE = {*_WHOLE, *_REAL, *_EMPTY, "default_left", "id", "tree_param"}


def check_booster(document: Any, *, features: Sequence[str], objective: str | None = None) -> int:
    """Prove that a parsed ``booster.json`` holds trees that can be walked safely.

    Parameters
    ----------
    document : dict
        The parsed file.
    features : sequence of str
        Names the trees may use, in the order the manifest promises.
    objective : str, optional
        The objective the manifest promises.

    Returns
    -------
    int
        The number of trees.

    Raises
    ------
    ModelError
        Naming the part that is not as XGBoost writes it. Restore the folder or train again.

    References
    ----------
    XGBoost JSON model schema, version 3.
    """
    learner = _part(document, "learner", {"learner", "version"})
    _version(document["version"])
    _keys(learner, _LEARNER, "learner")
    _objective(learner["objective"], objective)
    _parameters(learner["learner_model_param"], len(features))
    _need(
        learner["feature_names"] in ([], list(features)), "feature_names differ from the manifest"
    )
    _need(_is_list_of(learner["feature_types"], str), "feature_types is not a list of words")
    _need(
        all(kind in ("float", "int", "q", "i") for kind in learner["feature_types"]),
        "a feature type",
    )
    return _trees(learner["gradient_booster"], len(features))


def _trees(booster: Any, width: int) -> int:
    model = _part(booster, "model", {"model", "name"})
    _need(booster["name"] == "gbtree", "the booster is not gbtree")
    _keys(model, _MODEL, "model")
    trees = model["trees"]
    _need(isinstance(trees, list), "trees is not a list")
    _bookkeeping(model, len(trees))
    for number, tree in enumerate(trees):
        _tree(tree, number, width)
    return len(trees)


def _bookkeeping(model: Mapping[str, Any], count: int) -> None:
    param = model["gbtree_model_param"]
    _keys(param, {"num_parallel_tree", "num_trees"}, "gbtree_model_param")
    _need(param["num_trees"] == str(count), "num_trees differs from the trees present")
    _need(param["num_parallel_tree"] == "1", "num_parallel_tree is not 1")
    _need(model["tree_info"] == [0] * count, "tree_info names another output")
    _need(model["iteration_indptr"] == list(range(count + 1)), "iteration_indptr is not one a tree")
    _keys(model["cats"], {"enc", "feature_segments", "sorted_idx"}, "cats")
    _need(not any(model["cats"].values()), "cats is not empty")


def _tree(tree: Any, number: int, width: int) -> None:
    where = f"tree {number}"
    _keys(tree, _TREE, where)
    _need(_is_whole(tree["id"]) and tree["id"] == number, f"{where}: id")
    size = _size(tree["tree_param"], where, width)
    _arrays(tree, size, where)
    _walk(tree, size, width, where)


def _size(param: Any, where: str, width: int) -> int:
    names = {"num_deleted", "num_feature", "num_nodes", "size_leaf_vector"}
    _keys(param, names, where)
    values = {name: _digits(param[name], f"{where}: {name}") for name in names}
    _need(values["num_feature"] == width, f"{where}: num_feature")
    _need(values["size_leaf_vector"] in (0, 1), f"{where}: size_leaf_vector")
    _need(0 < values["num_nodes"] <= 1_000_000, f"{where}: num_nodes")
    _need(values["num_deleted"] < values["num_nodes"], f"{where}: num_deleted")
    return values["num_nodes"]


def _arrays(tree: Mapping[str, Any], size: int, where: str) -> None:
    for name in _WHOLE:
        _need(_is_list_of(tree[name], int) and len(tree[name]) == size, f"{where}: {name}")
    for name in _REAL:
        _need(_is_finite_list(tree[name]) and len(tree[name]) == size, f"{where}: {name}")
    for name in _EMPTY:
        _need(tree[name] == [], f"{where}: {name} is not empty")
    default = tree["default_left"]
    _need(isinstance(default, list) and len(default) == size, f"{where}: default_left")
    _need(all(type(d) is int and d in (0, 1) for d in default), f"{where}: default_left")
    _need(not any(tree["split_type"]), f"{where}: a split by category")
    _need(min(tree["sum_hessian"]) >= 0, f"{where}: a negative cover")


def _walk(tree: Mapping[str, Any], size: int, width: int, where: str) -> None:
    left, right, parents = tree["left_children"], tree["right_children"], tree["parents"]
    _need(parents[0] == ROOT_PARENT, f"{where}: the root has a parent")
    seen, open_nodes, depth = {0}, [0], {0: 0}
    while open_nodes:
        node = open_nodes.pop()
        _need(depth[node] <= DEEPEST, f"{where}: deeper than {DEEPEST}")
        if left[node] == -1 and right[node] == -1:
            _need(abs(tree["split_conditions"][node]) <= LARGEST_LEAF, f"{where}: a leaf is absurd")
            continue
        _need(0 <= tree["split_indices"][node] < width, f"{where}: a split on no feature")
        for child in (left[node], right[node]):
            _need(0 < child < size and child not in seen, f"{where}: a child out of place")
            _need(parents[child] == node, f"{where}: a parent out of place")
            seen.add(child)
            depth[child] = depth[node] + 1
            open_nodes.append(child)


def _objective(section: Any, promised: str | None) -> None:
    _keys(section, {"name", "reg_loss_param"}, "objective")
    _need(section["name"] in OBJECTIVES, "the objective is not logistic")
    _need(promised in (None, section["name"]), "the objective differs from the manifest")
    _keys(section["reg_loss_param"], {"scale_pos_weight"}, "reg_loss_param")
    # It weighed the classes while learning; estimates do not depend on it.
    _need(_positive(section["reg_loss_param"]["scale_pos_weight"]), "scale_pos_weight")


def _parameters(param: Any, width: int) -> None:
    names = {"base_score", "boost_from_average", "num_class", "num_feature", "num_target"}
    _keys(param, names, "learner_model_param")
    _need(param["num_class"] == "0" and param["num_target"] == "1", "more than one output")
    _need(param["boost_from_average"] in ("0", "1"), "boost_from_average")
    _need(_digits(param["num_feature"], "num_feature") == width, "num_feature")
    base_score(param["base_score"])


def base_score(text: Any) -> float:
    """Return the one number of ``base_score``, as XGBoost writes it: ``"[5E-1]"`` or ``"5E-1"``.

    Examples
    --------
    >>> base_score("[5.24E-1]")
    0.524
    """
    value = _real(text.removeprefix("[").removesuffix("]")) if isinstance(text, str) else math.nan
    _need(math.isfinite(value), "base_score")
    return value


def _positive(text: Any) -> bool:
    return 0 < _real(text) < math.inf


def _real(text: Any) -> float:
    try:
        return float(text) if isinstance(text, str) and len(text) < 40 else math.nan
    except ValueError:
        return math.nan


def _version(version: Any) -> None:
    right = _is_list_of(version, int) and len(version) == 3 and 2 <= version[0] <= 3
    _need(right, "written by a version of XGBoost that is not 2 or 3")


def _part(document: Any, name: str, keys: set[str]) -> Any:
    _keys(document, keys, name)
    return document[name]


def _keys(value: Any, wanted: set[str], where: str) -> None:
    _need(
        isinstance(value, dict) and set(value) == wanted, f"{where} has other keys than XGBoost's"
    )


def _digits(text: Any, where: str) -> int:
    _need(isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10, where)
    return int(text)


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)


def _is_finite_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(item) in (int, float) and -3.5e38 < item < 3.5e38 for item in value
    )


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ModelError(
            f"booster.json is not a tree model that can be trusted: {what}. "
            "Restore the folder or train again.",
            code="BOOSTER_INVALID",
        )
