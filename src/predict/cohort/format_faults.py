"""Rows that a format refuses by name, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from predict.cohort import grammar
from predict.cohort.answers import LOST
from predict.cohort.source import FAULTS

# `{column}` is the item or field that the fault concerns.
WORDS: Mapping[str, str] = {
    "ANSWER_CODE_UNKNOWN": "'{column}' holds an answer code whose number is not stated, or one of "
    "another system than LOINC; say it under item_answers in the study, or give the Questionnaire.",
    "ANSWER_CODES_DISAGREE": "'{column}' holds a code or a word and a number that disagree; "
    "correct the export, neither is taken.",
    "ANSWER_NOT_CODED": "'{column}' holds a reference, true/false, a per cent or a 'more than' "
    "where a coded answer or a number is expected; export the coding.",
    "PATIENTS_DIFFER": "Two Patient resources of this id state different facts; keep one.",
    "MODIFIER_UNKNOWN": "The record has a modifierExtension, which may turn its meaning; export it "
    "without, or leave it out.",
    "ITEM_TWICE": "'{column}' is answered twice with two answers; keep one.",
    "TOTAL_DISAGREES": "'{column}' is neither the sum of the answers given nor the score by the "
    "questionnaire's rule; correct it or leave it out.",
    "TOTAL_OUTSIDE": "'{column}' is a total outside its scale; correct it.",
    "TOTAL_AS_TEXT": "'{column}' is a total written as text; export it as a number.",
    "VERSION_OUTDATED": "A later version of this resource is here and is not final (amended, or "
    "begun anew); export its final version.",
    "DATE_ABSENT": "No date says when it was answered, so no visit; add the date.",
    "RECORD_UNREADABLE": "A record cannot be read (cut off or no JSON); export it again.",
    **LOST,
    "VALUE_CONFLICT": "'{column}' differs between the base row and the repeated form; keep one.",
}


def format_faults(table: pa.Table) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Yield code, column, message and rows (places in the table) of each kind of fault.

    Examples
    --------
    >>> table = pa.table({"id": ["a", "b"], FAULTS: ["", "ITEM_TWICE phq9_1"]})
    >>> [(code, column, rows.tolist()) for code, column, _, rows in format_faults(table)]
    [('ITEM_TWICE', 'phq9_1', [1])]
    """
    if FAULTS not in table.column_names:
        return
    distinct, codes = grammar.encode(table.column(FAULTS))
    for place, text in enumerate(distinct.to_pylist()):
        if text:
            code, _, column = text.partition(" ")
            message = WORDS.get(code, "The row is refused by its source.").format(column=column)
            yield code, column, message, np.flatnonzero(codes == place)
