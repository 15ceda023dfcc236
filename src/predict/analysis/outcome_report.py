"""All outcome tables of a cohort, or all attrition tables: what the command line writes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from predict.analysis.adjusted import adjusted_gain
from predict.analysis.attrition import comparisons, flow, flow_table
from predict.analysis.burnout import INSTRUMENT, burnout, declared, read_norms
from predict.analysis.description import items_table, scores_by_visit
from predict.analysis.events import events
from predict.analysis.published import compare, published_page, published_table
from predict.analysis.rates import definitions_left_out, rates
from predict.analysis.round_two import round_two
from predict.analysis.strata import interactions, strata
from predict.analysis.write_results import Result
from predict.cohort import Cohort, CohortLike, StudyLike, as_cohort
from predict.definitions.programmes import Programme, load_programme
from predict.drawing.flow import flow_svg
from predict.statistics.disclosure import Release


def outcome_tables(
    cohort: CohortLike,
    *,
    programme: str | None = None,
    norms: Path | str | None = None,
    study: StudyLike | None = None,
) -> Result:
    """Compute every outcome table of a cohort, and the published figures beside them.

    Parameters
    ----------
    cohort : Cohort, DataFrame or path
        What is no cohort is read under `study`.
    programme : str, optional
        Whose figures to compare; the study's own by default. Without one no comparison is made.
    norms : path, optional
        Burnout norms or profile boundaries (see `predict.analysis.burnout.read_norms`).
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    Result
        Tables ``scores``, ``rates``, ``strata``, ``interactions``, ``items``, ``safety``, and
        where they apply ``round_two``, ``adjusted``, ``burnout``, ``profiles``, ``transitions`` and
        ``published``.

    See Also
    --------
    predict.analysis.attrition_tables : Who was lost.
    predict.analysis.write_results : Writes them.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table, study = pr.simulate("demo", people=80, seed=1).table, shipped("demo_study.toml")
    >>> pr.analysis.outcome_tables(table, study=study)
    Result(scores, rates, strata, interactions, items, safety, round_two, published)
    """
    cohort = as_cohort(cohort, study)
    name = programme or cohort.study.programme
    facts = load_programme(name) if name else None
    given = None if norms is None else read_norms(norms, coding_low=_coding(cohort))
    tables = [scores_by_visit(cohort), rates(cohort), strata(cohort), interactions(cohort)]
    tables += [items_table(cohort), events(cohort), round_two(cohort), adjusted_gain(cohort)]
    boundaries = declared(cohort, facts, given)
    if boundaries is not None:
        tables += burnout(cohort, boundaries)
    if facts is not None and facts.figures:
        tables.append(published_table(compare(cohort, facts, norms=given)))
    filled = tuple(table for table in tables if len(table.frame))
    files = partial(_published, programme=facts, simulated=cohort.study.simulated)
    return Result(filled, files, notes=definitions_left_out(cohort))


def _published(release: Release, *, programme: Programme | None, simulated: bool) -> dict[str, str]:
    """Return the page of published figures, where there are any."""
    tables = {table.name: table.frame for table in release.tables}
    if programme is None or "published" not in tables:
        return {}
    said = {"hidden": release.shown is not None, "simulated": simulated}
    return {"published.html": published_page(programme, tables["published"], **said)}


def attrition_tables(cohort: CohortLike, *, study: StudyLike | None = None) -> Result:
    """Compute who was lost and how they differ: flow, completers against lost, rates by reading.

    Parameters
    ----------
    cohort : Cohort, DataFrame or path
        What is no cohort is read under `study`.
    study : Study, path or mapping, optional
        How a table that is no cohort yet is read.

    Returns
    -------
    Result
        Tables ``flow``, ``completers``, ``rates`` and what goes with them.

    See Also
    --------
    predict.analysis.outcome_tables : Who got better.

    Examples
    --------
    >>> import predict as pr
    >>> from predict.simulation.examples import shipped
    >>> table, study = pr.simulate("demo", people=60, seed=1).table, shipped("demo_study.toml")
    >>> lost = pr.analysis.attrition_tables(table, study=study)
    >>> lost.tables[0].frame.columns.tolist()
    ['step', 'kind', 'why', 'n']
    """
    cohort = as_cohort(cohort, study)
    tables = (flow_table(flow(cohort)), comparisons(cohort), rates(cohort))
    filled = tuple(table for table in tables if len(table.frame))
    return Result(filled, _flow_files, notes=definitions_left_out(cohort))


def _flow_files(release: Release) -> dict[str, Any]:
    steps = release["flow"].frame
    return {"flow.svg": flow_svg(steps), "flow.json": steps.to_dict("records")}


def _coding(cohort: Cohort) -> int:
    held = cohort.study.instruments.get(INSTRUMENT)
    return 0 if held is None else held.coding_low
