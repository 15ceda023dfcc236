"""The worklist: everybody in the table, gravest safety answer first, then the oldest answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from predict.reporting.asked import asked, outcome_words, short_title
from predict.reporting.desk import Case, Desk, Lane, present
from predict.reporting.facts import FORMAT, number
from predict.reporting.safety_answers import asks
from predict.reporting.sections.patient.estimate import group, numbers, reasons
from predict.reporting.wording import load_catalogue
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import day, humanize, item_number, setting, when

MOST_SCORES = 2
_LAST = "9999"  # behind every day: answers without one
STATES = ("ok", "note", "none", "unread", "failed", "no_model")


def worklist_facts(
    desk: Desk, cases: Sequence[Case], links: Mapping[int, str], failed: Mapping[int, str]
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
    rows = [_row(case, links.get(case.entry, ""), failed.get(case.entry, "")) for case in cases]
    rows.sort(key=lambda row: (-row["rank"], row["date"] or _LAST, row["entry"]))
    study, settings = desk.study, desk.settings
    return {
        "format": FORMAT,
        "language": settings.language,
        "made": day(clean(settings.made, longest=40)),
        "version": settings.version,
        "treatment": setting(study),
        "models": [_model(lane) for lane in desk.lanes],
        "scores": _score_names(desk),
        "asks": asks(study),
        "dated": any(row["date"] for row in rows),
        "counts": _counts(rows),
        "failures": [
            {"id": row["id"], "why": row["why"]} for row in rows if row["state"] == "failed"
        ],
        "rows": rows,
    }


def _counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    states = [row["state"] for row in rows]
    return {
        "patients": len(rows),
        "safety": sum(row["rank"] >= 10 for row in rows),
        "unanswered": sum(row["rank"] == 5 for row in rows),
        "none": len(rows) - states.count("ok") - states.count("note"),
        "note": states.count("note"),
        "pages": sum(bool(row["href"]) for row in rows),
        "failed": states.count("failed"),
    }


def _model(lane: Lane) -> dict[str, Any]:
    words = outcome_words(lane.model)
    return {
        "name": clean(lane.model.name, longest=64),
        "title": short_title(lane.model),
        "when": when(lane.model.study, lane.model.as_of),
        **words,
        **group(lane),
    }


def _score_names(desk: Desk) -> list[dict[str, Any]]:
    """The total scores shown, the outcome's own first; two at most."""
    questions = [asked(lane.model.outcome) for lane in desk.lanes]
    first = [(question.instrument, question.scale) for question in questions]
    every = [
        (name, measure.instrument.scales[0].name)
        for name, measure in desk.study.instruments.items()
        if measure.instrument.scales
    ]
    chosen = list(dict.fromkeys([*first, *every]))[:MOST_SCORES]
    return [_score_name(desk, name, scale) for name, scale in chosen]


def _score_name(desk: Desk, name: str, scale: str) -> dict[str, Any]:
    instrument = desk.study.instruments[name].instrument
    title = instrument.title if scale == "total" else f"{instrument.title} {humanize(scale)}"
    return {"instrument": name, "scale": scale, "title": title}


def _row(case: Case, href: str, failed: str) -> dict[str, Any]:
    lane = case.lane
    scores = [_score(case, name) for name in _score_names(case.desk)]
    return {
        "entry": case.entry,
        "id": clean(case.id, longest=64) or f"row {case.row}",
        **_safety(case),
        "when": when(case.desk.study, lane.model.as_of) if lane and case.valid else "",
        "date": case.date(lane.model.as_of if lane else case.desk.study.visits[0]),
        "scores": [latest for latest, _ in scores],
        "change": scores[0][1] if scores else None,
        "estimates": [_estimate(case, each) for each in case.desk.lanes],
        "missing": _missing(case, lane),
        **_state(case, lane, failed),
        "href": "" if failed else href,
    }


def _safety(case: Case) -> dict[str, Any]:
    """The gravest safety answer in words, and its place in the default order."""
    say = load_catalogue(case.desk.settings.language)
    answers = sorted(case.safety, key=lambda answer: -answer.rank)
    if not answers:
        unread = not case.valid and asks(case.desk.study)
        return {
            "rank": 4 if unread else 0,
            "safety": say.text(f"list.{'unread' if unread else 'not_asked'}", {}),
        }
    first = answers[0]
    instrument = case.desk.study.instruments[first.instrument].instrument
    item = instrument.item(first.item)
    facts = {
        "instrument": instrument.title,
        "number": item_number(instrument, first.item),
        "value": first.value,
        "high": item.high,
    }
    return {"rank": first.rank, "safety": say.text(f"list.{first.state}", facts)}


def _score(case: Case, name: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The latest total and its change since the first."""
    instrument = case.desk.study.instruments[name["instrument"]].instrument
    column = instrument.total_column(name["scale"])
    found = [
        float(value)
        for visit in case.desk.study.visits
        if case.valid
        and present(value := case.desk.totals.get(visit, {}).get(case.id, {}).get(column))
    ]
    if not found:
        return None, None
    return found[-1], (found[-1] - found[0] if len(found) > 1 else None)


def _estimate(case: Case, lane: Lane) -> list[Any] | None:
    """Percent, low and high, or nothing: an abstained person's row holds no number."""
    if not case.shown(lane) or not case.shown(case.lane):
        return None
    facts = numbers(case.score(lane))
    return [facts["percent"], facts.get("low"), facts.get("high"), facts["percent_text"]]


def _missing(case: Case, lane: Lane | None) -> int | None:
    if lane is None or not case.valid:
        return None
    values = lane.values.get(case.id, {})
    return sum(not present(values.get(c.name)) for c in lane.model.columns if c.role == "item")


def _state(case: Case, lane: Lane | None, failed: str) -> dict[str, str]:
    if failed:
        return {"state": "failed", "why": clean(failed, longest=160)}
    if not case.valid:
        return {"state": "unread", "why": ""}
    if lane is None:
        return {"state": "no_model", "why": clean(case.desk.why_no_model, longest=160)}
    row = case.score(lane)
    why = " ".join(reason["detail"] for reason in reasons(row.get("reason")))
    if not case.shown(lane):
        return {"state": "none", "why": why}
    return {"state": "note" if row.get("reliance") == "note" else "ok", "why": why}


def change_text(change: float | None) -> str:
    """Return a change with its sign.

    >>> change_text(-3.0), change_text(2.0), change_text(None)
    ('−3', '+2', '')
    """
    if change is None:
        return ""
    return f"+{number(change)}" if change > 0 else number(change)
