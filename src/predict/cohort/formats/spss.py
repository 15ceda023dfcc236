"""SPSS: .sav and .zsav, read here: their header, their rows, and dates by their formats."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from predict.cohort.formats.base import SourceFile, mark_of
from predict.cohort.formats.readstat import Cells, Readstat
from predict.cohort.formats.spss_dictionary import (
    Dictionary,
    Variable,
    read_dictionary,
    text_of,
)
from predict.cohort.formats.spss_rows import DamagedRows, Rows, letters, numbers
from predict.cohort.formats.transport import texts

# SPSS' numbers of formats: DATE, ADATE, JDATE, MOYR, QYR, WKYR, EDATE, SDATE; then those with time.
_DAYS = (20, 23, 24, 28, 29, 30, 38, 39)
_MOMENTS = (22, 41)
_TIMES = (21, 25, 40)
_EPOCH = np.datetime64("1582-10-14T00:00:00", "s")
# Years 1 to 9999 in seconds since that day.
_FIRST, _LAST = -49_891_000_000, 265_621_000_000


class Spss(Readstat):
    """An SPSS file; its user-missing codes are blank, and counted."""

    title = "SPSS file (.sav, .zsav)"
    magic = (b"$FL2", b"$FL3")
    suffixes = (".sav", ".zsav")
    extra = ""

    def check_end(self, file: SourceFile, rows: int) -> None:
        """Stop where the file states another number of rows than it holds."""
        if self.about(file).number_rows not in (None, rows):
            raise self.damaged()

    def _said(self, file: SourceFile) -> Dictionary:
        stated = file.dialect.encoding
        try:
            with file.open() as opened:
                return read_dictionary(opened, "" if stated == "utf-8" else stated)
        except (UnicodeError, LookupError) as error:
            raise self.not_decoded() from error
        except ValueError as error:  # a damaged header, or a name of an encoding that is none
            raise self.damaged() from error

    def load(self, file: SourceFile, start: int, rows: int) -> tuple[Mapping[str, Cells], Any]:
        """Return the cells of so many rows, and what the file says of its columns."""
        about: Dictionary = self.about(file)
        some = [v for v in about.variables if not file.columns or v.name in file.columns]
        wanted = [place for v in some for place in range(v.place, v.place + v.words)]
        try:
            words = _rows_of(file, about).take(start, rows, np.array(wanted, dtype=np.int64))
        except DamagedRows as error:
            raise self.damaged() from error
        places = np.cumsum([0, *(v.words for v in some)]).tolist()
        try:
            return {
                v.name: _cells(words, replace(v, place=place), about)
                for v, place in zip(some, places, strict=False)
            }, about
        except UnicodeDecodeError as error:
            raise self.not_decoded() from error


_kept = threading.local()


def _rows_of(file: SourceFile, about: Dictionary) -> Rows:
    """The file's rows, at the place that was come to, so that pieces in order cost one pass."""
    key = (file.path, mark_of(file)) if file.held is None else id(file.held)
    if getattr(_kept, "key", None) != (key, about):
        _kept.key, _kept.rows = (key, about), Rows(file, about)
    rows: Rows = _kept.rows
    return rows


def _cells(words: np.ndarray, variable: Variable, about: Dictionary) -> Cells:
    """A column's cells: text, numbers, or what their format makes of seconds."""
    if variable.width:
        return _texts(letters(words, variable), about.encoding)
    values = numbers(words, variable, about)
    if variable.form in (*_DAYS, *_MOMENTS):
        return _dates(values, days=variable.form in _DAYS)
    return _clock(values) if variable.form in _TIMES else values  # type: ignore[return-value]


def _texts(cells: np.ndarray, encoding: str) -> Cells:
    try:
        return texts(cells, encoding)
    except UnicodeDecodeError:  # some may be cut off inside their last letter
        return [text_of(row.tobytes(), encoding) for row in cells]


def _dates(values: np.ndarray, *, days: bool) -> list[str | None]:
    """Seconds since SPSS' first day as ISO text; a number that is no date stays a number."""
    dated = (values > _FIRST) & (values < _LAST)
    seconds = np.where(dated, values, 0).astype("int64").astype("timedelta64[s]")
    moments = _EPOCH + seconds
    plain = np.datetime_as_string(moments.astype("datetime64[D]"))
    if not days:
        timed = moments != moments.astype("datetime64[D]")
        plain = np.where(timed, np.datetime_as_string(moments), plain)
    odd = np.flatnonzero(~dated)
    cells: list[str | None] = plain.tolist()
    for place in odd.tolist():
        cells[place] = None if np.isnan(values[place]) else f"{values[place]:g}"
    return cells


def _clock(values: np.ndarray) -> list[str | None]:
    """Seconds as hours, minutes and seconds."""
    return [None if value != value else _hours(value) for value in values.tolist()]


def _hours(value: float) -> str:
    if not 0 <= value < 1e9:
        return f"{value:g}"
    minutes, seconds = divmod(value, 60)
    hours, minutes = divmod(int(minutes), 60)
    whole = f"{int(seconds):02d}" if seconds.is_integer() else f"{seconds:09.6f}"
    return f"{hours:02d}:{minutes:02d}:{whole}"
