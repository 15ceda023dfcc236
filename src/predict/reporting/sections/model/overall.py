"""Overall performance, beside every rival judged on the same people."""

from __future__ import annotations

from typing import Any

from predict.reporting.blocks import ranged, sentence, table
from predict.reporting.blocks import section as blocks
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import NotApplicable
from predict.reporting.sections.model.judged import judged_family

METRICS = {
    "auroc": "AUROC",
    "brier": "Brier",
    "brier_scaled": "Scaled Brier",
    "log_loss": "Log loss",
    "calibration_slope": "Calibration slope",
}


def overall(desk: Desk, lane: Lane) -> dict[str, Any] | NotApplicable:
    """Return the metrics of every family and the paired differences with their intervals."""
    if lane.evaluation is None:
        return NotApplicable("no evaluation came with this model")
    return blocks(
        sentence("model.overall.how"),
        _metrics(lane),
        _differences(lane),
        sentence("model.overall.direction"),
    )


def _metrics(lane: Lane) -> dict[str, Any]:
    told = lane.evaluation.metrics  # type: ignore[union-attr]  # the caller has looked
    rows = []
    for name in dict.fromkeys(told["model"]):
        own = told[told["model"] == name].set_index("metric").to_dict("index")
        rows.append([str(name), *[ranged(own[m]) if m in own else "–" for m in METRICS]])
    n = int(told["n"].max()) if len(told) else 0
    caption = f"Each family on the same folds, with 95% intervals (n = {n})"
    return table(caption, ["Family", *METRICS.values()], rows)


def _differences(lane: Lane) -> dict[str, Any]:
    told = lane.evaluation.differences  # type: ignore[union-attr]  # the caller has looked
    every: list[dict[str, Any]] = told.to_dict("records")  # type: ignore[assignment]  # text keys
    own = judged_family(lane)
    rows = [
        [
            f"{row['model']} − {row['rival']}",
            METRICS.get(row["metric"], row["metric"]),
            ranged(row, 4),
        ]
        for row in every
        if row["metric"] in ("brier", "auroc") and own in (row["model"], row["rival"])
    ]
    return table("Paired differences on the same people", ["Pair", "Measure", "Difference"], rows)
