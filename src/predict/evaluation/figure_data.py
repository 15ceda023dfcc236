"""What pictures of an evaluation may show: parts that count enough people, and what lies between.

Pages of reports and figures in notebooks draw from the same functions, so that they show the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from predict.evaluation.curves import coarse
from predict.statistics.intervals import wilson
from predict.statistics.metrics.decisions import BINS

Tables = Mapping[str, pd.DataFrame]
Part = dict[str, Any]
Points = list[list[float]]
# Told thresholds further apart than the finest parts are not neighbours: between them nothing is.
STEP = 1 / BINS


def spread_parts(tables: Tables) -> list[Part]:
    """Return the spread of estimates in parts that may be told: low, high, with, without."""
    spread, stored = tables.get("distribution"), tables.get("spread")
    if (stored is None or stored.empty) and spread is not None and len(spread):
        stored = None if spread.isna().any(axis=None) else coarse(spread)
    if stored is None or stored.empty:
        return []
    named = stored.rename(columns={"with_outcome": "with", "without_outcome": "without"})
    return records(named)


def records(table: pd.DataFrame) -> list[Part]:
    """Return a table's rows as dictionaries, missing numbers as None."""
    plain = table.astype(object).where(table.notna(), None)
    rows: list[Part] = plain.to_dict("records")  # type: ignore[assignment]  # text keys
    return rows


def median_estimates(tables: Tables) -> dict[str, float | None]:
    """Return the median estimate ``with`` and ``without`` the outcome; None where it is not told.

    An evaluation stored without medians has parts of the spread: there the median is interpolated
    within the part that holds it where that is of the finest: in a wider one it may be anywhere.
    """
    stored = tables.get("medians")
    if stored is None or stored.empty:
        parts = spread_parts(tables)
        return {key: _median_within(parts, key) for key in ("with", "without")}
    row = records(stored)[0]
    return {key: row[f"{key}_outcome"] for key in ("with", "without")}


def _median_within(parts: Sequence[Part], key: str) -> float | None:
    left = sum(part[key] for part in parts) / 2
    for part in parts:
        if part[key] and left <= part[key]:
            wide = part["high"] - part["low"]
            inner = part["low"] + wide * left / part[key]
            return float(inner) if wide <= STEP + 1e-9 else None
        left -= part[key]
    return None


def calibration_bins(parts: Sequence[Part]) -> list[Part]:
    """Return each part's reach and middle, its people, and what happened with Wilson's interval."""
    bins = []
    for part in parts:
        n = part["with"] + part["without"]
        if n:
            share = wilson(int(part["with"]), int(n))
            ends = {"observed": share.estimate, "low": share.low, "high": share.high}
            reach = {"from": part["low"], "to": part["high"]}
            bins.append({"estimate": (part["low"] + part["high"]) / 2, "n": n, **reach, **ends})
    return bins


def inner_curve(curve: pd.DataFrame, parts: Sequence[Part]) -> pd.DataFrame:
    """Leave out the ends of a calibration curve: they are single people's estimates."""
    inner = [part["low"] for part in parts[1:]]
    if len(inner) < 2:
        return curve.iloc[:0]
    return curve[curve["estimate"].between(inner[0], inner[-1])].copy()


def roc_points(parts: Sequence[Part]) -> list[list[float]]:
    """Return shares picked from each part's lower end upwards: without, then with the outcome."""
    total = [max(sum(part[key] for part in parts), 1) for key in ("without", "with")]
    points, picked = [[0.0, 0.0]], [0.0, 0.0]
    for part in reversed(parts):
        picked = [picked[0] + part["without"], picked[1] + part["with"]]
        points.append([picked[0] / total[0], picked[1] / total[1]])
    return points


def told_decisions(tables: Tables) -> pd.DataFrame:
    """Return the decision curve within the clinical range, where parts of the spread meet.

    Between two other thresholds stand few people.
    """
    curve, declared = tables.get("decision_curve"), tables.get("usefulness")
    if curve is None or curve.empty:
        return pd.DataFrame(columns=["threshold", "model", "low", "high", "treat_all"])
    low, high = clinical_range(declared)
    inside = curve[curve["threshold"].between(low - 1e-9, high + 1e-9)]
    edges = [round(part["low"], 6) for part in spread_parts(tables)]
    return inside[inside["threshold"].round(6).isin(edges)]


def acting_on_everybody(told: pd.DataFrame) -> Points:
    """Return threshold and net benefit of acting on everybody, point by point of 100.

    It follows from the rate of the outcome alone, so that nothing is hidden between told
    thresholds.

    Examples
    --------
    >>> told = pd.DataFrame({"threshold": [0.5, 0.52], "treat_all": [-0.2, -0.25]})
    >>> [[round(value, 4) for value in point] for point in acting_on_everybody(told)]
    [[0.5, -0.2], [0.51, -0.2245], [0.52, -0.25]]
    """
    low, high = (float(told["threshold"].iloc[place]) for place in (0, -1))
    odds = low / (1 - low)
    rate = (float(told["treat_all"].iloc[0]) + odds) / (1 + odds)
    marks = np.linspace(low, high, round(100 * (high - low)) + 1)
    return [[float(t), float(rate - (1 - rate) * t / (1 - t))] for t in marks]


def told_rivals(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return what acting on the simplest rivals brings within the clinical range, rival by rival.

    A rival's net benefit is told where large parts of its own estimates meet, the model's lead over
    it where large parts of both do; elsewhere ``difference``, ``low`` and ``high`` are missing.
    """
    rows = tables.get("decision_rivals")
    if rows is None or rows.empty:
        return {}
    low, high = clinical_range(tables.get("usefulness"))
    inside = rows["threshold"].between(low - 1e-9, high + 1e-9)
    own = rows[inside & rows["told"].astype(bool)].copy()
    both = own["threshold"].round(6).isin(told_decisions(tables)["threshold"].round(6))
    gaps = ["difference", "low", "high"]
    own[gaps] = own[gaps].astype("float64").where(both)
    return {str(name): part for name, part in own.groupby("rival", sort=False)}


def clinical_range(declared: pd.DataFrame | None) -> tuple[float, float]:
    """Return the thresholds that could matter to a clinic, as declared, or .1 to .9."""
    if declared is None or declared.empty:
        return 0.1, 0.9
    return float(declared["low"].iloc[0]), float(declared["high"].iloc[0])
