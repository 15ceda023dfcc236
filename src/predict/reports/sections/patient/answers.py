"""All answers used, item by item, as the questionnaire words them; missing ones are marked.

Beside each answer stands what it adds to the total, so that the column adds up to it.
"""

from __future__ import annotations

from typing import Any

from predict.definitions.instruments import Instrument, Item
from predict.definitions.study import MeasureColumns
from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean
from predict.reports.context import PatientView, Row, present
from predict.reports.facts import NotApplicable
from predict.reports.sections.patient.totals import counted, total_facts
from predict.reports.words import (
    answer_words,
    column_words,
    item_number,
    scale_words,
    upper_first,
    when,
)


def answers(patient: PatientView) -> dict[str, Any] | NotApplicable:
    """Return one table an instrument and visit the model looks at, and one for the person."""
    if not patient.valid:
        return NotApplicable("unread")
    tables = [
        _instrument(patient, name, visit) for visit in _visits(patient) for name in _asked(patient)
    ]
    person = _person(patient)
    answered = [table for table in tables if table] + ([person] if person else [])
    return {"tables": answered} if answered else NotApplicable("nothing_answered")


def _asked(patient: PatientView) -> list[str]:
    return list(patient.context.study.instruments)


def _visits(patient: PatientView) -> list[str]:
    """The visits the leading model reads; without a model, the first."""
    view, study = patient.view, patient.context.study
    if view is None:
        return [study.visits[0]]
    read = {c.visit for c in view.model.columns if c.source in study.instruments}
    return [visit for visit in study.visits if visit in read | {view.model.as_of}]


def _instrument(patient: PatientView, name: str, visit: str) -> dict[str, Any] | None:
    measure = patient.context.study.instruments[name]
    if visit not in measure.visits:
        return None
    instrument = measure.instrument
    row = patient.context.answers.get(visit, {}).get(patient.id, {})
    say, asked = patient.context.say, instrument.items if _itemised(measure, visit) else ()
    rows = [_item(measure, item, row, say) for item in asked]
    totals = [_total(patient, name, scale.name, visit) for scale in instrument.scales]
    shown = [total for total in totals if total]
    if not rows and not shown:
        return None
    facts = {"title": instrument.title, "when": when(patient.context.study, visit, say)}
    facts |= {"turned": turned} if (turned := _turned(instrument)) and rows else {}
    return {**facts, "rows": rows, "totals": shown, "complete": bool(shown)}


def _turned(instrument: Instrument) -> str:
    """The numbers of the items whose score is counted from the other end; mostly there are none."""
    first = {
        item.key: next((s for s in instrument.scales if item.key in s.items), None)
        for item in instrument.items
    }
    turned = [key for key, scale in first.items() if scale and key in scale.reversed]
    return ", ".join(item_number(instrument, key) for key in turned)


def _itemised(measure: Any, visit: str) -> bool:
    return bool(measure.items.get(visit))


def _item(measure: MeasureColumns, item: Item, row: Row, say: Catalogue) -> dict[str, Any]:
    instrument = measure.instrument
    value = row.get(instrument.column(item.key))
    facts = {"number": item_number(instrument, item.key), "label": item.label}
    if present(value) and _unasked(measure, item, row):
        return {**facts, "missing": True, "unasked": True}
    if not present(value):
        return {**facts, "missing": True}
    words = answer_words(instrument, item.key, float(value), say)
    score = say.number(counted(instrument, item.key, float(value)))
    return {**facts, "answer": words, "score": score}


def _unasked(measure: MeasureColumns, item: Item, row: Row) -> bool:
    """Whether the item lies behind the form's closed gate: nobody said what it counts as."""
    gate = measure.gate
    if gate is None or item.key in gate.items:
        return False
    opening: list[Any] = [row.get(measure.instrument.column(key)) for key in gate.items]
    closed = all(present(v) for v in opening) and sum(float(v) for v in opening) < gate.at_least
    return closed and float(row[measure.instrument.column(item.key)]) == item.low


def _total(patient: PatientView, name: str, scale_name: str, visit: str) -> dict[str, Any] | None:
    instrument = patient.context.study.instruments[name].instrument
    scale = instrument.scale(scale_name)
    facts = total_facts(patient, name, scale_name, visit)
    if not facts:
        return None
    say = patient.context.say
    key = "prorated" if facts.get("prorated") else ("total_band" if facts["band"] else "total")
    title = upper_first(scale_words(instrument, scale_name, say))
    return {**facts, "say": key, "title": title, "high": say.number(scale.high)}


def _person(patient: PatientView) -> dict[str, Any] | None:
    """What the model read besides questionnaires: age, route, the course of round one."""
    view = patient.view
    if view is None:
        return None
    values, study, say = view.values.get(patient.id, {}), patient.context.study, patient.context.say
    rows = []
    for column in view.model.columns:
        if column.role not in ("person", "course", "count"):
            continue
        label, words, _ = column_words(study, column, values.get(column.name), say)
        facts = {"label": clean(label, longest=120)}
        rows.append({**facts, "answer": clean(words)} if words else {**facts, "missing": True})
    return {"person": True, "rows": rows, "totals": []} if rows else None
