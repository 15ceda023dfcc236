"""The tables behind the four pictures every evaluation owes: curve, decisions, spread, pairs."""

from __future__ import annotations

import pandas as pd

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.statistics.intervals import person_weights
from predict.statistics.metrics.curves import calibration_curve
from predict.statistics.metrics.decisions import (
    at_threshold,
    decision_curve,
    distribution,
    usefulness,
)
from predict.statistics.metrics.ranking import roc

RESAMPLES = 500
LARGE = 5_000_000


def pictures(found: OutOfFold, model: str, plan: Plan, *, seed: int) -> dict[str, pd.DataFrame]:
    """Return calibration curve, decision curve, distribution and pairs of one rival.

    All are of out-of-fold estimates averaged over repeats.

    Returns
    -------
    dict of DataFrame
        ``calibration_curve``, ``decision_curve``, ``usefulness``, ``distribution``, ``thresholds``
        and ``roc``.
    """
    y, p = found.y, found.mean(model)
    count = max(50, min(plan.resamples, RESAMPLES, LARGE // found.n))
    weights = person_weights(found.folds[0], resamples=count, seed=seed)
    curve = decision_curve(y, p, weights=weights, level=plan.level)
    useful = usefulness(curve, clinical_range=plan.clinical_range)
    return {
        "calibration_curve": calibration_curve(y, p, level=plan.level),
        "decision_curve": curve,
        "usefulness": pd.DataFrame([(*plan.clinical_range, len(useful.useful), useful.sentence)],
                                   columns=["low", "high", "useful", "sentence"]),
        "distribution": distribution(y, p),
        "thresholds": thresholds_table(found, model, plan),
        "roc": roc(y, p),
    }  # fmt: skip


def thresholds_table(found: OutOfFold, model: str, plan: Plan) -> pd.DataFrame:
    """Return sensitivity with specificity and PPV with NPV at each declared threshold.

    Returns
    -------
    DataFrame
        threshold, measure, estimate, low, high.
    """
    rows = []
    for threshold in plan.thresholds:
        pairs = at_threshold(found.y, found.mean(model), threshold, level=plan.level)
        rows += [(threshold, name, *ends) for name, ends in pairs._asdict().items()]
    return pd.DataFrame(rows, columns=["threshold", "measure", "estimate", "low", "high"])
