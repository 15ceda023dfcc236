"""A stored model judged on other people: only aggregates come out, and recalibration is offered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.cohort import Cohort
from predict.cohort.labelling import label
from predict.errors import DesignError
from predict.evaluation import differences as gaps
from predict.evaluation import measures
from predict.evaluation import strata as groupings
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.curves import pictures
from predict.evaluation.plan import Plan
from predict.evaluation.result import PREDICTIONS, Evaluation
from predict.evaluation.verdict import state
from predict.models.calibration import fit_platt
from predict.models.reliance import judge
from predict.models.response_model import ResponseModel
from predict.statistics.splits import folds

Floats = NDArray[np.float64]

RECALIBRATED = "recalibrated"
LEAST = 20


def validate(
    model: ResponseModel, cohort: Cohort, plan: Plan | None = None, *, seed: int = 1
) -> Evaluation:
    """Judge a stored model on a cohort it did not learn from.

    Parameters
    ----------
    model : ResponseModel
        From `load_model`.
    cohort : Cohort
        Read under the model's own study (`model.study`), with outcomes.
    plan : Plan, optional
        Resamples, level, thresholds.

    Returns
    -------
    Evaluation
        The model as it is and, beside it, recalibrated (intercept and slope learned in five folds
        of the new people, so its gain is honest). No person's row is in it.

    Raises
    ------
    DesignError
        With code ``TOO_FEW_TO_VALIDATE`` below 20 people with, or without, the outcome.

    References
    ----------
    Collins et al. 2024, BMJ 384:e074820 (external validation); Steyerberg 2019, section 20.2.
    """
    plan = plan or Plan()
    X = model.features(cohort)
    answers = label(cohort, model.outcome, round=model.round)["answer"].reindex(X.index)
    judged = judge(model.reliance, X, cohort, model.log_odds(X))["reliance"]
    known = answers.isin(["yes", "no"]).to_numpy()
    kept = known & (judged != "stop").to_numpy()
    y = np.asarray(answers[kept] == "yes").astype(np.int8)
    _refuse_too_few(y)
    found, line = _estimates(model, X[kept], y, seed)
    counts = {
        "people": len(X),
        "outcome_unknown": int((~known).sum()),
        "no_estimate": int((known & ~kept).sum()),
        "judged": len(y),
    }
    return _evaluation(model, found, plan, line, counts, seed)


def _refuse_too_few(y: NDArray[np.int8]) -> None:
    scarce = min(int(y.sum()), len(y) - int(y.sum()))
    if scarce < LEAST:
        raise DesignError(
            f"{scarce} people of the rarer outcome are too few to judge a model on (at least "
            f"{LEAST} are wanted). Wait for more outcomes.",
            code="TOO_FEW_TO_VALIDATE",
        )


def _estimates(
    model: ResponseModel, X: pd.DataFrame, y: NDArray[np.int8], seed: int
) -> tuple[OutOfFold, tuple[float, float]]:
    log_odds = model.log_odds(X)
    groups = X.index.to_numpy(dtype=object)
    again = np.full(len(y), np.nan)
    for fold in folds(y, groups, outer=5, seed=seed):
        again[fold.test] = fit_platt(log_odds[fold.train], y[fold.train]).apply(log_odds[fold.test])
    whole = fit_platt(log_odds, y)
    probability = {
        model.family: _sigmoid(log_odds)[None, :],
        RECALIBRATED: _sigmoid(again)[None, :],
    }
    one_fold = np.zeros((1, len(y)), dtype=np.int64)
    return OutOfFold(X.index, y, groups, one_fold, probability), (whole.a, whole.b)


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float64)


def _evaluation(
    model: ResponseModel,
    found: OutOfFold,
    plan: Plan,
    line: tuple[float, float],
    counts: dict[str, int],
    seed: int,
) -> Evaluation:
    draws = measures.bootstrap(found, plan, seed=seed)
    metrics = measures.metrics_table(found, draws, plan)
    gain = gaps.brier_difference(found, RECALIBRATED, model.family)
    row = (RECALIBRATED, model.family, "brier", *gain, found.n, 0, gaps.DECIDING, np.nan)
    recalibration = pd.DataFrame([line], columns=["slope", "intercept"])
    return Evaluation(
        metrics=metrics,
        differences=pd.DataFrame([row], columns=gaps.COLUMNS),
        strata=pd.DataFrame(columns=groupings.COLUMNS),
        predictions=pd.DataFrame(columns=PREDICTIONS),
        verdict=_verdict(model, metrics, gain, line, counts),
        tables={
            **pictures(found, model.family, plan, seed=seed),
            "recalibration": recalibration,
        },
    )


def _verdict(
    model: ResponseModel,
    metrics: pd.DataFrame,
    gain: Any,
    line: tuple[float, float],
    counts: dict[str, int],
) -> dict[str, Any]:
    own = metrics[metrics["model"] == model.family].set_index("metric")
    values = {str(name): float(value) for name, value in own["estimate"].items()}
    shown = state(gain.low, gain.high)
    words = {
        "better": "recalibration is shown to help",
        "not_shown": "recalibration is not shown to help",
        "worse": "recalibration would harm",
    }[shown]
    area = own.loc["auroc"]
    sentence = (
        f"On {counts['judged']} other people {model.name} has an AUROC of {area['estimate']:.2f} "
        f"({area['low']:.2f} to {area['high']:.2f}), calibration slope "
        f"{values['calibration_slope']:.2f} and {values['o_e']:.2f} events for each "
        f"expected; {words} (Brier {gain.estimate:+.3f}, {gain.low:+.3f} to {gain.high:+.3f})."
    )
    return {
        "sentence": sentence,
        "model": model.family,
        "counts": counts,
        "recalibration": {"slope": line[0], "intercept": line[1], "state": shown},
    }
