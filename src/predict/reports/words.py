"""Plain words for visits, answers and outcomes, taken from the study and its instruments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean, humanize

if TYPE_CHECKING:
    from predict.definitions.instruments import Instrument
    from predict.definitions.study import Study
    from predict.features import Column

_SESSION = re.compile(r"^session_(\w+)$")
_BOTH_ARMS = re.compile(r"^(.+?) \(1\) or (.+?) \(0\)$")


def setting(study: Study, say: Catalogue) -> str:
    """Return what the people were given; simulated people are named so wherever they are shown."""
    treatment = study.treatment
    name = say.named(treatment.name) if treatment.named else say("page.unnamed")
    return say("page.simulated", name=name) if study.simulated else upper_first(name)


def lower_first(text: str) -> str:
    """Return an answer's wording as it stands inside a sentence; abbreviations stay.

    Examples
    --------
    >>> lower_first("Nearly every day"), lower_first("GP")
    ('nearly every day', 'GP')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def upper_first(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def when(study: Study, visit: str, say: Catalogue) -> str:
    """Return when a visit was, such as ``before round one``."""
    for name, turn in study.rounds.items():
        if turn.start == visit:
            return say("visit.start", round=say.name("rounds", name))
        if turn.end == visit:
            return say("visit.end", round=say.name("rounds", name))
    session = _SESSION.match(visit)
    if session:
        return say("visit.session", number=session.group(1))
    return say("visit.other", name=say.name("visits", visit))


def arm_facts(study: Study, row: Mapping[str, Any], say: Catalogue) -> dict[str, str]:
    """Return the arm of a trial that a person was in; nothing where there is none, or unknown.

    A label that says what 1 and 0 mean is told as what this person's value means.
    """
    column = study.people.get(study.treatment.arm or "")
    value = None if column is None else row.get(column.name)
    if column is None or value is None or value != value:
        return {}
    if column.kind == "choice":
        return {"arm": clean(say.name("values", str(value)), longest=80)}
    named = _BOTH_ARMS.match(column.label)
    if named and float(value) in (0.0, 1.0):
        return {"arm": clean(named.group(1 if float(value) else 2), longest=80)}
    return {"arm": clean(f"{column.label}: {say.number(float(value))}", longest=80)}


def fact_words(study: Study, name: str, say: Catalogue) -> str:
    """Return what a person's fact, or a scale's column, is called by its study."""
    if name in study.people:
        return say.named(study.people[name].label)
    for measure in study.instruments.values():
        instrument = measure.instrument
        for scale in instrument.scales:
            if instrument.total_column(scale.name) == name:
                return f"{instrument.title} {scale_words(instrument, scale.name, say)}"
    return say.named(humanize(name))


def level_words(study: Study, name: str, value: str, say: Catalogue) -> str:
    """Return one value of a person's fact in words: an arm by its name, 0 and 1 as no and yes."""
    fact = study.people.get(name)
    if fact is not None and fact.kind == "number" and value in ("0", "1"):
        if name == study.treatment.arm:
            return arm_facts(study, {name: float(value)}, say)["arm"]
        if fact.range == (0, 1) and "(1)" not in fact.label:
            return say("answers.yes" if value == "1" else "answers.no")
    return say.name("values", value) if say.has(f"values.{value}") else say.named(value)


def round_words(name: str, say: Catalogue) -> str:
    """Return a round by its name: ``round one``."""
    return say("course.span", round=say.name("rounds", name))


def visit_label(study: Study, visit: str, say: Catalogue) -> str:
    """Return a short label of a visit for an axis."""
    for name, turn in study.rounds.items():
        if turn.end == visit:
            return say("visit.end_label", round=say.name("rounds", name))
        if turn.start == visit:
            return say("visit.start_label", round=say.name("rounds", name))
    session = _SESSION.match(visit)
    if session:
        return say("visit.session_label", number=session.group(1))
    return say.name("visits", visit)


def item_number(instrument: Instrument, key: str) -> str:
    """Return the number people know an item by: its key, or its place."""
    if key.isdigit():
        return key
    keys = [item.key for item in instrument.items]
    return str(keys.index(key) + 1) if key in keys else key


def answer_words(instrument: Instrument, key: str, value: float | None, say: Catalogue) -> str:
    """Return an answer as the questionnaire words it, or as a number where it has no words."""
    if value is None or value != value:
        return ""
    item = instrument.item(key)
    place = round(value) - item.low
    if 0 <= place < len(item.answers):
        return lower_first(str(item.answers[place]))
    return say("answers.value", value=say.number(value), high=item.high)


def column_words(study: Study, column: Column, value: Any, say: Catalogue) -> tuple[str, str, str]:
    """Return what a model's column asks, what this person's value says, and where it is from.

    The value's words are empty where there is no answer.
    """
    label = upper_first(column.label)
    if column.source not in study.instruments:
        return label, _person_words(column, value, say), say("answers.recorded")
    instrument = study.instruments[column.source].instrument
    words = (
        "" if value is None or value != value else _measured(instrument, column, float(value), say)
    )
    if column.role == "item":
        return label, words, item_words(instrument, column.item, say)
    return label, words, instrument.title


def item_words(instrument: Instrument, key: str, say: Catalogue) -> str:
    """Return an item by its questionnaire and number."""
    number = item_number(instrument, key)
    return say("answers.item", instrument=instrument.title, number=number)


def _person_words(column: Column, value: Any, say: Catalogue) -> str:
    if value is None or value != value:
        return ""
    if column.kind == "choice":
        return say.name("values", str(value))
    if _yes_or_no(column) and float(value) in (0.0, 1.0):
        return say("answers.yes" if value else "answers.no")
    return f"{say.number(float(value))} {say.name('units', column.unit)}".strip()


def _yes_or_no(column: Column) -> bool:
    """Whether a number says yes or no: 0 or 1, and its label does not say what each means."""
    return (column.low, column.high, column.unit) == (0.0, 1.0, "") and "(1)" not in column.label


def _measured(instrument: Instrument, column: Column, value: float, say: Catalogue) -> str:
    if column.role == "item":
        return answer_words(instrument, column.item, value, say)
    if column.role == "band":
        bands = sorted(instrument.scale(column.item).bands, key=lambda band: band.low)
        return bands[int(value)].label if 0 <= value < len(bands) else ""
    if column.role == "course" and (column.low, column.high) == (0.0, 1.0):
        return say("answers.yes" if value else "answers.no")
    if column.low == 0 and column.high is not None:
        return say("answers.value", value=say.number(value), high=say.number(column.high))
    return say.number(value)


def scale_words(instrument: Instrument, scale: str, say: Catalogue) -> str:
    """Return a scale's name in words: ``total``, or its own title."""
    if scale == "total":
        return say("answers.total_scale")
    title = instrument.scale(scale).title.removeprefix(instrument.title).strip()
    return humanize(title or say.named(humanize(scale))).lower()
