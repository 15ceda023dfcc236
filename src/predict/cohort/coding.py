"""How answers are written in a table: counted by place, and held against what the study declares.

Whatever can be coded by itself is judged by itself: each instrument and scale, at each visit, at
each site. What is counted adds up over the parts of a table.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from predict.cohort.grammar import canonical_number, encode
from predict.definitions.instruments import Instrument, Item, other_forms
from predict.definitions.study import Coding, MeasureColumns, Study
from predict.errors import Problem

FEWEST_ANSWERS = 50
# Codes this far below the lowest and above the highest are counted, to name where a coding begins.
AROUND = 6
# So many of the next answer up would be met, did answers thin out as they did from the one below:
# nobody at all is no chance then, though one person gives several answers.
EXPECTED_ABOVE = 30
WHOLE = "*"  # all items of an instrument, beside each of its scales
# A stray code does not hide a coding: so many per code beyond the range may be typing errors.
STRAY = 0.01
# Of one visit or site, a single code beyond the range is more likely a typing error.
FEWEST_BEYOND = 2


@dataclass(frozen=True)
class Places:
    """Where each row of a reading belongs.

    Parameters
    ----------
    visit : str
        The visit of all rows, of a wide table's column; empty where `visits` says it row by row.
    visits : array of int or None
        Place of each row's visit in the study's order.
    sites : tuple of str
        Names of the sites; without any, ``("",)``.
    site : array of int or None
        Place of each row's site among them.
    """

    visit: str = ""
    visits: np.ndarray | None = None
    sites: tuple[str, ...] = ("",)
    site: np.ndarray | None = None

    def units(self, study: Study, rows: int) -> np.ndarray:
        """Return a number for each row's visit and site."""
        visit = study.visits.index(self.visit) if self.visit else 0
        visits = np.full(rows, visit) if self.visits is None else self.visits
        site = np.zeros(rows, dtype=np.int64) if self.site is None else self.site
        return np.asarray(visits * len(self.sites) + site)

    def named(self, study: Study, unit: int) -> tuple[str, str]:
        """Return the visit and site of such a number."""
        visit, site = divmod(unit, len(self.sites))
        return study.visits[visit], self.sites[site]


def site_places(column: pa.ChunkedArray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of sites and the place of each row's, a blank one being ``""``.

    >>> site_places(pa.chunked_array([[" b ", "a", None]]))
    (('', 'a', 'b'), array([2, 1, 0]))
    """
    distinct, codes = encode(column)
    stripped = [canonical_number(text.strip()) for text in distinct.to_pylist()]
    names = {name: place for place, name in enumerate(sorted({"", *stripped}))}
    places = np.array([*(names[name] for name in stripped), 0], dtype=np.int64)
    return tuple(names), places[codes]


def coded_alike(
    measure: MeasureColumns, study: Study, places: Places, rows: int
) -> list[tuple[np.ndarray | None, Coding]]:
    """Return the rows that share a coding, each set with it; None where all rows do."""
    if not measure.codings:
        return [(None, measure.coding())]
    units = places.units(study, rows)
    alike: dict[int, list[int]] = {}
    codings: list[Coding] = []
    for unit in np.unique(units).tolist():
        coding = measure.coding(*places.named(study, unit))
        if coding not in codings:
            codings.append(coding)
        alike.setdefault(codings.index(coding), []).append(unit)
    if len(codings) == 1:
        return [(None, codings[0])]
    return [(np.isin(units, members), codings[number]) for number, members in alike.items()]


@dataclass
class CodeCounts:
    """How often each code stands at each place; fills up while a table is read."""

    study: Study
    sites: tuple[str, ...] = ("",)
    _counts: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def count(self, measure: MeasureColumns, item: Item, offsets: np.ndarray, at: Places) -> None:
        """Count the codes of an item, as offsets from its lowest declared code."""
        width = item.high - item.low + 1 + 2 * AROUND
        units = len(self.study.visits) * len(self.sites)
        key = (measure.instrument.id, item.key)
        shifted = offsets + AROUND
        there = (shifted >= 0) & (shifted < width) & (shifted == np.floor(shifted))
        if not there.any():
            return
        rows = at.units(self.study, len(offsets))[there] * width + shifted[there].astype(np.int64)
        counts = np.bincount(rows, minlength=units * width)
        self._counts[key] = self._counts.get(key, 0) + counts

    def facts(self) -> dict[str, int]:
        """Return counts by name; sites by a digest, so that a log holds no cell of the table."""
        counted: dict[str, int] = {}
        for (name, low, high), counts in self._by_range().items():
            places = [self._place(unit) for unit in range(len(counts))]
            for unit, offset in np.argwhere(counts).tolist():
                key = f"code{offset - AROUND}:{name}[{low}:{high}]@{places[unit]}"
                counted[key] = int(counts[unit, offset])
        return counted

    def _by_range(self) -> dict[tuple[str, int, int], np.ndarray]:
        """Counts of each scale's items of one range, shape (places, codes)."""
        tables: dict[tuple[str, int, int], np.ndarray] = {}
        for (name, key), counts in self._counts.items():
            instrument = self.study.instruments[name].instrument
            item = instrument.item(key)
            table = counts.reshape(-1, item.high - item.low + 1 + 2 * AROUND)
            for scale in _scales_of(instrument, key):
                place = (f"{name}.{scale}", item.low, item.high)
                tables[place] = tables.get(place, 0) + table
        return tables

    def _place(self, unit: int) -> str:
        visit, site = divmod(unit, len(self.sites))
        return f"{self.study.visits[visit]}|{site_digest(self.sites[site])}"

    def names(self) -> dict[str, str]:
        """Return the name of each site by its digest."""
        return {site_digest(site): site for site in self.sites}


def site_digest(site: str) -> str:
    """Return what stands for a site in counts."""
    return hashlib.sha256(site.encode()).hexdigest()[:10] if site else ""


def _scales_of(instrument: Instrument, key: str) -> list[str]:
    """The scales an item is judged with: all items, and its own where there are several."""
    own = [scale.name for scale in instrument.scales if key in scale.items]
    return [WHOLE, *(own if len(instrument.scales) > 1 else [])]


@dataclass
class _Codes:
    """Counts of codes at one place, as offsets from the lowest declared one."""

    by_code: Counter[int] = field(default_factory=Counter)
    below: int = 0
    lowest: int = 0
    highest: int = 0
    above: int = 0

    def add(self, offset: int, span: int, count: int) -> None:
        self.by_code[offset] += count
        self.below += count * (offset < 0)
        self.lowest += count * (offset == 0)
        self.highest += count * (offset == span)
        self.above += count * (offset > span)

    @property
    def answers(self) -> int:
        return sum(self.by_code.values())

    def begins(self, span: int) -> int:
        """The offset from which the codes seem to run: below the highest by the scale's width."""
        enough = max(1, self.answers // 50)
        common = [code for code, count in self.by_code.items() if count >= enough]
        first, last = min(common, default=0), max(common, default=0)
        return last - span if last - span <= first and last > span else first

    def shifted(self, part: bool) -> bool:
        """Whether the declared coding cannot be: codes beyond one end, nobody at the other."""
        least = FEWEST_BEYOND if part else 1
        up = self.above >= least and self.lowest <= STRAY * self.above
        down = self.below >= least and self.highest <= STRAY * self.below
        return self.answers >= FEWEST_ANSWERS and (up or down)

    def gapped(self, span: int) -> bool:
        """Whether as many codes as there are answers occur, and one between them does not.

        A shift would give the answers beyond the gap another number than they have. Codes further
        away, such as 9, are rather those of no answer.
        """
        enough = max(1, self.answers // 50)
        common = [code for code, count in self.by_code.items() if count >= enough]
        apart = len(common) == span + 1 and max(common) - min(common) == span + 1
        return self.answers >= FEWEST_ANSWERS and apart

    def bottomless(self) -> bool:
        """Whether nobody gave the lowest answer, though nothing lies beyond the range."""
        return self.answers >= FEWEST_ANSWERS and not (self.lowest or self.above or self.below)

    def doubted(self, span: int, part: bool) -> bool:
        """Whether anything at all speaks against the declared coding."""
        ends = self.bottomless() or self.topless(span)
        return self.gapped(span) or self.shifted(part) or ends

    def topless(self, span: int) -> bool:
        """Whether nobody gave the highest answers, though many gave the highest that was given.

        Where answers are rarer the higher they are, each is a share of the one below: as many as
        that share tells were to be met at the next.
        """
        seen = sorted(code for code, count in self.by_code.items() if count)
        if self.answers < FEWEST_ANSWERS or self.highest or self.above or len(seen) < 2:
            return False
        last, before = self.by_code[seen[-1]], self.by_code[seen[-2]]
        return seen[-1] < span and last * min(1.0, last / before) >= EXPECTED_ABOVE


Units = dict[tuple[str, str], _Codes]  # (visit, site) -> its codes


def coding_problems(
    study: Study, facts: Mapping[str, int], sites: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Yield where a table is coded otherwise than declared, and where it may be.

    Parameters
    ----------
    study : Study
    facts : mapping of str to int
        `CodeCounts.facts` of a table, or the sum of those of its parts.
    sites : mapping, optional
        Name of each site by its digest, where it is known.

    Yields
    ------
    Problem
        A file's problem where codes lie beyond one end of the range and nobody at the other; a
        warning where nobody gave the lowest answer among 50 or more, or the highest ones though
        many were to be expected.
    """
    named, stated = sites or {}, set[tuple[str, str, str]]()
    # An instrument as a whole comes before its scales, a whole table before its visits and sites:
    # what is told of the whole is not told of its parts again.
    for (name, scale), units in sorted(_by_scale(facts).items()):
        for visit, site, codes in _coarse_first(units):
            covered = any(n == name and v in ("", visit) and s in ("", site) for n, v, s in stated)
            if covered or not codes.doubted(_span(study.instruments[name]), bool(visit or site)):
                continue
            stated.add((name, visit, site))
            place = _Place(study.instruments[name], scale, visit, named.get(site, site), bool(site))
            yield place.problem(codes)


def _coarse_first(units: Units) -> Iterator[tuple[str, str, _Codes]]:
    """The codes of everybody, then by visit, by site, and by both."""
    visits = sorted({visit for visit, _ in units})
    sites = sorted({site for _, site in units})
    levels: list[list[tuple[str, str]]] = [[("", "")], [(v, "") for v in visits]]
    if len(sites) > 1:
        levels += [[("", s) for s in sites if s], [(v, s) for v in visits for s in sites if s]]
    for level in levels:
        for visit, site in level:
            parts = [c for (v, s), c in units.items() if visit in ("", v) and site in ("", s)]
            yield visit, site, _joined(parts)


def _joined(parts: Sequence[_Codes]) -> _Codes:
    total = _Codes()
    for part in parts:
        total.by_code.update(part.by_code)
        total.below, total.lowest = total.below + part.below, total.lowest + part.lowest
        total.highest, total.above = total.highest + part.highest, total.above + part.above
    return total


def _by_scale(facts: Mapping[str, int]) -> dict[tuple[str, str], Units]:
    """Counts by instrument and scale, then by visit and site."""
    scales: dict[tuple[str, str], Units] = {}
    for key, count in facts.items():
        if not key.startswith("code"):
            continue
        code, _, rest = key.removeprefix("code").partition(":")
        measured, _, place = rest.partition("@")
        name, _, span = measured.partition("[")
        instrument, _, scale = name.rpartition(".")
        low, high = span.rstrip("]").split(":")
        visit, _, site = place.partition("|")
        unit = scales.setdefault((instrument, scale), {}).setdefault((visit, site), _Codes())
        unit.add(int(code), int(high) - int(low), count)
    return scales


def _span(measure: MeasureColumns) -> int:
    low, high = measure.instrument.answer_range
    return high - low


@dataclass(frozen=True)
class _Place:
    """A place whose coding is in doubt, and how it would be declared."""

    measure: MeasureColumns
    scale: str
    visit: str
    site: str
    by_site: bool

    def problem(self, codes: _Codes) -> Problem:
        name, span = self.measure.instrument.id, _span(self.measure)
        low = self.measure.coding(self.visit, self.site).low
        if codes.gapped(span):
            return Problem("CODES_NOT_CONSECUTIVE", _gapped(self), column=name)
        if codes.shifted(bool(self.visit or self.by_site)):
            return Problem("CODING_SHIFT", _shifted(self, codes, low, span), column=name)
        if codes.bottomless():
            message = _bottomless(self, codes, low)
            return Problem("CODING_LOWEST", message, column=name, level="warning")
        message = _topless(self, codes, low, span)
        return Problem("CODING_HIGHEST", message, column=name, level="warning")

    @property
    def words(self) -> str:
        """The instrument, with scale, visit and site as far as they are judged apart."""
        scale = "" if self.scale == WHOLE else f" {self.scale}"
        visit = f" at '{self.visit}'" if self.visit else ""
        site = f" of site '{self.site}'" if self.by_site else ""
        return f"{self.measure.instrument.id}{scale} items{visit}{site}"

    def remedy(self, low: int) -> str:
        """What to write in the study."""
        name = self.measure.instrument.id
        stated = f"coding_low = {{ {self.visit} = {low} }}" if self.visit else f"coding_low = {low}"
        where = f'[instruments.{name}.sites."{self.site}"]' if self.by_site else ""
        if self.scale != WHOLE:
            return "write this scale's answers as the others are written"
        return f"write {stated} under {where or f'[instruments.{name}]'}"


def _shifted(place: _Place, codes: _Codes, low: int, span: int) -> str:
    seen = low + codes.begins(span)
    message = f"{place.words} are declared as {low} to {low + span}, but look coded from {seen}."
    return f"{message} If so, {place.remedy(seen)}; if not, correct the table."


def _gapped(place: _Place) -> str:
    name = place.measure.instrument.id
    message = f"{place.words} hold codes that do not follow on one another, so that no shift tells"
    message = f"{message} what they mean; state the number of each, answers = {{ ... }} under"
    return f"{message} [instruments.{name}]."


def _bottomless(place: _Place, codes: _Codes, low: int) -> str:
    first, last = (low + end(codes.by_code) for end in (min, max))
    message = f"{place.words}: nobody gave the lowest answer ({low}) among {codes.answers} answers;"
    message = f"{message} codes {first} to {last} were seen. If they are coded from {low + 1},"
    return f"{message} {place.remedy(low + 1)}."


def _topless(place: _Place, codes: _Codes, low: int, span: int) -> str:
    tool, last = place.measure.instrument, low + max(codes.by_code)
    first = low + min(codes.by_code)
    message = f"{place.words}: nobody gave an answer above {last} among {codes.answers} answers,"
    message = f"{message} where {low} to {low + span} can be given. See whether codes are mapped to"
    message = (
        f"{message} the right answers (answers, coding_low) and the scale is written the right"
    )
    message = f"{message} way round. If the form has fewer answers, it is another instrument:"
    fitting = [form.id for form in other_forms(tool) if _holds(form, tool, first - low, last - low)]
    return f"{message} {f'name {fitting[0]}' if fitting else 'define it'}, or every score is wrong."


def _holds(form: Instrument, tool: Instrument, first: int, last: int) -> bool:
    """Whether another form with fewer answers has those that were given to this one."""
    (low, high), (own, top) = form.answer_range, tool.answer_range
    return low <= own + first and own + last <= high < top
