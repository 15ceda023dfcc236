"""Google Forms CSV: a column a row of a grid, words as answers, a timestamp first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from predict.cohort.formats.base import SourceFile
from predict.cohort.formats.hints import Hints
from predict.cohort.formats.survey_csv import SurveyCsv, first_fields
from predict.cohort.formats.text_rows import HeaderLines
from predict.cohort.formats.translated import Tally
from predict.cohort.source import refuse
from predict.definitions.study import Reads

# The first column's name in the language of the form's owner.
TIMESTAMPS = (
    *("Timestamp", "Zeitstempel", "Marca temporal", "Horodateur", "Carimbo de data/hora"),
    *("Informazioni cronologiche", "Tijdstempel"),
)


class GoogleForms(SurveyCsv):
    """A Google Forms export; its places are responses."""

    title = "Google Forms export (CSV)"
    words: ClassVar[Mapping[str, str]] = {
        "TIME_OF_DAY": "{n} timestamps carry a time of day; the date counts.",
        "LABELS_REPEATED": "{n} questions stand more than once; they are numbered, as in "
        "'{about}'.",
    }

    def sniff(self, name: str, head: bytes) -> bool:
        """Return whether a timestamp comes first and a grid's row stands in brackets."""
        fields = first_fields(head)
        return fields[0] in TIMESTAMPS and any(field.endswith("]") for field in fields)

    def names(self, header: HeaderLines, file: SourceFile, tally: Tally) -> list[str]:
        """Return the questions; stop where two grids share a row that the study reads."""
        given, reads = header.lines[0], file.dialect.reads
        repeated = sorted({name for name in given if given.count(name) > 1})
        read = [name for name in repeated if name in reads.columns]
        if read:
            message = f"'{read[0]}' stands in two grids, so that its answers cannot be told apart;"
            message = f"{message} give the grids' questions names of their own and export again."
            raise refuse("GRID_ROWS_COLLIDE", message, read[0])
        tally.add("LABELS_REPEATED", len(repeated), repeated[0] if repeated else "")
        return header.names

    def hints(self, file: SourceFile) -> Hints:
        """Return the questions, which are the columns' own names."""
        names = self.header(file).names
        own = frozenset(names[:1]) & frozenset(TIMESTAMPS)
        return Hints(labels={name: name for name in names if name not in own}, own=own)

    def own_columns(self, names: Sequence[str]) -> list[str]:
        """Return no column: every response counts."""
        return []

    def cleaned(self, table: pa.Table, reads: Reads, tally: Tally) -> pa.Table:
        """Return responses whose timestamps are dates."""
        name = next((name for name in TIMESTAMPS if name in table.column_names), "")
        if not name:
            return table
        cells = table.column(name)
        timed = pc.match_substring(cells, " ")
        tally.add("TIME_OF_DAY", pc.sum(timed).as_py() or 0)
        place = table.column_names.index(name)
        days = pc.replace_substring_regex(cells, r" .*$", "")
        return table.set_column(place, name, days)
