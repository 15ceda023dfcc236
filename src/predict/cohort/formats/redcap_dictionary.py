"""REDCap's data dictionary: what each field asks, its choices, its range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from predict.cohort.formats.delimited import fields_of
from predict.cohort.formats.hints import Hints
from predict.cohort.source import refuse

# Heads of the columns, as REDCap writes them for people and for its API.
_FIELD = ("Variable / Field Name", "field_name")
_TYPE = ("Field Type", "field_type")
_LABEL = ("Field Label", "field_label")
_CHOICES = ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations")
_LOWEST = ("Text Validation Min", "text_validation_min")
_HIGHEST = ("Text Validation Max", "text_validation_max")
_TAGS = re.compile(r"<[^>]*>")
_CHOOSES = ("radio", "dropdown", "checkbox")


def read_dictionary(path: Path) -> Hints:
    """Return what a data dictionary (CSV) says of a project's fields.

    Raises
    ------
    TableError
        When the file cannot be read, or is no data dictionary.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = "The data dictionary cannot be read; export it from REDCap again, as CSV."
        raise refuse("DICTIONARY_UNREADABLE", message) from error
    head, *lines = [*fields_of(text, ",")] or [[]]
    rows = [dict(zip(head, line, strict=False)) for line in lines if line]
    if not rows or not _cell(rows[0], _FIELD) or not any(_cell(row, _TYPE) for row in rows):
        message = "The file is no data dictionary of REDCap: it has no columns of fields and types."
        raise refuse("DICTIONARY_UNREADABLE", message)
    return Hints(
        labels=dict(_labels(rows)),
        choices=dict(_all_choices(rows)),
        ranges=dict(_ranges(rows)),
    )


def _cell(row: Mapping[str, str], heads: tuple[str, ...]) -> str:
    return next((row[head] or "" for head in heads if head in row), "").strip()


def _labels(rows: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        label = " ".join(_TAGS.sub(" ", _cell(row, _LABEL)).split())
        if label:
            yield _cell(row, _FIELD), label


def _all_choices(rows: list[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Choices of each field; a box of its own for each of a checkbox'."""
    for row in rows:
        kind, name = _cell(row, _TYPE), _cell(row, _FIELD)
        if kind in ("yesno", "truefalse"):
            yield name, {"1": "yes", "0": "no"}
        elif kind in _CHOOSES:
            stated = choices_of(_cell(row, _CHOICES))
            if kind != "checkbox":
                yield name, stated
            for code in stated if kind == "checkbox" else ():
                yield f"{name}___{code.lower().replace('-', '_')}", {"0": "no", "1": "yes"}


def choices_of(text: str) -> dict[str, str]:
    """Return codes and words of a dictionary's choices; the first comma splits.

    Examples
    --------
    >>> choices_of("0, Not at all | 1, Several days, or so | -99, Refused | a, Other")
    {'0': 'Not at all', '1': 'Several days, or so', '-99': 'Refused', 'a': 'Other'}
    """
    pairs = (part.partition(",") for part in text.split("|"))
    return {code.strip(): words.strip() for code, comma, words in pairs if comma and code.strip()}


def _ranges(rows: list[dict[str, str]]) -> Iterator[tuple[str, tuple[float, float]]]:
    for row in rows:
        try:
            ends = float(_cell(row, _LOWEST)), float(_cell(row, _HIGHEST))
        except ValueError:
            continue
        yield _cell(row, _FIELD), ends
