"""LimeSurvey CSV: answers as words or codes, "N/A" for what was not shown, drafts undated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.survey_csv import SurveyCsv, answer_columns, count_of, first_fields
from predict.cohort.formats.translated import Tally
from predict.cohort.source import refuse
from predict.definitions.study import Reads

# By code, by text, or by both: ``submitdate. Date submitted``. Texts are in the survey's language.
SENT = ("submitdate", "Date submitted", "Datum Abgeschickt")
PAGE = ("lastpage", "Last page", "Letzte Seite")
KEYS = ("token", "Access code", "Zugangscode", "id", "Response ID", "Antwort ID")
_OWN = (
    *(*SENT, *PAGE, *KEYS, "startlanguage", "Start language", "Start-Sprache", "seed", "Seed"),
    *("Zufallsstartwert", "startdate", "Date started", "datestamp", "Date last action"),
    *("ipaddr", "IP address", "refurl", "Referrer URL"),
)
NOT_SHOWN = ("N/A",)
_NO_DATE = "1980-01-01"
_CODE = r"^A[O0-9][0-9]*$"


class LimeSurvey(SurveyCsv):
    """A LimeSurvey export; its places are responses."""

    title = "LimeSurvey export (CSV, answers or codes)"
    words: ClassVar[Mapping[str, str]] = {
        "NOT_SHOWN": "{n} cells say N/A: the question was not shown; they are blank.",
        "DATE_NOT_KEPT": "{n} dates of '{about}' are 1 January 1980, which LimeSurvey writes where "
        "a survey keeps no dates; they are blank.",
        "RESPONSE_UNFINISHED": "{n} responses were never submitted; they are read. Write "
        "finished_only = true under [limesurvey] to leave them out.",
        "UNFINISHED_LEFT_OUT": "{n} responses were never submitted; they are left out, as "
        "declared.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether the header has LimeSurvey's columns of date and page."""
        fields = {_code_of(field) for field in first_fields(head)}
        return bool(fields & set(SENT)) and bool(fields & set(PAGE))

    def hints(self, file: SourceFile) -> Hints:
        """Return the access code or the response's number, and what each column asks."""
        names = self.header(file).names
        by_code = {_code_of(name): name for name in names}
        person = next((by_code[key] for key in KEYS if key in by_code), "")
        own = frozenset(by_code[code] for code in _OWN if code in by_code) - {person}
        labels = {name: name for name in names if name not in own and name != person}
        return Hints(id=person, labels=labels, own=own)

    def own_columns(self, names: Sequence[str]) -> list[str]:
        """Return the column of when a response was sent."""
        return [name for name in names if _code_of(name) in SENT]

    def cleaned(self, table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
        """Return responses with what was not shown blank; stop at codes that nothing explains."""
        for name in table.column_names:
            tally.add("NOT_SHOWN", count_of(table, name, NOT_SHOWN))
            cells = pc.if_else(pc.is_in(table.column(name), pa.array(NOT_SHOWN)), "",
                               table.column(name))  # fmt: skip
            table = table.set_column(table.column_names.index(name), name, cells)
        _refuse_bare_codes(table, reads)
        return _without_dates(_finished(table, reads, tally), reads, tally)


def _code_of(name: str) -> str:
    """The code of a heading such as ``submitdate. Date submitted``; other headings as they are."""
    code, mark, _ = name.partition(". ")
    return code if mark and code in _OWN else name


def _finished(table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
    sent = next((name for name in table.column_names if _code_of(name) in SENT), "")
    if not sent:
        return table
    drafts = pc.equal(pc.utf8_trim_whitespace(table.column(sent)), "")
    count = pc.sum(drafts).as_py() or 0
    if not reads.words.get("limesurvey", {}).get("finished_only"):
        tally.add("RESPONSE_UNFINISHED", count)
        return table
    tally.add("UNFINISHED_LEFT_OUT", count)
    return table.filter(pc.invert(drafts))


def _without_dates(table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
    """The table without the date that stands where a survey keeps none."""
    for name in [name for name in table.column_names if name == reads.date]:
        none = pc.starts_with(table.column(name), _NO_DATE)
        tally.add("DATE_NOT_KEPT", pc.sum(none).as_py() or 0, name)
        cells = pc.if_else(none, "", table.column(name))
        table = table.set_column(table.column_names.index(name), name, cells)
    return table


def _refuse_bare_codes(table: pa.Table, reads: Reads) -> None:
    """Stop at A1, A2 ...: their digits are no scores (they would add 9 to a PHQ-9)."""
    for name in answer_columns(table, reads):
        codes = pc.sum(pc.match_substring_regex(table.column(name), _CODE)).as_py() or 0
        if codes and not any(re.match(_CODE, word.upper()) for word in reads.answers[name]):
            message = f"Answers of '{name}' are codes such as A1 or AO01, {codes} of them, whose"
            message = f"{message} digits are no scores; state the number of each, answers ="
            raise refuse("ANSWER_CODES_UNMAPPED", f'{message} {{ "A1" = 0, ... }}.', name)
