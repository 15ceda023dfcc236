"""REDCap exports: base rows and repeated forms of a person and event laid over each other.

The base row of an event holds its facts and its ordinary forms; each repeated form stands in a row
of its own behind it, with the form's name and an instance. A repeating event has instances and no
form's name. (Read in the fixtures of REDCapR, REDCapTidieR and redcapAPI.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats import redcap_forms
from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.location import Location
from predict.cohort.formats.merging import (
    blank_as_null,
    facts_filled,
    joined,
    merged,
    places_of,
)
from predict.cohort.formats.redcap_api import fetch_records
from predict.cohort.formats.regrouping import Gathering
from predict.cohort.formats.text_rows import empty_table, header_lines, text_tables
from predict.cohort.formats.translated import Tally, Translated
from predict.cohort.source import refuse
from predict.definitions.study import Reads

EVENT = ("redcap_event_name", "Event Name")
FORM = ("redcap_repeat_instrument", "Repeat Instrument")
INSTANCE = ("redcap_repeat_instance", "Repeat Instance")
OWN = (
    *EVENT,
    *FORM,
    *INSTANCE,
    *("redcap_data_access_group", "Data Access Group"),
    *("redcap_survey_identifier", "Survey Identifier"),
)
# An event's instance in `visit_values`: `baseline_arm_1#2`.
INSTANCE_MARK = "#"


@dataclass(frozen=True)
class Layout:
    """Where a REDCap table says whose row it is; a name is empty where there is no such column."""

    id: str
    event: str
    form: str
    instance: str

    @staticmethod
    def of(names: Sequence[str], id_column: str) -> Layout:
        """Return the layout of a table with these columns."""
        first = names[0] if names else ""
        there = [next((n for n in kind if n in names), "") for kind in (EVENT, FORM, INSTANCE)]
        return Layout(id_column if id_column in names else first, *there)


class Redcap(Translated):
    """A REDCap export, raw or with labels; its places are rows of a person and visit."""

    title = "REDCap export (CSV, raw or labels)"
    words: ClassVar[Mapping[str, str]] = {
        "ROWS_MERGED": "{n} rows of repeated forms were laid over the row of their event.",
        "INSTANCES_UNNAMED": "{n} rows are second or later instances of '{about}'; "
        "if they are visits of their own, name them: visit_values = {{ '{about}#2' = ... }}, or "
        "leave them out under ignored_visits.",
        "CHECKBOX_NOT_FILLED": "{n} rows have unticked boxes of a form that was never filled "
        "({about}); they are blank, not 'no'.",
        "FORM_INCOMPLETE": "{n} rows have answers in the form '{about}' though it is marked "
        "incomplete; they are read. Write complete_only = true under [redcap] to leave them out.",
        "FORM_LEFT_OUT": "{n} rows of the form '{about}' are marked incomplete; their answers are "
        "left out, as the study says.",
        "SURVEY_BEGUN": "{n} cells of '{about}' say [not completed]; they are no dates.",
        "LABELS_REPEATED": "{n} column labels stand more than once; they are numbered, as in "
        "'{about}'. Export raw names, or name the numbered one.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether the header has columns that only REDCap writes."""
        line = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "ignore")
        fields = {field.strip().strip('"') for field in line.replace(";", ",").split(",")}
        events = fields & {EVENT[0], FORM[0], INSTANCE[0], FORM[1]}
        marked = any(field.endswith("_complete") for field in fields)
        # A classic project has no events: its record id and a form's mark tell.
        plain = "record_id" in fields or any("___" in field for field in fields)
        return bool(events) or "Complete?" in fields or (marked and plain)

    def is_address(self, path: str) -> bool:
        """Return whether a place is the address of a REDCap server's API."""
        return path.startswith(("https://", "http://"))

    def fetched(self, location: Location, id_column: str) -> bytes:
        """Return all records of the project that the token belongs to; see `redcap_api`."""
        return fetch_records(location, id_column)

    def hints(self, file: SourceFile) -> Hints:
        """Return the record id, and events and instances as visits."""
        header = header_lines(file)
        layout = Layout.of(header.names, file.id_column)
        own = frozenset(name for name in header.names if name in OWN or name.endswith("_complete"))
        keys = [name for name in (layout.id, layout.event, layout.instance) if name]
        if not (layout.event or layout.instance):
            return Hints(id=layout.id, own=own)
        tables = list(text_tables(file, header, header.names, columns=keys))
        visits = _visits_seen(pa.concat_tables(tables), layout) if tables else {}
        return Hints(layout.id, layout.event or layout.instance, visit_values=visits, own=own)

    def rows(self, file: SourceFile, tally: Tally, gathered: Gathering) -> Iterator[pa.Table]:
        """Yield the rows, one a person and visit where their parts agree."""
        header = header_lines(file)
        names, layout = header.names, Layout.of(header.names, file.id_column)
        if {"field_name", "value"} <= set(names):
            message = "This export holds a row a field (type EAV); export it again as type flat,"
            raise refuse("REDCAP_EAV", f"{message} a row a record, which is what REDCap offers.")
        repeated = [n for n, given in zip(names, header.lines[0], strict=True) if n != given]
        tally.add("LABELS_REPEATED", len(repeated), repeated[0] if repeated else "")
        reads = file.dialect.reads
        forms = redcap_forms.forms_of(names, OWN)
        columns = _columns(names, layout, reads, forms)
        tally.names = tuple(names)
        yield empty_table([n for n in names if n in columns])
        tables = (
            redcap_forms.cleaned(table, forms, reads, tally)
            for table in text_tables(file, header, names, columns=columns)
        )
        for people in gathered(tables, layout.id):
            yield lay_over(people, layout, reads, tally)


def _visits_seen(table: pa.Table, layout: Layout) -> dict[str, str]:
    """Events, and instances from the second on, by the order they first appear."""
    events, instance = _texts(table, layout.event), _texts(table, layout.instance)
    if not layout.event:
        seen = [text for text in dict.fromkeys(instance.to_pylist()) if text]
        return {text: f"instance_{text}" for text in sorted(seen, key=lambda t: (len(t), t))}
    visits: dict[str, str] = {}
    for event, number in dict.fromkeys(zip(events.to_pylist(), instance.to_pylist(), strict=True)):
        name = re.sub(r"\W+", "_", re.sub(r"_arm_\d+$", "", event).lower()).strip("_")
        later = number not in ("", "1")
        visits.setdefault(event, name)
        if later:
            visits[f"{event}{INSTANCE_MARK}{number}"] = f"{name}_{number}"
    return visits


def _columns(
    names: Sequence[str], layout: Layout, reads: Reads, forms: Sequence[redcap_forms.Form]
) -> list[str]:
    """The columns the study reads, those that tell whose row it is, and their forms'."""
    if not reads.columns:
        return list(names)
    wanted = {*reads.columns, layout.id, layout.event, layout.form, layout.instance}
    for form in forms:
        if wanted & {*form.fields, *form.boxes}:
            wanted |= {form.complete, *(form.fields if wanted & set(form.boxes) else ())}
            wanted |= set(form.boxes) if wanted & set(form.boxes) else set()
    return [name for name in names if name in wanted]


def lay_over(table: pa.Table, layout: Layout, reads: Reads, tally: Tally) -> pa.Table:
    """Return rows of whole people with repeated forms laid over the row of their event.

    Facts of the base row are filled into every repeat of its event. A repeat's visit is the event,
    or ``event#instance`` where the study names it; two instances of one visit stay two rows, which
    the study's `duplicates` or windows decide.
    """
    if not (layout.form or layout.instance) or not table.num_rows:
        return table
    people = places_of(table.column(layout.id))
    events = _texts(table, layout.event)
    form, instance = _texts(table, layout.form), _texts(table, layout.instance)
    is_base = np.asarray(pc.equal(form, ""))
    # A repeating event has instances without a form: each is an event of its own.
    own = pc.if_else(pc.equal(form, ""), instance, "")
    base_key = joined(people, places_of(pa.chunked_array([events])),
                      places_of(pa.chunked_array([own])))  # fmt: skip
    table = facts_filled(table, _base_rows(base_key, is_base), reads.facts)
    visit = _visits(events, instance, layout, reads)
    if layout.event and reads.visit == layout.event:
        _tell_instances(visit, events, instance, tally)
        place = table.column_names.index(layout.event)
        table = table.set_column(place, layout.event, visit)
    parts = [people, places_of(pa.chunked_array([_meant(visit, reads)]))]
    if not reads.visit:
        parts += [base_key, places_of(pa.chunked_array([_dates(table, reads, instance)]))]
    # What tells the row apart is no answer: it must not keep parts from each other.
    markers = [name for name in (layout.form, layout.instance) if name and name != reads.visit]
    plain = table.drop_columns(markers)
    laid, count = merged(plain, joined(*parts), places_of(pa.chunked_array([form])))
    tally.add("ROWS_MERGED", count)
    for name in markers:
        laid = laid.append_column(name, pa.array([""] * laid.num_rows, pa.string()))
    return laid.select(table.column_names)


def _tell_instances(visit: pa.Array, events: pa.Array, instance: pa.Array, tally: Tally) -> None:
    """Count further instances of an event that the study names no visit for, event by event."""
    later = pc.invert(pc.is_in(instance, pa.array(["", "1"])))
    rows = np.flatnonzero(np.asarray(pc.and_(later, pc.equal(visit, events))))
    for event, count in Counter(events.take(pa.array(rows, pa.int64())).to_pylist()).items():
        tally.add("INSTANCES_UNNAMED", count, event)


def _texts(table: pa.Table, name: str) -> pa.Array:
    if not name:
        return pa.array([""] * table.num_rows, pa.string())
    cells = pc.utf8_trim_whitespace(pc.fill_null(table.column(name), "")).combine_chunks()
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _base_rows(key: np.ndarray, is_base: np.ndarray) -> np.ndarray:
    """For each row that is no base row, the base row of its event; -1 for none."""
    first = np.full(int(key.max()) + 1, -1, dtype=np.int64)
    rows = np.flatnonzero(is_base)[::-1]
    first[key[rows]] = rows
    return np.where(is_base, -1, first[key])


def _visits(events: pa.Array, instance: pa.Array, layout: Layout, reads: Reads) -> pa.Array:
    """The visit of each row in the study's words: the event, or one of its instances."""
    if reads.visit and reads.visit == layout.instance:
        return instance
    marked = pc.binary_join_element_wise(events, instance, INSTANCE_MARK)
    named = pc.is_in(marked, pa.array(sorted(reads.visits), pa.string()))
    return pc.if_else(named, marked, events)


def _meant(visit: pa.Array, reads: Reads) -> pa.Array:
    """The visit that each text means; the text itself where the study names none for it."""
    coded = visit.dictionary_encode()
    texts = [reads.visits.get(text) or text for text in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def _dates(table: pa.Table, reads: Reads, instance: pa.Array) -> pa.Array:
    """What tells the repeats of an event apart where dates decide: the day, else the instance."""
    if reads.date not in table.column_names:
        return instance
    cells = pc.coalesce(blank_as_null(table.column(reads.date)), pa.chunked_array([instance]))
    day = cells.combine_chunks()
    return day.combine_chunks() if isinstance(day, pa.ChunkedArray) else day
