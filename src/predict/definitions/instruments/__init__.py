"""Questionnaires: their items, scales, bands and scoring rules, each read from one TOML file.

An instrument is data, not code: to add one, write ``data/instruments/NAME.toml``. Everything a file
states is checked when it is read (`predict.definitions.instruments.reading`), LOINC codes among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from predict.definitions.instruments.instrument import Band, Instrument, Item, Scale
from predict.definitions.instruments.loinc import check_digit, loinc_problem
from predict.definitions.instruments.reading import instrument_from, read_instrument
from predict.errors import StudyError, unknown_name

__all__ = [
    "Band",
    "Instrument",
    "Item",
    "Scale",
    "check_digit",
    "define_instrument",
    "instrument_ids",
    "instrument_of",
    "load_instrument",
    "loinc_problem",
    "other_forms",
]


@lru_cache(maxsize=1)
def instrument_ids() -> tuple[str, ...]:
    """Return the ids of all instruments that ship, sorted."""
    folder = files("predict") / "data" / "instruments"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def instrument_of(name: str, own: Mapping[str, Instrument] | None = None) -> Instrument:
    """Return an instrument by its name: a study's own, else a shipped one.

    Raises
    ------
    StudyError
        As `load_instrument`.
    """
    return own[name] if own and name in own else load_instrument(name)


def define_instrument(name: str, stated: Mapping[str, Any]) -> Instrument:
    """Return a clinic's own instrument from what a study states of it; its id is its name there.

    Raises
    ------
    StudyError
        With every fault of what is stated; it is checked as the shipped ones are.

    Examples
    --------
    >>> define_instrument("calm", {
    ...     "title": "Calm scale", "low": 0, "high": 4,
    ...     "items": [{"key": "1", "label": "At ease", "domain": "mood"},
    ...               {"key": "2", "label": "Rested", "domain": "sleep"}],
    ...     "scales": [{"name": "total", "title": "Calm total", "low": 0, "high": 8}],
    ... })
    Instrument(calm: 2 items, scales total)
    """
    return instrument_from({"licence": "Stated by the study.", **stated, "id": name})


@lru_cache(maxsize=64)
def load_instrument(name: str) -> Instrument:
    """Return a shipped instrument.

    Raises
    ------
    StudyError
        When no instrument has this id; the message names the nearest one.

    Examples
    --------
    >>> load_instrument("gad7").scale().high
    21.0
    """
    if name not in instrument_ids():
        raise StudyError(unknown_name("instrument", name, instrument_ids()), code="NO_INSTRUMENT")
    return read_instrument(files("predict") / "data" / "instruments" / f"{name}.toml")


def other_forms(tool: Instrument) -> tuple[Instrument, ...]:
    """Return the shipped instruments that ask the same items with other answers.

    Examples
    --------
    >>> other_forms(load_instrument("mhi5"))
    (Instrument(mhi5_four: 5 items, scales total),)
    """
    shipped = map(load_instrument, instrument_ids())
    return tuple(
        other
        for other in shipped
        if _asked(other) == _asked(tool) and other.answer_range != tool.answer_range
    )


def _asked(tool: Instrument) -> dict[str, str]:
    """The questions; keys alone are numbers, which many instruments share."""
    return {item.key: item.label for item in tool.items}
