"""The worklist: everybody in the table, gravest safety answer first, then the oldest answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean, humanize
from predict.reports.context import ModelView, PatientView, ReportContext, present
from predict.reports.facts import FORMAT
from predict.reports.outcome_terms import asked, outcome_words, short_title
from predict.reports.safety_answers import BEFORE, UNANSWERED, UNREAD, asked_in_totals, asks
from predict.reports.sections.patient.estimate import group, numbers, reason_words
from predict.reports.sections.patient.reliance import notes
from predict.reports.words import item_number, setting, when

MOST_SCORES = 2
_LAST = "9999"  # behind every day: answers without one
STATES = ("ok", "note", "none", "unread", "failed", "no_model")


def worklist_facts(
    context: ReportContext,
    patients: Sequence[PatientView],
    links: Mapping[int, str],
    failed: Mapping[int, str],
) -> dict[str, Any]:
    """Return the worklist's header, columns and rows in their default order.

    Parameters
    ----------
    desk : Desk
    cases : sequence of Case
        Everybody, refused rows included, in the table's order.
    links : mapping of entry to str
        Where each page lies; people without one stand in the list all the same.
    failed : mapping of entry to str
        Pages that could not be made, and why.
    """
    rows = [
        _row(patient, links.get(patient.entry, ""), failed.get(patient.entry, ""))
        for patient in patients
    ]
    rows.sort(key=lambda row: (-row["rank"], row["date"] or _LAST, row["entry"]))
    study, settings, say = context.study, context.settings, context.say
    totals = asked_in_totals(study)
    return {
        "format": FORMAT,
        "language": settings.language,
        "made": say.day(clean(settings.made, longest=40)),
        "version": settings.version,
        "treatment": setting(study, say),
        "models": [_model(view, say) for view in context.views],
        "scores": _score_names(context),
        "asks": asks(study),
        **(dict(zip(("instrument", "number"), totals, strict=True)) if totals else {}),
        "dated": any(row["date"] for row in rows),
        "counts": counted(rows),
        "failures": [
            {"id": row["id"], "why": row["why"]} for row in rows if row["state"] == "failed"
        ],
        "rows": rows,
    }


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return what the list's header counts of its rows."""
    states = [row["state"] for row in rows]
    return {
        "patients": len(rows),
        "safety": sum(row["rank"] >= 10 for row in rows),
        "before": sum(row["rank"] == BEFORE for row in rows),
        "unanswered": sum(row["rank"] == UNANSWERED for row in rows),
        "none": len(rows) - states.count("ok") - states.count("note"),
        "note": states.count("note"),
        "pages": sum(bool(row["href"]) for row in rows),
        "failed": states.count("failed"),
    }


def listed_id(person: str) -> str:
    """Return an id as the list and the pages show it."""
    return clean(person, longest=64)


def _model(view: ModelView, say: Catalogue) -> dict[str, Any]:
    return {
        "name": clean(view.model.name, longest=64),
        "title": short_title(view.model, say),
        "when": when(view.model.study, view.model.as_of, say),
        **outcome_words(view.model, say),
        **group(view, say),
    }


def _score_names(context: ReportContext) -> list[dict[str, Any]]:
    """The total scores shown, the outcome's own first; two at most."""
    questions = [asked(view.model.outcome) for view in context.views]
    first = [(question.instrument, question.scale) for question in questions]
    every = [
        (name, measure.instrument.scales[0].name)
        for name, measure in context.study.instruments.items()
        if measure.instrument.scales
    ]
    chosen = list(dict.fromkeys([*first, *every]))[:MOST_SCORES]
    return [_score_name(context, name, scale) for name, scale in chosen]


def _score_name(context: ReportContext, name: str, scale: str) -> dict[str, Any]:
    instrument = context.study.instruments[name].instrument
    title = (
        instrument.title
        if scale == "total"
        else f"{instrument.title} {context.say.named(humanize(scale))}"
    )
    return {"instrument": name, "scale": scale, "title": title}


def _row(patient: PatientView, href: str, failed: str) -> dict[str, Any]:
    view, say = patient.view, patient.context.say
    scores = [_score(patient, name) for name in _score_names(patient.context)]
    return {
        "entry": patient.entry,
        "id": listed_id(patient.id) or say("list.row", row=patient.row),
        **_safety(patient),
        "when": _when(patient, view),
        "date": patient.date(view.model.as_of if view else patient.context.study.visits[0]),
        "scores": [latest for latest, _ in scores],
        "change": scores[0][1] if scores else None,
        "estimates": [_estimate(patient, each) for each in patient.context.views],
        "missing": _missing(patient, view),
        **_state(patient, view, failed),
        "href": "" if failed else href,
    }


def _when(patient: PatientView, view: ModelView | None) -> str:
    if view is None or not patient.valid:
        return ""
    return when(patient.context.study, view.model.as_of, patient.context.say)


def _safety(patient: PatientView) -> dict[str, Any]:
    """The gravest safety answer in words, and its place in the default order."""
    say = patient.context.say
    answers = sorted(patient.safety, key=lambda answer: -answer.rank)
    if not answers:
        unread = not patient.valid and asks(patient.context.study)
        return {
            "rank": UNREAD if unread else 0,
            "safety": say("list.unread" if unread else "list.not_asked"),
        }
    first = answers[0]
    instrument = patient.context.study.instruments[first.instrument].instrument
    item = instrument.item(first.item)
    facts = {
        "instrument": instrument.title,
        "number": item_number(instrument, first.item),
        "value": first.value,
        "high": item.high,
    }
    words = say.text(f"list.{first.state}", facts)
    tops = [answer.highest[1] for answer in answers if answer.highest]
    told = say("list.before", now=words, highest=max(tops)) if tops else words
    return {"rank": max(answer.rank for answer in answers), "safety": told}


def _score(patient: PatientView, name: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The latest total and its change since the first."""
    instrument = patient.context.study.instruments[name["instrument"]].instrument
    column = instrument.total_column(name["scale"])
    totals = [
        float(value)
        for visit in patient.context.study.visits
        if patient.valid
        and present(value := patient.context.totals.get(visit, {}).get(patient.id, {}).get(column))
    ]
    if not totals:
        return None, None
    return totals[-1], (totals[-1] - totals[0] if len(totals) > 1 else None)


def _estimate(patient: PatientView, view: ModelView) -> list[Any] | None:
    """Percent, low and high, or nothing: an abstained person's row holds no number."""
    if not patient.shown(view) or not patient.shown(patient.view):
        return None
    facts = numbers(patient.score(view), patient.context.say)
    return [facts["percent"], facts.get("low"), facts.get("high"), facts["percent_text"]]


def _missing(patient: PatientView, view: ModelView | None) -> int | None:
    if view is None or not patient.valid:
        return None
    values = view.values.get(patient.id, {})
    return sum(not present(values.get(c.name)) for c in view.model.columns if c.role == "item")


def _state(patient: PatientView, view: ModelView | None, failed: str) -> dict[str, str]:
    if failed:
        return {"state": "failed", "why": clean(failed, longest=160)}
    if not patient.valid:
        return {"state": "unread", "why": ""}
    if view is None:
        return {"state": "no_model", "why": clean(patient.context.why, longest=160)}
    if not patient.shown(view):
        say = patient.context.say
        why = " ".join(reason_words(reason, say) for reason in patient.reasons(view))
        return {"state": "none", "why": why}
    told = notes(patient, view)
    return {"state": "note" if told else "ok", "why": " ".join(told)}
