"""What pictures of an evaluation may show: parts that count enough people, and what lies between.

Pages of reports and figures in notebooks draw from the same functions, so that they show the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from predict.evaluation.curves import coarse
from predict.statistics.intervals import wilson

Tables = Mapping[str, pd.DataFrame]
Part = dict[str, Any]


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
