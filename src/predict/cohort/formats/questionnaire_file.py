"""A FHIR Questionnaire: what each linkId asks, its code, and what its answers weigh."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from predict.cohort.formats.fhir_codes import is_loinc, items_of, weight
from predict.cohort.formats.hints import Hints
from predict.cohort.source import refuse


def read_questionnaire(path: Path) -> Mapping[str, Any]:
    """Return a Questionnaire from its JSON file.

    Raises
    ------
    TableError
        When the file is not there or holds no Questionnaire.
    """
    try:
        resource = json.loads(path.read_bytes())
        if resource["resourceType"] != "Questionnaire":
            raise ValueError("another resource")
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        message = "The Questionnaire cannot be read; name a JSON file that holds one."
        raise refuse("QUESTIONNAIRE_UNREADABLE", message) from error
    return dict(resource)


def questionnaire_hints(questionnaire: Mapping[str, Any]) -> Hints:
    """Return what a Questionnaire says of its linkIds, which are a table's columns."""
    items = {str(item.get("linkId", "")): item for item in items_of(questionnaire)}
    return Hints(
        labels={link: str(item["text"]) for link, item in items.items() if item.get("text")},
        loinc={link: code for link, item in items.items() if (code := _loinc(item))},
        choices={link: dict(_words(item)) for link, item in items.items()},
        weights={
            link: numbers for link, item in items.items() if (numbers := dict(_weights(item)))
        },
    )


def _loinc(item: Mapping[str, Any]) -> str:
    codes = (c for c in item.get("code", ()) if is_loinc(c))
    return next((str(c.get("code", "")) for c in codes), "")


def _words(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for option in item.get("answerOption", ()):
        coding = option.get("valueCoding", {})
        if coding.get("code"):
            yield str(coding["code"]), str(coding.get("display", ""))


def _weights(item: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for option in item.get("answerOption", ()):
        coding = option.get("valueCoding", {})
        number = weight((coding, option))
        if number is not None and coding.get("code"):
            yield str(coding["code"]), number
