"""Qualtrics CSV: two or three header rows, previews, responses that were not finished.

Names of the questions stand in the first row, their text in the second in the user's language, and
``{"ImportId": ...}`` in the third; legacy exports have two rows, columns V1, V2 ... and a trailing
comma. (Read in the samples of the R package qualtRics.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.survey_csv import (
    SurveyCsv,
    answer_columns,
    count_of,
    first_fields,
    left_out,
)
from predict.cohort.formats.text_rows import HeaderLines, header_lines, numbered
from predict.cohort.formats.translated import Tally
from predict.definitions.study import Reads

_LEGACY = re.compile(r"^V\d+$")
_IMPORT = '{"ImportId"'
PREVIEWS = ("1", "Survey Preview", "2", "Survey Test", "9", "17")
UNFINISHED = ("0", "False", "FALSE", "false")
# What else is known of a response: others may be previews in another language.
ANSWERED = ("0", "IP Address", "4", "Imported", "8", "Spam", "16", "Offline", "12")
FINISHED = ("1", "True", "TRUE", "true")
SEEN = ("-99",)
_IDS = ("ResponseId", "ResponseID")
# How Qualtrics names a response; one in progress begins with FS.
_RESPONSE = re.compile(r"^(R|FS)_\w+$")
_OWN = (
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)"),
    *("Finished", "RecordedDate", "RecipientLastName", "RecipientFirstName", "RecipientEmail"),
    *("ExternalReference", "LocationLatitude", "LocationLongitude", "DistributionChannel"),
    *("UserLanguage", "ResponseSet", "EmailAddress", "LocationAccuracy", "Name"),
)


class Qualtrics(SurveyCsv):
    """A Qualtrics export; its places are responses that count."""

    title = "Qualtrics export (CSV with its header rows)"
    words: ClassVar[Mapping[str, str]] = {
        "HEADER_ROWS": "{n} header rows stand above the answers; they were read as such.",
        "PREVIEWS_LEFT_OUT": "{n} responses are previews or tests; they are no people and are left "
        "out. Write previews = true under [qualtrics] to read them.",
        "RESPONSE_UNFINISHED": "{n} responses were not finished; they are read. Write "
        "finished_only = true under [qualtrics] to leave them out.",
        "UNFINISHED_LEFT_OUT": "{n} responses were not finished; they are left out, as declared.",
        "STATUS_UNKNOWN": "{n} responses have a status or a mark of having finished that is not "
        "known ({about}), perhaps in another language; they are read. Export numeric values, so "
        "that previews and drafts are told.",
        "SEEN_NOT_ANSWERED": "{n} answers are -99, which here means seen and not answered; if so, "
        "write missing_codes = [-99].",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether the third row, or the second of a legacy export, is Qualtrics' own."""
        fields = first_fields(head)
        legacy = sum(bool(_LEGACY.match(field)) for field in fields) >= 5 and b"ResponseID" in head
        own = {"Status", "Finished"} <= set(fields) and bool(set(_IDS) & set(fields))
        return legacy or own or b'{""ImportId"":' in head

    def header(self, file: SourceFile) -> HeaderLines:
        """Return the header rows: up to that of import ids, two without it, or names alone."""
        lines = header_lines(file, 3)
        if len(lines.lines) > 2 and lines.lines[2] and lines.lines[2][0].startswith(_IMPORT):
            return lines
        return header_lines(file, 2 if _is_described(lines.lines) else 1)

    def names(self, header: HeaderLines, file: SourceFile, tally: Tally) -> list[str]:
        """Return the names; a legacy V1 goes by its second row, a trailing comma's by its place."""
        if len(header.lines) < 2:
            return header.names
        tally.add("HEADER_ROWS", len(header.lines))
        given, words = header.lines[0], header.lines[1]
        chosen = [
            word if _LEGACY.match(name) and word else name or f"column {place}"
            for place, (name, word) in enumerate(zip(given, words, strict=False), start=1)
        ]
        return numbered([*chosen, *given[len(chosen) :]])

    def hints(self, file: SourceFile) -> Hints:
        """Return the response's id, and the questions' text of the second row."""
        header = self.header(file)
        names = self.names(header, file, Tally())
        labels = dict(zip(names, header.lines[1], strict=False)) if len(header.lines) > 1 else {}
        person = next((name for name in _IDS if name in names), "")
        own = frozenset(name for name in names if labels.get(name) and name in _OWN)
        return Hints(id=person, labels=labels, own=own)

    def own_columns(self, names: Sequence[str]) -> list[str]:
        """Return the columns of status and of what was finished."""
        return [name for name in ("Status", "Finished") if name in names]

    def cleaned(self, table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
        """Return responses without previews, and without unfinished ones where declared."""
        stated = reads.words.get("qualtrics", {})
        _tell_unknown(table, "Status", (*PREVIEWS, *ANSWERED), tally)
        _tell_unknown(table, "Finished", (*UNFINISHED, *FINISHED), tally)
        if not stated.get("previews"):
            table, count = left_out(table, "Status", PREVIEWS)
            tally.add("PREVIEWS_LEFT_OUT", count)
        if stated.get("finished_only"):
            table, count = left_out(table, "Finished", UNFINISHED)
            tally.add("UNFINISHED_LEFT_OUT", count)
        tally.add("RESPONSE_UNFINISHED", count_of(table, "Finished", UNFINISHED))
        seen = sum(count_of(table, name, SEEN) for name in answer_columns(table, reads))
        tally.add("SEEN_NOT_ANSWERED", seen)
        return table


def _is_described(lines: Sequence[Sequence[str]]) -> bool:
    """Whether the second row tells what is asked: one of a response holds the response's name.

    Somebody may have taken these rows out; who stands there instead is no header.
    """
    if len(lines) < 2:
        return False
    place = next((place for place, name in enumerate(lines[0]) if name in _IDS), -1)
    return not (0 <= place < len(lines[1]) and _RESPONSE.match(lines[1][place]))


def _tell_unknown(table: pa.Table, column: str, known: Sequence[str], tally: Tally) -> None:
    """Count the cells of a column that are none of the known words."""
    if column in table.column_names:
        words = table.column(column).value_counts().to_pylist()
        for word in [one for one in words if one["values"] not in ("", *known)]:
            tally.add("STATUS_UNKNOWN", word["counts"], str(word["values"])[:40])
