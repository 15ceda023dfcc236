"""CDISC tables of one answer a row: SDTM QS, and ADaM in its basic structure.

Rows of ADaM with a DTYPE (LOCF, AVERAGE, WOCF) are derived: no measurement, whatever the analysis
flag says. In QS the number stands in QSSTRESN; "NA" may be 96 there while QSSTAT is blank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile, SourceFormat
from predict.cohort.formats.cdisc_words import held_against, spread
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.merging import blank_as_null
from predict.cohort.formats.pivoting import pivot
from predict.cohort.formats.regrouping import Gathering
from predict.cohort.formats.text_rows import ROWS, with_faults
from predict.cohort.formats.translated import Tally, Translated
from predict.cohort.source import FAULTS, Source, refuse
from predict.definitions.study import Reads

NOT_DONE = ("NA", "N/A", "ND", "NOT DONE", "NOT APPLICABLE", "UNKNOWN")
# Columns of a subject that are worth a look where no study says which.
_SUBJECT = ("AGE", "SEX", "RACE", "SITEID", "TRT01P", "TRT01A", "ARM")


@dataclass(frozen=True)
class Structure:
    """Which columns of a CDISC table say whose answer it is, which one, and how it came about."""

    id: str
    code: str
    value: str
    visits: tuple[str, ...]
    date: str
    original: str = ""
    words: tuple[str, ...] = ()
    # Of the words, those that the standard ties to the number: as text they are the same number.
    tied: str = ""
    status: str = ""
    derivation: str = ""


QS = Structure(
    *("USUBJID", "QSTESTCD", "QSSTRESN", ("VISIT", "VISITNUM"), "QSDTC"),
    original="QSORRES",
    words=("QSSTRESC", "QSORRES"),
    tied="QSSTRESC",
    status="QSSTAT",
)
ADAM = Structure(
    *("USUBJID", "PARAMCD", "AVAL", ("AVISIT", "AVISITN"), "ADT"),
    words=("AVALC",),
    tied="AVALC",
    derivation="DTYPE",
)


@dataclass(frozen=True)
class Cdisc(Translated):
    """SDTM QS or ADaM in any of the formats such tables come in; places are rows of a visit."""

    inner: tuple[SourceFormat, ...]

    title = "CDISC SDTM QS or ADaM (.xpt, Parquet, CSV)"
    words: ClassVar[Mapping[str, str]] = {
        "ROWS_DERIVED": "{n} rows are derived ({about}), no measurements; their values are blank, "
        "whatever the analysis flag says.",
        "ANSWER_NOT_DONE": "{n} answers were not done or not applicable by their own words; they "
        "are blank, whatever number stands for that.",
        "ANSWER_WITHOUT_NUMBER": "{n} answers stand in words alone ({about}), without a number "
        "beside them; items are read as they stand (answers, missing_codes), totals are blank.",
        "ROW_TWICE": "{n} rows stand twice with the same value; each counts once.",
        "ROWS_DIFFER": "{n} rows have another value of the same answer at the same visit; such "
        "people are refused. If a flag says which counts, write flag = 'ANL01FL' under [cdisc].",
        "ROWS_WITHOUT_FLAG": "{n} rows are not flagged by {about}; their values are blank, as the "
        "study says.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether the columns of a CSV or transport file are those of such a table."""
        if head.startswith(b"PAR1"):
            return False  # its columns stand at its end: by declaration
        binary = head.startswith(b"HEADER RECORD*******LIBRARY")
        text = head if binary else head.split(b"\n", 1)[0]
        adam = b"PARAMCD" in text and b"AVAL" in text
        return b"USUBJID" in text and (b"QSTESTCD" in text or adam)

    def hints(self, file: SourceFile) -> Hints:
        """Return the subject and the visits, in the order of their numbers where it has them."""
        table = _cells(self._inner(file).read())
        structure = QS if QS.code in table.column_names else ADAM
        visit = next((name for name in structure.visits if name in table.column_names), "")
        labels = _asked(table, structure)
        return Hints(
            structure.id, visit, visit_values=_visits_in_order(table, visit), labels=labels
        )

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the rows, one a person and visit."""
        inner, reads = self._inner(file), file.dialect.reads
        names = inner.probe().names
        structure = QS if QS.code in names else ADAM
        lacking = {structure.id, structure.code, structure.value} - set(names)
        if lacking:
            message = f"The table lacks {', '.join(sorted(lacking))}, which SDTM QS and ADaM have."
            raise refuse("CDISC_COLUMNS", message)
        only = replace(inner, columns=(structure.code,))
        parts = only.form.stretches(only, ROWS)
        codes = _codes(part.source.table.column(structure.code) for part in parts)
        laying, empty = _Laying(structure, reads, tally, codes), True
        tables = (_cells(part.source) for part in inner.form.stretches(inner, ROWS))
        for people in gathered(tables, structure.id):
            yield laying.by_visit(people)
            empty = False
        if empty:
            yield laying.by_visit(_cells(inner.read()))
        tally.names = (*names, *codes)

    def _inner(self, file: SourceFile) -> SourceFile:
        """The table as the format of its bytes reads it."""
        with file.open() as opened:
            head = opened.read(1 << 16)
        form = next((form for form in self.inner if form.sniff(file.path, head)), None)
        if form is None:
            message = "CDISC tables are read as .xpt, .sas7bdat, Parquet or CSV, and this file is"
            raise refuse("FORMAT_NOT_READ", f"{message} none of them; save it as one.")
        return replace(file, form=form, columns=(), id_column="USUBJID")


def _cells(source: Source) -> pa.Table:
    return with_faults(source, "USUBJID")


def _codes(parts: Iterable[pa.ChunkedArray]) -> list[str]:
    """The distinct codes of answers, in the order they first appear."""
    seen: dict[str, None] = {}
    for part in parts:
        seen.update(dict.fromkeys(code for code in part.unique().to_pylist() if code))
    return list(seen)


def _asked(table: pa.Table, structure: Structure) -> dict[str, str]:
    """What each code asks, by the words that stand beside it."""
    words = "QSTEST" if structure is QS else "PARAM"
    if words not in table.column_names:
        return {}
    pairs = table.select([structure.code, words]).group_by([structure.code, words]).aggregate([])
    codes, texts = pairs.column(structure.code).to_pylist(), pairs.column(words).to_pylist()
    return {code: text for code, text in zip(codes, texts, strict=True) if code and text}


def _visits_in_order(table: pa.Table, visit: str) -> dict[str, str]:
    """Each visit's own words as a name, by number, else as they first appear."""
    if not visit:
        return {}
    words = table.column(visit).cast(pa.string()).to_pylist()
    number = {"AVISIT": "AVISITN", "VISIT": "VISITNUM"}.get(visit, "")
    ranks = (
        table.column(number).cast(pa.string()).to_pylist()
        if number in table.column_names
        else words
    )
    rank = {word: _rank(place) for word, place in zip(words, ranks, strict=True)}
    seen = [word for word in dict.fromkeys(words) if word]
    return {
        w: re.sub(r"\W+", "_", w.lower()).strip("_") for w in sorted(seen, key=rank.__getitem__)
    }


def _rank(text: str | None) -> float:
    """The number of a visit; 0 where it has none, so that the order is that of the file."""
    try:
        return float(text or "")
    except ValueError:
        return 0.0


def _measured(table: pa.Table, structure: Structure, reads: Reads, tally: Tally) -> pa.Table:
    """The table with a blank value wherever nothing was measured."""
    blank = np.zeros(table.num_rows, dtype=bool)
    if structure.derivation in table.column_names:
        how = _upper(table, structure.derivation)
        derived = ~np.asarray(pc.equal(how, ""))
        for kind, count in Counter(how.filter(pa.array(derived)).to_pylist()).items():
            tally.add("ROWS_DERIVED", count, kind)
        blank |= derived
    not_done = _not_done(table, structure)
    tally.add("ANSWER_NOT_DONE", int((not_done & ~blank).sum()))
    table = _worded(table, structure, reads, blank | not_done, tally)
    flag = reads.words.get("cdisc", {}).get("flag", "")
    if flag in table.column_names:
        other = ~np.asarray(pc.equal(_upper(table, flag), "Y"))
        tally.add("ROWS_WITHOUT_FLAG", int((other & ~blank).sum()), flag)
        blank |= other
    value = table.column(structure.value)
    cells = pc.if_else(pa.array(blank | not_done), pa.scalar(None, value.type), value)
    place = table.column_names.index(structure.value)
    return _agreeing(table.set_column(place, structure.value, cells), structure, reads)


def _agreeing(table: pa.Table, structure: Structure, reads: Reads) -> pa.Table:
    """The table with a fault wherever a number and its words, or its text, contradict.

    The original result as a number may be of another coding: its words alone are held against it.
    """
    code = table.column(structure.code)
    asked = np.asarray(pc.is_in(code, pa.array(sorted(reads.columns), code.type)))
    for name in [name for name in structure.words if name in table.column_names]:
        number = pc.match_substring_regex(_upper(table, name), r"^[-+.\d]")
        looked = asked if name == structure.tied else asked & ~np.asarray(number)
        table = held_against(table, structure.code, structure.value, name, looked, reads.meanings)
    return table


def _worded(
    table: pa.Table, structure: Structure, reads: Reads, blank: np.ndarray, tally: Tally
) -> pa.Table:
    """The table with the words of items that have no number, in the place of the number.

    The study says what they mean, or they refuse their row; blank they would be lost, and with
    them what somebody said of self-harm. A total is a number or nothing.
    """
    code, place = table.column(structure.code), table.column_names.index(structure.value)
    asked = np.asarray(pc.is_in(code, pa.array(sorted(reads.columns), code.type)))
    items = np.asarray(pc.is_in(code, pa.array(sorted(reads.answers), code.type)))
    value = table.column(structure.value)
    numbered = np.asarray(pc.is_valid(blank_as_null(value)))
    value = value.cast(pa.string()) if reads.answers else value
    for name in [name for name in structure.words if name in table.column_names]:
        words = _upper(table, name)
        said = ~np.asarray(pc.is_in(words, pa.array(["", ".", *NOT_DONE])))
        lone = asked & ~blank & ~numbered & said
        tally.add("ANSWER_WITHOUT_NUMBER", int(lone.sum()), name)
        if reads.answers:
            value = pc.if_else(pa.array(lone & items), table.column(name).cast(pa.string()), value)
        blank = blank | lone
    return table.set_column(place, structure.value, value)


def _not_done(table: pa.Table, structure: Structure) -> np.ndarray:
    """Answers whose own words say that there is none."""
    empty = np.zeros(table.num_rows, dtype=bool)
    if structure.status in table.column_names:
        empty |= ~np.asarray(pc.equal(_upper(table, structure.status), ""))
    if structure.original in table.column_names:
        empty |= np.asarray(pc.is_in(_upper(table, structure.original), pa.array(NOT_DONE)))
    return empty


def _upper(table: pa.Table, name: str) -> pa.ChunkedArray:
    cells = table.column(name)
    text = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
    return pc.utf8_upper(pc.utf8_trim_whitespace(pc.fill_null(text, "")))


@dataclass(frozen=True)
class _Laying:
    """Lays answers out as rows of a person and visit."""

    structure: Structure
    reads: Reads
    tally: Tally
    codes: Sequence[str]

    def by_visit(self, cells: pa.Table) -> pa.Table:
        """Return one row a person and visit; as it stands where the study reads its values."""
        table = _measured(cells, self.structure, self.reads, self.tally)
        names, structure, reads = table.column_names, self.structure, self.reads
        if structure.value in reads.columns:
            return table
        when = reads.visit or reads.date
        stated = when if when in names else next((v for v in structure.visits if v in names), "")
        key = [name for name in (structure.id, stated) if name]
        pivoted = pivot(
            spread(table.filter(pc.is_valid(table.column(structure.code))), key),
            key,
            code=structure.code,
            value=structure.value,
            columns={c: c for c in self.codes if not reads.columns or c in reads.columns},
            carried=[*_carried(names, structure, reads), FAULTS],
        )
        self.tally.add("ROW_TWICE", pivoted.alike)
        self.tally.add("ROWS_DIFFER", pivoted.differing)
        return pivoted.table


def _carried(names: Sequence[str], structure: Structure, reads: Reads) -> list[str]:
    """Columns of the person or visit that the study reads."""
    own = {structure.id, structure.code, structure.value, FAULTS}
    asked = reads.columns or {*_SUBJECT, *structure.visits, structure.date}
    return [name for name in names if name in asked and name not in own]
