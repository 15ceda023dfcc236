"""FHIR R4: QuestionnaireResponses, Observations and Patients as rows of a person and day.

A file of one resource a line (bulk export), a Bundle, or a folder of either. What was answered on
one day is one row; answers that differ stay two rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.fhir_bundles import bundled, check_pages
from predict.cohort.formats.fhir_codes import codes_for
from predict.cohort.formats.fhir_records import (
    AGE,
    BORN,
    DAY,
    GENDER,
    ID,
    OWN,
    Extraction,
    Record,
)
from predict.cohort.formats.fhir_shapes import Shapes
from predict.cohort.formats.fhir_versions import MARKS, NAME, VERSION, latest, name_of
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.merging import (
    facts_filled,
    joined,
    merged,
    people_together,
    places_of,
    standing_twice,
)
from predict.cohort.formats.questionnaire_file import read_questionnaire
from predict.cohort.formats.regrouping import Gathering
from predict.cohort.formats.translated import Tally, Translated
from predict.cohort.formats.years import years_between
from predict.cohort.source import FAULTS, refuse
from predict.definitions.study import Reads

# Records that are objects at once: the collector looks at each of them again and again.
BATCH = 2_000
_DECODER = json.JSONDecoder()
# A row with this in FAULTS is a Patient, who is laid over the rows of the person.
_PATIENT = "PATIENT"
# A resource, None for what cannot be read as one, or a record with the resource's id.
Found = Mapping[str, Any] | tuple[Record, str] | None
_UNREADABLE = (ValueError, AttributeError, TypeError, KeyError, RecursionError)


class Fhir(Translated):
    """FHIR resources; its places are rows of a person and day."""

    as_one = True
    title = "FHIR R4 (NDJSON, Bundle, or a folder of them)"
    words: ClassVar[Mapping[str, str]] = {
        "RESOURCES_MERGED": "{n} resources were laid over another of the same person and day.",
        "RESOURCE_TWICE": "{n} resources stand twice with the same content; each counts once.",
        "RESOURCE_ID_REUSED": "{n} resources have an id that another one with other content has; "
        "they are told apart by content.",
        "RESOURCE_SUPERSEDED": "{n} resources have a later version, or one that takes them back; "
        "they are not used.",
        "RESOURCES_UNREAD": "{n} resources of the type {about} are not read.",
        "STATUS_NOT_FINAL": "{n} resources have the status '{about}', not final or completed; they "
        "are not used.",
        "ITEMS_UNREAD": "{n} answers are not read, since the study does not name their items: "
        "{about}.",
        "TOTAL_UNDER_PANEL": "{n} totals stand under a panel's code, {about}; they are not read. "
        "Correct the code, or declare total = '{about}'.",
        "TOTAL_OF_TEENS_FORM": "{n} totals stand under {about}, the form for teenagers; if it was "
        "the PHQ-9, declare total = '{about}'.",
        "DISPLAY_CONTRADICTS": "{n} answers to {about} carry the words of another item or answer "
        "than their code; the code was taken. See which of the two was meant.",
        "CODING_NO_SYSTEM": "{n} answer codes name no system; they were taken as LOINC's.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a file begins as JSON with a resource's type."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return start[:1] in (b"{", b"[") and b'"resourceType"' in start

    def sniff_folder(self, names: Sequence[str]) -> bool:
        """Return whether a folder holds lines or Bundles of resources."""
        return bool(names) and all(name.endswith((".ndjson", ".json")) for name in names)

    def sha256(self, file: SourceFile) -> str:
        """Return the digest of the file's bytes, or of the files of a folder in their order."""
        if not Path(file.path).is_dir():
            return super().sha256(file)
        digest = hashlib.sha256()
        for path in _paths(file.path):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def hints(self, file: SourceFile) -> Hints:
        """Return where ids and days stand, and which columns LOINC codes stand for."""
        codes = codes_for(Reads())
        loinc = {column: code for code, column in codes.columns.items()}
        days = frozenset({DAY, BORN})
        return Hints(id=ID, date=DAY, loinc=loinc, own=days)

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the rows, one a person and day where nothing contradicts."""
        reads = file.dialect.reads
        codes = codes_for(reads)
        wanted = frozenset({*reads.columns, *OWN, *codes.checking(reads.columns)})
        task = Extraction(codes, wanted if reads.columns else frozenset(), tally)
        for questionnaire in _questionnaires(file):
            task.codes.learn(questionnaire)
        laying = _Laying(task, sorted(reads.columns - {*OWN}), reads)
        yield from laying.rows(_resources(file, task), gathered)

    def check_whole(self, tally: Tally) -> None:
        """Stop where pages of a search are not there."""
        check_pages(tally.seen)


def _questionnaires(file: SourceFile) -> Iterator[Mapping[str, Any]]:
    """The Questionnaire named behind the table's name, as in ``fhir:FILE?questionnaire=Q.json``."""
    path = file.option("questionnaire")
    if path:
        yield read_questionnaire(Path(path))


def _paths(path: str) -> list[Path]:
    return sorted(p for p in Path(path).rglob("*") if p.suffix in (".json", ".ndjson"))


def _resources(file: SourceFile, task: Extraction) -> Iterator[Found]:
    """Every resource of the table's files in order; None for one that cannot be read."""
    for one in (file, *file.others):
        if Path(one.path).is_dir():
            for path in _paths(one.path):
                with path.open("rb") as opened:
                    yield from _of_stream(opened, task)
        else:
            with one.open() as opened:
                yield from _of_stream(opened, task)


def _of_stream(opened: BinaryIO, task: Extraction) -> Iterator[Found]:
    first = opened.readline()
    resource = _loaded(first.removeprefix(b"\xef\xbb\xbf"))
    if resource is None and not _another_line(opened, first):
        opened.seek(0)
        whole = _loaded(opened.read().removeprefix(b"\xef\xbb\xbf"))
        if whole is None:
            message = (
                "The file is no whole JSON and no resource a line (cut off?); export it again."
            )
            raise refuse("TABLE_NOT_JSON", message)
        yield from _unpacked(whole, task)
        return
    yield from _unpacked(resource, task)
    shapes = Shapes(task)
    for line in opened:
        if line.strip():
            yield from _of_line(line, task, shapes)


def _of_line(line: bytes, task: Extraction, shapes: Shapes) -> Iterator[Found]:
    """A line's record where it has the shape of another one, else its resources."""
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        yield None
        return
    taken = shapes.taken(text)
    if taken is not None:
        yield taken
        return
    resource = _loaded(line)
    if isinstance(resource, Mapping):
        with suppress(*_UNREADABLE):
            shapes.learn(text, resource)
    yield from _unpacked(resource, task)


def _another_line(opened: BinaryIO, first: bytes) -> bool:
    """Whether the next line is a resource of its own, so that only the first one is damaged."""
    place = opened.tell()
    whole = len(first) > 2 and isinstance(_loaded(opened.readline()), Mapping)
    opened.seek(place)
    return whole


def _loaded(data: bytes) -> Any:
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except _UNREADABLE:
        return None


def _unpacked(resource: Any, task: Extraction) -> Iterator[Found]:
    """A resource, those of a Bundle or of a list; None for what is none."""
    if isinstance(resource, list):
        for one in resource:
            yield from _unpacked(one, task)
    elif not isinstance(resource, Mapping) or "resourceType" not in resource:
        yield None
    elif resource["resourceType"] == "Bundle":
        yield from bundled(resource, task.people, task.tally.seen)
    else:
        yield resource


@dataclass
class _Ids:
    """Digests of resources' ids and of what they hold: twelve bytes a resource."""

    names: list[np.ndarray] = field(default_factory=list)
    contents: list[np.ndarray] = field(default_factory=list)

    def add(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Take the digests of some resources, the id's first."""
        both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.names.append(both[:, 0].copy())
        # Contents are compared within an id alone: half a digest tells them apart.
        self.contents.append(both[:, 1].astype(np.int32))

    def reused(self) -> int:
        """Return how many resources of different content share an id with another."""
        names = np.concatenate(self.names)
        twice = standing_twice(names)
        if not len(twice):
            return 0
        some = np.isin(names, twice)
        pairs = np.column_stack([names[some], np.concatenate(self.contents)[some]])
        _, counts = np.unique(np.unique(pairs, axis=0)[:, 0], return_counts=True)
        return int(counts[counts > 1].sum())


@dataclass
class _Laying:
    """Lays records out as rows: in batches of whole people, or as a whole."""

    task: Extraction
    columns: list[str]
    reads: Reads
    ids: _Ids = field(default_factory=_Ids)
    versions: int = 0

    def rows(self, resources: Iterator[Found], gathered: Gathering) -> Iterator[pa.Table]:
        """Yield rows of whole people."""
        if not self.columns:
            records = list(self._records(resources))
            seen = dict.fromkeys(name for record in records for name in record.cells)
            names = [name for name in seen if name not in OWN]
            yield self._laid(people_together(_record_table(records, names), ID))
        else:
            yield self._laid(_record_table([], self.columns))
            for people in gathered(self._batches(self._records(resources)), ID):
                yield self._laid(people)
        reused = self.ids.reused() - self.versions
        self.task.tally.add("RESOURCE_ID_REUSED", max(0, reused))
        self.task.finish()

    def _batches(self, records: Iterator[Record]) -> Iterator[pa.Table]:
        held: list[Record] = []
        for record in records:
            held.append(record)
            if len(held) == BATCH:
                yield _record_table(held, self.columns)
                held = []
        if held:
            yield _record_table(held, self.columns)

    def _records(self, resources: Iterator[Found]) -> Iterator[Record]:
        ids: list[tuple[int, int]] = []
        for resource in resources:
            record, name = resource if isinstance(resource, tuple) else self._record(resource)
            if record is not None:
                yield record
                if name and record.fault not in MARKS:
                    cells = hash(tuple(record.cells.items()))
                    ids.append((hash(name), hash((record.person, record.day, cells))))
                if len(ids) >= BATCH:
                    self.ids.add(ids)
                    ids = []
        self.ids.add(ids)

    def _record(self, resource: Mapping[str, Any] | None) -> tuple[Record | None, str]:
        """A resource's record and id; what cannot be read is a row of nobody, with its fault."""
        try:
            if resource is not None:
                return self.task.record(resource), name_of(resource)
        except _UNREADABLE:
            pass
        return Record("", "", fault="RECORD_UNREADABLE"), ""

    def _laid(self, table: pa.Table) -> pa.Table:
        """Rows of whole people with their patient's facts, one a day where all agree."""
        table, former, versions = latest(table)
        self.task.tally.add("RESOURCE_SUPERSEDED", former)
        self.versions += versions
        patients = np.asarray(pc.equal(table.column(FAULTS), _PATIENT))
        people = places_of(table.column(ID))
        if patients.any():
            host = np.full(int(people.max()) + 1, -1, dtype=np.int64)
            host[people[patients]] = np.flatnonzero(patients)
            table = facts_filled(table, np.where(patients, -1, host[people]), (GENDER, BORN))
            two = _of_two(table, people, patients, self._facts_read())
            table = _refused(table, two[people] & ~patients)
            table, people = table.filter(pa.array(~patients)), people[~patients]
        table = _aged(table) if AGE in self.reads.columns else table
        days = places_of(table.column(DAY))
        key = joined(people, days) if len(people) else people
        # A row without a day or with a fault is nobody's other half.
        first = _once(table, key, self.task.tally)
        table, key = table.take(pa.array(first)), key[first]
        rows, count = merged(table, key, np.arange(len(key)))
        self.task.tally.add("RESOURCES_MERGED", count)
        unread = {GENDER, BORN, AGE} - self.reads.columns if self.reads.columns else set()
        return rows.drop_columns(sorted(unread))

    def _facts_read(self) -> tuple[str, ...]:
        """The facts of a Patient that the study reads; an age is read of the birth date."""
        read = self.reads.columns
        born = (BORN,) if not read or read & {BORN, AGE} else ()
        return (*born, *((GENDER,) if not read or GENDER in read else ()))


def _of_two(
    table: pa.Table, people: np.ndarray, patients: np.ndarray, facts: Sequence[str]
) -> np.ndarray:
    """For each person whether two Patients state different facts of them."""
    rows = np.flatnonzero(patients)
    cells = [places_of(table.column(name).take(pa.array(rows))) for name in facts]
    first = np.unique(joined(people[rows], *cells), return_index=True)[1]
    counts = np.bincount(people[rows][first], minlength=int(people.max()) + 1)
    return np.asarray(counts > 1)


def _refused(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """The table with some rows refused for the person's facts, unless they are refused already."""
    if not rows.any():
        return table
    held = table.column(FAULTS)
    faults = pc.if_else(pc.and_(pa.array(rows), pc.equal(held, "")), "PATIENTS_DIFFER", held)
    return table.set_column(table.column_names.index(FAULTS), FAULTS, faults)


def _once(table: pa.Table, key: np.ndarray, tally: Tally) -> np.ndarray:
    """The first of rows of one person and day that are alike in every cell."""
    if not len(key) or key.max() + 1 == len(key):
        return np.arange(len(key))
    alike = joined(key, *(places_of(table.column(name)) for name in table.column_names))
    first = np.unique(alike, return_index=True)[1]
    tally.add("RESOURCE_TWICE", len(key) - len(first))
    return np.sort(first)


def _record_table(records: Sequence[Record], names: Sequence[str]) -> pa.Table:
    """Records as a table of text cells."""
    cells = {
        ID: [record.person for record in records],
        DAY: [record.day for record in records],
        AGE: [""] * len(records),
    }
    for name in (GENDER, BORN, *names):
        cells[name] = [record.cells.get(name, "") for record in records]
    cells[NAME] = [record.name for record in records]
    cells[VERSION] = [record.version for record in records]
    cells[FAULTS] = [_PATIENT if BORN in record.cells else record.fault for record in records]
    return pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()})


def _aged(table: pa.Table) -> pa.Table:
    """The age in whole years on the day of each row, where the birth date is whole."""
    born, day = table.column(BORN).to_pylist(), table.column(DAY).to_pylist()
    ages = [years_between(b, d) for b, d in zip(born, day, strict=True)]
    return table.set_column(table.column_names.index(AGE), AGE, pa.array(ages, pa.string()))
