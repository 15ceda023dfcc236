"""Estimate: the number in words and pictures, or the reasons why there is none."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean
from predict.models.interval import FEWEST_CLUSTERS
from predict.models.reliance import NO_BETTER, Reason
from predict.reports.context import ModelView, PatientView, Row, present
from predict.reports.facts import in_100, whole
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.patient.definition import definition
from predict.reports.sections.patient.limits import bracket
from predict.reports.words import upper_first
from predict.scoring.reason_words import reason_facts, reason_key

LEVEL = 90
LONGEST_LABEL = 120


def estimate(patient: PatientView) -> dict[str, Any]:
    """Return the estimate with its range and the group's rate, or ``state: none`` and why."""
    view = patient.view
    if view is None:
        return {
            "state": "none",
            "because": "model",
            "reasons": [],
            "why": patient.context.why,
        }
    say = patient.context.say
    shared = {**outcome_words(view.model, say), **group(view, say)}
    if not patient.shown(view):
        return {**shared, **bracket(view, say), "state": "none", **_why(patient, view)}
    row = patient.score(view)
    defined = {"define": definition(patient, view)}
    return {**shared, "state": "shown", **numbers(row, say), **_holds(view, say), **defined}


def _holds(view: ModelView, say: Catalogue) -> dict[str, Any]:
    """Which places the range holds for: the sentence's key, and what a place is called."""
    interval = view.model.interval or {}
    count = int(interval.get("clusters", 0))
    if not count:
        return {"range_says": "range"}
    says = "range_new" if interval["between"] or count >= FEWEST_CLUSTERS else "range_few"
    return {
        "range_says": says,
        "clusters": count,
        "cluster": _place(str(view.model.study.cluster), say),
    }


def _place(column: str, say: Catalogue) -> str:
    """What a cluster is called; one that has no word here is a place, with its column beside it."""
    known = say.has(f"clusters.{column}")
    return say.name("clusters", column) if known else say("estimate.place", column=clean(column))


def numbers(row: Row, say: Catalogue) -> dict[str, Any]:
    """Return an estimate and its range as whole numbers in 100, with their printed forms."""
    chance = float(row["probability"])
    percent, printed = whole(chance), in_100(chance, say)
    facts = {
        "percent": percent,
        "percent_text": printed,
        "about": "" if printed != str(percent) else say("estimate.about"),
        "rest": 100 - percent,
        "rest_text": in_100(1 - chance, say) if percent in (1, 99) else str(100 - percent),
    }
    if present(row.get("low")) and present(row.get("high")):
        facts |= _range(percent, float(row["low"]), float(row["high"]), say)
    return facts


def _range(percent: int, low: float, high: float, say: Catalogue) -> dict[str, Any]:
    """The printed range is at least one point either side of the estimate."""
    bottom = min(int(100 * low + 0.5), percent - 1)
    top = max(int(100 * high + 0.5), percent + 1)
    return {
        "low": max(bottom, 0),
        "high": min(top, 100),
        "low_text": say("format.fewer_than_1") if bottom < 1 else str(bottom),
        "high_text": say("format.more_than_99") if top > 99 else str(top),
        "level": LEVEL,
    }


def group(view: ModelView, say: Catalogue) -> dict[str, Any]:
    """Return the share of all patients the model learned from who reached the outcome."""
    rate = view.model.facts.get("rate")
    if rate is None:
        return {}
    return {"base": whole(float(rate)), "base_text": in_100(float(rate), say)}


# What a reason of the scores means for the sentence that leads a page without a number.
_BECAUSE = {
    "missing_too_many": "missing",
    "missing_most": "missing",
    "answer_absent_needed": "missing",
    "round_not_begun": "not_begun",
    "as_of_visit_absent": "not_begun",
    "below_floor": "below_floor",
    "does_not_match": "match",
    "model_expired": "expired",
    "DISTRIBUTION_OTHER": "table",
}


_SEVERAL = {False: "outside", True: "several"}


def _why(patient: PatientView, view: ModelView) -> dict[str, Any]:
    row = patient.score(view)
    if not patient.valid or not row:
        return {"because": "unread", "reasons": []}
    row_reasons = patient.reasons(view)
    codes = {reason.code for reason in row_reasons}
    facts = {"reasons": [reason_entry(reason, patient.context.say) for reason in row_reasons]}
    if NO_BETTER in codes:
        return {"because": "unproven", **facts}
    because = {_BECAUSE.get(code, "outside") for code in codes}
    return {"because": because.pop() if len(because) == 1 else _SEVERAL[bool(because)], **facts}


def reason_entry(reason: Reason, say: Catalogue) -> dict[str, Any]:
    """Return a reason as facts: its code, its sentence's key, and what fills the places of it."""
    words = {
        place: upper_first(clean(value, longest=LONGEST_LABEL)) if place == "label" else value
        for place, value in reason_facts(reason, say).items()
    }
    return {"code": reason.code, "say": reason_key(reason), **words}


def reason_words(reason: Reason, say: Catalogue) -> str:
    """Return a reason as one sentence."""
    return say.text(reason_key(reason), reason_entry(reason, say))
