"""From a table as the clinic has it to a cohort: chunks, layouts, people, answers and labels."""

from __future__ import annotations

from predict.cohort.cohort import Cohort
from predict.cohort.from_table import (
    CohortLike,
    StudyLike,
    as_cohort,
    cohort_of,
    read_cohort,
    read_present_visits,
)

__all__ = [
    "Cohort",
    "CohortLike",
    "StudyLike",
    "as_cohort",
    "cohort_of",
    "read_cohort",
    "read_present_visits",
]
