"""How far to rely on the estimate for this patient: three to five checks, each in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean
from predict.features import Column
from predict.models.families import SEVERITY
from predict.reports.context import ModelView, PatientView, present
from predict.reports.facts import NotApplicable, whole
from predict.reports.outcome_terms import outcome_words
from predict.reports.past import ENOUGH
from predict.reports.sections.patient.estimate import reason_entry
from predict.reports.sections.patient.limits import bracket
from predict.reports.similar import FEW, Similar, similar_people
from predict.reports.words import column_words, item_number, lower_first, when
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import normal_quantile, wilson

Check = dict[str, Any]
MOST_NAMED = 4
SENSITIVE_POINTS = 2
FOR_EVERYBODY = (
    "first_arm", "first_group", "first_drift", "match_unknown", "not_judged", "unproven",
    "selection", "selection_later", "rivals_not_shown", "rivals_no_different", "rivals_worse",
)  # fmt: skip
MOST_CHECKS, LEADING = 6, 2
MOST_TOLD = 3  # reasons of one check
SIMILAR_POINTS = 5


def reliance(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return the checks as entries with a state, a sentence key and its facts.

    A note is a reason to rely on the estimate less, a fact is none; all holds for everybody.
    """
    view = patient.view
    if view is None or not patient.shown(view):
        return NotApplicable("no_estimate")
    words = outcome_words(view.model, patient.context.say)
    return {**words, "checks": _kept(checked(patient, view))}


def checked(patient: PatientView, view: ModelView) -> list[Check]:
    """Return every check of a shown estimate; page and worklist judge a person by these alone.

    What holds for everybody whom the model judges is told as that, and is no note about a person.
    """
    checks = [check for check in (one(patient, view) for one in CHECKS) if check]
    return [
        {**check, "state": "all"} if check["say"] in FOR_EVERYBODY else check for check in checks
    ]


def told(patient: PatientView, view: ModelView) -> dict[str, list[str]]:
    """Return the heads of the checks of a person, in words, by state.

    Of a note they are why the estimate carries one; nobody's note holds for everybody.
    """
    words: dict[str, list[str]] = {"ok": [], "note": [], "fact": [], "all": []}
    for check in checked(patient, view):
        words[check["state"]] += _heads(check, patient.context.say)
    return words


def _heads(check: Check, say: Catalogue) -> list[str]:
    """The reasons of a check where it has some, else the sentence that it begins with."""
    reasons = [say.text(reason["say"], reason) for reason in check.get("reasons", ())]
    return reasons or [say.head(f"reliance.{check['say']}", check).rstrip(".:") + "."]


def _kept(checks: list[Check]) -> list[Check]:
    """At most six: what is in order makes room for what is not, the last first."""
    checks = _joined(checks) if len(checks) > MOST_CHECKS else checks
    spare = max(len(checks) - MOST_CHECKS, 0)
    fine = [check for check in checks[LEADING:] if check["state"] == "ok"]
    dropped = {id(check) for check in fine[::-1][:spare]}
    return [check for check in checks if id(check) not in dropped][:MOST_CHECKS]


def _joined(checks: list[Check]) -> list[Check]:
    """Seen before and nothing missing in one line, so that neither has to make room."""
    by_say = {check["say"]: check for check in checks}
    if "seen_ok" not in by_say or "missing_ok" not in by_say:
        return checks
    both = {**by_say["missing_ok"], "say": "seen_whole"}
    return [both if c["say"] == "seen_ok" else c for c in checks if c["say"] != "missing_ok"]


# Reasons of the scores that have a check of their own; the others tell how far a person lies out.
_GROUPS = ("group_small", "group_off")
_OLD = "model_old"
_SCARCE = {"few_alike", "too_few_alike"}  # by the model's own record
_TOLD_ELSEWHERE = {
    "missing_some", *_SCARCE, "matches_roughly", _OLD, *_GROUPS,
}  # fmt: skip


def _seen(patient: PatientView, view: ModelView) -> Check:
    notes = [r for r in patient.reasons(view) if r.code not in _TOLD_ELSEWHERE]
    if not notes:
        return {"state": "ok", "say": "seen_ok"}
    entries = [reason_entry(reason, patient.context.say) for reason in notes[:MOST_TOLD]]
    return {
        "state": "note",
        "say": "seen_note",
        "reasons": entries,
        "more": len(notes) - len(entries),
    }


def _groups(patient: PatientView, view: ModelView) -> Check | None:
    """Name the groups of this person for which estimates were off, or rest on few people."""
    few, off = (_labels(patient, view, code) for code in _GROUPS)
    if not few and not off:
        return None
    key = "groups_both" if few and off else ("groups_off" if off else "groups_few")
    least = view.model.reliance.thresholds.group_note
    return {"state": "note", "say": key, "few": clean(few), "off": clean(off), "least": least}


def _labels(patient: PatientView, view: ModelView, code: str) -> str:
    """The columns that reasons of a code name, in one list."""
    named = [r.arguments["label"] for r in patient.reasons(view) if r.code == code]
    say = patient.context.say
    return say.listed([lower_first(say.named(str(label))) for label in named])


def _age(patient: PatientView, view: ModelView) -> Check | None:
    """Say so when the model's calibration has not been checked for long."""
    old = [reason for reason in patient.reasons(view) if reason.code == _OLD]
    if not old:
        return None
    return {"state": "note", "say": _OLD, "reasons": [reason_entry(old[0], patient.context.say)]}


def _match(patient: PatientView, view: ModelView) -> Check:
    """Compare the estimate with what happened to people given a similar one out of fold."""
    percent = whole(float(patient.score(view)["probability"]))
    near = similar_people(view, percent, patient)
    if near is None:
        return {"state": "note", "say": "match_unknown"}
    say = patient.context.say
    verbed = outcome_words(view.model, say)["verbed"]
    facts: Check = {"low": near.low, "high": near.high, "verbed": verbed}
    if near.n < FEW:
        return {**facts, "state": "note", "say": "match_few", "minimum": FEW}
    if near.scarce < SMALLEST_CELL:
        return {**facts, "state": "note", "say": "match_scarce", "minimum": SMALLEST_CELL}
    observed = whole(near.rate)
    gap = abs(observed - percent)
    codes = _codes(patient, view)
    small, scarce = near.n < ENOUGH, bool(_SCARCE & set(codes))
    loose = "matches_roughly" in codes or _beyond_chance(near, gap)
    fits = not (small or scarce or loose)
    # The rule of the scores counts its own record; the page may count more people.
    key = "match_small" if small else ("match_record" if scarce else "match_ok")
    if loose:
        key = "match_note" if gap <= 2 * SIMILAR_POINTS else "match_off"
    about = say("estimate.about") if near.rounded else ""
    counts = {"n": near.n, "observed": observed, "about": about, "enough": ENOUGH}
    return {**facts, "state": "ok" if fits else "note", "say": key, **counts, **_alike(near, say)}


def _beyond_chance(near: Similar, gap: int) -> bool:
    """Whether an estimate lies further from what happened than chance in so many people allows.

    By the estimate alone the model's profile has smoothed chance away; a gap of more than ten
    points is told whatever chance does.
    """
    if near.alike is None or gap > 2 * SIMILAR_POINTS:
        return gap > SIMILAR_POINTS
    error = 100 * math.sqrt(max(near.rate * (1 - near.rate), 0.01) / near.n)
    return gap - normal_quantile(0.9) * error > SIMILAR_POINTS


def _alike(near: Similar, say: Catalogue) -> Check:
    """Between which scores those similar in start began, and what chance makes of their rate."""
    if near.alike is None:
        return {}
    _, low, high = wilson(round(near.n * near.rate), near.n)
    began = {"first": say.number(near.alike.first), "last": say.number(near.alike.last)}
    return {"alike": True, **began, "least": whole(low), "most": whole(high)}


def _codes(patient: PatientView, view: ModelView) -> set[str]:
    return {reason.code for reason in patient.reasons(view)}


def _judged(patient: PatientView, view: ModelView) -> Check | None:
    """Say so when nobody knows whether the model tells patients apart, or it was not shown to."""
    if view.model.standing == "not_judged":
        return {"state": "note", "say": "not_judged"}
    if view.model.standing == "not_better":
        why = clean(view.model.show_unproven.rstrip("."), longest=200)
        return {"state": "note", "say": "unproven", "why": why}
    return None


_ABSENT = {"missing_some", "answer_absent"}


def _missing(patient: PatientView, view: ModelView) -> Check:
    """Say which answers the model read as missing; a note where the scores have one."""
    gone = not_given(patient, view)
    facts: Check = {"asked": len(view.model.columns), "missing": len(gone)}
    if not gone:
        return {**facts, "state": "ok", "say": "missing_ok"}
    names, say = ", ".join(_named(patient, c) for c in gone[:MOST_NAMED]), patient.context.say
    more = len(gone) - MOST_NAMED
    more_text = say("reliance.names_more", names=names, more=more) if more > 0 else names
    facts["names"] = clean(more_text, longest=160)
    key = "missing_note_one" if len(gone) == 1 else "missing_note"
    # Where many of those learned from lacked it too, the model knows what its absence means.
    state = "note" if _ABSENT & _codes(patient, view) else "fact"
    return {**facts, "state": state, "say": key, **_sensitive(patient, view)}


def not_given(patient: PatientView, view: ModelView) -> list[Column]:
    """Return what the model uses and the person did not give; of items these, not their totals."""
    values = view.values.get(patient.id, {})
    itemised = {c.source for c in view.model.columns if c.role == "item"}
    asked = [c for c in view.model.columns if c.role == "item" or c.source not in itemised]
    return [column for column in asked if not present(values.get(column.name))]


def _named(patient: PatientView, column: Column) -> str:
    """An item by its questionnaire and number, anything else by its label."""
    label, _, source = column_words(patient.context.study, column, None, patient.context.say)
    return source if column.role == "item" else label


def _sensitive(patient: PatientView, view: ModelView) -> Check:
    """What each possible answer would make of the estimate, where that was computed."""
    return dict(view.what_missing.get(patient.id, {}))


def _later(patient: PatientView, view: ModelView) -> Check | None:
    """Later scores that this estimate does not use."""
    if not answered_later(patient, view):
        return None
    study, used = patient.context.study, patient.date(view.model.as_of)
    if used:
        return {"state": "fact", "say": "later_since", "date": patient.context.say.day(used)}
    asked_at = when(study, view.model.as_of, patient.context.say)
    return {"state": "fact", "say": "later", "when": asked_at}


def answered_later(patient: PatientView, view: ModelView) -> bool:
    """Return whether the table holds answers of a person that a model does not look at."""
    study = patient.context.study
    later = [v for v in study.visits if study.order(v) > study.order(view.model.as_of)]
    return any(patient.began(visit) for visit in later)


def _item_used(patient: PatientView, view: ModelView) -> Check | None:
    """A safety item that moved the estimate by itself is named, never signed."""
    points = view.points.get(patient.id, {})
    for column in view.model.columns:
        if column.safety and abs(int(points.get(column.name, 0))) > SENSITIVE_POINTS:
            instrument = patient.context.study.instruments[column.source].instrument
            number = item_number(instrument, column.item)
            return {"state": "fact", "say": "item_used", "number": number}
    return None


def _rivals(patient: PatientView, view: ModelView) -> Check | None:
    """Say how the judging found the model against the severity score alone, unless better."""
    against = (view.verdict.get("comparisons") or {}).get(SEVERITY.name)
    if not against or against["state"] == "better":
        return None
    return {
        "state": "note",
        "say": f"rivals_{against['state']}",
        "rival": patient.context.say("reliance.severity_alone"),
    }


def _selection(patient: PatientView, view: ModelView) -> Check | None:
    """The reading that counts the lost as not reaching the outcome stands beside the estimate."""
    lost = bracket(view, patient.context.say)
    if not lost:
        return None
    verbed = outcome_words(view.model, patient.context.say)["verbed"]
    key = "selection_later" if "when" in lost else "selection"
    return {"state": "note", "say": key, "verbed": verbed, **lost}


def _first(patient: PatientView, view: ModelView) -> Check | None:
    """What the judging found that has to be read before any number: the first of it."""
    for lead in view.verdict.get("leads", ()):
        if lead["code"] == "within":
            shares = {key: whole(lead[key]) for key in ("inside", "whole")}
            say = "first_arm" if lead["stratum"] == "arm" else "first_group"
            return {"state": "note", "say": say, **shares}
        if lead["code"] == "drift":
            shares = {key: whole(lead[key]) for key in ("first", "last")}
            verbed = outcome_words(view.model, patient.context.say)["verbed"]
            return {"state": "note", "say": "first_drift", "verbed": verbed, **shares}
    return None


CHECKS: tuple[Callable[[PatientView, ModelView], Check | None], ...] = (
    _first,
    _seen,
    _match,
    _judged,
    _selection,
    _missing,
    _age,
    _rivals,
    _item_used,
    _groups,
    _later,
)
