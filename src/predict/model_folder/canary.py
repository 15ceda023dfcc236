"""Sixteen synthetic people whose estimates a stored model must reproduce before it may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from predict.errors import ModelError
from predict.features.columns import Column
from predict.models.interval import limits
from predict.models.reliance import judge
from predict.models.reliance.absence import absent_answers
from predict.models.response_model import FittedRecipe, ResponseModel

CANARY = "canary.json"
ROWS = 16
TOLERANCE = 1e-6
# Key of the marginal reasons, where a model has them.
MARGINAL = "marginal"
_WIDEST = (0.0, 100.0)


def synthetic_rows(columns: Sequence[Column]) -> pd.DataFrame:
    """Return invented raw features within the declared ranges: no person's values.

    The first row is all lowest, the second all highest, the third all missing; the others spread
    over the ranges with some values missing.

    Parameters
    ----------
    columns : sequence of Column
        The model's raw columns, in order.

    Returns
    -------
    DataFrame, shape (16, columns)
    """
    random = np.random.default_rng(ROWS)
    frame = {column.name: _values(column, random) for column in columns}
    return pd.DataFrame(frame, index=pd.Index([f"canary-{i}" for i in range(ROWS)], name="id"))


def _values(column: Column, random: np.random.Generator) -> pd.Series:
    index = [f"canary-{i}" for i in range(ROWS)]
    share = np.concatenate([[0.0, 1.0, np.nan], random.uniform(size=ROWS - 3)])
    share[3:][random.uniform(size=ROWS - 3) < 0.1] = np.nan
    if column.kind == "choice":
        levels = column.values or ("",)
        text = [
            None if np.isnan(s) else levels[min(int(s * len(levels)), len(levels) - 1)]
            for s in share
        ]
        return pd.Series(text, index=index, dtype="str")
    low, high = _range(column)
    return pd.Series(np.round(low + share * (high - low)), index=index, dtype="float64")


def _range(column: Column) -> tuple[float, float]:
    if column.low is None or column.high is None:
        return _WIDEST
    return float(column.low), float(column.high)


def make_canary(model: ResponseModel | FittedRecipe) -> dict[str, Any]:
    """Return the synthetic rows with the model's log-odds and contributions for them."""
    rows = synthetic_rows(model.columns)
    stored: dict[str, Any] = {
        "columns": list(rows.columns),
        "rows": [[_plain(value) for value in row] for row in rows.itertuples(index=False)],
        "log_odds": model.log_odds(rows),
        **_reasons(model, rows),
    }
    if model.marginal is not None:
        stored[MARGINAL] = _reasons(model.marginal, rows)
    return {**stored, **_shown(model, rows)} if isinstance(model, ResponseModel) else stored


def _shown(model: ResponseModel, rows: pd.DataFrame) -> dict[str, Any]:
    """What would be shown of the synthetic people beside their estimates."""
    log_odds = model.log_odds(rows)
    low, high = limits(model.interval, log_odds, rows)
    absent = absent_answers(model.reliance, rows, model.leans_on)
    levels = judge(model.reliance, rows, log_odds=log_odds, first=[*absent]).reliance.tolist()
    ends = {} if model.interval is None else {"low": low, "high": high}
    return {"reliance": levels, **ends}


def _reasons(model: ResponseModel | FittedRecipe, rows: pd.DataFrame) -> dict[str, Any]:
    contributions, start = model.contributions(rows)
    return {"contributions": contributions.to_numpy(), "start": start}


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def check_canary(model: ResponseModel | FittedRecipe, stored: Mapping[str, Any]) -> float:
    """Return the largest difference from the stored estimates.

    Raises
    ------
    ModelError
        When it exceeds 1e-6 log-odds, or the rows are not the model's.
    """
    rows = _stored_rows(model, stored)
    differences = [
        _furthest(model.log_odds(rows), stored["log_odds"]),
        *_apart(_reasons(model, rows), stored),
    ]
    # Folders of the first models with marginal reasons hold no such rows.
    if model.marginal is not None and MARGINAL in stored:
        differences += _apart(_reasons(model.marginal, rows), stored[MARGINAL])
    worst = max([*differences, *_shown_apart(model, rows, stored)])
    if not worst <= TOLERANCE:
        raise ModelError(
            f"The model no longer gives its stored estimates: they differ by {worst:.2g} log-odds. "
            "Use the library versions it was made with (`predict doctor` lists them), or train "
            "again.",
            code="CANARY_DIFFERS",
        )
    return worst


def _shown_apart(
    model: ResponseModel | FittedRecipe, rows: pd.DataFrame, stored: Mapping[str, Any]
) -> list[float]:
    """How far limits lie from the stored ones; infinitely far where reliance is another."""
    if (
        not isinstance(model, ResponseModel) or "reliance" not in stored
    ):  # folders written before this was kept
        return []
    shown = _shown(model, rows)
    ends = [_furthest(shown[end], stored.get(end, ())) for end in ("low", "high") if end in shown]
    return [*ends, 0.0 if shown["reliance"] == list(stored["reliance"]) else float("inf")]


def _apart(reasons: Mapping[str, Any], stored: Mapping[str, Any]) -> list[float]:
    return [
        _furthest(reasons["contributions"], stored["contributions"]),
        _furthest(np.array([reasons["start"]]), [stored["start"]]),
    ]


def _stored_rows(model: ResponseModel | FittedRecipe, stored: Mapping[str, Any]) -> pd.DataFrame:
    names = [column.name for column in model.columns]
    if list(stored["columns"]) != names or len(stored["rows"]) != ROWS:
        raise ModelError("canary.json does not hold this model's rows.", code="CANARY_DIFFERS")
    frame = pd.DataFrame(stored["rows"], columns=names)
    kinds = {c.name: "str" if c.kind == "choice" else "float64" for c in model.columns}
    return frame.astype(kinds)


def _furthest(values: np.ndarray, expected: Any) -> float:
    wanted = np.asarray(expected, dtype="float64").reshape(-1)
    got = np.asarray(values, dtype="float64").reshape(-1)
    if wanted.shape != got.shape:
        return float("inf")
    return float(np.max(np.abs(got - wanted), initial=0.0))
