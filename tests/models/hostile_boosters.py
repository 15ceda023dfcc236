"""Twenty-nine boosters that are well-formed JSON and mean harm; each changes one thing in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Harm = Callable[[Document], Any]


def _model(document: Document) -> Document:
    return document["learner"]["gradient_booster"]["model"]


def _tree(document: Document) -> Document:
    return _model(document)["trees"][0]


def _inner(document: Document) -> int:
    return next(i for i, child in enumerate(_tree(document)["left_children"]) if child != -1)


def _leaf(document: Document) -> int:
    return next(i for i, child in enumerate(_tree(document)["left_children"]) if child == -1)


def _at_split(name: str, value: Any) -> Harm:
    def change(document: Document) -> None:
        _tree(document)[name][_inner(document)] = value

    return change


def _at_leaf(name: str, value: Any) -> Harm:
    def change(document: Document) -> None:
        _tree(document)[name][_leaf(document)] = value

    return change


def _set(place: Callable[[Document], Document], name: str, value: Any) -> Harm:
    def change(document: Document) -> None:
        place(document)[name] = value

    return change


def _cycle(document: Document) -> None:
    tree = _tree(document)
    deep = max(i for i, child in enumerate(tree["left_children"]) if child != -1)
    tree["left_children"][deep] = 0


def _own_child(document: Document) -> None:
    _tree(document)["right_children"][_inner(document)] = _inner(document)


def _shared_child(document: Document) -> None:
    tree = _tree(document)
    tree["right_children"][0] = tree["left_children"][0]


def _short(name: str) -> Harm:
    def change(document: Document) -> None:
        _tree(document)[name].pop()

    return change


def _nested(document: Document) -> None:
    deep: Any = 0
    for _ in range(500):
        deep = [deep]
    _tree(document)["categories"] = deep


def _no_trees(document: Document) -> None:
    _model(document)["trees"] = []


def _learner(document: Document) -> Document:
    return document["learner"]


def _parameters(document: Document) -> Document:
    return document["learner"]["learner_model_param"]


def _objective(document: Document) -> Document:
    return document["learner"]["objective"]


HARMS: dict[str, Harm] = {
    "child beyond the arrays": _at_split("left_children", 99_999),
    "child at the largest integer": _at_split("left_children", 2**31 - 1),
    "child below zero": _at_split("left_children", -5),
    "one child only": _at_split("right_children", -1),
    "cycle to the root": _cycle,
    "node that is its own child": _own_child,
    "child of two parents": _shared_child,
    "parent out of place": _at_leaf("parents", 99),
    "split on feature -1": _at_split("split_indices", -1),
    "split on feature 9999": _at_split("split_indices", 9_999),
    "leaf that is not a number": _at_leaf("split_conditions", "NaN"),
    "leaf of 1e38": _at_leaf("split_conditions", 1e38),
    "threshold beyond float32": _at_split("split_conditions", 1e300),
    "split by category": _at_split("split_type", 1),
    "default direction 7": _at_split("default_left", 7),
    "cover below zero": _at_leaf("sum_hessian", -1.0),
    "array too short": _short("split_conditions"),
    "tree of another output": _set(_model, "tree_info", [7] * 400),
    "two hundred levels of lists": _nested,
    "no trees but a count": _no_trees,
    "a million classes": _set(_parameters, "num_class", "1000000"),
    "two outputs": _set(_parameters, "num_target", "2"),
    "more features than there are": _set(_parameters, "num_feature", "999"),
    "start that is not finite": _set(_parameters, "base_score", "[inf]"),
    "objective swapped": _set(_objective, "name", "reg:squarederror"),
    "objective swapped for its raw twin": _set(_objective, "name", "binary:logitraw"),
    "version 99": lambda document: document.update(version=[99, 0, 0]),
    "features renamed": _set(_learner, "feature_names", ["a", "b"]),
    "another booster": lambda d: d["learner"]["gradient_booster"].update(name="gblinear"),
}
