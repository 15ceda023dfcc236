"""Synthea's CSV folder: totals in ``observations.csv``, facts in ``patients.csv``.

Its stored module writes everybody's PHQ-9 under 89204-2, the form for teenagers, and only after a
PHQ-2 of 3 or more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.fhir_codes import TEENS_TOTAL, Codes, codes_for
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.merging import joined, places_of, row_digests, standing_twice
from predict.cohort.formats.pivoting import pivot
from predict.cohort.formats.regrouping import Gathering
from predict.cohort.formats.text_rows import HeaderLines, empty_table, header_lines, text_tables
from predict.cohort.formats.translated import Tally, Translated
from predict.cohort.formats.years import years_between
from predict.cohort.source import FAULTS, refuse
from predict.definitions.study import Reads

OBSERVATIONS, PATIENTS = "observations.csv", "patients.csv"
ID, DAY, AGE = "id", "date", "age"
TOTAL = "phq9_total"
_REST = ("CODE", "VALUE", FAULTS)
_NONE = pa.table({name: pa.array([], pa.string()) for name in (ID, DAY, *_REST)})
_NEEDED = {OBSERVATIONS: ("DATE", "PATIENT", "CODE", "VALUE"), PATIENTS: ("Id", "BIRTHDATE")}


class Synthea(Translated):
    """A Synthea CSV folder; its places are rows of a person and day."""

    title = "Synthea CSV folder"
    words: ClassVar[Mapping[str, str]] = {
        "OBSERVATIONS_UNREAD": "{n} observations are of codes that the study does not name.",
        "TOTAL_OF_TEENS_FORM": "{n} totals stand under {about}, the form for teenagers; if it was "
        "the PHQ-9, declare total = '{about}'.",
        "PATIENTS_UNKNOWN": "{n} observations are of people whom patients.csv does not hold; they "
        "have no facts.",
        "PATIENTS_WITHOUT": "{n} patients have no such observation; each stands in a row without "
        "answers.",
        "ROW_TWICE": "{n} observations stand twice with the same value; each counts once.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether this is one: a folder never comes by a file's bytes."""
        return False

    def sniff_folder(self, names: Sequence[str]) -> bool:
        """Return whether a folder holds Synthea's two tables."""
        return {OBSERVATIONS, PATIENTS} <= set(names)

    def hints(self, file: SourceFile) -> Hints:
        """Return where ids and days stand."""
        return Hints(id=ID, date=DAY, own=frozenset({DAY, "BIRTHDATE"}))

    def sha256(self, file: SourceFile) -> str:
        """Return one digest of the two tables that are read."""
        parts = [(Path(file.path) / name).read_bytes() for name in (OBSERVATIONS, PATIENTS)]
        return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the rows, one a person and day, and one of each person without an answer."""
        reads = file.dialect.reads
        codes = codes_for(reads)
        wanted = _wanted(codes, reads)
        there = _codes_there(file)
        columns = {
            code: code if code in reads.columns else codes.columns.get(code, code)
            for code in there
            if code in wanted
        }
        if TEENS_TOTAL in there and TOTAL in reads.columns and TOTAL not in columns.values():
            told = self.words["TOTAL_OF_TEENS_FORM"].format(n="All", about=TEENS_TOTAL)
            raise refuse("TOTAL_OF_TEENS_FORM", told, TOTAL)
        patients = _Patients.of(file, reads)
        yield patients.beside(_pivoted(_NONE, columns, tally), tally)
        for people in gathered(_observed(file, wanted, tally), ID):
            yield patients.beside(_pivoted(people, columns, tally), tally)
        yield patients.others(columns, tally)


def _named_table(file: SourceFile, name: str) -> tuple[SourceFile, HeaderLines]:
    path = Path(file.path) / name
    if not path.is_file():
        raise refuse("SYNTHEA_FILES", f"The folder lacks {name}; name Synthea's CSV folder.")
    one = replace(file, path=str(path), held=None, id_column="")
    header = header_lines(one)
    lacking = [column for column in _NEEDED[name] if column not in header.names]
    if lacking:
        message = f"{name} lacks the column {lacking[0]}, which Synthea writes."
        raise refuse("SYNTHEA_COLUMNS", message, lacking[0])
    return one, header


def _observed(file: SourceFile, wanted: Sequence[str], tally: Tally) -> Iterator[pa.Table]:
    """Yield the observations of the codes that are read, with the columns of a row."""
    table, header = _named_table(file, OBSERVATIONS)
    for part in text_tables(table, header, header.names, columns=_NEEDED[OBSERVATIONS]):
        code = part.column("CODE")
        teens = pc.sum(pc.equal(code, TEENS_TOTAL)).as_py() or 0
        tally.add("TOTAL_OF_TEENS_FORM", teens if TEENS_TOTAL not in wanted else 0, TEENS_TOTAL)
        read = pc.or_(pc.is_in(code, pa.array(wanted)), pc.not_equal(part.column(FAULTS), ""))
        tally.add("OBSERVATIONS_UNREAD", part.num_rows - (pc.sum(read).as_py() or 0))
        some = part.filter(read)
        days = pc.utf8_slice_codeunits(some.column("DATE"), 0, 10)
        cells = [some.column("PATIENT"), days, *(some.column(name) for name in _REST)]
        yield pa.table(dict(zip((ID, DAY, *_REST), cells, strict=True)))


def _codes_there(file: SourceFile) -> list[str]:
    """The codes that observations have, in the order they first appear."""
    table, header = _named_table(file, OBSERVATIONS)
    seen: dict[str, None] = {}
    for part in text_tables(table, header, header.names, columns=["CODE"]):
        seen.update(dict.fromkeys(part.column("CODE").unique().to_pylist()))
    return [code for code in seen if code]


def _pivoted(long: pa.Table, columns: Mapping[str, str], tally: Tally) -> pa.Table:
    made = pivot(long, [ID, DAY], code="CODE", value="VALUE", columns=columns, carried=[FAULTS])
    tally.add("ROW_TWICE", made.alike)
    return made.table.select([ID, DAY, FAULTS, *dict.fromkeys(columns.values())])


def _wanted(codes: Codes, reads: Reads) -> list[str]:
    """The codes to read: of columns that the study names, or of all questionnaires that ship."""
    named = [c for c, column in codes.columns.items()
             if not reads.columns or column in reads.columns]  # fmt: skip
    return [*named, *reads.columns]


@dataclass(frozen=True)
class _Patients:
    """``patients.csv``: a row a person, and who of them has a row of observations.

    Beside the cells themselves seventeen bytes a person: the digests of ids in their own order,
    the row of each, and whether it was met.
    """

    table: pa.Table
    asked: frozenset[str]
    digests: np.ndarray
    places: np.ndarray
    met: np.ndarray

    @staticmethod
    def of(file: SourceFile, reads: Reads) -> _Patients:
        """Return the patients with the columns that the study reads."""
        table, header = _named_table(file, PATIENTS)
        asked = frozenset(reads.columns or {"BIRTHDATE", "GENDER", "RACE", "ETHNICITY", "MARITAL"})
        names = [n for n in header.names if n in {*asked, "Id", "BIRTHDATE"}]
        parts = text_tables(table, header, header.names, columns=names)
        patients = _once(pa.concat_tables([empty_table(names), *parts]))
        digests = row_digests(patients.column("Id"))
        places = np.argsort(digests)
        met = np.zeros(patients.num_rows, dtype=bool)
        return _Patients(patients, asked, digests[places], places, met)

    def beside(self, rows: pa.Table, tally: Tally) -> pa.Table:
        """Return rows with their patient's facts."""
        whose = self._whose(rows.column(ID))
        tally.add("PATIENTS_UNKNOWN", int((whose < 0).sum()))
        self.met[whose[whose >= 0]] = True
        return self._joined(rows, whose)

    def _whose(self, ids: pa.ChunkedArray) -> np.ndarray:
        """The patient of each row; -1 for none."""
        if not len(self.digests):
            return np.full(len(ids), -1)
        digests = row_digests(ids)
        at = np.minimum(np.searchsorted(self.digests, digests), len(self.digests) - 1)
        return np.where(self.digests[at] == digests, self.places[at], -1)

    def others(self, columns: Mapping[str, str], tally: Tally) -> pa.Table:
        """Return a row of each patient who has none yet."""
        alone = np.flatnonzero(~self.met)
        tally.add("PATIENTS_WITHOUT", len(alone))
        blank = pa.array([""] * len(alone), pa.string())
        names = dict.fromkeys((ID, DAY, FAULTS, *columns.values()))
        ids = self.table.column("Id").take(pa.array(alone))
        return self._joined(pa.table({n: ids if n == ID else blank for n in names}), alone)

    def _joined(self, rows: pa.Table, whose: np.ndarray) -> pa.Table:
        everyone = pa.array(whose, mask=whose < 0)
        for name in [name for name in self.table.column_names if name not in ("Id", FAULTS)]:
            rows = rows.append_column(name, self.table.column(name).take(everyone))
        return _aged(rows, self.asked)


def _once(patients: pa.Table) -> pa.Table:
    """The patients, each once; stop where one has two different rows."""
    if not len(standing_twice(row_digests(patients.column("Id")))):
        return patients
    columns = [places_of(patients.column(name)) for name in patients.column_names]
    first = np.unique(joined(*columns), return_index=True)[1]
    alone = patients.take(pa.array(np.sort(first)))
    twice = alone.num_rows - len(pc.unique(alone.column("Id")))
    if twice:
        message = f"{twice} patients of {PATIENTS} stand in it with different facts; keep one row"
        raise refuse("PATIENTS_DIFFER", f"{message} of each.", "Id")
    return alone


def _aged(rows: pa.Table, asked: frozenset[str]) -> pa.Table:
    """The rows with the age on their day, and without a birth date that the study does not read."""
    pairs = zip(rows.column("BIRTHDATE").to_pylist(), rows.column(DAY).to_pylist(), strict=True)
    ages = [years_between(born or "", day or "") for born, day in pairs]
    aged = rows.append_column(AGE, pa.array(ages, pa.string()))
    return aged if "BIRTHDATE" in asked else aged.drop_columns(["BIRTHDATE"])
