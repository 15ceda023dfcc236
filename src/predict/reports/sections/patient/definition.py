"""What counts as the outcome for this person: the rule in words and the person's own mark."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording import Catalogue
from predict.reports.context import ModelView, PatientView, present
from predict.reports.outcome_terms import Asked, asked, outcome_words
from predict.reports.words import when

_SHARES = {0.5: "half", 0.25: "quarter"}


def definition(patient: PatientView, view: ModelView) -> dict[str, Any]:
    """Return the rule's sentence key with its facts, the start score and this person's mark."""
    question, say = asked(view.model.outcome), patient.context.say
    start = view.starts.get(patient.id, float("nan"))
    facts: dict[str, Any] = {**outcome_words(view.model, say)}
    facts |= {**_rule(question, say), **_due(view, say)}
    if start != start:
        return {**facts, "ending": "here_unknown"}
    cut = question.cut(start)
    if cut is None:
        return {**facts, "ending": "stop"}
    ending = "here_below" if question.falls else "here_above"
    own = {"ending": ending, "start": say.number(start), "cut": say.number(cut)}
    return {**facts, **own, **_reached(patient, view, question, cut)}


def _reached(patient: PatientView, view: ModelView, question: Asked, cut: float) -> dict[str, str]:
    """The latest score, where it lies at the mark before the round has ended."""
    study, end = patient.context.study, view.model.study.rounds[view.model.round].end
    column = study.instruments[question.instrument].instrument.total_column(question.scale)
    totals = patient.context.totals
    known = [
        (visit, float(value))
        for visit in study.visits
        if present(value := totals.get(visit, {}).get(patient.id, {}).get(column))
    ]
    if not known or study.order(known[-1][0]) >= study.order(end):
        return {}
    visit, latest = known[-1]
    if latest > cut if question.falls else latest < cut:
        return {}
    say = patient.context.say
    return {"reached": say.number(latest), "reached_when": when(study, visit, say)}


def _due(view: ModelView, say: Catalogue) -> dict[str, str]:
    """The end visit's own name, where it says more than that the round ends: month 6."""
    end = view.model.study.rounds[view.model.round].end
    return {} if "round" in end.split("_") else {"due": say.name("visits", end)}


def _rule(question: Asked, say: Catalogue) -> dict[str, Any]:
    """The sentence of the rule, with the share or the points it asks for."""
    outcome = question.outcome
    amount = outcome.amount
    plain = {"title": outcome.title}
    if outcome.combine or outcome.rule not in _SENTENCES:
        return {**plain, "rule": "other"}
    key = _SENTENCES[outcome.rule]
    if key == "share" and amount is not None and amount < 1:
        way = "fall" if question.falls and question.measured.low == 0 else "way"
        return {**plain, "rule": f"{way}_share", "share": _share(amount, say)}
    if key == "end":
        end = outcome.end if outcome.end is not None else question.measured.remission
        side = "at_most" if question.falls else "at_least"
        return {**plain, "rule": side, "end": say.number(float(end or 0))}
    if amount is None:
        return {**plain, "rule": "other"}
    side = "fall" if question.falls else "rise"
    return {**plain, "rule": f"{side}_points", "amount": say.number(amount)}


_SENTENCES = {
    "response": "share",
    "minimal_difference": "share",
    "remission": "end",
    "points": "points",
    "worsening": "points",
    "reliable_improvement": "points",
    "reliable_deterioration": "points",
}


def _share(amount: float, say: Catalogue) -> str:
    if amount in _SHARES:
        return say(f"shares.{_SHARES[amount]}")
    return say("shares.other", percent=say.number(100 * amount))
