"""The steps that wide and long tables share: ids, items, totals, people, and the coding check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort import grammar
from predict.cohort.answers import RowFault
from predict.cohort.coding import CodeCounts, Places, coded_alike, coding_problems, site_places
from predict.cohort.counted import COUNTED
from predict.cohort.format_faults import format_faults
from predict.cohort.formats.merging import blank_as_null
from predict.cohort.grammar import NumberRule, Numbers
from predict.cohort.labels import tolerant
from predict.cohort.remedies import remedy
from predict.cohort.required_columns import columns_read
from predict.cohort.source import Source
from predict.cohort.value_labels import item_labels, label_problems
from predict.definitions.instruments import Item, Scale
from predict.definitions.study import Coding, MeasureColumns, PersonColumn, Study
from predict.errors import Problem, TableError

MAX_ID = 200
# Stands for an answer to a safety item that holds something, and nothing that can be read.
UNREADABLE = -np.inf
# Lines below a table that no person is called: what they hold is of everybody.
_SUMMARIES = [
    *("total", "grand total", "subtotal", "sum", "mean", "average", "avg", "median", "std dev"),
    *("std. dev", "standard deviation", "minimum", "maximum", "count", "n =", "n=", "mean (sd)"),
    *("gesamt", "gesamtergebnis", "summe", "mittelwert", "durchschnitt", "standardabweichung"),
    *("moyenne", "promedio", "media", "mediana", "totaal"),
]
# A note's word, a colon, and a blank or nothing: "Source: clinic", never "SITE:001".
_NOTED = r"^\s*\p{L}[^:\x{ff1a}]*[:\x{ff1a}](?:\s|$)"
_NOTE = "The row is a note by its id (words and a colon) and holds nothing else; remove it."
_WHY = {
    grammar.NOT_A_NUMBER: "NOT_A_NUMBER",
    grammar.OUT_OF_RANGE: "OUT_OF_RANGE",
    grammar.NOT_WHOLE: "NOT_WHOLE",
}


@dataclass(frozen=True)
class Coded:
    """One item's column in the instrument's own coding: answers to be used, and as they stand.

    ``raw`` holds numbers out of range too, read as kindly as possible, for the safety flags.
    """

    answers: np.ndarray
    raw: np.ndarray


class Reading:
    """One pass over one table: parses columns and keeps everything found on the way.

    The only object of the package that fills up as it goes; it lives inside one reader's call.
    """

    def __init__(self, source: Source, study: Study) -> None:
        self.source = source
        self.table = source.table
        self.study = study
        self.faults: list[RowFault] = []
        self.notes: list[Problem] = list(source.notices)
        self.stops: list[Problem] = []
        self.coercions: Counter[str] = Counter(source.counts)
        self.row_numbers = source.row_numbers()
        self.owner = np.arange(self.table.num_rows)
        self.sites, self.site = self._sites()
        self._codes = CodeCounts(study, self.sites)
        self._dates: dict[str, int] = {}
        self.closed: dict[tuple[str, str], np.ndarray] = {}

    def only(self, keep: np.ndarray) -> Reading:
        """Return a reading of some of the rows that shares everything found with this one."""
        part = copy(self)
        part.source = replace(self.source, table=self.table.filter(pa.array(keep)), lost=())
        part.table = part.source.table
        part.row_numbers, part.owner = self.row_numbers[keep], self.owner[keep]
        part.site = self.site[keep]
        return part

    def _sites(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The table's sites and the place of each row's; one nameless site where it has none."""
        column = self.study.site
        if not column or column not in self.table.column_names:
            return ("",), np.zeros(self.table.num_rows, dtype=np.int64)
        return site_places(self.table.column(column))

    def fault(self, code: str, column: str, message: str, rows: np.ndarray) -> None:
        """Keep a fault of these rows (places in the table); nothing where there are none."""
        if len(rows):
            entries = np.unique(self.owner[rows])
            self.faults.append(
                RowFault(code, column, message, entries[entries >= 0], self.row_numbers[rows])
            )

    def ids(self) -> np.ndarray:
        """Return the id of each row as text, with blank, endless and repeated-header rows noted.

        Rows that the format itself refuses are noted with them.
        """
        column = self.study.id
        for code, name, message, rows in format_faults(self.table):
            self.fault(code, name, message, rows)
        texts = self.source.ids(column)
        blank = np.asarray(pc.equal(texts, ""))
        self.fault("ID_BLANK", column, "The id is blank; fill it in.", np.flatnonzero(blank))
        header = np.flatnonzero(np.asarray(pc.equal(texts, column)))
        self.fault("HEADER_REPEATED", column, "The header stands here again; remove it.", header)
        lines = np.flatnonzero(np.asarray(pc.is_in(_bare(texts), pa.array(_SUMMARIES))))
        message = "The row is a line of totals or means by its id, no person; remove it."
        self.fault("SUMMARY_ROW", column, message, lines)
        self.fault("NOTE_ROW", column, _NOTE, self._notes_below(texts))
        decimal = np.asarray(pc.match_substring_regex(texts, r"^\d+\.0+$"))
        # Set, not added: a long table's ids are told twice.
        self.coercions["id_as_decimal"] = int(decimal.sum())
        long = pc.greater(pc.utf8_length(texts), MAX_ID)
        odd = np.asarray(pc.or_(long, pc.match_substring(texts, "\x00")))
        message = f"The id is longer than {MAX_ID} characters or holds a NUL; correct it."
        self.fault("ID_UNREADABLE", column, message, np.flatnonzero(odd))
        return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)

    def _notes_below(self, ids: pa.Array) -> np.ndarray:
        """Rows of a note instead of a person: words and a colon as the id, and nothing beside it.

        Wherever they stand: a table cut into parts has its last line in one of them alone.
        """
        rows = np.flatnonzero(np.asarray(pc.match_substring_regex(ids, _NOTED)))
        if len(rows):
            read = columns_read(self.table.column_names, self.study, None)
            some = self.table.select([c for c in read if c != self.study.id]).take(pa.array(rows))
            filled = [np.asarray(pc.is_valid(blank_as_null(cells))) for cells in some.columns]
            rows = rows[~np.logical_or.reduce(filled)] if filled else rows[:0]
        return rows

    def numbers(
        self,
        column: str,
        rule: NumberRule,
        what: str,
        wanted: str,
        only: np.ndarray | None = None,
    ) -> Numbers:
        """Parse a column and keep its faults; ``what`` names it and ``wanted`` what it may hold.

        With ``only`` the cells of these rows alone are parsed.
        """
        cells = self.table.column(column)
        cells = cells if only is None else cells.filter(pa.array(only))
        places = np.arange(len(cells)) if only is None else np.flatnonzero(only)
        if self._is_typed_text(cells) and not rule.words:
            message = f"{what} is text in the Parquet file; store it as a number."
            self.stops.append(Problem("COLUMN_TYPE", message, column=column))
        parsed = grammar.numbers(cells, rule)
        for kind, code in _WHY.items():
            rows = places[parsed.fault == kind]
            advice = remedy(code, parsed, rule)
            self.fault(code, column, f"{what} must be {wanted}, in plain digits.{advice}", rows)
        self.coercions["whole_as_decimal"] += parsed.decimals
        self.coercions["float_noise"] += parsed.blurred
        self.coercions["rounded_half_up"] += parsed.rounded
        if parsed.ambiguous:
            message = f"{parsed.ambiguous} cells of {what} hold a missing code inside the range;"
            message = f"{message} they were taken as missing."
            self.notes.append(
                Problem("MISSING_CODE_IN_RANGE", message, column=column, level="warning")
            )
        return parsed

    def _is_typed_text(self, cells: pa.ChunkedArray) -> bool:
        number = grammar.is_number(cells) or pa.types.is_null(cells.type)
        return self.source.typed and not number

    def item(
        self,
        measure: MeasureColumns,
        item: Item,
        column: str,
        visit: str,
        visits: np.ndarray | None = None,
    ) -> Coded:
        """Parse one item's column, each row by the coding of its visit and site.

        Parameters
        ----------
        visit : str
            The visit of all rows; empty where ``visits`` gives the place of each row's.
        """
        at = Places(visit, visits, self.sites, self.site)
        rows = self.table.num_rows
        values, answers = np.full(rows, np.nan), np.full(rows, np.nan)
        what = f"{measure.instrument.title} item {item.key}" + (f" at '{visit}'" if visit else "")
        for some, coding in coded_alike(measure, self.study, at, rows):
            chosen = slice(None) if some is None else some
            parsed = self._coded(measure, item, column, coding, what, some)
            values[chosen] = safety_values(parsed, measure.shift(coding))
            answers[chosen] = parsed.clean() - measure.shift(coding)
        self._codes.count(measure, item, values - item.low, at)
        return Coded(answers, values)

    def _coded(
        self,
        measure: MeasureColumns,
        item: Item,
        column: str,
        coding: Coding,
        what: str,
        only: np.ndarray | None,
    ) -> Numbers:
        shift = measure.shift(coding)
        low, high = item.low + shift, item.high + shift
        missing = self.study.missing_codes
        if item.not_assessed is not None:
            missing = (*missing, f"{item.not_assessed + shift:g}")
        labels = item_labels(item, shift)
        own = measure.item_words.get(item.key, {})
        rule = NumberRule(
            low,
            high,
            whole=True,
            score=True,
            words={**(labels if coding.own_words else {}), **coding.words, **own},
            labels=labels,
            missing=missing,
            decimal=self.study.dialect.decimal,
        )
        wanted = f"a whole number from {low:g} to {high:g}"
        return self.numbers(column, rule, what, wanted, only)

    def total(self, measure: MeasureColumns, scale: Scale, column: str, visit: str) -> np.ndarray:
        """Parse a given total; a missing code inside its range is an answer."""
        rule = NumberRule(
            scale.low,
            scale.high,
            whole=scale.whole,
            score=True,
            missing=self.study.missing_codes,
            decimal=self.study.dialect.decimal,
            half_up=measure.round == "half_up",
        )
        what = scale.title + (f" at '{visit}'" if visit else "")
        kind = "a whole number" if scale.whole else "a number"
        return self.numbers(
            column, rule, what, f"{kind} from {scale.low:g} to {scale.high:g}"
        ).clean()

    def person(self, column: PersonColumn) -> np.ndarray:
        """Parse a people column: floats for a number, text for a choice."""
        missing = (*self.study.missing_codes, *column.missing_codes)
        if column.kind == "number":
            low, high = column.range or (-np.inf, np.inf)
            rule = NumberRule(
                low,
                high,
                exponent=True,
                words={text.strip().lower(): float(v) for text, v in column.codes.items()},
                missing=missing,
                codes_win=True,
                decimal=self.study.dialect.decimal,
            )
            wanted = f"a number from {low:g} to {high:g}" if column.range else "a number"
            wanted += f" ({column.unit})" if column.unit else ""
            return self.numbers(column.column, rule, f"'{column.name}'", wanted).clean()
        choices = {**{value: value for value in column.values}, **column.codes}
        choices |= {grammar.canonical_number(text): value for text, value in choices.items()}
        cells = self.table.column(column.column)
        values, unknown = grammar.choices(cells, choices, missing, self.study.dialect.decimal)
        message = f"'{column.name}' must be one of {', '.join(choices)}, letter by letter."
        self.fault("CHOICE_UNKNOWN", column.column, message, np.flatnonzero(unknown))
        return values

    def plain(self, column: str) -> np.ndarray:
        """Return a design column (cluster, site, time) as text; blank is None, ``1.0`` is ``1``."""
        distinct, codes = grammar.encode(self.table.column(column))
        stripped = [grammar.canonical_number(t.strip()) or None for t in distinct.to_pylist()]
        return np.asarray(np.array([*stripped, None], dtype=object)[codes])

    def taken(self, column: str) -> np.ndarray:
        """Parse whether a round was taken: 1.0, 0.0; blank counts as not taken."""
        choices = dict.fromkeys(("1", "yes", "true", "True", "TRUE", "Yes", "YES"), "1")
        choices |= dict.fromkeys(("0", "no", "false", "False", "FALSE", "No", "NO"), "0")
        values, unknown = grammar.choices(
            self.table.column(column), choices, self.study.missing_codes
        )
        message = f"'{column}' must be 1 or 0, yes or no."
        self.fault("CHOICE_UNKNOWN", column, message, np.flatnonzero(unknown))
        return np.where(values == "1", 1.0, 0.0)

    def count_dates(self, column: str, read: int, odd: int) -> None:
        """Keep how many cells of a column are dates of the stated format, and how many are not."""
        for name, count in ((f"date:{column}", read), (f"no_date:{column}", odd)):
            self._dates[name] = self._dates.get(name, 0) + count

    def facts(self) -> dict[str, int]:
        """Return counts that add up over a table's pieces: coercions, codes, dates."""
        return {**self.coercions, **self._codes.facts(), **self._dates}

    def finish(self) -> None:
        """Tell the allowed coercions; stop with every file problem at once.

        Raises
        ------
        TableError
            When anything concerns the table as a whole.
        """
        if not self.source.piece:
            facts, sites = self.facts(), self._codes.names()
            self.stops.extend(whole_problems(self.study, facts, sites))
            self.notes.extend(whole_warnings(self.study, facts, sites))
            said = list(label_problems(self.study, self.source.notes))
            self.stops.extend(problem for problem in said if problem.level == "file")
            self.notes.extend(problem for problem in said if problem.level != "file")
        if not self.table.num_rows and not self.source.piece:
            message = "The table has a header but no row; add people to it."
            self.notes.append(Problem("TABLE_NO_ROWS", message, level="warning"))
        for name, (code, words) in COUNTED.items():
            if self.coercions[name]:
                message = f"{self.coercions[name]} {words}"
                self.notes.append(Problem(code, message, level="warning"))
        if self.stops:
            count = f"{len(self.stops)} problem{'s' if len(self.stops) > 1 else ''}"
            raise TableError(f"The table has {count}.", code="TABLE", problems=self.stops)


def whole_problems(
    study: Study, facts: Mapping[str, int], sites: Mapping[str, str] | None = None
) -> list[Problem]:
    """Return how a table as a whole contradicts its study; it is never repaired.

    Parameters
    ----------
    study : Study
    facts : mapping of str to int
        `Reading.facts` of the whole table, or the sum of those of its pieces. Fewer than 50
        answers tell nothing of a coding: their rows are refused one by one.
    sites : mapping, optional
        Name of each site by its digest (`CodeCounts.names`), where the table is at hand.
    """
    coding = [p for p in coding_problems(study, facts, sites) if p.level == "file"]
    return [*coding, *_formats(study, facts)]


def whole_warnings(
    study: Study, facts: Mapping[str, int], sites: Mapping[str, str] | None = None
) -> list[Problem]:
    """Return where a table as a whole may be coded otherwise than declared; as `whole_problems`."""
    return [p for p in coding_problems(study, facts, sites) if p.level != "file"]


def _formats(study: Study, facts: Mapping[str, int]) -> list[Problem]:
    """Columns of dates none of which has the stated format."""
    problems = []
    for name, odd in facts.items():
        kind, _, column = name.partition(":")
        if kind == "no_date" and odd and not facts.get(f"date:{column}"):
            message = f"No date of '{column}' has the format {study.dates.format};"
            message = f"{message} state it under [dates]."
            problems.append(Problem("DATE_FORMAT", message, column=column))
    return problems


def _bare(ids: pa.Array) -> pa.Array:
    """Ids in lower case without the blanks and the mark that a label ends in."""
    return pc.utf8_trim(pc.utf8_lower(ids), characters=" \t\u00a0:.")


def safety_values(parsed: Numbers, shift: float) -> np.ndarray:
    """Return raw answers to a safety item in the instrument's coding, read as kindly as possible.

    What nobody could read is `UNREADABLE`, which is no missing answer. Out-of-range numbers stay,
    and what our grammar refuses (full-width digits, labels) is read: a flag too many asks a
    question, a flag too few may cost a life.
    """
    values = parsed.values.copy()
    rows, texts = parsed.unreadable
    read = np.array([tolerant(text, parsed.labels) for text in texts], dtype=np.float64)
    values[rows] = np.where(np.isnan(read), UNREADABLE, read)
    return np.asarray(values - shift)
