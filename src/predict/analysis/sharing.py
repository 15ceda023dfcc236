"""What may leave the clinic of an analysis, beside all that other analyses of the cohort share."""

from __future__ import annotations

from predict.analysis.networks.tidy import symptom_counts
from predict.analysis.outcome_report import attrition_tables, outcome_tables
from predict.analysis.trajectories.tables import score_counts
from predict.analysis.write_results import Result
from predict.cohort import Cohort
from predict.errors import DesignError
from predict.statistics.disclosure import Release, protect


def shared(result: Result, cohort: Cohort, *, given: Release | None = None) -> Release:
    """Return what may leave of a result, even beside all that other analyses of the cohort share.

    Counts that more than one analysis prints are decided once, over all of them, in the same way
    whichever analysis is asked for; what only this one prints is then decided given those.

    Parameters
    ----------
    result : Result
        Of an analysis of the cohort.
    cohort : Cohort
        Whose people it counts.
    given : Release, optional
        The common decision where it is at hand (`common_release`).

    Returns
    -------
    Release
        What each table, figure and sentence may hold.

    See Also
    --------
    predict.analysis.write_results : Writes what may leave.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table = pr.simulate("demo", people=60, seed=1).table
    >>> cohort = pr.read_cohort(table, shipped("demo_study.toml"))
    >>> release = pr.analysis.shared(pr.analysis.attrition_tables(cohort), cohort)
    >>> [table.name for table in release.tables]
    ['flow', 'completers', 'rates']
    """
    values = (list(result.statements), result.facts)
    return protect(result.tables, values=values, given=given or common_release(cohort))


def common_release(cohort: Cohort) -> Release:
    """Decide the counts that depend on the cohort only, not on an analysis's settings."""
    tables = [*outcome_tables(cohort).tables, *attrition_tables(cohort).tables]
    for more in (symptom_counts, score_counts):
        try:
            tables += more(cohort)
        except DesignError:  # the study has no items, or too few visits: nothing to share there
            continue
    return protect(tables)
