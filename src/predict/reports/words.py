"""Plain words for visits, answers and outcomes, taken from the study and its instruments."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from predict.definitions.wording import load_catalogue
from predict.reports.facts import number

if TYPE_CHECKING:
    from predict.definitions.instruments import Instrument
    from predict.definitions.study import Study
    from predict.features import Column

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SESSION = re.compile(r"^session_(\w+)$")


def humanize(name: str) -> str:
    """Return a name of the study as words.

    Examples
    --------
    >>> humanize("round_one_end")
    'round one end'
    """
    return name.replace("_", " ").strip()


def setting(study: Study) -> str:
    """Return what the people were given; simulated people are named so wherever they are shown."""
    name = study.treatment.name
    return f"Simulated people, no real patient: {name}" if study.simulated else upper_first(name)


def lower_first(text: str) -> str:
    """Return an answer's wording as it stands inside a sentence; abbreviations stay.

    Examples
    --------
    >>> lower_first("Nearly every day"), lower_first("GP")
    ('nearly every day', 'GP')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def day(text: str) -> str:
    """Return a date, or a date with its time, as ``21 Mar 2026``; anything else as it is.

    Examples
    --------
    >>> day("2026-03-21"), day("2026-03-21T09:14:00Z"), day("spring")
    ('21 Mar 2026', '21 Mar 2026 09:14 UTC', 'spring')
    """
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "Z"))
    except ValueError:
        return text
    date = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{date} {moment:%H:%M} UTC" if len(text) > len("2026-03-21") else date


def upper_first(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def when(study: Study, visit: str, language: str = "en") -> str:
    """Return when a visit was, such as ``before round one``."""
    say = load_catalogue(language)
    for name, turn in study.rounds.items():
        if turn.start == visit:
            return say.text("visit.start", {"round": humanize(name)})
        if turn.end == visit:
            return say.text("visit.end", {"round": humanize(name)})
    session = _SESSION.match(visit)
    if session:
        return say.text("visit.session", {"number": session.group(1)})
    return say.text("visit.other", {"name": humanize(visit)})


def visit_label(study: Study, visit: str) -> str:
    """Return a short label of a visit for an axis."""
    for name, turn in study.rounds.items():
        if turn.end == visit:
            return f"end of round {humanize(name)}"
        if turn.start == visit:
            return f"start of round {humanize(name)}"
    return humanize(visit)


def item_number(instrument: Instrument, key: str) -> str:
    """Return the number people know an item by: its key, or its place."""
    if key.isdigit():
        return key
    keys = [item.key for item in instrument.items]
    return str(keys.index(key) + 1) if key in keys else key


def answer_words(instrument: Instrument, key: str, value: float | None) -> str:
    """Return an answer as the questionnaire words it, or as a number where it has no words."""
    if value is None or value != value:
        return ""
    item = instrument.item(key)
    place = round(value) - item.low
    if 0 <= place < len(item.answers):
        return lower_first(str(item.answers[place]))
    return f"{number(value)} of {item.high}"


def column_words(study: Study, column: Column, value: Any) -> tuple[str, str, str]:
    """Return what a model's column asks, what this person's value says, and where it is from.

    The value's words are empty where there is no answer.
    """
    label = upper_first(column.label)
    if column.source not in study.instruments:
        return label, _person_words(column, value), "as recorded"
    instrument = study.instruments[column.source].instrument
    words = "" if value is None or value != value else _measured(instrument, column, float(value))
    if column.role == "item":
        return label, words, f"{instrument.title} item {item_number(instrument, column.item)}"
    return label, words, instrument.title


def _person_words(column: Column, value: Any) -> str:
    if value is None or value != value:
        return ""
    if column.kind == "choice":
        return humanize(str(value))
    if _yes_or_no(column) and float(value) in (0.0, 1.0):
        return "yes" if value else "no"
    return f"{number(float(value))} {column.unit}".strip()


def _yes_or_no(column: Column) -> bool:
    """Whether a number says yes or no: 0 or 1, and its label does not say what each means."""
    return (column.low, column.high, column.unit) == (0.0, 1.0, "") and "(1)" not in column.label


def _measured(instrument: Instrument, column: Column, value: float) -> str:
    if column.role == "item":
        return answer_words(instrument, column.item, value)
    if column.role == "band":
        bands = sorted(instrument.scale(column.item).bands, key=lambda band: band.low)
        return bands[int(value)].label if 0 <= value < len(bands) else ""
    if column.role == "course" and (column.low, column.high) == (0.0, 1.0):
        return "yes" if value else "no"
    if column.low == 0 and column.high is not None:
        return f"{number(value)} of {number(column.high)}"
    return number(value)


def scale_words(instrument: Instrument, scale: str) -> str:
    """Return a scale's name in words: ``total``, or its own title."""
    return "total" if scale == "total" else humanize(instrument.scale(scale).title or scale).lower()
