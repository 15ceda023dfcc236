"""Estimate: the number in words and pictures, or the reasons why there is none."""

from __future__ import annotations

from typing import Any

from predict.models.interval import FEWEST_CLUSTERS
from predict.models.reliance import NO_BETTER
from predict.reports.context import ModelView, PatientView, Row, present
from predict.reports.facts import in_100, whole
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.patient.definition import definition
from predict.reports.sections.patient.limits import bracket
from predict.reports.wording.catalogue import clean
from predict.reports.words import humanize, upper_first

LEVEL = 90


def estimate(patient: PatientView) -> dict[str, Any]:
    """Return the estimate with its range and the group's rate, or ``state: none`` and why."""
    view = patient.view
    if view is None:
        return {
            "state": "none",
            "because": "model",
            "reasons": [],
            "why": patient.context.why_no_model,
        }
    shared = {**outcome_words(view.model), **group(view)}
    if not patient.shown(view):
        return {**shared, **bracket(view), "state": "none", **_why(patient, view)}
    row = patient.score(view)
    estimate_facts = {**numbers(row), **_holds(view), "define": definition(patient, view)}
    return {**shared, "state": "shown", **estimate_facts}


def _holds(view: ModelView) -> dict[str, Any]:
    """Which places the range holds for: the sentence's key, and what a place is called."""
    interval = view.model.interval or {}
    count = int(interval.get("clusters", 0))
    if not count:
        return {"range_says": "range"}
    says = "range_new" if interval["between"] or count >= FEWEST_CLUSTERS else "range_few"
    return {
        "range_says": says,
        "clusters": count,
        "cluster": humanize(str(view.model.study.cluster)),
    }


def numbers(row: Row) -> dict[str, Any]:
    """Return an estimate and its range as whole numbers in 100, with their printed forms."""
    chance = float(row["probability"])
    percent = whole(chance)
    facts = {
        "percent": percent,
        "percent_text": in_100(chance),
        "about": "" if percent in (1, 99) and in_100(chance) != str(percent) else "about ",
        "rest": 100 - percent,
        "rest_text": in_100(1 - chance) if percent in (1, 99) else str(100 - percent),
    }
    if present(row.get("low")) and present(row.get("high")):
        facts |= _range(percent, float(row["low"]), float(row["high"]))
    return facts


def _range(percent: int, low: float, high: float) -> dict[str, Any]:
    """The printed range is at least one point either side of the estimate."""
    bottom = min(int(100 * low + 0.5), percent - 1)
    top = max(int(100 * high + 0.5), percent + 1)
    return {
        "low": max(bottom, 0),
        "high": min(top, 100),
        "low_text": "fewer than 1" if bottom < 1 else str(bottom),
        "high_text": "more than 99" if top > 99 else str(top),
        "level": LEVEL,
    }


def group(view: ModelView) -> dict[str, Any]:
    """Return the share of all patients the model learned from who reached the outcome."""
    rate = view.model.facts.get("rate")
    if rate is None:
        return {}
    return {"base": whole(float(rate)), "base_text": in_100(float(rate))}


# What a reason of the scores means for the sentence that leads a page without a number.
_BECAUSE = {
    "missing_too_many": "missing",
    "missing_most": "missing",
    "round_not_begun": "not_begun",
    "as_of_visit_absent": "not_begun",
    "model_expired": "expired",
    "DISTRIBUTION_OTHER": "table",
}


def _why(patient: PatientView, view: ModelView) -> dict[str, Any]:
    row = patient.score(view)
    if not patient.valid or not row:
        return {"because": "unread", "reasons": []}
    row_reasons = reasons(row.get("reason"))
    if any(reason["code"] == NO_BETTER for reason in row_reasons):
        return {"because": "unproven", "reasons": row_reasons}
    because = {_BECAUSE.get(reason["code"], "outside") for reason in row_reasons}
    only = because.pop() if len(because) == 1 else "outside"
    return {"because": only, "reasons": row_reasons}


def reasons(text: Any) -> list[dict[str, str]]:
    """Return the reasons of a row of the scores: code and plain words of each.

    Examples
    --------
    >>> reasons("missing_most; Most is missing. | category_unseen; Route: never seen")
    [{'code': 'missing_most', 'detail': 'Most is missing.'},
     {'code': 'category_unseen', 'detail': 'Route: never seen.'}]
    """
    parsed = []
    for part in str(text or "").split(" | "):
        code, _, words = part.rpartition("; ")
        if words.strip():
            detail = clean(words.strip().rstrip("."), longest=160)
            parsed.append({"code": code, "detail": f"{upper_first(detail)}."})
    return parsed
