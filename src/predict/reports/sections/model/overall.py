"""Overall performance, beside every rival judged on the same people."""

from __future__ import annotations

from typing import Any

from predict.reports.content import ranged, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.judged import judged_family

METRICS = {
    "auroc": "AUROC",
    "brier": "Brier",
    "brier_scaled": "Scaled Brier",
    "log_loss": "Log loss",
    "calibration_slope": "Calibration slope",
}


def overall(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the metrics of every family and the paired differences with their intervals."""
    if view.evaluation is None:
        return NotApplicable("no evaluation came with this model")
    return blocks(
        sentence("model.overall.how"),
        _metrics(view),
        _differences(view),
        sentence("model.overall.direction"),
    )


def _metrics(view: ModelView) -> dict[str, Any]:
    metric_rows = view.evaluation.metrics  # type: ignore[union-attr]  # the caller has looked
    rows = []
    for name in dict.fromkeys(metric_rows["model"]):
        own = metric_rows[metric_rows["model"] == name].set_index("metric").to_dict("index")
        rows.append([str(name), *[ranged(own[m]) if m in own else "–" for m in METRICS]])
    n = int(metric_rows["n"].max()) if len(metric_rows) else 0
    caption = f"Each family on the same folds, with 95% intervals (n = {n})"
    return table(caption, ["Family", *METRICS.values()], rows)


def _differences(view: ModelView) -> dict[str, Any]:
    differences = view.evaluation.differences  # type: ignore[union-attr]  # the caller has looked
    every: list[dict[str, Any]] = differences.to_dict("records")  # type: ignore[assignment]  # text keys
    own = judged_family(view)
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
