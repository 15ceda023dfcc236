"""Overall performance, beside every rival judged on the same people."""

from __future__ import annotations

from typing import Any

from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable
from predict.reports.sections.model.judged import judged_family

METRICS = ("auroc", "brier", "brier_scaled", "log_loss", "calibration_slope")


def overall(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the metrics of every family and the paired differences with their intervals."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    return blocks(
        sentence("model.overall.how"),
        _metrics(context.content, view),
        _differences(context.content, view),
        sentence("model.overall.direction"),
        *_averaged(view),
    )


def _averaged(view: ModelView) -> list[dict[str, Any]]:
    """Say why a paired difference is not two scores subtracted, where repeats differ."""
    repeats = view.verdict.get("repeats", {}).get("made", 1)
    return [sentence("model.overall.averaged")] if repeats > 1 else []


def _metrics(content: Content, view: ModelView) -> dict[str, Any]:
    metric_rows = view.evaluation.metrics  # type: ignore[union-attr]  # the caller has looked
    rows = []
    for name in dict.fromkeys(metric_rows["model"]):
        own = metric_rows[metric_rows["model"] == name].set_index("metric").to_dict("index")
        rows.append([str(name), *[content.ranged(own[m]) if m in own else "–" for m in METRICS]])
    n = int(metric_rows["n"].max()) if len(metric_rows) else 0
    return content.table("model.overall.families", ["family", *METRICS], rows, n=n)


def _differences(content: Content, view: ModelView) -> dict[str, Any]:
    differences = view.evaluation.differences  # type: ignore[union-attr]  # the caller has looked
    every: list[dict[str, Any]] = differences.to_dict("records")  # type: ignore[assignment]  # text keys
    own = judged_family(view)
    rows = [
        [
            f"{row['model']} − {row['rival']}",
            content.say.name("column", row["metric"]),
            content.gap(row, 4),
        ]
        for row in every
        if row["metric"] in ("brier", "auroc") and own in (row["model"], row["rival"])
    ]
    return content.table("model.overall.differences", ["pair", "measure", "difference"], rows)
