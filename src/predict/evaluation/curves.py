"""The tables behind the four pictures every evaluation owes: curve, decisions, spread, pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from predict.definitions.wording import load_catalogue
from predict.evaluation.comparators import acted_on
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.evaluation.verdict_words import usefulness_words
from predict.statistics.disclosure import SMALLEST_CELL, coarse_parts, large_quantile
from predict.statistics.intervals import Weights
from predict.statistics.metrics.curves import calibration_curve
from predict.statistics.metrics.decisions import (
    Usefulness,
    at_threshold,
    decision_curve,
    decision_difference,
    distribution,
    usefulness,
)
from predict.statistics.metrics.ranking import roc

RESAMPLES = 500
LARGE = 5_000_000


def pictures(estimates: OutOfFold, model: str, plan: Plan, *, seed: int) -> dict[str, pd.DataFrame]:
    """Return calibration curve, decision curve, distribution and pairs of one rival.

    The calibration curve takes each repeat as it is, with a free intercept for each fold; all
    others are of out-of-fold estimates averaged over repeats.

    Returns
    -------
    dict of DataFrame
        ``calibration_curve``, ``decision_curve``, ``decision_rivals``, ``usefulness``,
        ``distribution``, ``medians``, ``thresholds`` and ``roc``.
    """
    y, p = estimates.y, estimates.mean(model)
    count = max(50, min(plan.resamples, RESAMPLES, LARGE // estimates.n))
    weights = estimates.sampling.weights(count, seed=seed)
    curve = decision_curve(y, p, weights=weights, sampling=estimates.sampling, level=plan.level)
    useful = usefulness(curve, clinical_range=plan.clinical_range)
    return {
        "calibration_curve": _calibration(estimates, model, plan),
        "decision_curve": curve,
        "decision_rivals": rival_decisions(estimates, model, plan, weights),
        "usefulness": usefulness_table(useful),
        "distribution": distribution(y, p),
        "medians": medians(y, p),
        "thresholds": thresholds_table(estimates, model, plan, weights),
        "roc": roc(y, p),
    }  # fmt: skip


def medians(y: ArrayLike, p: ArrayLike) -> pd.DataFrame:
    """Return one row: the median estimate of those with and without the outcome, where many.

    Rounded to whole points, for a median may be one person's estimate; missing where fewer than the
    smallest cell lie on either side of it.

    Examples
    --------
    >>> medians([1] * 22 + [0] * 21, [0.347] * 22 + [0.2] * 21).to_dict("records")
    [{'with_outcome': 0.35, 'without_outcome': nan}]
    """
    event, chance = np.asarray(y).astype(bool), np.asarray(p, dtype=np.float64)
    inside, outside = (round(large_quantile(chance[who], 0.5), 2) for who in (event, ~event))
    return pd.DataFrame({"with_outcome": [inside], "without_outcome": [outside]})


def usefulness_table(useful: Usefulness) -> pd.DataFrame:
    """Return one row: the range, how many thresholds are useful, of how many, and where.

    ``runs`` is those that follow one another, in 100: ``30-31;44``.
    """
    at = useful.useful
    ends = {"first": at[0] if at else np.nan, "last": at[-1] if at else np.nan}
    facts = {"low": useful.low, "high": useful.high, "useful": len(at), "of": useful.looked_at}
    runs = ";".join(f"{100 * a:.0f}-{100 * b:.0f}" for a, b in useful.runs)
    row = {**facts, **ends, "runs": runs}
    return pd.DataFrame([{**row, "sentence": usefulness_words(row, load_catalogue())}])


def _calibration(estimates: OutOfFold, model: str, plan: Plan) -> pd.DataFrame:
    """Return the flexible curve over all repeats; a person is one, however often estimated."""
    table, sampling = estimates.probability[model], estimates.sampling
    repeats = len(table)
    owners = np.arange(estimates.n) if sampling.clusters is None else sampling.clusters
    strata = estimates.folds + (estimates.folds.max() + 1) * np.arange(repeats)[:, None]
    return calibration_curve(
        np.tile(estimates.y, repeats),
        table.ravel(),
        level=plan.level,
        strata=strata.ravel(),
        clusters=np.tile(owners, repeats),
    )


def rival_decisions(estimates: OutOfFold, model: str, plan: Plan, weights: Weights) -> pd.DataFrame:
    """Return what acting on the simplest rivals would bring, and how much more the model does.

    Returns
    -------
    DataFrame
        rival, threshold, net_benefit (the rival's), difference (the model's less the rival's), low,
        high, told (whether large parts of the rival's own estimates meet at the threshold).
    """
    y, p, parts = estimates.y, estimates.mean(model), []
    for rival in acted_on(estimates.models, model):
        q = estimates.mean(rival)
        gaps = decision_difference(y, p, q, weights=weights, sampling=estimates.sampling,
                                   level=plan.level)  # fmt: skip
        edges = coarse(distribution(y, q))["low"].round(6)
        parts.append(gaps.assign(rival=rival, told=gaps["threshold"].round(6).isin(edges)))
    columns = ["rival", "threshold", "net_benefit", "difference", "low", "high", "told"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def thresholds_table(
    estimates: OutOfFold, model: str, plan: Plan, weights: Weights
) -> pd.DataFrame:
    """Return sensitivity with specificity and PPV with NPV at each declared threshold.

    Returns
    -------
    DataFrame
        threshold, measure, estimate, low, high.
    """
    rows = []
    for threshold in plan.thresholds:
        pairs = at_threshold(
            estimates.y,
            estimates.mean(model),
            threshold,
            level=plan.level,
            sampling=estimates.sampling,
            weights=weights,
        )
        rows += [(threshold, name, *ends) for name, ends in pairs._asdict().items()]
    return pd.DataFrame(rows, columns=["threshold", "measure", "estimate", "low", "high"])


def coarse(spread: pd.DataFrame) -> pd.DataFrame:
    """Return the spread of estimates in parts that are large of each outcome, or empty.

    Whatever is formed of these parts (a bin, a point of the ROC curve, a net benefit) counts the
    smallest cell of people or more, or nobody.
    """
    names = ["with_outcome", "without_outcome"]
    part = np.searchsorted(coarse_parts(spread[names].to_numpy()), np.arange(len(spread)), "right")
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    if not len(starts):
        return spread[["low", "high", *names]].iloc[:0]
    joined = {"low": np.minimum, "high": np.maximum, **dict.fromkeys(names, np.add)}
    parts = pd.DataFrame(
        {n: how.reduceat(spread[n].to_numpy(), starts) for n, how in joined.items()}
    )
    least = parts[names].min(axis=1)
    return parts[(least == 0) | (least >= SMALLEST_CELL)].reset_index(drop=True)
