"""Safety: what the person answered about death or self-harm, above everything else."""

from __future__ import annotations

from typing import Any

from predict.reporting.desk import Case
from predict.reporting.moments import days_old, on_day
from predict.reporting.safety_answers import SafetyAnswer, asks
from predict.reporting.wording.catalogue import clean
from predict.reporting.words import answer_words, item_number


def safety(case: Case) -> dict[str, Any]:
    """Return one entry a safety item, the gravest first; a study without one says so."""
    answers = sorted(case.safety, key=lambda answer: -answer.rank)
    state = "not_asked"
    if answers:
        state = "shown"
    elif not case.valid and asks(case.desk.study):
        state = "unknown"
    return {
        "state": state,
        "entries": [_entry(case, answer) for answer in answers],
        "site": clean(case.desk.settings.site_text, longest=200),
    }


def _entry(case: Case, answer: SafetyAnswer) -> dict[str, Any]:
    study = case.desk.study
    instrument = study.instruments[answer.instrument].instrument
    item = instrument.item(answer.item)
    facts: dict[str, Any] = {
        "state": answer.state,
        "instrument": instrument.title,
        "number": item_number(instrument, answer.item),
        "high": item.high,
        "when": on_day(case, answer.visit),
        **_age(case, answer.visit),
    }
    if answer.value is not None:
        facts |= {
            "value": answer.value,
            "words": answer_words(instrument, answer.item, float(answer.value)),
        }
    if answer.was is not None and answer.value is not None and answer.value > answer.was:
        facts |= {"was": answer.was, "was_when": on_day(case, answer.was_visit)}
    return facts


def _age(case: Case, visit: str) -> dict[str, int]:
    """How old the answers are, where that is known and more than the site allows."""
    settings = case.desk.settings
    old = days_old(case.date(visit), settings.today)
    return {} if old is None or old <= settings.old_after else {"days": old}
