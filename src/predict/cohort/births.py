"""Whether a stated age agrees with the date of birth beside it."""

from __future__ import annotations

import numpy as np

from predict.cohort.cells import Reading
from predict.cohort.dates import day_numbers
from predict.definitions.study import PersonColumn

Columns = dict[str, np.ndarray]
DAYS_OF_A_YEAR = 365.2425
# An age may be of the year's beginning or of the next birthday; two years off is another person.
YEARS_OFF = 1.0


def check_births(reading: Reading, people: Columns, days: Columns) -> None:
    """Refuse rows whose age is not the one their date of birth gives; birth dates are not kept.

    Parameters
    ----------
    reading : Reading
        Whose owners say which person each row belongs to.
    people : dict of array
        People columns, a value a person.
    days : dict of array
        Day of each visit as a date's number, a value a person.
    """
    for column in reading.study.people.values():
        if column.born and column.name in people and column.known_at in days:
            day = days[column.known_at][reading.owner]
            _check(reading, column, people[column.name][reading.owner], day)


def _apart(years: np.ndarray, age: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((years < age - YEARS_OFF) | (years >= age + 1 + YEARS_OFF))


def _check(reading: Reading, column: PersonColumn, age: np.ndarray, day: np.ndarray) -> None:
    form = column.born_format or reading.study.dates.format
    born, odd = day_numbers(reading.table.column(column.born), form)
    message = f"'{column.born}' must hold dates of the format {form}."
    reading.fault("DATE_UNREADABLE", column.born, message, np.flatnonzero(odd))
    years = (day - born) / DAYS_OF_A_YEAR
    off = _apart(years, age)
    if "%y" in form:
        # Two digits leave the century open, and nobody is born after the visit.
        off &= _apart(years + 100, age)
    message = f"'{column.name}' is not the age that '{column.born}' gives at '{column.known_at}';"
    reading.fault(
        "AGE_NOT_BIRTH_DATE", column.born, f"{message} correct either.", np.flatnonzero(off)
    )
