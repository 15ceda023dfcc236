"""For whom does it work? The same measures group by group, with gaps, and silence about the few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.plan import Plan
from predict.features.training_set import TrainingSet
from predict.statistics.intervals import Interval, delong, mean_interval, normal_quantile
from predict.statistics.metrics.agreement import FLAT, log_odds, logistic_fit

Floats = NDArray[np.float64]

COLUMNS = [
    "subgroup", "value", "metric", "estimate", "low", "high", "gap", "gap_low", "gap_high", "n",
    "events", "note",
]  # fmt: skip
HIDDEN = 11
TOO_FEW = 100
AGE_EDGES = (0, 30, 45, 60, 200)
AGE_NAMES = ("under 30", "30 to 44", "45 to 59", "60 and over")
SEVERITY_NAMES = ("lower third", "middle third", "upper third")
USUAL = ("sex", "gender", "route")


def groups_of(training: TrainingSet, plan: Plan) -> dict[str, pd.Series]:
    """Return the groupings to judge by, as text on the people's index."""
    extras, study, found = training.extras, training.study, {}
    if "age" in extras:
        found["age"] = pd.cut(extras["age"], AGE_EDGES, labels=AGE_NAMES, right=False).astype("str")
    named = (*USUAL, study.treatment.arm, study.site or study.cluster, *plan.subgroups)
    for name in dict.fromkeys(n for n in named if n):
        if name in extras:
            found[name] = _text(extras[name])
        elif name in training.X:
            found[name] = _text(training.X[name])
    start = extras["start"]
    if start.nunique() >= len(SEVERITY_NAMES):
        cuts = start.rank(pct=True, method="average")
        found["severity"] = pd.cut(cuts, [0, 1 / 3, 2 / 3, 1], labels=SEVERITY_NAMES).astype("str")
    return {name: labels.where(labels != "nan") for name, labels in found.items()}


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda v: f"{v:g}", na_action="ignore")
    return values.astype("object")


def subgroups_table(
    found: OutOfFold, model: str, groups: Mapping[str, pd.Series], plan: Plan
) -> pd.DataFrame:
    """Return measures of one rival in every group, and the gap to everybody else.

    Under 11 people, or 11 with or without the outcome, nothing but the name is told; under 100
    events the numbers stand with the note "too few to judge".

    Returns
    -------
    DataFrame
        subgroup, value, metric (auroc, o_e, calibration_slope, net_benefit, brier), estimate, low,
        high, gap to the people outside the group with its interval, n, events, note.
    """
    p, rows = found.mean(model), []
    for subgroup, labels in groups.items():
        values = labels.reindex(found.ids).to_numpy(dtype=object)
        for value in sorted({v for v in values if isinstance(v, str)}):
            inside = values == value
            for row in _of_group(found, p, inside, plan):
                rows.append((subgroup, value, *row))
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_group(
    found: OutOfFold, p: Floats, inside: NDArray[np.bool_], plan: Plan
) -> Iterator[tuple[object, ...]]:
    y = found.y.astype(np.float64)
    n, events = int(inside.sum()), int(y[inside].sum())
    scarce = min(events, n - events)
    if n < HIDDEN or scarce < HIDDEN:
        empty = (np.nan,) * 6
        yield ("auroc", *empty, np.nan, np.nan, "suppressed")
        return
    note = "too few to judge" if scarce < TOO_FEW else ""
    ours, theirs = (
        group_measures(y[inside], p[inside], plan),
        group_measures(y[~inside], p[~inside], plan),
    )
    for name, ends in ours.items():
        yield (name, *ends, *_gap(ends, theirs[name], plan.level), n, events, note)


def group_measures(y: Floats, p: Floats, plan: Plan) -> dict[str, Interval]:
    """Return AUROC, O:E, slope, net benefit and Brier score of some people, with intervals."""
    threshold = plan.thresholds[0] if plan.thresholds else 0.5
    gains = (p >= threshold) * (y - (1 - y) * threshold / (1 - threshold))
    return {
        "auroc": delong(y, p, level=plan.level),
        "o_e": _ratio(y, p, plan.level),
        "calibration_slope": _slope(y, p, plan.level),
        "net_benefit": mean_interval(gains, level=plan.level),
        "brier": mean_interval((p - y) ** 2, level=plan.level),
    }


def _ratio(y: Floats, p: Floats, level: float) -> Interval:
    """Observed over expected; normal on the log scale (Debray et al. 2017, BMJ 356:i6460)."""
    events, expected = y.sum(), p.sum()
    if not events or not expected:
        return Interval(np.nan, np.nan, np.nan)
    ratio = float(events / expected)
    reach = normal_quantile(level) * np.sqrt((1 - y.mean()) / events)
    return Interval(ratio, float(ratio * np.exp(-reach)), float(ratio * np.exp(reach)))


def _slope(y: Floats, p: Floats, level: float) -> Interval:
    line = log_odds(p)
    if len(y) < HIDDEN or np.ptp(line) < FLAT:
        return Interval(np.nan, np.nan, np.nan)
    centred = line - line.mean()
    beta, covariance = logistic_fit(y, np.column_stack([np.ones_like(centred), centred]))
    reach = normal_quantile(level) * float(np.sqrt(covariance[1, 1]))
    return Interval(float(beta[1]), float(beta[1]) - reach, float(beta[1]) + reach)


def _gap(ours: Interval, theirs: Interval, level: float) -> tuple[float, float, float]:
    """Inside minus outside: different people, so the variances add."""
    z = normal_quantile(level)
    one, other = ((ends.high - ends.low) / (2 * z) for ends in (ours, theirs))
    gap, reach = ours.estimate - theirs.estimate, z * float(np.hypot(one, other))
    return gap, gap - reach, gap + reach
