"""What the codes of a FHIR resource stand for: items, totals, and the number of each answer.

An answer's number is looked up by item *and* code: the same words have other codes by item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from predict.definitions.instruments import Instrument, Scale, instrument_ids, load_instrument
from predict.definitions.study import Reads

LOINC = re.compile(r"(?:^|[/|#])(\d{1,7}-\d)$")
# LOINC answer list LL358-3; GAD-7 item 68509-9 has a code of its own for "more than half the days".
_DAYS = {"LA6568-5": 0.0, "LA6569-3": 1.0, "LA6570-1": 2.0, "LA6571-9": 3.0}
_OWN = {"68509-9": {"LA6568-5": 0.0, "LA6569-3": 1.0, "LA18938-3": 2.0, "LA6571-9": 3.0}}
# Every answer code of days, whatever the item.
DAYS_NUMBERS = {**_DAYS, **_OWN["68509-9"]}
# Four answers of those words are meant by these items alone.
DAYS_ITEMS = ("phq9", "gad7")
# Synthea's module writes everybody's PHQ-9 under the code of the form for teenagers.
TEENS_TOTAL = "89204-2"
# The system of LOINC as it is written; a coding without one is taken as LOINC's.
LOINC_SYSTEM = "http://loinc.org"
_LOINC_SYSTEMS = (LOINC_SYSTEM, "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
# The system of a Questionnaire's option that names none: its code counts under any.
_ANY = "*"
_WEIGHTS = ("ordinalValue", "itemWeight", "iso21090-CO-value", "questionnaire-ordinalValue")


@dataclass(frozen=True)
class Total:
    """A questionnaire's total: its scale, and the columns of its items."""

    scale: Scale
    instrument: Instrument
    items: tuple[str, ...]


@dataclass
class Codes:
    """Columns by code, and numbers by column, system and answer code.

    Parameters
    ----------
    columns : dict of code -> column
        LOINC codes of items and totals.
    totals : dict of column -> Total
    numbers : dict of (column, system, answer code) -> number
        LOINC's own, and those that a Questionnaire states of its options; the system is empty for
        codes that name none.
    links : dict of linkId -> column
        What a Questionnaire says of its links.
    answers : mapping of column -> codes
        Codes whose number the study itself states.
    """

    columns: dict[str, str]
    totals: Mapping[str, Total]
    numbers: dict[tuple[str, str, str], float]
    links: dict[str, str] = field(default_factory=dict)
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def checking(self, columns: frozenset[str]) -> Iterator[str]:
        """Yield the totals that answers to these columns are held against."""
        for name, total in self.totals.items():
            if columns & set(total.items):
                yield name

    def is_coded(self, column: str) -> bool:
        """Whether a column is one that a code stands for, so that its answers have numbers."""
        return column in self.totals or column in self.coded

    @cached_property
    def coded(self) -> frozenset[str]:
        """Columns that a LOINC code stands for."""
        return frozenset(self.columns.values())

    @cached_property
    def codes_by_column(self) -> Mapping[str, frozenset[str]]:
        """LOINC codes that stand for each column."""
        found: dict[str, frozenset[str]] = {}
        for code, column in self.columns.items():
            found[column] = found.get(column, frozenset()) | {code}
        return found

    def is_declared(self, column: str, code: str) -> bool:
        """Whether the study says what a code means in a column."""
        return code.lower() in self.answers.get(column, ())

    def number(self, column: str, coding: Mapping[str, Any]) -> float | None:
        """Return the number of an answer's coding in its own system; None where none is stated."""
        code = str(coding.get("code", ""))
        stated = self.numbers.get((column, system_of(coding), code))
        return self.numbers.get((column, _ANY, code)) if stated is None else stated

    def column(self, link: str) -> str:
        """Return the column of a link or code: its item's or total's, else the text itself."""
        if link in self.links:
            return self.links[link]
        match = LOINC.search(link)
        name = self.columns.get(match[1], link) if match else link
        self.links[link] = name
        return name

    def learn(self, questionnaire: Mapping[str, Any]) -> None:
        """Take in the codes of a Questionnaire's items and the weights of their answers."""
        for item in items_of(questionnaire):
            link = str(item.get("linkId", ""))
            codes = [str(c.get("code", "")) for c in item.get("code", ()) if is_loinc(c)]
            name = next((self.columns[code] for code in codes if code in self.columns), "")
            name = name or self.column(link)
            self.links[link] = name
            for option in item.get("answerOption", ()):
                coding = option.get("valueCoding", {})
                number = weight((coding, option))
                if number is not None and coding.get("code"):
                    for system in {system_of(coding) or _ANY, ""}:
                        self.numbers.setdefault((name, system, str(coding["code"])), number)


def system_of(coding: Mapping[str, Any]) -> str:
    """Return the system of a coding, LOINC's always written alike; empty where it names none."""
    system = str(coding.get("system") or "").rstrip("/")
    return LOINC_SYSTEM if system in _LOINC_SYSTEMS else system


def is_loinc(coding: Mapping[str, Any]) -> bool:
    """Return whether a coding is LOINC's, or names no system."""
    return system_of(coding) in ("", LOINC_SYSTEM)


def items_of(parent: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a Questionnaire's items, those inside groups too."""
    for item in parent.get("item", ()):
        yield item
        yield from items_of(item)


def weight(parts: Iterable[Mapping[str, Any]]) -> float | None:
    """Return the number that extensions of a coding or its option give it; None without one."""
    for part in parts:
        for extension in part.get("extension", ()):
            if str(extension.get("url", "")).rpartition("/")[2] in _WEIGHTS:
                value = extension.get("valueDecimal", extension.get("valueInteger"))
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return float(value)
    return None


def codes_for(reads: Reads) -> Codes:
    """Return the codes of the questionnaires that ship, named as the study names its columns.

    Examples
    --------
    >>> codes = codes_for(Reads())
    >>> codes.column("/44250-9"), codes.column("H1/T1/Q1"), codes.columns["70274-6"]
    ('phq9_1', 'H1/T1/Q1', 'gad7_total')
    >>> code = {"system": "http://loinc.org", "code": "LA18938-3"}
    >>> codes.number("gad7_2", code), codes.number("gad7_1", code)
    (2.0, None)
    """
    names: dict[str, str] = {}
    totals: dict[str, Total] = {}
    columns = reads.columns
    for tool in _tools():
        for item in [item for item in tool.items if item.loinc]:
            _name(names, item.loinc, tool.column(item.key), columns)
        if tool.loinc_total:
            _name(names, tool.loinc_total, tool.total_column(), columns)
        scale = next((scale for scale in tool.scales if scale.name == "total"), None)
        if scale is not None:
            items = tuple(tool.column(key) for key in scale.items)
            totals[tool.total_column()] = Total(scale, tool, items)
    return Codes(names, totals, _numbers(names), answers=reads.answers)


def _name(names: dict[str, str], code: str, column: str, wanted: frozenset[str]) -> None:
    """The first questionnaire's column, unless the study names that of another one."""
    if code not in names or (column in wanted and names[code] not in wanted):
        names[code] = column


def why_unread(column: str) -> str:
    """Return the code to tell where a number stands under a code that seldom means a total."""
    if column == TEENS_TOTAL:
        return "TOTAL_OF_TEENS_FORM"
    return "TOTAL_UNDER_PANEL" if column in {tool.loinc_panel for tool in _tools()} else ""


@lru_cache(maxsize=1)
def _tools() -> tuple[Instrument, ...]:
    """The questionnaires that ship, those that others are parts of first."""
    tools = [load_instrument(name) for name in instrument_ids()]
    first = ("phq9", "gad7", "audit_c", "cesd")
    return tuple(sorted(tools, key=lambda tool: (tool.id not in first, tool.id)))


def _numbers(names: Mapping[str, str]) -> dict[tuple[str, str, str], float]:
    numbers: dict[tuple[str, str, str], float] = {}
    for tool in map(load_instrument, DAYS_ITEMS):
        for item in tool.items:
            for code, number in _OWN.get(item.loinc, _DAYS).items():
                for system in (LOINC_SYSTEM, ""):
                    numbers[names[item.loinc], system, code] = number
    return numbers
