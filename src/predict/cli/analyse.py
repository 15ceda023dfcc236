"""`predict analyse ...`: analyses that need no model, one line each."""

from __future__ import annotations

from importlib import import_module

import typer

ANALYSES: dict[str, str] = {
    "outcomes": "analyse_outcomes:outcomes",
    "attrition": "analyse_outcomes:attrition",
    "network": "analyse_network:network",
    "courses": "analyse_courses:courses",
}

app = typer.Typer(
    name="analyse",
    help="The published studies' analyses, from any clinic's table.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _analyse() -> None:
    """Describe outcomes, losses, symptom networks and courses; no model is needed."""


for _name, _place in ANALYSES.items():
    _module, _function = _place.split(":")
    app.command(_name)(getattr(import_module(f"predict.cli.{_module}"), _function))
