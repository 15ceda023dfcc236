"""Calibration: when the model says 40 in 100, does it happen to 40 in 100?"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from predict.definitions.wording import Catalogue
from predict.evaluation.figure_data import calibration_bins, inner_curve, records
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.sections.model.judged import (
    coarse_spread,
    evaluation_table,
    metrics,
    spread_facts,
)

MEASURES = ("calibration_intercept", "calibration_slope", "o_e", "ici", "e90", "emax")


def calibration(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the curve with its band, bins with intervals, and the summary measures."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    own, content = metrics(view), context.content
    spread, curve = coarse_spread(view), evaluation_table(view, "calibration_curve")
    bins = calibration_bins(spread)
    if curve is not None:
        curve = inner_curve(curve, spread)
    # A curve through estimates all alike goes anywhere, and so do distances from it.
    told = MEASURES if len(bins) > 1 else MEASURES[:3]
    rows = [
        [content.say(f"model.calibration.{name}"), content.ranged(own[name], 3)]
        for name in told
        if name in own
    ]
    parts = [sentence("model.calibration.how")]
    if len(bins) > 1:  # one part of everybody shows no agreement, wherever its middle lies
        parts.append(calibration_figure(content, view, spread, bins, curve))
    parts.append(content.table("model.calibration.measures", ["measure", "estimate_95"], rows))
    if "calibration_slope" in own and pd.isna(own["calibration_slope"]["estimate"]):
        parts.append(sentence("model.calibration.no_slope"))
    compared = evaluation_table(view, "calibrations")
    if compared is not None:
        parts += [_maps(content, compared, view), sentence("model.calibration.rule")]
    return blocks(*parts)


def calibration_figure(
    content: Content,
    view: ModelView,
    spread: list[dict[str, Any]],
    bins: list[dict[str, Any]],
    curve: pd.DataFrame | None,
) -> dict[str, Any]:
    """Return the curve with its bins, and the estimates of both outcomes beneath it."""
    # Of very few people no curve can be fitted: what is not known is not drawn, nor read.
    drawn = [] if curve is None else records(curve)
    line = [[r[key] for key in ("estimate", "observed", "low", "high")] for r in drawn]
    line = [row for row in line if None not in row]
    points = [
        [b[key] for key in ("estimate", "observed", "low", "high", "from", "to")] for b in bins
    ]
    rows = [
        [
            content.span(100 * b["from"], 100 * b["to"], 0),
            content.counted(b["n"]),
            content.say.fixed(100 * b["observed"], 0) + content.span_in_100(b),
        ]
        for b in bins
    ]
    shown = content.table(
        "model.calibration.bins", ["estimate_in_100", "people", "happened_95"], rows
    )
    data = {"curve": line, "bins": points, **spread_facts(content, view, spread)}
    reading = _reading(content.say, line)
    return content.figure("calibration", "model.calibration.figure", reading, data, shown)


def _reading(say: Catalogue, points: list[list[float]]) -> str:
    """Say where estimates and happenings agree, and where they part most."""
    if not points:
        return say("model.calibration.too_few")
    gaps = [(abs(row[1] - row[0]), row[0], row[1] - row[0]) for row in points]
    close = _longest([(estimate, gap <= 0.05) for gap, estimate, _ in gaps])
    gap, where, signed = max(gaps)
    side = "too_low" if signed > 0 else "too_high"
    ends = {"low": min(close), "high": max(close)} if close else {}
    in_100 = {key: say.fixed(100 * end, 0) for key, end in ends.items()}
    agreed = say("model.calibration.close", **in_100) + " " if close else ""
    facts = {"where": say.fixed(100 * where, 0), "gap": say.fixed(100 * gap, 0)}
    return agreed + say(f"model.calibration.{side}", **facts)


def _longest(points: list[tuple[float, bool]]) -> list[float]:
    """Return the longest run of estimates that are close, in which none is not.

    >>> _longest([(0.1, True), (0.2, False), (0.3, True), (0.4, True)])
    [0.3, 0.4]
    """
    runs = [[row[0] for row in run] for near, run in groupby(points, key=itemgetter(1)) if near]
    return max(runs, key=len, default=[])


def _maps(content: Content, compared: pd.DataFrame, view: ModelView) -> dict[str, Any]:
    """Every map on the same folds: the one that the model has, and the one that is preferred."""
    used = view.model.fitted.recipe.calibration
    rows = [
        [
            content.say.name("calibration_map", r["calibration"]),
            *[content.cell(r[key]) for key in ("brier", "log_loss", "calibration_slope")],
            _standing(content, used=r["calibration"] == used, chosen=bool(r["chosen"])),
        ]
        for r in records(compared)
    ]
    columns = ["map", "brier", "log_loss", "slope", "empty"]
    return content.table("model.calibration.maps", columns, rows)


def _standing(content: Content, *, used: bool, chosen: bool) -> str:
    if used and chosen:
        return content.say("model.calibration.used_and_chosen")
    if used:
        return content.say("model.calibration.used")
    return content.say("model.calibration.chosen") if chosen else ""
