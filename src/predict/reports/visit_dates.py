"""When answers were given: days of the calendar by entry, days since the start by person.

No clock is read here: the day that ages are counted to is a value of the report's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from predict.errors import UsageError

if TYPE_CHECKING:
    from predict.cohort import Cohort


@dataclass(frozen=True)
class VisitDates:
    """When every visit's answers were given; empty where the study states no dates.

    Parameters
    ----------
    dates : mapping of visit -> texts by entry of the table
        ISO days of the calendar, empty where unknown; refused rows too.
    days : mapping of visit -> id -> days since the person's first visit
        Only where known.
    """

    dates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    days: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def visit_dates(cohort: Cohort) -> VisitDates:
    """Return when the answers of everybody in a cohort were given."""
    dated = [visit for visit in cohort.study.visits if visit in cohort.dates]
    calendar = [visit for visit in dated if cohort.dates[visit].dtype.kind == "M"]
    return VisitDates(
        {v: cohort.dates[v].dt.strftime("%Y-%m-%d").fillna("").tolist() for v in calendar},
        {v: {str(key): float(n) for key, n in cohort.days(v).dropna().items()} for v in dated},
    )


def days_old(answered: str, today: str) -> int | None:
    """Return how many days ago answers were given; None where either day is unknown.

    Examples
    --------
    >>> days_old("2026-03-01", "2026-03-21"), days_old("", "2026-03-21")
    (20, None)
    """
    if not answered or not today:
        return None
    return (date.fromisoformat(today) - date.fromisoformat(answered)).days


def iso_day(text: str) -> str:
    """Return the day of a moment of making, or nothing where it names none.

    Examples
    --------
    >>> iso_day("2026-03-21T09:14:00Z"), iso_day("2026-03-21 09:14 UTC"), iso_day("spring")
    ('2026-03-21', '2026-03-21', '')
    """
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def checked_day(text: str) -> str:
    """Return a day that ages are counted to, as it stands.

    Raises
    ------
    UsageError
        When it is not an ISO date.
    """
    if text and iso_day(text) != text:
        raise UsageError(f"'{text[:40]}' is not a day. Write it as 2026-03-21.")
    return text
