"""Reproduce: what made this model, in enough detail to make it again."""

from __future__ import annotations

from typing import Any

from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext


def reproduce(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the question, the recipe and versions, as stored with the model."""
    model, content = view.model, context.content
    recipe = model.fitted.recipe
    rows: list[list[Any]] = [
        ["model", model.name],
        ["outcome", model.outcome.name],
        ["round", model.round],
        ["as_of", model.as_of],
        ["blocks", ", ".join(model.blocks)],
        ["columns", len(model.columns)],
        ["made_by", f"predict {context.settings.version}"],
    ]
    rows = [[content.say(f"model.reproduce.{key}"), value] for key, value in rows]
    rows += [
        [key, content.cell(value)]
        for key, value in recipe.to_dict().items()
        if not isinstance(value, dict)
    ]
    rows += [
        [content.say("model.reproduce.parameter", name=key), content.cell(value)]
        for key, value in model.fitted.params.items()
    ]
    return blocks(content.table("model.reproduce.settings", ["setting", "value"], rows))
