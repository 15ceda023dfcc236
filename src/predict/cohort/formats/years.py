"""Whole years between two ISO dates as they stand in cells."""

from __future__ import annotations


def years_between(born: str, day: str) -> str:
    """Return whole years between two ISO dates, as text; blank where one is not whole.

    >>> years_between("1980-03-02", "2020-03-01"), years_between("1980-03-02", "2020-03-02")
    ('39', '40')
    >>> years_between("1980", "2020-01-01")
    ''
    """
    if not (len(born) == len(day) == 10 and born[:4].isdigit() and day[:4].isdigit()):
        return ""
    return str(int(day[:4]) - int(born[:4]) - (day[5:] < born[5:]))
