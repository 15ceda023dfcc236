"""Reasons: a ledger from the model's starting estimate to this patient's, that adds up."""

from __future__ import annotations

import math
from typing import Any

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean
from predict.models.driver_groups import holds_arm
from predict.reports.context import ModelView, PatientView
from predict.reports.facts import NotApplicable, whole
from predict.reports.outcome_terms import outcome_words
from predict.reports.sections.patient.estimate import group
from predict.reports.words import arm_facts, column_words, item_number

MOST_ROWS = 6
SMALLEST_SCALE = 5
TOLD_GAP = 0.5


def drivers(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return rows that lowered and raised the estimate, the rest in one line, start and end.

    Safety items and columns that are not told apart from chance are counted in the rest, never
    shown with a sign; the arm of a trial has a line of its own, without one. Items that share
    credit with their total may count under it.
    """
    view = patient.view
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    points = view.points.get(patient.id)
    if points is None:
        return {"failed": True}
    end = whole(float(patient.score(view)["probability"]))
    start = min(99, max(1, int(points["start"])))
    rows = _largest(view, points)
    lowered = [_row(patient, view, name, step) for name, step in rows if step < 0]
    raised = [_row(patient, view, name, step) for name, step in rows if step > 0]
    arm = _arm(patient, view, points)
    rest = end - start - sum(step for _, step in rows) - arm.get("points", 0)
    say = patient.context.say
    shared = {**outcome_words(view.model, say), **group(view, say)}
    return {
        **shared,
        "start": start,
        "end": end,
        "lowered": _group(lowered, say),
        "raised": _group(raised, say),
        **({"arm": arm} if arm else {}),
        "others": _others(view, {name for name, _ in rows}, rest, say),
        "widest": max([SMALLEST_SCALE, abs(rest), *(abs(step) for _, step in rows)]),
        "gap": _is_told(shared, start) or _gap(view, start) > TOLD_GAP,
    }


def _is_told(shared: dict[str, Any], start: int) -> bool:
    """Whether the start is printed as another number than the rate of all patients."""
    return "base" in shared and int(shared["base"]) != start


def _gap(view: ModelView, start: int) -> float:
    """Points between the model's starting estimate and the rate of all patients."""
    rate = view.model.facts.get("rate")
    if rate is None:
        return 0.0
    log_odds = None if view.explanation is None else view.explanation.start
    exact = start if log_odds is None else 100 / (1 + math.exp(-log_odds))
    return abs(exact - 100 * float(rate))


def _largest(view: ModelView, points: Any) -> list[tuple[str, int]]:
    """The largest steps of at least one point that may be shown, biggest first."""
    steps: dict[str, int] = {}
    for name, under in view.model.named_under.items():
        steps[under] = steps.get(under, 0) + int(points[name])
    shown = [(name, step) for name, step in steps.items() if step]
    return sorted(shown, key=lambda pair: (-abs(pair[1]), pair[0]))[:MOST_ROWS]


def _arm(patient: PatientView, view: ModelView, points: Any) -> dict[str, Any]:
    """The arm of a trial with its points and no sign; nothing where the model does not look."""
    study = view.model.study
    own = [column.name for column in view.model.columns if holds_arm(column, view.model.study)]
    told = arm_facts(study, patient.context.people.get(patient.id, {}), patient.context.say)
    if not own or not told:
        return {}
    step = sum(int(points[name]) for name in own)
    return {**told, "points": step, "text": patient.context.say.number(abs(step))}


def _row(patient: PatientView, view: ModelView, name: str, step: int) -> dict[str, Any]:
    column = view.columns[name]
    value = view.values.get(patient.id, {}).get(name)
    say = patient.context.say
    label, words, source = column_words(patient.context.study, column, value, say)
    if list(view.model.named_under.values()).count(name) > 1:
        label = say("drivers.with_items", label=label)
    return {
        "label": clean(label, longest=120),
        "answer": clean(words or say("drivers.not_answered"), longest=80),
        "source": source,
        "points": step,
        "text": say.signed(step),
    }


def _group(rows: list[dict[str, Any]], say: Catalogue) -> dict[str, Any]:
    total = sum(row["points"] for row in rows)
    return {"rows": rows, "points": total, "text": say.signed(total)}


def _others(view: ModelView, shown: set[str], rest: int, say: Catalogue) -> dict[str, Any]:
    """The rest in one line: whatever the model looks at that has no line of its own."""
    under = view.model.named_under
    rest_of = (c for c in view.model.columns if not holds_arm(c, view.model.study))
    untold = [c for c in rest_of if under.get(c.name) not in shown]
    safety = [column for column in view.model.columns if column.safety]
    facts: dict[str, Any] = {
        "count": len(untold),
        "points": rest,
        "text": say.signed(rest),
    }
    if safety:
        instrument = view.model.study.instruments[safety[0].source].instrument
        facts["number"] = item_number(instrument, safety[0].item)
    return facts
