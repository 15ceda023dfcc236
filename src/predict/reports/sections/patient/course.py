"""Scores so far on the outcome's scale, with the bands that would count as the outcome."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from predict.reports.context import ModelView, PatientView
from predict.reports.facts import NotApplicable, whole
from predict.reports.outcome_terms import Asked, asked, outcome_kind, outcome_words
from predict.reports.sections.patient.totals import total_facts
from predict.reports.similar import similar_people
from predict.reports.words import visit_label
from predict.statistics.disclosure import SMALLEST_CELL


def course(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the observed scores by visit, this person's cut, and what similar people scored."""
    view = patient.view
    if view is None or not patient.valid:
        return NotApplicable("unread" if view else "no_scale")
    question = asked(view.model.outcome)
    study, scale, say = patient.context.study, question.measured, patient.context.say
    visits = _visits(patient, view)
    if not any("value" in visit for visit in visits):
        return NotApplicable("no_score")
    others = similar(patient, view)
    end = visit_label(study, study.rounds[view.model.round].end, say)
    weeks = _on_weeks(visits)
    open_end = any(v["label"] == end and "value" not in v and not v["missed"] for v in visits)
    fanned = others is not None and open_end
    return {
        **outcome_words(view.model, say),
        "low": say.number(scale.low),
        "high": say.number(scale.high),
        "better": "low" if question.falls else "high",
        "visits": visits,
        "weeks": weeks,
        "spans": _spans(patient, view) if weeks else [],
        "marks": _marks(patient, view, question),
        "others": others,
        "others_shown": fanned,
        "due": drawn_as_due(visits, end if fanned else None),
        "later": all("value" not in visit for visit in visits[1:]),
    }


def drawn_as_due(visits: list[dict[str, Any]], taken: str | None) -> bool:
    """Return whether the chart marks a visit as due: not where others' scores stand instead."""
    open_ = [visit for visit in visits if "value" not in visit and not visit["missed"]]
    return any(visit["label"] != taken for visit in open_)


def _visits(patient: PatientView, view: ModelView) -> list[dict[str, Any]]:
    """Each visit of the outcome's instrument; a visit passed without a score is marked not done."""
    study, question = patient.context.study, asked(view.model.outcome)
    there = [v for v in study.visits if v in study.instruments[question.instrument].visits]
    visits = []
    for visit in there:
        facts = total_facts(patient, question.instrument, question.scale, visit)
        label = visit_label(study, visit, patient.context.say)
        visits.append({"label": label, **facts, **_week(patient, visit)})
    last = max((i for i, facts in enumerate(visits) if "value" in facts), default=-1)
    return [
        {**facts, "missed": "value" not in facts and place < last}
        for place, facts in enumerate(visits)
    ]


def _week(patient: PatientView, visit: str) -> dict[str, Any]:
    """Weeks since the first visit: as dated, or the middle of the window a visit is due in."""
    days = patient.days(visit)
    if days is not None:
        return {"week": round(days / 7, 2), "week_text": str(round(days / 7))}
    window = patient.context.study.dates.windows.get(visit)
    return {} if window is None else {"week": round(sum(window) / 14, 2)}


def _on_weeks(visits: list[dict[str, Any]]) -> bool:
    """Whether the weeks of all visits are known and in order, so that the axis can be time."""
    weeks = [visit["week"] for visit in visits if "week" in visit]
    if len(weeks) < max(len(visits), 2) or not any("week_text" in visit for visit in visits):
        return False
    return weeks[0] == 0 and all(a < b for a, b in pairwise(weeks))


def _spans(patient: PatientView, view: ModelView) -> list[dict[str, Any]]:
    """The rounds as spans between places on the axis."""
    study, question = patient.context.study, asked(view.model.outcome)
    there = [v for v in study.visits if v in study.instruments[question.instrument].visits]
    return [
        {
            "round": patient.context.say.name("rounds", name),
            "first": there.index(turn.start),
            "last": there.index(turn.end),
        }
        for name, turn in study.rounds.items()
        if turn.start in there and turn.end in there
    ]


def _marks(patient: PatientView, view: ModelView, question: Asked) -> list[dict[str, Any]]:
    """The bands on the chart: this person's mark for the outcome, and remission where defined."""
    start = view.starts.get(patient.id, float("nan"))
    cut = question.cut(start) if start == start else None
    kind, say = outcome_kind(question.outcome), patient.context.say
    marks: list[dict[str, Any]] = [] if cut is None else [{"kind": kind, "cut": cut}]
    remission = question.measured.remission
    if remission is not None and kind == "response":
        marks.append({"kind": "remission", "cut": remission})
    return [
        {**m, "name": say(f"verbs.{m['kind']}.noun"), "cut_text": say.number(m["cut"])}
        for m in marks
    ]


def similar(patient: PatientView, view: ModelView) -> dict[str, Any] | None:
    """Return the courses of people similar in estimate and start, as shares of their start.

    On the chart a share stands at that share of this patient's own start.
    """
    if not patient.shown(view):
        return None
    percent = whole(float(patient.score(view)["probability"]))
    near = similar_people(view, percent, patient)
    end = patient.context.study.rounds[view.model.round].end
    if near is None or near.alike is None or view.past is None:
        return None
    spread = view.past.fan(near.alike.who)
    if end not in spread:
        return None
    study, say, alike = patient.context.study, patient.context.say, near.alike
    begin = study.rounds["one"].start if "one" in study.rounds else view.model.as_of
    start, high = view.starts[patient.id], asked(view.model.outcome).measured.high
    fan = [
        {
            "label": visit_label(study, visit, say),
            "at": [round(min(s * start, high), 2) for s in shares],
        }
        for visit, shares in spread.items()
    ]
    return {
        "n": alike.n,
        "label": visit_label(study, end, say),
        "begin": visit_label(study, begin, say),
        "fan": fan,
        **{
            f"{k}_text": str(round(100 * s)) for k, s in zip(_SPREAD, spread[end][1:4], strict=True)
        },
        "first": say.number(alike.first),
        "last": say.number(alike.last),
        **_lost(alike.lost),
    }


_SPREAD = ("low", "median", "high")


def _lost(people: int) -> dict[str, Any]:
    """How many more gave no end score; of 1 to 10 only that."""
    if not people:
        return {"lost": "others_lost_none"}
    if people < SMALLEST_CELL:
        return {"lost": "others_lost_few", "lost_n": SMALLEST_CELL}
    return {"lost": "others_lost", "lost_n": people}
