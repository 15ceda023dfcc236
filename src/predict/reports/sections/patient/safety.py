"""Safety: what the person answered about death or self-harm, above everything else."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording.catalogue import clean
from predict.reports.context import PatientView, on_day
from predict.reports.safety_answers import SafetyAnswer, asked_in_totals, asks
from predict.reports.visit_dates import days_old
from predict.reports.words import answer_words, item_number, visit_label


def safety(patient: PatientView) -> dict[str, Any]:
    """Return one entry a safety item, the gravest first; a study without one says so."""
    answers = sorted(patient.safety, key=lambda answer: -answer.rank)
    state = "not_asked"
    if answers:
        state = "shown"
    elif not patient.valid and asks(patient.context.study):
        state = "unknown"
    totals = asked_in_totals(patient.context.study)
    return {
        "state": state,
        **(dict(zip(("instrument", "number"), totals, strict=True)) if totals else {}),
        "entries": [_entry(patient, answer) for answer in answers],
        "site": clean(patient.context.settings.site_text, longest=200),
    }


def _entry(patient: PatientView, answer: SafetyAnswer) -> dict[str, Any]:
    study = patient.context.study
    instrument = study.instruments[answer.instrument].instrument
    item = instrument.item(answer.item)
    facts: dict[str, Any] = {
        "state": answer.state,
        "instrument": instrument.title,
        "number": item_number(instrument, answer.item),
        "high": item.high,
        "when": on_day(patient, answer.visit),
        **_age(patient, answer.visit),
    }
    if answer.value is not None:
        facts |= {
            "value": answer.value,
            "words": answer_words(
                instrument, answer.item, float(answer.value), patient.context.say
            ),
        }
    facts |= _so_far(patient, answer)
    if answer.was is not None and answer.value is not None and answer.value > answer.was:
        facts |= {"was": answer.was, "was_when": on_day(patient, answer.was_visit)}
    return facts


def _so_far(patient: PatientView, answer: SafetyAnswer) -> dict[str, Any]:
    """The highest answer where it was higher than now, and all of them where there are several."""
    study, say = patient.context.study, patient.context.say
    facts: dict[str, Any] = {}
    if answer.highest:
        visit, value = answer.highest
        facts |= {"highest": value, "highest_when": on_day(patient, visit)}
    if len(answer.answers) > 1:
        told = [f"{value} ({visit_label(study, visit, say)})" for visit, value in answer.answers]
        facts["answers"] = ", ".join(told)
    return facts


def _age(patient: PatientView, visit: str) -> dict[str, int]:
    """How old the answers are, where that is known and more than the site allows."""
    settings = patient.context.settings
    old = days_old(patient.date(visit), settings.today)
    return {} if old is None or old <= settings.old_after else {"days": old}
