"""Calibration: when the model says 40 in 100, does it happen to 40 in 100?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.figure_data import calibration_bins, inner_curve
from predict.reports.content import cell_text, counted, figure, ranged, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import (
    NO_EVALUATION,
    coarse_spread,
    evaluation_table,
    metrics,
    records,
)

NAMES = {
    "calibration_intercept": "Intercept (0 is right; above 0 estimates are too low)",
    "calibration_slope": "Slope (1 is right; below 1 estimates are too extreme)",
    "o_e": "Observed over expected (1 is right)",
    "ici": "Mean distance from the curve",
    "e90": "Distance that nine in ten stay within",
    "emax": "Largest distance",
}


def calibration(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the curve with its band, bins with intervals, and the summary measures."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    own = metrics(view)
    rows = [[title, ranged(own[name], 3)] for name, title in NAMES.items() if name in own]
    spread, curve = coarse_spread(view), evaluation_table(view, "calibration_curve")
    bins = calibration_bins(spread)
    if curve is not None:
        curve = inner_curve(curve, spread)
    parts = [sentence("model.calibration.how")]
    if bins or curve is not None:
        parts.append(_figure(bins, curve))
    parts.append(
        table("Measures of calibration, out of fold", ["Measure", "Estimate (95% interval)"], rows)
    )
    compared = evaluation_table(view, "calibrations")
    if compared is not None:
        parts.append(_maps(compared))
    return blocks(*parts)


def _figure(bins: list[dict[str, Any]], curve: pd.DataFrame | None) -> dict[str, Any]:
    line = (
        []
        if curve is None
        else [[r["estimate"], r["observed"], r["low"], r["high"]] for r in records(curve)]
    )
    points = [[b["estimate"], b["observed"], b["low"], b["high"]] for b in bins]
    shown = table(
        "What happened, by estimate",
        ["Estimate, in 100", "People", "Happened, in 100 (95% interval)"],
        [
            [
                f"{100 * b['estimate']:.1f}",
                counted(b["n"]),
                f"{100 * b['observed']:.0f} ({100 * b['low']:.0f} to {100 * b['high']:.0f})",
            ]
            for b in bins
        ],
    )
    title = "What happened against what was estimated"
    return figure(
        "calibration", title, _reading(line, bins), {"curve": line, "bins": points}, shown
    )


def _reading(line: list[list[float]], bins: list[dict[str, Any]]) -> str:
    """Say where estimates and happenings agree, and where they part most."""
    points = line or [[b["estimate"], b["observed"]] for b in bins]
    if not points:
        return "Too few people to draw a curve."
    gaps = [(abs(row[1] - row[0]), row[0], row[1] - row[0]) for row in points]
    close = [row[0] for row in points if abs(row[1] - row[0]) <= 0.05]
    gap, where, signed = max(gaps)
    side = "low" if signed > 0 else "high"
    agreed = (
        f"Estimates between {100 * min(close):.0f} and {100 * max(close):.0f} in 100 came within "
        "5 points of what happened. "
        if close
        else ""
    )
    return f"{agreed}The largest gap is near {100 * where:.0f}: {100 * gap:.0f} points too {side}."


def _maps(compared: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [
            r["calibration"],
            cell_text(r["brier"]),
            cell_text(r["log_loss"]),
            cell_text(r["calibration_slope"]),
            "chosen by the rule" if r["chosen"] else "",
        ]
        for r in records(compared)
    ]
    return table(
        "Before and after calibration, out of fold", ["Map", "Brier", "Log loss", "Slope", ""], rows
    )
