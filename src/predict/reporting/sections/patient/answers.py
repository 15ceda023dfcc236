"""All answers used, item by item, as the questionnaire words them; missing ones are marked."""

from __future__ import annotations

from typing import Any

from predict.reporting.desk import Case, Row, present
from predict.reporting.facts import NotApplicable, number
from predict.reporting.sections.patient.totals import total_facts
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import (
    answer_words,
    column_words,
    item_number,
    scale_words,
    upper_first,
    when,
)


def answers(case: Case) -> dict[str, Any] | NotApplicable:
    """Return one table an instrument and visit the model looks at, and one for the person."""
    if not case.valid:
        return NotApplicable("the row could not be read")
    tables = [_instrument(case, name, visit) for visit in _visits(case) for name in _asked(case)]
    person = _person(case)
    found = [table for table in tables if table] + ([person] if person else [])
    return {"tables": found} if found else NotApplicable("nothing was answered")


def _asked(case: Case) -> list[str]:
    return list(case.desk.study.instruments)


def _visits(case: Case) -> list[str]:
    """The visits the leading model reads; without a model, the first."""
    lane, study = case.lane, case.desk.study
    if lane is None:
        return [study.visits[0]]
    read = {c.visit for c in lane.model.columns if c.source in study.instruments}
    return [visit for visit in study.visits if visit in read | {lane.model.as_of}]


def _instrument(case: Case, name: str, visit: str) -> dict[str, Any] | None:
    measure = case.desk.study.instruments[name]
    if visit not in measure.visits:
        return None
    instrument = measure.instrument
    row = case.desk.answers.get(visit, {}).get(case.id, {})
    rows = [_item(instrument, item, row) for item in instrument.items] if _itemised(
        measure, visit
    ) else []  # fmt: skip
    totals = [_total(case, name, scale.name, visit) for scale in instrument.scales]
    shown = [total for total in totals if total]
    if not rows and not shown:
        return None
    facts = {"title": instrument.title, "when": when(case.desk.study, visit)}
    return {**facts, "rows": rows, "totals": shown, "complete": bool(shown)}


def _itemised(measure: Any, visit: str) -> bool:
    return bool(measure.items.get(visit))


def _item(instrument: Any, item: Any, row: Row) -> dict[str, Any]:
    value = row.get(instrument.column(item.key))
    facts = {"number": item_number(instrument, item.key), "label": item.label}
    if not present(value):
        return {**facts, "missing": True}
    score = float(value)
    words = answer_words(instrument, item.key, score)
    return {**facts, "answer": words, "score": number(score)}


def _total(case: Case, name: str, scale_name: str, visit: str) -> dict[str, Any] | None:
    instrument = case.desk.study.instruments[name].instrument
    scale = instrument.scale(scale_name)
    facts = total_facts(case, name, scale_name, visit)
    if not facts:
        return None
    say = "prorated" if facts.get("prorated") else ("total_band" if facts["band"] else "total")
    title = upper_first(scale_words(instrument, scale_name))
    return {**facts, "say": say, "title": title, "high": number(scale.high)}


def _person(case: Case) -> dict[str, Any] | None:
    """What the model read besides questionnaires: age, route, the course of round one."""
    lane = case.lane
    if lane is None:
        return None
    values = lane.values.get(case.id, {})
    rows = []
    for column in lane.model.columns:
        if column.role not in ("person", "course", "count"):
            continue
        label, words, _ = column_words(case.desk.study, column, values.get(column.name))
        facts = {"label": clean(label, longest=120)}
        rows.append({**facts, "answer": clean(words)} if words else {**facts, "missing": True})
    return {"person": True, "rows": rows, "totals": []} if rows else None
