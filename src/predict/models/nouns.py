"""A learned model, or a recipe, where one is asked for, or the way to one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from predict.errors import wrong_noun
from predict.models.recipe import Recipe
from predict.models.response_model import ResponseModel


def require_model(value: Any) -> None:
    """Stop where what should be a learned model is none.

    Raises
    ------
    UsageError
        With what came, and how a model is made of it.
    """
    if isinstance(value, ResponseModel) or _answers_as_one(value):
        return
    remedy = "Use predict.train(training, recipe), or predict.load_model(folder)."
    if isinstance(value, Path | str):
        remedy = "Use predict.load_model(folder)."
    elif isinstance(value, Recipe):
        remedy = "A recipe says what to learn: predict.train(training, recipe)."
    elif hasattr(value, "recipe_"):
        remedy = (
            "A ResponseClassifier has a folder of its own: its .save(folder) and .load(folder)."
        )
    elif hasattr(value, "fit"):
        remedy = (
            "A classifier of your own is judged by predict.evaluate(training, {'mine': it}), and "
            "explained by predict.explain(it, training)."
        )
    raise wrong_noun("a model", value, remedy)


def _answers_as_one(value: Any) -> bool:
    """Whether something else, such as a model set by hand, says all that a model says."""
    return all(hasattr(value, name) for name in ("study", "outcome", "columns", "features"))


def require_recipe(value: Any) -> None:
    """Stop where what should be a recipe is none.

    Raises
    ------
    UsageError
        With what came, and what to give instead.
    """
    if isinstance(value, Recipe):
        return
    remedy = "Use predict.Recipe(family='linear')."
    if isinstance(value, str):
        remedy = f"Use predict.Recipe(family={value!r})."
    elif isinstance(value, ResponseModel):
        remedy = "A learned model is judged by predict.validate(model, table)."
    elif hasattr(value, "fit"):
        remedy = "Judge a classifier of your own by predict.evaluate(training, {'mine': it})."
    raise wrong_noun("a recipe", value, remedy)
