"""Reproduce: what made this model, in enough detail to make it again."""

from __future__ import annotations

from typing import Any

from predict.reports.content import cell_text, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext


def reproduce(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the question, the recipe and versions, as stored with the model."""
    model = view.model
    recipe = model.fitted.recipe
    rows: list[list[Any]] = [
        ["Model", model.name],
        ["Outcome", model.outcome.name],
        ["Round", model.round],
        ["As of", model.as_of],
        ["Blocks", ", ".join(model.blocks)],
        ["Columns", len(model.columns)],
        ["Made by", f"predict {context.settings.version}"],
    ]
    rows += [
        [key, cell_text(value)]
        for key, value in recipe.to_dict().items()
        if not isinstance(value, dict)
    ]
    rows += [[f"parameter {key}", cell_text(value)] for key, value in model.fitted.params.items()]
    return blocks(table("What was asked for and what was used", ["Setting", "Value"], rows))
