"""Uncertainty and abstention: how wide, how often silent, how steady under refitting."""

from __future__ import annotations

from typing import Any

from predict.reports.content import cell_text, counted, figure, people, resting, sentence, table
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.statistics.disclosure import SMALLEST_CELL

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
    return blocks(*_interval(view), *_abstained(context, view), *_sets(view), *_instability(view))


def _interval(view: ModelView) -> list[dict[str, Any]]:
    stored = view.model.interval
    if not stored:
        return [sentence("model.uncertainty.no_interval")]
    rows = [[words, _proof(stored[key])] for key, words in PROOF.items() if key in stored]
    return [
        sentence("model.uncertainty.interval"),
        *([table("The stored interval", ["Property", "Value"], rows)] if rows else []),
    ]


def _proof(value: Any) -> Any:
    """A stored figure as printed: shares as such, the worst of several."""
    if isinstance(value, (list, tuple)):
        return cell_text(float(min(value)))
    return cell_text(value)


def _abstained(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    """How many rows of this table got no estimate, and why."""
    if not view.rows:
        return [sentence("model.uncertainty.no_table")]
    groups = context.counted
    silent = groups.named(p for p, row in view.rows.items() if row.get("status") == "no_estimate")
    everyone = groups.named(view.rows)
    share = "none" if not silent.any() else in_100(silent.sum() / len(view.rows))
    facts = {"n": people(everyone), "silent": people(silent)}
    facts["share"] = resting(share, silent, everyone)
    reason_rows = [
        [result, code.replace("_", " "), people(groups.named(ids))]
        for result, by_code in _reasons(view).items()
        for code, ids in sorted(by_code.items())
    ]
    parts = [sentence("model.uncertainty.abstained", **facts)]
    shown = table("Why, in this table", ["Result", "Reason", "People"], reason_rows)
    return [*parts, shown] if reason_rows else parts


def _reasons(view: ModelView) -> dict[str, dict[str, set[str]]]:
    """Return who got no estimate, or one with a note, by code."""
    people_by_code: dict[str, dict[str, set[str]]] = {"no estimate": {}, "note": {}}
    for person, row in view.rows.items():
        silent, noted = row.get("status") == "no_estimate", row.get("reliance") == "note"
        for result in (["no estimate"] if silent else []) + (["note"] if noted else []):
            for reason in view.reasons.get(person, ()):
                people_by_code[result].setdefault(reason.code, set()).add(person)
    return people_by_code


def _sets(view: ModelView) -> list[dict[str, Any]]:
    """How often each conformal set stood on people, and for how many of them it was wrong."""
    learned = view.model.reliance.estimates
    if learned is None or not learned.sets:
        return []
    everybody = sum(share.n for share in learned.sets)
    rows = [
        [
            share.outcome_set,
            counted(share.n),
            in_100(share.n / everybody) if everybody else "few",
            "few" if share.wrong is None else in_100(share.wrong) if share.wrong else "none",
        ]
        for share in learned.sets
    ]
    columns = ["Set", "People", "In 100 people", "Of these with the other outcome, in 100"]
    wrong = {"wrong_yes": in_100(learned.wrong_yes), "wrong_no": in_100(learned.wrong_no)}
    return [
        sentence("model.uncertainty.sets", **wrong),
        table("Conformal sets, out of fold", columns, rows),
    ]


def _instability(view: ModelView) -> list[dict[str, Any]]:
    """How far refits' estimates lie from the shipped ones."""
    stored = (view.model.facts.get("drivers") or {}).get("instability")
    if not stored:
        return [sentence("model.uncertainty.no_instability")]
    bins = [[b["estimate"], b["low"], b["high"]] for b in stored["bins"]]
    few = any(0 < b["n"] < SMALLEST_CELL for b in stored["bins"])  # tenths: one tells the others
    rows = [
        [
            f"{100 * b['estimate']:.0f}",
            "few" if few else counted(b["n"]),
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
