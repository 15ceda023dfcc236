"""What a study states: where each answer stands in its table, and when it was known."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import product
from typing import Any, Literal

from predict.definitions.instruments import Instrument
from predict.errors import StudyError, unknown_name

RoundName = Literal["one", "two"]


@dataclass(frozen=True)
class Coding:
    """How answers are written: the number of the lowest, and words with the number each means.

    ``own_words`` says that the instrument's own words are read too.
    """

    low: int
    words: Mapping[str, float] = field(default_factory=dict)
    own_words: bool = False


# Tables of a study that hold a format's own words.
FORMAT_TABLES = ("redcap", "qualtrics", "limesurvey", "cdisc")
# `id = "row"`: each row is a person, known by its number.
ROW = "row"


@dataclass(frozen=True)
class Gate:
    """A form's gate: the rest is asked only where these items add up to so much."""

    items: tuple[str, ...]
    at_least: float


@dataclass(frozen=True)
class MeasureColumns:
    """Where one instrument's answers stand in the table.

    Parameters
    ----------
    instrument : Instrument
    items : mapping of visit -> item key -> column
        In the long layout every visit names the same columns.
    totals : mapping of visit -> scale name -> column
    coding_low : int
        Number written for the lowest answer; 1 where a table holds 1-4 for 0-3. Declared, never
        guessed: a table that contradicts it is refused.
    words : mapping of str -> float
        Answers written as words, in lower case, with the number each means.
    person_totals : mapping of visit -> column
        Long layout: totals that stand on every row of the person, such as a baseline column.
    total_alone : tuple of str
        Visits at which a total without items is taken though others have items.
    gate : Gate or None
        Items behind a closed gate were not asked, and count at their lowest answer.
    own_words : bool
        Whether answers may be written in the instrument's own words.
    item_words : mapping of item key -> words
        What is written otherwise for one item, as in ``words``.
    round : str
        ``half_up`` where prorated totals are to be rounded to whole scores.
    codings : mapping of (visit, site) -> keys of `Coding`
        What is written otherwise at a visit (``""``: any) and a site (``""``: any).
    """

    instrument: Instrument
    items: Mapping[str, Mapping[str, str]]
    totals: Mapping[str, Mapping[str, str]]
    coding_low: int = 0
    words: Mapping[str, float] = field(default_factory=dict)
    person_totals: Mapping[str, str] = field(default_factory=dict)
    own_words: bool = False
    item_words: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    round: Literal["", "half_up"] = ""
    codings: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    total_alone: tuple[str, ...] = ()
    gate: Gate | None = None

    def coding(self, visit: str = "", site: str = "") -> Coding:
        """Return how answers are written at a visit of a site.

        What is stated for both holds before what is stated for the site, that before the visit's.
        """
        stated: dict[str, Any] = {
            "low": self.coding_low,
            "words": self.words,
            "own_words": self.own_words,
        }
        for place in (("", ""), (visit, ""), ("", site), (visit, site)):
            stated |= self.codings.get(place, {})
        return Coding(**stated)

    def shift(self, coding: Coding) -> float:
        """How far a coding lies above the instrument's own."""
        return float(coding.low - self.instrument.answer_range[0])

    def meanings(self, key: str) -> dict[str, frozenset[float]]:
        """Return what words mean of an item, in the table's numbers, by any coding of a place."""
        item = self.instrument.item(key)
        found: dict[str, frozenset[float]] = {}
        visits, sites = ({"", *names} for names in zip(("", ""), *self.codings, strict=True))
        for visit, site in product(visits, sites):
            coding = self.coding(visit, site)
            own = {
                " ".join(label.lower().split()): item.low + n + self.shift(coding)
                for n, label in enumerate(item.answers)
            }
            for word, number in {**own, **coding.words, **self.item_words.get(key, {})}.items():
                found[word] = found.get(word, frozenset()) | {float(number)}
        return found

    @property
    def by_site(self) -> bool:
        """Whether some site writes answers otherwise."""
        return any(site for _, site in self.codings)

    @property
    def visits(self) -> tuple[str, ...]:
        """Visits at which anything of this instrument is asked."""
        return tuple(dict.fromkeys([*self.items, *self.totals, *self.person_totals]))


@dataclass(frozen=True)
class PersonColumn:
    """One fact of a person: its kind, unit, range or values, and the visit it is known at.

    ``born`` names the column of birth dates that an age must agree with, in ``born_format`` or that
    of the visits' dates; it is read for that alone. ``codes`` of a number say what a text means.
    """

    name: str
    column: str
    kind: Literal["number", "choice"]
    label: str
    unit: str = ""
    range: tuple[float, float] | None = None
    values: tuple[str, ...] = ()
    known_at: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    missing_codes: tuple[str, ...] = ()
    table: Literal["main", "people"] = "main"
    born: str = ""
    born_format: str = ""


@dataclass(frozen=True)
class Round:
    """A course of treatment from its start visit to its end visit.

    ``own_start`` is false where the study names no start, so that round one's end stands in.
    """

    name: str
    start: str
    end: str
    taken: str | None = None
    own_start: bool = True


@dataclass(frozen=True)
class Treatment:
    """What the people were given, and whether the data hold a comparison arm.

    ``comparison`` and ``round_two`` are None where the study does not declare them; labels then
    take round two to have been chosen, and pages say neither.
    """

    name: str = "the treatment"
    comparison: bool | None = None
    arm: str | None = None
    round_two: Literal["chosen", "scheduled"] | None = None
    approval_note: str = ""

    @property
    def named(self) -> bool:
        """Whether the study says what the people were given, or at least beside whom.

        Examples
        --------
        >>> Treatment().named, Treatment(name="the web exercises").named
        (False, True)
        """
        return self.name != Treatment.name or self.comparison is not None

    @property
    def groups(self) -> Literal["comparison", "no_comparison", "undeclared"]:
        """Whether the study declares a comparison group, declares that there is none, or neither.

        Examples
        --------
        >>> Treatment().groups, Treatment(comparison=False).groups
        ('undeclared', 'no_comparison')
        """
        if self.comparison is None:
            return "undeclared"
        return "comparison" if self.comparison else "no_comparison"


@dataclass(frozen=True)
class Reads:
    """What of a study a format needs to lay out records as rows.

    Parameters
    ----------
    visit : str
        The column that says which visit a row belongs to.
    visits : mapping of str to str
        What may stand in it, as the study names it, and the visit it means; empty for ignored ones.
    date : str
        The column of dates.
    facts : tuple of str
        Columns that hold one value a person.
    columns : frozenset of str
        Every column the study names; empty where there is no study yet.
    answers : mapping of column -> words
        Words and codes whose number the study states, in lower case.
    meanings : mapping of column -> word -> numbers
        What the instrument's own words and the study's mean of an item, by any of its codings.
    words : mapping of format -> mapping
        The study's tables of a format's own words, such as ``[redcap]``.
    """

    visit: str = ""
    visits: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    facts: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, frozenset[float]]] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """How a file is written, where its bytes cannot tell: stated by the study, never guessed.

    ``format`` is a key of `predict list formats` where the bytes are not to tell it; ``sheet`` a
    sheet of a workbook or a table of a database; ``header_rows`` how many lines name the columns;
    ``declared_missing`` whether codes that a file declares missing are so, or ``answers``.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    format: str = ""
    sheet: str = ""
    header_rows: int = 1
    reads: Reads = field(default_factory=Reads)
    declared_missing: str = "missing"


@dataclass(frozen=True)
class Dates:
    """When answers were given: a date column or a count of days, and the window of each visit.

    Parameters
    ----------
    column : str
        Long layout: the column of dates; wide layout: a pattern with ``{visit}``.
    days : str
        As ``column``, but whole or decimal days since the start of treatment.
    format : str
        ``iso`` (2024-01-31) or a strptime pattern; never guessed.
    windows : mapping of visit -> (first day, last day)
        Days since the person's first visit; an answer outside its window is not used.
    targets : mapping of visit -> day
        Days since the person's first visit on which a visit is due.
    visit_names : mapping of visit -> word
        Wide layout: what stands for ``{visit}`` in the columns' names, where it is not the visit.
    """

    column: str = ""
    days: str = ""
    format: str = "iso"
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    visit_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """The column of dates, or of days, as the study names it; empty without dates."""
        return self.column or self.days

    def column_at(self, visit: str) -> str:
        """Return the column of dates, or of days, at a visit."""
        return self.pattern.replace("{visit}", self.visit_names.get(visit, visit))

    def target(self, visit: str) -> float | None:
        """Return the day on which a visit is due: as stated, or the middle of its window."""
        if visit in self.targets or visit not in self.windows:
            return self.targets.get(visit)
        return sum(self.windows[visit]) / 2


@dataclass(frozen=True)
class Study:
    """A study file, checked: every column with its meaning and the visit at which it is known.

    Examples
    --------
    >>> from predict.definitions.study import read_study
    >>> study = read_study({
    ...     "id": "person", "layout": "wide", "visits": ["baseline", "round_one_end"],
    ...     "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    ...     "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    ... })
    >>> study
    Study(wide, 2 visits, phq9, 0 people columns)
    >>> study.instruments["phq9"].items["baseline"]["9"]
    'phq9_9_baseline'
    >>> study.by("baseline")
    ('baseline',)
    """

    id: str
    layout: Literal["wide", "long"]
    visits: tuple[str, ...]
    rounds: Mapping[str, Round]
    instruments: Mapping[str, MeasureColumns]
    people: Mapping[str, PersonColumn]
    visit: str = ""
    visit_values: Mapping[str, str] = field(default_factory=dict)
    ignored_visits: tuple[str, ...] = ()
    derived: str = ""
    missing_codes: tuple[str, ...] = ()
    cluster: str | None = None
    site: str | None = None
    time: str | None = None
    dates: Dates = field(default_factory=Dates)
    people_table: str = ""
    people_id: str = ""
    duplicates: Literal["refuse", "first", "last", "nearest"] = "refuse"
    dialect: Dialect = field(default_factory=Dialect)
    programme: str | None = None
    treatment: Treatment = field(default_factory=Treatment)
    attribution: str = ""
    simulated: bool = False
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        measures = ", ".join(self.instruments)
        return (
            f"Study({self.layout}, {len(self.visits)} visits, {measures},"
            f" {len(self.people)} people columns)"
        )

    def _repr_html_(self) -> str:
        lines = [f"Visits: {', '.join(self.visits)}", f"Treatment: {self.treatment.name}"]
        return "<p>" + "<br>".join(escape(line) for line in [repr(self), *lines]) + "</p>"

    @property
    def own_instruments(self) -> dict[str, Instrument]:
        """Instruments that the study defines itself, by name."""
        stated = self.spec.get("instruments", {})
        return {
            name: measure.instrument
            for name, measure in self.instruments.items()
            if "define" in stated.get(name, {})
        }

    @property
    def reads(self) -> Reads:
        """What of this study a format needs to lay out records as rows."""
        named = {visit: visit for visit in self.visits} | dict(self.visit_values)
        facts = [person.column for person in self.people.values() if person.table == "main"]
        design = (self.cluster, self.site, self.time, *(r.taken for r in self.rounds.values()))
        return Reads(
            visit=self.visit,
            visits=named | dict.fromkeys(self.ignored_visits, ""),
            date=self.dates.pattern,
            facts=(*facts, *(column for column in design if column)),
            answers=dict(self._answer_words()),
            meanings=dict(self._meanings()),
            words={name: self.spec[name] for name in FORMAT_TABLES if name in self.spec},
        )

    def _answer_words(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Each item's column with the words that stand for its answers."""
        for measure in self.instruments.values():
            stated = {
                *measure.words,
                *(w for c in measure.codings.values() for w in c.get("words", ())),
            }
            for columns in measure.items.values():
                for key, column in columns.items():
                    yield column, frozenset({*stated, *measure.item_words.get(key, ())})

    def _meanings(self) -> Iterator[tuple[str, dict[str, frozenset[float]]]]:
        """Each item's column with the numbers of its words, in the coding of the table."""
        for measure in self.instruments.values():
            for columns in measure.items.values():
                for key, column in columns.items():
                    yield column, measure.meanings(key)

    def order(self, visit: str) -> int:
        """Return the place of a visit, counted from 0.

        Raises
        ------
        StudyError
            When the study has no such visit.
        """
        if visit not in self.visits:
            raise StudyError(unknown_name("visit", visit, self.visits), code="VISIT_UNKNOWN")
        return self.visits.index(visit)

    def by(self, visit: str) -> tuple[str, ...]:
        """Return the visits at or before this one."""
        return self.visits[: self.order(visit) + 1]

    def round(self, name: str) -> Round:
        """Return a round by its name.

        Raises
        ------
        StudyError
            When the study has no such round.
        """
        if name not in self.rounds:
            names = ", ".join(self.rounds)
            raise StudyError(
                f"The study has no round '{name}'; it has {names}. Add [rounds.{name}] to it.",
                code="ROUND_UNKNOWN",
            )
        return self.rounds[name]

    def measure(self, instrument: str) -> MeasureColumns:
        """Return the columns of an instrument.

        Raises
        ------
        StudyError
            When the study does not hold this instrument.
        """
        if instrument not in self.instruments:
            names = ", ".join(self.instruments) or "none"
            raise StudyError(
                f"The study holds no instrument '{instrument}'; it holds {names}."
                f" Add [instruments.{instrument}] to the study, or choose another outcome.",
                code="INSTRUMENT_NOT_IN_STUDY",
            )
        return self.instruments[instrument]

    def to_dict(self) -> dict[str, Any]:
        """Return the study as plain values that TOML and JSON can hold."""
        return copy.deepcopy(dict(self.spec))
