"""Realised performance, month by month, with intervals that hold for fifty people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.operations.monitoring.sequential import Look, Reference
from predict.statistics.intervals import Interval, delong, mean_interval, normal_quantile, wilson
from predict.statistics.metrics.agreement import has_spread, logistic_fit
from predict.statistics.metrics.agreement import log_odds as to_log_odds

Floats = NDArray[np.float64]

LEVEL = 0.95
LEAST_EACH = 5  # people with and without the event, for an AUROC
LEAST_FOR_SLOPE = 100
WINDOW = 3  # months that the AUROC is watched over
LEAST_IN_WINDOW = 100
# One-sided, a look: .2 expected false alarms in 60 looks, beside those of `sequential`.
AUROC_LEVEL = 0.2 / 60
NOTHING = Interval(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Month:
    """One month of scores.

    Parameters
    ----------
    month : str
        ``2026-11``, of the scores.
    scored : int
        People with a first estimate.
    due : int
        Those whose outcome should be known by now.
    labelled : int
        Those of the due whose outcome is known.
    expected_rate, expected_auroc, expected_brier : float
        What the estimates themselves say of all who were scored, if calibration still holds.
    o_e, auroc, brier, slope : Interval
        Realised, over the labelled; NaN where there are too few.
    """

    month: str
    scored: int
    due: int
    labelled: int
    expected_rate: float
    expected_auroc: float
    expected_brier: float
    o_e: Interval
    auroc: Interval
    brier: Interval
    slope: Interval

    def to_dict(self) -> dict[str, object]:
        """Return the month as a flat row."""
        row = asdict(self)
        for name in ("o_e", "auroc", "brier", "slope"):
            value, low, high = row.pop(name)
            row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return row


def months_of(
    scores: pd.DataFrame, outcomes: pd.Series, *, today: date, delay: int, reference: Reference
) -> tuple[tuple[Month, ...], tuple[Look, ...]]:
    """Return every month of one model, and the looks of those with outcomes.

    Parameters
    ----------
    scores : DataFrame
        From `first_scores`, of one model.
    outcomes : Series
        From `read_labels`.
    today : date
    delay : int
        Days from a score until its outcome should be known. Who is labelled earlier waits: early
        outcomes are not a fair sample.
    """
    months, looks = list[Month](), list[Look]()
    for name, people in scores.groupby(scores["day"].dt.strftime("%Y-%m"), sort=True):
        due = people[people["day"].dt.date <= today - timedelta(days=delay)]
        labelled = due[due["id"].isin(outcomes.index)]
        y = outcomes.reindex(labelled["id"]).to_numpy(dtype=np.int8)
        p = labelled["probability"].to_numpy(dtype=np.float64)
        everybody = people["probability"].to_numpy(dtype=np.float64)
        months.append(_month(str(name), everybody, len(due), y, p, reference))
        if len(y):
            looks.append(Look(y, p))
    return tuple(months), tuple(looks)


def _month(
    name: str, everybody: Floats, due: int, y: NDArray[np.int8], p: Floats, reference: Reference
) -> Month:
    rate, area, loss = expected(np.clip(reference.o_e * everybody, 1e-6, 1 - 1e-6))
    return Month(
        name, len(everybody), due, len(y), rate, area, loss,
        o_e(y, p), auroc(y, p), brier(y, p), slope(y, p),
    )  # fmt: skip


def expected(p: Floats) -> tuple[float, float, float]:
    """Return rate, AUROC and Brier that these estimates promise, were they exactly right.

    The AUROC's promise is the expectation of its pairs: p of the one who is ahead times 1 - p of
    the one behind, over the same sum in both orders.

    Examples
    --------
    >>> expected(np.array([0.2, 0.8]))[0]
    0.5
    """
    order = np.sort(p)
    # Sum over pairs of p_i (1 - p_j) [p_i > p_j], ties by half, from running sums.
    place = np.unique(order, return_inverse=True)[1]
    miss = np.bincount(place, weights=1 - order)
    hit = np.bincount(place, weights=order)
    below = np.cumsum(miss) - miss
    both = float((hit * (below + miss / 2)).sum() - (order * (1 - order) / 2).sum())
    pairs = float(hit.sum() * miss.sum() - (order * (1 - order)).sum())
    area = both / pairs if pairs > 0 else np.nan
    return float(p.mean()), float(area), float((p * (1 - p)).mean())


def o_e(y: NDArray[np.int8], p: Floats) -> Interval:
    """Return events observed for each expected; Wilson's interval of the rate, scaled."""
    if not len(y):
        return NOTHING
    share = wilson(int(y.sum()), len(y), level=LEVEL)
    return Interval(*(value / float(p.mean()) for value in share))


def auroc(y: NDArray[np.int8], p: Floats) -> Interval:
    """Return the AUROC with DeLong's error on the log-odds scale, which keeps within 0 and 1."""
    if min(int(y.sum()), len(y) - int(y.sum())) < LEAST_EACH:
        return NOTHING
    area, low, high = delong(y, p, level=LEVEL)
    if not 0 < area < 1:
        return Interval(area, low, high)
    error = (high - low) / (2 * normal_quantile(LEVEL)) / (area * (1 - area))
    reach = normal_quantile(LEVEL) * error
    middle = np.log(area / (1 - area))
    low, high = (float(1 / (1 + np.exp(-(middle + side)))) for side in (-reach, reach))
    return Interval(area, low, high)


def brier(y: NDArray[np.int8], p: Floats) -> Interval:
    """Return the mean squared error with its interval over people."""
    if len(y) < 2 * LEAST_EACH:
        return NOTHING
    return mean_interval((p - y) ** 2, level=LEVEL)


def slope(y: NDArray[np.int8], p: Floats) -> Interval:
    """Return the calibration slope with Wald's interval, from 100 people on who differ enough."""
    scarce = min(int(y.sum()), len(y) - int(y.sum()))
    if len(y) < LEAST_FOR_SLOPE or scarce < 2 * LEAST_EACH or not has_spread(p):
        return NOTHING
    line = to_log_odds(p)
    fitted, covariance = logistic_fit(y, np.column_stack([np.ones(len(y)), line]))
    reach = normal_quantile(LEVEL) * float(np.sqrt(covariance[1, 1]))
    return Interval(float(fitted[1]), float(fitted[1] - reach), float(fitted[1] + reach))


def auroc_alarms(looks: Sequence[Look], reference: Reference) -> tuple[int, ...]:
    """Return the looks at which the AUROC of the last three months is below the reference's.

    Both errors count. Nothing is watched where the reference's AUROC is unknown.
    """
    if not np.isfinite(reference.auroc):
        return ()
    alarms = []
    for number in range(len(looks)):
        some = looks[max(0, number - WINDOW + 1) : number + 1]
        y, p = np.concatenate([k.y for k in some]), np.concatenate([k.p for k in some])
        if len(y) >= LEAST_IN_WINDOW and _below(y, p, reference):
            alarms.append(number)
    return tuple(alarms)


def _below(y: NDArray[np.int8], p: Floats, reference: Reference) -> bool:
    if min(int(y.sum()), len(y) - int(y.sum())) < LEAST_EACH:
        return False
    area, low, high = delong(y, p, level=LEVEL)
    error = (high - low) / (2 * normal_quantile(LEVEL))
    both = float(np.hypot(error, reference.auroc_error))
    # normal_quantile is two-sided: a one-sided level is half of what lies outside.
    return (reference.auroc - area) / both > normal_quantile(1 - 2 * AUROC_LEVEL)
