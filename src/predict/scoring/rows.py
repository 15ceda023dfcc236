"""One row of scores for every row of a table: scored, without an estimate, or rejected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from predict.cohort import Cohort
from predict.cohort.safety_answers import flags_of
from predict.files import take_words
from predict.models.calibration import probability, secant
from predict.models.interval import limits
from predict.models.reliance import Judged, Reasons, unproven
from predict.models.reliance.estimates import conformal_sets
from predict.models.response_model import ResponseModel
from predict.scoring.reason_words import written
from predict.scoring.reasons import strongest
from predict.scoring.scoring_pass import ModelRows

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
# Reasons against everybody the model learned from, beside the others where it has them.
MARGINAL = "marginal_"
OUTCOME_SET = "outcome_set"


@dataclass(frozen=True)
class Scored:
    """Scores of a table, and the records behind their column ``reason``.

    Parameters
    ----------
    frame : DataFrame
        `COLUMNS`, a row for every row the people were read from.
    collect : callable
        Makes `reasons`, which a file of a million rows never asks for.
    """

    frame: pd.DataFrame
    collect: Callable[[], Mapping[str, Reasons]]

    @cached_property
    def reasons(self) -> Mapping[str, Reasons]:
        """Reasons of everybody whose row is valid, by id; empty where nothing is to be said."""
        return self.collect()


def scores_of(
    rows: ModelRows,
    *,
    explain: Explain = "top",
    training: Collection[str] = (),
    today: date | None = None,
    withheld: Reasons = (),
    conformal: bool = False,
) -> Scored:
    """Return one row of scores for every row the people were read from, in their order.

    Parameters
    ----------
    rows : ModelRows
        From a `ScoringPass`.
    explain : str
        ``none``, ``top`` (three reasons either way) or ``all`` (contributions of every column).
    training : collection of str
        Ids the model learned from; they carry the flag ``in_training``.
    today : date, optional
        The day of the estimate, against which a model that tells its own age is held.
    withheld : tuple of Reason
        Why nobody has an estimate, where the table as a whole forbids them.
    conformal : bool
        Whether to append `outcome_set`: ``yes``, ``no`` or ``both``; empty without an estimate.

    Returns
    -------
    Scored
        `COLUMNS`; `status` is ``scored``, ``no_estimate`` or ``rejected``. With ``all``, a column
        ``contribution_...`` for each of the model's. Where the model has marginal reasons, the same
        columns again, their names after ``marginal_``.
    """
    table = rows.cohort.rows.reset_index(drop=True)
    valid = (table["status"] == "valid").to_numpy()
    if withheld and rows.model.withheld:
        withheld = (unproven(0).reason, *withheld)
    scored = _withheld(rows, explain, withheld) if withheld else _estimates(rows, explain, today)
    spread = scored.frame if valid.all() else _spread(scored.frame, valid)
    spread["id"], spread["row"] = table["id"].array, table["row"].array
    spread["flags"] = _flags(rows.model, rows.cohort, training).array
    _reject(spread, table, ~valid)
    wide = spread[[*COLUMNS, *[name for name in spread if name not in COLUMNS]]]
    return replace(scored, frame=_with_sets(wide, rows, valid) if conformal else wide)


def _with_sets(scores: pd.DataFrame, rows: ModelRows, valid: np.ndarray) -> pd.DataFrame:
    """Append which outcomes a 90 % conformal set holds, where there is an estimate."""
    estimate, learned = scores["probability"].to_numpy(), rows.model.reliance.estimates
    sets = np.full(len(scores), "", dtype=object)
    if learned is not None:
        sets[valid] = conformal_sets(learned, estimate[valid], rows.X)
    sets[np.isnan(estimate)] = ""
    return scores.assign(**{OUTCOME_SET: pd.array(sets, dtype="str")})


def estimates_of(rows: ModelRows, *, today: date | None, withheld: Reasons = ()) -> pd.Index:
    """Return the ids of the people for whom an estimate may be shown, in the cohort's order."""
    if withheld or rows.model.withheld:
        return rows.X.index[:0]
    log_odds = rows.model.log_odds(rows.X)
    judged = rows.model.judged(rows.X, rows.cohort, log_odds, today=today, found=rows.found)
    return rows.X.index[(judged.reliance != "stop").to_numpy()]


def _estimates(rows: ModelRows, explain: Explain, today: date | None) -> Scored:
    """Return estimates and reasons of the valid rows, in the cohort's order."""
    model, X = rows.model, rows.X
    # A model that is no better than the rate has no estimate, whatever the row.
    first = [unproven(len(X))] if model.withheld else []
    if explain == "none":
        log_odds, shares, start = model.log_odds(X), np.zeros((len(X), 0)), 0.0
    else:
        log_odds, shares, start = model.explained(X)
    judged = model.judged(X, rows.cohort, log_odds, today=today, first=first, found=rows.found)
    silent = (judged.reliance == "stop").to_numpy()
    low, high = limits(model.interval, log_odds, X)
    frame = pd.DataFrame(
        {
            "status": take_words(["scored", "no_estimate"], silent),
            "probability": np.where(silent, np.nan, probability(log_odds)),
            "low": np.where(silent, np.nan, low),
            "high": np.where(silent, np.nan, high),
            "reliance": judged.reliance.array,
            "lowered_by": take_words([""], np.zeros(len(X))),
            "raised_by": take_words([""], np.zeros(len(X))),
            "reason": _texts(judged),
        }
    )
    if explain != "none":
        frame = _reasons(frame, model, (log_odds, shares, start), explain)
        if (other := model.marginal) is not None:
            frame = _reasons(frame, other, other.explained(X), explain, MARGINAL)
    return Scored(frame, judged.reasons)


def _texts(judged: Judged) -> Any:
    """Return everybody's reasons as a scores file holds them; each set is written once."""
    return take_words([written(reasons) for reasons in judged.sets], judged.which)


def _withheld(rows: ModelRows, explain: Explain, why: Reasons) -> Scored:
    """Return the valid rows without an estimate, each with the same reasons."""
    frame = _without_estimate(rows, explain, written(why))
    return Scored(frame, lambda: dict.fromkeys(map(str, rows.X.index), why))


def _without_estimate(rows: ModelRows, explain: Explain, why: str) -> pd.DataFrame:
    words = {"status": "no_estimate", "reliance": "stop", "lowered_by": "", "raised_by": ""}
    nothing = np.zeros(len(rows.X), dtype="int64")
    texts = {name: take_words([word], nothing) for name, word in {**words, "reason": why}.items()}
    numbers = dict.fromkeys(("probability", "low", "high"), np.full(len(rows.X), np.nan))
    frame = pd.DataFrame({**texts, **numbers})
    kinds = [""] if explain == "none" or rows.model.marginal is None else ["", MARGINAL]
    reasons = {
        f"{kind}{name}": frame[name] for kind in kinds for name in ("lowered_by", "raised_by")
    }
    if explain != "all":
        return frame.assign(**reasons)
    names = [f"{kind}{name}" for kind in kinds for name in _contribution_names(rows.model)]
    return frame.assign(**reasons, **dict.fromkeys(names, np.float32(np.nan)))


def _contribution_names(model: ResponseModel) -> list[str]:
    return [f"{CONTRIBUTION}{column.name}" for column in model.columns]


def _reasons(
    estimates: pd.DataFrame,
    model: ResponseModel,
    explained: tuple[np.ndarray, np.ndarray, float],
    explain: Explain,
    kind: str = "",
) -> pd.DataFrame:
    """Add why each estimate is what it is; who has no estimate has no reasons either."""
    log_odds, shares, start = explained
    silent = estimates["probability"].isna().to_numpy()
    slope = np.where(silent, 0.0, 100 * secant(log_odds, start))
    named, sums = model.naming
    lowered, raised = strongest((shares * slope[:, None]) @ sums, named)
    estimates = estimates.assign(**{f"{kind}lowered_by": lowered, f"{kind}raised_by": raised})
    if explain != "all":
        return estimates
    names = [f"{kind}{name}" for name in _contribution_names(model)]
    wide = np.where(silent[:, None], np.nan, shares).astype("float32")
    return pd.concat([estimates, pd.DataFrame(wide, columns=names)], axis=1)


def _spread(estimates: pd.DataFrame, valid: np.ndarray) -> pd.DataFrame:
    """Return the estimates on every row of the table, empty where a row is rejected."""
    place = np.where(valid, np.cumsum(valid) - 1, -1)
    columns = {
        name: values.array.take(place, allow_fill=True, fill_value=_empty(values))
        for name, values in estimates.items()
    }
    return pd.DataFrame(columns)


def _empty(values: pd.Series) -> object:
    return np.nan if pd.api.types.is_numeric_dtype(values) else ""


def _reject(spread: pd.DataFrame, rows: pd.DataFrame, rejected: np.ndarray) -> None:
    if rejected.any():
        spread.loc[rejected, "status"] = "rejected"
        spread.loc[rejected, "reason"] = rows.loc[rejected, "code"]


def _flags(model: ResponseModel, cohort: Cohort, training: Collection[str]) -> pd.Series:
    flags = flags_of(cohort, model.as_of)
    if not training:
        return flags
    members = cohort.rows["id"].reset_index(drop=True).isin(list(training))
    joined = flags.where(flags == "", flags + ";") + "in_training"
    return joined.where(members, flags)
