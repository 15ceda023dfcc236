"""The scores of one or two instruments over visits, as people x processes x visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.analysis.resampling import CohortPart, cluster_codes
from predict.cohort import Cohort
from predict.definitions.instruments import Scale
from predict.errors import DesignError

Array = NDArray[np.float64]
FEWEST_VISITS = 3
MOST_PROCESSES = 2
FEWEST_PEOPLE = 50


@dataclass(frozen=True)
class CourseScores(CohortPart):
    """Scores of people with any, with their names.

    Parameters
    ----------
    scores : array, people x processes x visits
        NaN where missing.
    instruments : tuple of str
        One a process.
    scales : tuple of Scale
    visits : tuple of str
    """

    scores: Array
    instruments: tuple[str, ...]
    scales: tuple[Scale, ...]
    visits: tuple[str, ...]

    @property
    def everybody(self) -> NDArray[np.bool_]:
        """These people as a group over the whole cohort."""
        return self.inside

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.ids)


def course_scores(
    cohort: Cohort,
    instruments: tuple[str, ...] = (),
    visits: tuple[str, ...] = (),
    scale: str = "total",
) -> CourseScores:
    """Return the scores whose courses are followed.

    Without ``instruments``, the first two of the study scored at the same three or more visits run
    in parallel; without ``visits``, those of round one, or all of them where round one has fewer
    than three.

    Raises
    ------
    DesignError
        With fewer than three visits at which 50 people have a score.
    """
    chosen = instruments or tuple(cohort.study.instruments)
    tables = {name: _scores_by_visit(cohort, name, scale) for name in chosen}
    asked = visits or _round_visits(cohort, tables)
    usable = {name: table for name, table in tables.items() if _enough(table, asked)}
    names = instruments or tuple(usable)[:MOST_PROCESSES]
    if not names or any(name not in usable for name in names):
        raise DesignError(
            f"Expected a score of at least {FEWEST_PEOPLE} people at {FEWEST_VISITS} or more "
            f"visits, got none for {', '.join(names or chosen)}. Courses need three visits.",
            code="COURSE_VISITS",
        )
    if len(names) > MOST_PROCESSES:
        raise DesignError(
            f"Expected at most {MOST_PROCESSES} instruments in parallel, got {len(names)}. "
            "Name two.",
            code="COURSE_PROCESSES",
        )
    scores = np.stack([usable[name][list(asked)].to_numpy(float) for name in names], axis=1)
    some = np.isfinite(scores).any((1, 2))
    scales = tuple(_scale(cohort, name, scale) for name in names)
    ids = cohort.ids[some]
    return CourseScores(
        ids, cluster_codes(cohort, ids), some, scores[some], names, scales, tuple(asked)
    )


def _scale(cohort: Cohort, name: str, scale: str) -> Scale:
    """The scale of this name, or the first one where the instrument has no total."""
    scales = cohort.study.measure(name).instrument.scales
    return next((each for each in scales if each.name == scale), scales[0])


def _scores_by_visit(cohort: Cohort, name: str, scale: str) -> pd.DataFrame:
    """Scores of one instrument, a column a visit at which it has any."""
    own = _scale(cohort, name, scale).name
    columns = {visit: cohort.total(name, visit, own) for visit in cohort.study.visits}
    table = pd.DataFrame(columns, index=cohort.ids)
    return table.loc[:, table.notna().sum() >= FEWEST_PEOPLE]


def _round_visits(cohort: Cohort, tables: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    """Visits of round one with scores of the first usable instrument, else all of its visits."""
    end = cohort.study.round("one").end
    for table in tables.values():
        inside = [v for v in cohort.study.by(end) if v in table]
        visits = inside if len(inside) >= FEWEST_VISITS else list(table.columns)
        if len(visits) >= FEWEST_VISITS:
            return tuple(visits)
    return ()


def _enough(table: pd.DataFrame, visits: tuple[str, ...]) -> bool:
    return len(visits) >= FEWEST_VISITS and all(visit in table for visit in visits)
