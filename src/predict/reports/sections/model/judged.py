"""What sections share: the evaluation's tables and one family's metrics."""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.curves import coarse
from predict.reports.context import ModelView

NO_EVALUATION = "no evaluation came with this model"


def told(view: ModelView, name: str) -> pd.DataFrame | None:
    """Return a table of the evaluation, or None where it was not made or holds nothing."""
    table = None if view.evaluation is None else view.evaluation.tables.get(name)
    return None if table is None or table.empty else table


def metrics(view: ModelView, family: str | None = None) -> dict[str, dict[str, Any]]:
    """Return a family's metrics by name: estimate, low, high, n, events."""
    if view.evaluation is None:
        return {}
    table = view.evaluation.metrics
    own = table[table["model"] == (family or judged_family(view))]
    records: list[dict[str, Any]] = own.to_dict("records")  # type: ignore[assignment]  # text keys
    return {str(row["metric"]): row for row in records}


def judged_family(view: ModelView) -> str:
    """Return the family the verdict speaks of."""
    return str(view.verdict.get("model") or view.model.family)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries, missing numbers as None."""
    plain = table.astype(object).where(table.notna(), None)
    rows: list[dict[str, Any]] = plain.to_dict("records")  # type: ignore[assignment]  # text keys
    return rows


def coarse_spread(view: ModelView) -> list[dict[str, Any]]:
    """Return the spread of estimates in parts that may be told: low, high, with, without."""
    spread, stored = told(view, "distribution"), told(view, "spread")
    if stored is None and spread is not None and not spread.isna().any(axis=None):
        stored = coarse(spread)
    names = {"with_outcome": "with", "without_outcome": "without"}
    return [] if stored is None else records(stored.rename(columns=names))
