"""REDCap's forms: which fields belong to one, whether it was filled, what its boxes then mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.merging import blank_as_null
from predict.cohort.formats.translated import Tally
from predict.definitions.study import Reads

COMPLETE = re.compile(r"^(.+)_complete$|^Complete\?( \(\d+\))?$")
BOX = re.compile(r"^.+___\w+$|^.+ \(choice=.*\)$")
TICKED = ("1", "Checked")
UNTICKED = ("0", "Unchecked")
INCOMPLETE = ("0", "Incomplete")
FILLED = ("1", "2", "Unverified", "Complete")
NOT_COMPLETED = "[not completed]"


@dataclass(frozen=True)
class Form:
    """A form: its fields, its check boxes, and the column that says how complete it is."""

    name: str
    complete: str
    fields: tuple[str, ...]
    boxes: tuple[str, ...]


def forms_of(names: Sequence[str], own: Sequence[str]) -> list[Form]:
    """Return the forms of an export: the fields up to each column of completeness.

    Examples
    --------
    >>> [form] = forms_of(["record_id", "age", "drugs___1", "basics_complete"], ())
    >>> form.name, form.fields, form.boxes
    ('basics', ('age',), ('drugs___1',))
    """
    forms, fields = [], list[str]()
    for name in names[1:]:
        match = COMPLETE.match(name)
        if match is None and name not in own:
            fields.append(name)
        elif match:
            forms.append(_form(match[1] or name, name, fields))
            fields = []
    return [*forms, _form("", "", fields)] if any(map(BOX.match, fields)) else forms


def _form(name: str, complete: str, fields: Sequence[str]) -> Form:
    boxes = tuple(field for field in fields if BOX.match(field))
    return Form(name, complete, tuple(f for f in fields if f not in boxes), boxes)


def cleaned(table: pa.Table, forms: Sequence[Form], reads: Reads, tally: Tally) -> pa.Table:
    """Return rows in which boxes of forms that were never filled are blank, not unticked."""
    for form in forms:
        there = [name for name in form.boxes if name in table.column_names]
        if there:
            table = _boxes_blank(table, form, there, tally)
        if form.complete in table.column_names:
            table = _incomplete(table, form, reads, tally)
    return _begun_surveys(table, reads, tally)


def _boxes_blank(table: pa.Table, form: Form, boxes: Sequence[str], tally: Tally) -> pa.Table:
    empty = ~_filled(table, form, boxes)
    blank = np.zeros(table.num_rows, dtype=bool)
    for name in boxes:
        cells = table.column(name)
        vain = np.asarray(pc.is_in(cells, pa.array(list(UNTICKED)))) & empty
        blank |= vain
        cells = pc.if_else(pa.array(vain), "", cells)
        table = table.set_column(table.column_names.index(name), name, cells)
    tally.add("CHECKBOX_NOT_FILLED", int(blank.sum()), form.name or boxes[0])
    return table


def _filled(table: pa.Table, form: Form, boxes: Sequence[str]) -> np.ndarray:
    """Whether the form was filled: marked so, or anything in it is answered or ticked."""
    filled = np.zeros(table.num_rows, dtype=bool)
    if form.complete in table.column_names:
        filled |= np.asarray(pc.is_in(table.column(form.complete), pa.array(list(FILLED))))
    for name in form.fields:
        if name in table.column_names:
            filled |= np.asarray(pc.is_valid(blank_as_null(table.column(name))))
    for name in boxes:
        filled |= np.asarray(pc.is_in(table.column(name), pa.array(list(TICKED))))
    return filled


def _incomplete(table: pa.Table, form: Form, reads: Reads, tally: Tally) -> pa.Table:
    """Tell answers of forms that are marked incomplete, or leave them out where the study says."""
    names = [n for n in (*form.fields, *form.boxes) if n in (reads.columns or ())]
    marked = np.asarray(pc.is_in(table.column(form.complete), pa.array(list(INCOMPLETE))))
    if not (names and marked.any()):
        return table
    answered = np.zeros(table.num_rows, dtype=bool)
    for name in names:
        answered |= np.asarray(pc.is_valid(blank_as_null(table.column(name))))
    rows = int((marked & answered).sum())
    if not reads.words.get("redcap", {}).get("complete_only"):
        tally.add("FORM_INCOMPLETE", rows, form.name)
        return table
    tally.add("FORM_LEFT_OUT", rows, form.name)
    for name in names:
        cells = pc.if_else(pa.array(marked), "", table.column(name))
        table = table.set_column(table.column_names.index(name), name, cells)
    return table


def _begun_surveys(table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
    """A survey that was begun and not sent has no date yet."""
    if reads.date not in table.column_names:
        return table
    cells = table.column(reads.date)
    begun = pc.equal(cells, NOT_COMPLETED)
    tally.add("SURVEY_BEGUN", pc.sum(begun).as_py() or 0, reads.date)
    place = table.column_names.index(reads.date)
    return table.set_column(place, reads.date, pc.if_else(begun, "", cells))
