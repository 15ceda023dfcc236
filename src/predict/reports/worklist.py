"""The worklist: everybody in the table, gravest safety answer first, then the oldest answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from predict.definitions.outcomes import outcome_names, read_outcome
from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean, humanize
from predict.reports.context import ModelView, PatientView, ReportContext, answers_used, present
from predict.reports.course_states import course_state
from predict.reports.facts import FORMAT
from predict.reports.outcome_terms import Asked, asked, outcome_words, short_title
from predict.reports.safety_answers import BEFORE, UNANSWERED, UNREAD, asked_in_totals, asks
from predict.reports.sections.patient.estimate import group, numbers, reason_words
from predict.reports.sections.patient.reliance import answered_later, not_given, told
from predict.reports.words import item_number, setting, visit_label, when

Heads = Mapping[str, Sequence[str]]  # of a person's checks, by state; none without an estimate
MOST_SCORES, MOST_BESIDE = 2, 1
_LAST = "9999"  # behind every day: answers without one
STATES = ("ok", "note", "none", "not_due", "unread", "failed", "no_model")
_NOT_DUE = {"round_not_begun", "as_of_visit_absent"}
_AHEAD = ("not_due", "in_treatment")  # courses of which the visit of the model is still to come


def worklist_facts(
    context: ReportContext,
    patients: Sequence[PatientView],
    links: Mapping[int, str],
    failed: Mapping[int, str],
) -> dict[str, Any]:
    """Return the worklist's header, columns and rows in their default order.

    Parameters
    ----------
    context : ReportContext
    patients : sequence of PatientView
        Everybody, refused rows included, in the table's order.
    links : mapping of entry to str
        Where each page lies; people without one stand in the list all the same.
    failed : mapping of entry to str
        Pages that could not be made, and why.
    """
    heads = _heads(patients)
    rows = [
        _row(each, heads.get(each.entry, {}), links.get(each.entry, ""), failed.get(each.entry, ""))
        for each in patients
    ]
    rows.sort(key=lambda row: (-row["rank"], row["date"] or _LAST, row["entry"]))
    study, settings, say = context.study, context.settings, context.say
    totals, everybody = asked_in_totals(study), _for_everybody(patients, heads)
    return {
        "format": FORMAT,
        "language": settings.language,
        "made": say.day(clean(settings.made, longest=40)),
        "version": settings.version,
        "treatment": setting(study, say),
        "models": [
            _model(view, say) | {"everybody": everybody.get(view.model.name, "")}
            for view in context.views
        ],
        "scores": _score_names(context),
        "asks": asks(study),
        **(dict(zip(("instrument", "number"), totals, strict=True)) if totals else {}),
        "dated": any(row["date"] for row in rows),
        "due": any(row["course"] in ("due", "overdue") for row in rows),
        "worse": _worsening(context) is not None,
        "since": context.earlier is not None,
        "start": _start_name(context),
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
        "learned": sum(bool(row.get("in_training")) for row in rows),
        "later": sum(bool(row.get("later")) for row in rows),
        **{name: sum(row.get("course") == name for row in rows) for name in ("due", "overdue")},
        **{name: sum(bool(row.get(name)) for row in rows) for name in ("worse", "new")},
        "pages": sum(bool(row["href"]) for row in rows),
        "failed": states.count("failed"),
    }


def _heads(patients: Sequence[PatientView]) -> dict[int, Heads]:
    """What is told of each shown estimate, by entry: asked once, since it costs most of a row."""
    return {
        patient.entry: told(patient, patient.view)
        for patient in patients
        if patient.view is not None and patient.shown(patient.view)
    }


def _for_everybody(patients: Sequence[PatientView], heads: Mapping[int, Heads]) -> dict[str, str]:
    """What holds of everybody whom a model judges, by its name: told once, and in no row."""
    found: dict[str, dict[str, None]] = {}
    for patient in patients:
        if patient.view is not None and patient.entry in heads:
            own = found.setdefault(patient.view.model.name, {})
            own.update(dict.fromkeys(heads[patient.entry]["all"]))
    return {name: " ".join(words) for name, words in found.items()}


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
    chosen = list(dict.fromkeys([*first, *every]))
    most = MOST_SCORES if len(context.views) < 2 else MOST_BESIDE  # room for more estimates
    return [_score_name(context, name, scale) for name, scale in chosen[:most]]


def _start_name(context: ReportContext) -> str:
    """The visit that the first score column stands at, in words."""
    return visit_label(context.study, _begin(context), context.say)


def _begin(context: ReportContext) -> str:
    rounds = context.study.rounds
    return str(rounds["one"].start if "one" in rounds else context.study.visits[0])


def _worsening(context: ReportContext) -> Asked | None:
    """The reliable deterioration that ships for the first score's scale; none for most."""
    first = _score_names(context)[:1]
    return _shipped_worsening(first[0]["instrument"], first[0]["scale"]) if first else None


@cache
def _shipped_worsening(instrument: str, scale: str) -> Asked | None:
    name = f"{instrument}_reliable_deterioration"
    rule = asked(read_outcome(name)) if name in outcome_names() else None
    return rule if rule and rule.scale == scale else None


def _score_name(context: ReportContext, name: str, scale: str) -> dict[str, Any]:
    instrument = context.study.instruments[name].instrument
    title = (
        instrument.title
        if scale == "total"
        else f"{instrument.title} {context.say.named(humanize(scale))}"
    )
    return {"instrument": name, "scale": scale, "title": title}


def _row(patient: PatientView, heads: Heads, href: str, failed: str) -> dict[str, Any]:
    view, say = patient.view, patient.context.say
    scores = [_score(patient, name) for name in _score_names(patient.context)]
    stands = course_state(patient, view)
    state = _state(patient, heads, failed, stands.code)
    trained = "in_training" in str(patient.score(view).get("flags") or "")
    known = {
        "scores": [last for _, last, _ in scores],
        "at": [at for _, _, at in scores],
        **_safety(patient),
    }
    return {
        "entry": patient.entry,
        "id": listed_id(patient.id) or say("list.row", row=patient.row),
        **known,
        "course": stands.code,
        "stands": stands.words(patient, view) if view else "",
        "in_training": trained,
        "later": view is not None and patient.shown(view) and answered_later(patient, view),
        "when": _when(patient, view),
        "date": patient.date(view.model.as_of if view else patient.context.study.visits[0]),
        "start": scores[0][0] if scores else None,
        **_changed(patient, scores),
        "new": _is_new(patient, known),
        "estimates": [_estimate(patient, each) for each in patient.context.views],
        "missing": _missing(patient, view),
        **state,
        "told": _told(patient, heads, state["why"], trained=trained),
        "href": "" if failed else href,
    }


def _told(patient: PatientView, heads: Heads, why: str, *, trained: bool) -> str:
    """Why the estimate carries a note, or is not there; then what is no reason against it."""
    learned = [patient.context.say("list.in_training")] if trained else []
    return " ".join([*([why] if why else []), *learned, *heads.get("fact", ())])


def _when(patient: PatientView, view: ModelView | None) -> str:
    """Which answers an estimate uses, or that there are none of that visit."""
    if view is None or not patient.valid:
        return ""
    return answers_used(patient, view.model.as_of)


def _safety(patient: PatientView) -> dict[str, Any]:
    """The gravest safety answer in words, and its place in the default order."""
    say = patient.context.say
    answers = sorted(patient.safety, key=lambda answer: -answer.rank)
    if not answers:
        unread = not patient.valid and asks(patient.context.study)
        return {
            "rank": UNREAD if unread else 0,
            "safety": say(f"list.{_unasked(patient, unread=unread)}"),
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


def _unasked(patient: PatientView, *, unread: bool) -> str:
    """Why a row tells no answer: it was not read, only totals came, or nobody asked."""
    totals = asked_in_totals(patient.context.study)
    return "unread" if unread else ("only_total" if totals else "not_asked")


def _changed(patient: PatientView, scores: Sequence[Score]) -> dict[str, Any]:
    """How much better than at the start, and whether it is a reliable deterioration."""
    start, latest, _ = scores[0] if scores else (None, None, "")
    if start is None or latest is None or not scores[0][2]:
        return {"change": None, "worse": False}
    # Above 0 is for the better, here as in every table.
    gain = _better(patient.context) * (latest - start) or 0.0  # no sign where nothing changed
    rule = _worsening(patient.context)
    cut = rule.cut(start) if rule else None
    if rule is None or cut is None:
        return {"change": gain, "worse": False}
    return {"change": gain, "worse": latest <= cut if rule.falls else latest >= cut}


def _better(context: ReportContext) -> int:
    """Which way the first score goes when somebody gets better: 1 up, -1 down."""
    name = _score_names(context)[0]
    scale = context.study.instruments[name["instrument"]].instrument.scale(name["scale"])
    return 1 if scale.better == "high" else -1


def _is_new(patient: PatientView, told: Mapping[str, Any]) -> bool:
    """Whether an earlier list did not hold this person, or held other answers."""
    earlier = patient.context.earlier
    if earlier is None:
        return False
    before = earlier.get(listed_id(patient.id))
    return before is None or any(before.get(key) != told[key] for key in ("scores", "safety"))


Score = tuple[float | None, float | None, str]


def _score(patient: PatientView, name: Mapping[str, Any]) -> Score:
    """The total at the start, the latest one, and the later visit that it stands at, in words."""
    instrument = patient.context.study.instruments[name["instrument"]].instrument
    column = instrument.total_column(name["scale"])
    study, totals = patient.context.study, patient.context.totals
    known = {
        visit: float(value)
        for visit in study.visits
        if patient.valid and present(value := totals.get(visit, {}).get(patient.id, {}).get(column))
    }
    if not known:
        return None, None, ""
    begin, last = _begin(patient.context), list(known)[-1]
    at = "" if last == begin else visit_label(study, last, patient.context.say)
    return known.get(begin), known[last], at


def _estimate(patient: PatientView, view: ModelView) -> list[Any] | None:
    """Percent, low and high, or nothing: an abstained person's row holds no number."""
    if not patient.shown(view) or not patient.shown(patient.view):
        return None
    facts = numbers(patient.score(view), patient.context.say)
    return [facts["percent"], facts.get("low"), facts.get("high"), facts["percent_text"]]


def _missing(patient: PatientView, view: ModelView | None) -> int | None:
    if view is None or not patient.valid:
        return None
    return len(not_given(patient, view))


def _state(patient: PatientView, heads: Heads, failed: str, course: str) -> dict[str, str]:
    view = patient.view
    if failed:
        return {"state": "failed", "why": clean(failed, longest=160)}
    if not patient.valid:
        return {"state": "unread", "why": ""}
    if view is None:
        return {"state": "no_model", "why": clean(patient.context.why, longest=160)}
    if not patient.shown(view):
        say = patient.context.say
        reasons = patient.reasons(view)
        why = " ".join(reason_words(reason, say) for reason in reasons)
        waits = bool(reasons) and {reason.code for reason in reasons} <= _NOT_DUE
        return {"state": "not_due" if waits and course in _AHEAD else "none", "why": why}
    notes = heads["note"]
    return {"state": "note" if notes else "ok", "why": " ".join(notes)}
