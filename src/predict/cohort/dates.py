"""When answers were given: dates by one stated format, days since the start, visit windows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from predict.cohort import grammar
from predict.cohort.cells import Reading
from predict.definitions.study import Dates
from predict.errors import Problem

_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})([T ].*)?$")
# Castor writes a missing date as 1 January of these years, each for a reason of its own.
_MISSING_YEARS = range(2995, 3000)
Columns = dict[str, np.ndarray]


def day_numbers(column: pa.ChunkedArray, form: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each cell's day as a number, and whether the cell is no date of this format.

    A time of day is left out, so that no time zone can move a date.

    Examples
    --------
    >>> cells = pa.chunked_array([["2024-02-29", "2023-02-29", "01/02/2024", ""]])
    >>> days, odd = day_numbers(cells, "iso")
    >>> (days - days[0]).tolist()[:1], odd.tolist()
    ([0.0], [False, True, True, False])
    """
    if pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
        # The file itself says which day it is, whatever format the study states for text.
        form = "iso"
    distinct, codes = grammar.encode(column)
    parsed = [_day(text.strip(), form) for text in distinct.to_pylist()]
    days = np.array([*(day for day, _ in parsed), np.nan], dtype=np.float64)
    odd = np.array([*(wrong for _, wrong in parsed), False], dtype=bool)
    return days[codes], odd[codes]


def _day(text: str, form: str) -> tuple[float, bool]:
    if text in grammar.BLANKS:
        return np.nan, False
    try:
        day = _date(text, form)
    except ValueError:
        return np.nan, True
    means_missing = day.year in _MISSING_YEARS and (day.month, day.day) == (1, 1)
    return (np.nan if means_missing else float(day.toordinal())), False


def _date(text: str, form: str) -> date:
    if form != "iso":
        return datetime.strptime(text, form).date()
    parts = _ISO.match(text)
    if parts is None:
        raise ValueError("not an ISO date")
    return date(int(parts[1]), int(parts[2]), int(parts[3]))


def days_at(reading: Reading, visit: str) -> np.ndarray:
    """Return the day of each row: a date's number, or the days since the start as they stand."""
    dates = reading.study.dates
    column = dates.column_at(visit)
    if dates.days:
        rule = grammar.NumberRule(
            exponent=True,
            missing=reading.study.missing_codes,
            decimal=reading.study.dialect.decimal,
        )
        return reading.numbers(column, rule, f"'{column}'", "a number of days").clean()
    days, odd = day_numbers(reading.table.column(column), dates.format)
    reading.count_dates(column, int((~np.isnan(days)).sum()), int(odd.sum()))
    dated = grammar.filled(reading.table.column(column), ())
    reading.coercions["date_means_missing"] += int((dated & np.isnan(days) & ~odd).sum())
    message = f"'{column}' must hold dates of the format {dates.format}."
    reading.fault("DATE_UNREADABLE", column, message, np.flatnonzero(odd))
    _ahead(reading, column, days)
    return days


def _ahead(reading: Reading, column: str, days: np.ndarray) -> None:
    last = reading.source.today or latest_today()
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(days > last.toordinal())
    message = f"A date of '{column}' lies in the future; correct it."
    reading.fault("DATE_IN_FUTURE", column, message, rows)


def latest_today() -> date:
    """Return the latest date that any clock on earth shows, whatever this machine's time zone."""
    return (datetime.now(UTC) + timedelta(hours=14)).date()


def visit_days(reading: Reading, visits: Iterable[str]) -> Columns:
    """Wide layout: the day of each row at each of these visits; nothing where there are no dates.

    A date before the person's first visit is a fault of its row.
    """
    study = reading.study
    if not study.dates.pattern:
        return {}
    days = {visit: days_at(reading, visit) for visit in visits}
    for visit, day in days.items():
        _before_start(reading, study.dates, day - days[study.visits[0]], visit)
    return days


def drop_outside(reading: Reading, visits: dict[str, Columns], days: Columns) -> None:
    """Wide layout: leave answers outside their visit's window unused, and say how many."""
    dates = reading.study.dates
    for visit, columns in visits.items():
        if visit not in dates.windows or not columns:
            continue
        zero = 0.0 if dates.days else days[reading.study.visits[0]]
        outside = _outside(days[visit] - zero, dates.windows[visit])
        for name, values in columns.items():
            columns[name] = np.where(outside, np.nan, values)
        _tell(reading, visit, int(outside.sum()))


def row_days(
    reading: Reading, visit: np.ndarray, visits: int, empty: np.ndarray
) -> np.ndarray | None:
    """Long layout: the day of each row of the first ``visits`` visits, unread elsewhere.

    Parameters
    ----------
    visit : array of int
        Place of each row's visit as the table states it; -1 where the table states none.
    empty : array of bool
        Rows that are no rows of a visit.

    Returns
    -------
    array of float or None
        None where the study states no dates.
    """
    study = reading.study
    if not study.dates.pattern:
        return None
    used = (visit >= 0) & (visit < visits) if study.visit else ~empty
    days = np.full(len(visit), np.nan)
    days[used] = days_at(reading.only(used), "")
    return days


def place_rows(
    reading: Reading, visit: np.ndarray, days: np.ndarray | None, empty: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Long layout: the visit of each row by its window, and its days since the first visit.

    A row outside its own window, or outside any, has the visit -1; days are NaN where unknown.
    """
    if days is None:
        return visit.copy(), np.full(len(visit), np.nan)
    study = reading.study
    since = _since_start(reading, visit, days)
    order = [name for name in study.visits if name in study.dates.windows]
    placed = visit.copy()
    if not study.visit:
        placed[:] = -1
        for name in reversed(order):
            inside = ~np.isnan(since) & ~_outside(since, study.dates.windows[name])
            placed[inside] = study.order(name)
        unknown = np.isnan(since)
        _tell(reading, "any visit", int(((placed < 0) & ~empty & ~unknown).sum()))
        _tell_undated(reading, int((unknown & ~empty).sum()))
        return placed, since
    for name in order:
        outside = (visit == study.order(name)) & _outside(since, study.dates.windows[name])
        placed[outside] = -1
        _tell(reading, name, int(outside.sum()))
    return placed, since


def _since_start(reading: Reading, visit: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Days since the first visit: its date where the table names visits, else the first date."""
    if reading.study.dates.days:
        return days
    people = int(reading.owner.max()) + 1 if len(reading.owner) else 0
    usable = ~np.isnan(days) & ((visit == 0) | (not reading.study.visit))
    first = np.full(people, np.inf)
    np.minimum.at(first, reading.owner[usable], days[usable])
    since = days - first[reading.owner]
    since = np.where(np.isfinite(since), since, np.nan)
    _before_start(reading, reading.study.dates, since, "any visit")
    return since


def _outside(since: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Whether a day lies outside a window; an unknown day does not."""
    with np.errstate(invalid="ignore"):
        return np.asarray((since < window[0]) | (since > window[1]))


def _before_start(reading: Reading, dates: Dates, since: np.ndarray, visit: str) -> None:
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(since < 0)
    column = dates.column_at(visit)
    message = f"The date at '{visit}' lies before the person's first visit; correct either."
    if not dates.days:
        reading.fault("DATE_BEFORE_START", column, message, rows)


def _tell_undated(reading: Reading, count: int) -> None:
    """Rows without a day are outside of nothing: where windows alone place rows, they have none."""
    if count:
        message = f"{count} rows have no date, or none that can be read, so no visit; their answers"
        message = f"{message} are not used. Fill the dates in."
        column = reading.study.dates.pattern
        reading.notes.append(Problem("ROWS_UNDATED", message, column=column, level="warning"))


def _tell(reading: Reading, visit: str, count: int) -> None:
    if count:
        message = f"{count} rows lie outside the window of {visit}; their answers are not used."
        reading.notes.append(Problem("OUTSIDE_WINDOW", message, column=visit, level="warning"))
