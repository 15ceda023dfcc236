"""Uncertainty and abstention: how wide, how often silent, how steady under refitting."""

from __future__ import annotations

from collections import Counter
from typing import Any

from predict.reports.content import cell_text, counted, figure, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.reports.sections.patient.estimate import reasons

# What interval.json holds of its own proof, and how to say it.
PROOF = {
    "level": "Share of true probabilities it is meant to hold",
    "coverage": "Share it held, on a simulated truth it was not tuned on",
    "coverage_fifths": "The same, in the worst fifth of that truth",
    "mean_width": "Mean width",
    "central_range": "Width of the central 90% of the estimates themselves",
    "refits": "Refits behind it",
}


def uncertainty(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the interval's measured coverage, abstentions by reason, and the instability plot."""
    return blocks(*_interval(view), *_abstained(view), *_instability(view))


def _interval(view: ModelView) -> list[dict[str, Any]]:
    stored = view.model.interval
    if not stored:
        return [sentence("model.uncertainty.no_interval")]
    rows = [[words, _proof(stored[key])] for key, words in PROOF.items() if key in stored]
    return [
        sentence("model.uncertainty.interval"),
        *([table("The stored interval", ["Property", "Value"], rows)] if rows else []),
    ]


def _proof(value: Any) -> str:
    """A stored figure as printed: shares as such, the worst of several."""
    if isinstance(value, (list, tuple)):
        return cell_text(float(min(value)))
    return cell_text(value)


def _abstained(view: ModelView) -> list[dict[str, Any]]:
    """How many rows of this table got no estimate, and why."""
    rows = view.rows.values()
    if not rows:
        return [sentence("model.uncertainty.no_table")]
    silent = [row for row in rows if row.get("status") == "no_estimate"]
    why = Counter(reason["code"] for row in silent for reason in reasons(row.get("reason")))
    noted = Counter(
        reason["code"]
        for row in rows
        if row.get("reliance") == "note"
        for reason in reasons(row.get("reason"))
    )
    told = [
        *[["no estimate", code.replace("_", " "), counted(n)] for code, n in sorted(why.items())],
        *[["note", code.replace("_", " "), counted(n)] for code, n in sorted(noted.items())],
    ]
    facts = {
        "n": counted(len(list(rows))),
        "silent": counted(len(silent)),
        "share": "none" if not silent else in_100(len(silent) / len(list(rows))),
    }
    parts = [sentence("model.uncertainty.abstained", **facts)]
    return (
        [*parts, table("Why, in this table", ["Result", "Reason", "People"], told)]
        if told
        else parts
    )


def _instability(view: ModelView) -> list[dict[str, Any]]:
    """How far refits' estimates lie from the shipped ones."""
    stored = (view.model.facts.get("drivers") or {}).get("instability")
    if not stored:
        return [sentence("model.uncertainty.no_instability")]
    bins = [[b["estimate"], b["low"], b["high"]] for b in stored["bins"]]
    rows = [
        [
            f"{100 * b['estimate']:.0f}",
            counted(b["n"]),
            f"{100 * b['low']:.0f} to {100 * b['high']:.0f}",
        ]
        for b in stored["bins"]
    ]
    shown = table(
        "Middle 95% of refits, by tenths of the estimate",
        ["Shipped, in 100", "People", "Refits, in 100"],
        rows,
    )
    reading = (
        f"Refits' estimates differ from the shipped ones by {100 * stored['mape']:.1f} points on "
        "average; "
        f"for {in_100(stored['above_10'])} in 100 people by more than 10."
    )
    title = "Estimates of refitted models against the shipped one"
    return [figure("instability", title, reading, {"bins": bins}, shown)]
