"""One row of scores for every row of a table: scored, without an estimate, or rejected."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd

from predict.calibration import probability
from predict.cohort import Cohort
from predict.explanation import secant
from predict.model import ResponseModel
from predict.reliance import judge
from predict.reliance.interval import limits
from predict.safety import safety_at
from predict.scoring.reasons import strongest

Explain = Literal["none", "top", "all"]
COLUMNS = (
    "id",
    "row",
    "status",
    "probability",
    "low",
    "high",
    "reliance",
    "lowered_by",
    "raised_by",
    "flags",
    "reason",
)
CONTRIBUTION = "contribution_"


def score_cohort(
    model: ResponseModel,
    cohort: Cohort,
    *,
    explain: Explain = "top",
    training: Collection[str] = (),
    X: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row of scores for every row the cohort was read from, in their order.

    Parameters
    ----------
    model : ResponseModel
        Trained or loaded.
    cohort : Cohort
        Read under the model's study, as of its visit.
    explain : str
        ``none``, ``top`` (three reasons either way) or ``all`` (contributions of every column).
    training : collection of str
        Ids the model learned from; they carry the flag ``in_training``.
    X : DataFrame, optional
        The cohort's features, where they are known already.

    Returns
    -------
    DataFrame
        `COLUMNS`; `status` is ``scored``, ``no_estimate`` or ``rejected``.
    """
    X = model.features(cohort) if X is None else X
    estimates = _estimates(model, cohort, X, explain)
    rows = cohort.rows.reset_index(drop=True)
    valid = (rows["status"] == "valid").to_numpy()
    spread = _spread(estimates, valid)
    spread["id"], spread["row"] = rows["id"], rows["row"]
    spread["flags"] = _flags(model, cohort, training)
    _reject(spread, rows, ~valid)
    return spread[[*COLUMNS, *[name for name in spread if str(name).startswith(CONTRIBUTION)]]]


def _estimates(
    model: ResponseModel, cohort: Cohort, X: pd.DataFrame, explain: Explain
) -> pd.DataFrame:
    """Return estimates and reasons of the valid rows, in the cohort's order."""
    judged = judge(model.reliance, X, cohort)
    answered = (judged["reliance"] != "stop").to_numpy()
    found = pd.DataFrame(
        {
            "status": np.where(answered, "scored", "no_estimate"),
            "reliance": judged["reliance"].to_numpy(),
            "reason": judged["reason"].fillna("").to_numpy(),
        }
    )
    parts = _numbers(model, X[answered], explain)
    return found.join(parts.set_index(np.flatnonzero(answered)))


def _numbers(model: ResponseModel, X: pd.DataFrame, explain: Explain) -> pd.DataFrame:
    if explain == "none":
        log_odds = model.log_odds(X)
        return _with_limits(model, log_odds, X)
    contributions, start = model.contributions(X)
    log_odds = model.log_odds(X)
    found = _with_limits(model, log_odds, X)
    shares = contributions.to_numpy()
    points = shares * (100 * secant(log_odds, start))[:, None]
    found["lowered_by"], found["raised_by"] = strongest(points, model.columns)
    if explain == "all":
        wide = pd.DataFrame(shares.astype("float32"), columns=_contribution_names(model))
        found = pd.concat([found, wide], axis=1)
    return found


def _contribution_names(model: ResponseModel) -> list[str]:
    return [f"{CONTRIBUTION}{column.name}" for column in model.columns]


def _with_limits(model: ResponseModel, log_odds: np.ndarray, X: pd.DataFrame) -> pd.DataFrame:
    low, high = limits(model.interval, log_odds, X)
    return pd.DataFrame({"probability": probability(log_odds), "low": low, "high": high})


def _spread(estimates: pd.DataFrame, valid: np.ndarray) -> pd.DataFrame:
    """Return the estimates on every row of the table, missing where a row is rejected."""
    spread = estimates.set_index(np.flatnonzero(valid)).reindex(range(len(valid)))
    for name in ("lowered_by", "raised_by"):
        spread[name] = spread[name].fillna("") if name in spread else ""
    return spread


def _reject(spread: pd.DataFrame, rows: pd.DataFrame, rejected: np.ndarray) -> None:
    spread.loc[rejected, "status"] = "rejected"
    spread.loc[rejected, "reliance"] = ""
    spread.loc[rejected, "reason"] = rows.loc[rejected, "code"]


def _flags(model: ResponseModel, cohort: Cohort, training: Collection[str]) -> pd.Series:
    flags = safety_at(cohort, model.as_of)["flag"].reset_index(drop=True)
    if not training:
        return flags
    known = cohort.rows["id"].reset_index(drop=True).isin(list(training))
    joined = flags.where(flags == "", flags + ";") + "in_training"
    return joined.where(known, flags)
