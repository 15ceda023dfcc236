"""All outcome tables of a cohort, or all attrition tables: what the command line writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from predict.analysis.adjusted import adjusted_gain
from predict.analysis.attrition import comparisons, flow, flow_table
from predict.analysis.burnout import INSTRUMENT, burnout, declared, read_norms
from predict.analysis.description import items_table, scores_by_visit
from predict.analysis.events import events
from predict.analysis.page import published_page
from predict.analysis.published import compare, published_table
from predict.analysis.rates import definitions_left_out, rates
from predict.analysis.round_two import round_two
from predict.analysis.strata import interactions, strata
from predict.cohort import Cohort
from predict.definitions.programmes import Programme, load_programme
from predict.drawing.flow import flow_svg
from predict.files import write_csv, write_json, write_text
from predict.statistics.disclosure import Table, protect


@dataclass(frozen=True)
class Tables:
    """Tables of one analysis, by name, and what is drawn from them when they are written.

    ``suppressed`` says whether small cells were hidden for sharing, ``simulated`` whether the study
    calls its people so; ``notes`` what was left out, and why.
    """

    tables: tuple[Table, ...]
    programme: Programme | None = None
    suppressed: bool = False
    simulated: bool = False
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Tables({', '.join(table.name for table in self.tables)})"

    def __getitem__(self, name: str) -> Table:
        return {table.name: table for table in self.tables}[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of the tables, in order."""
        return tuple(table.name for table in self.tables)

    def shared(self) -> Tables:
        """Return the same with cells of 1-10 people and whatever gives them away hidden."""
        return replace(self, tables=protect(self.tables), suppressed=True)

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write every table as CSV, the page of published figures and the flow diagram."""
        folder = Path(folder)
        written = [write_csv(t.frame, folder / f"{t.name}.csv") for t in self.tables]
        if "published" in self.names() and self.programme is not None:
            said = {"hidden": self.suppressed, "simulated": self.simulated}
            page = published_page(self.programme, self["published"].frame, **said)
            written.append(write_text(folder / "published.html", page))
        if "flow" in self.names():
            told = self["flow"].frame
            written.append(write_text(folder / "flow.svg", flow_svg(told)))
            written.append(write_json(folder / "flow.json", told.to_dict("records")))
        return tuple(written)


def outcome_tables(
    cohort: Cohort, *, programme: str | None = None, norms: Path | str | None = None
) -> Tables:
    """Compute every outcome table of a cohort, and the published figures beside them.

    Parameters
    ----------
    programme : str, optional
        Whose figures to compare; the study's own by default. Without one no comparison is made.
    norms : path, optional
        Burnout norms or profile boundaries (see `predict.analysis.burnout.read_norms`).

    Returns
    -------
    Tables
        ``scores``, ``rates``, ``strata``, ``interactions``, ``items``, ``safety``, and where they
        apply ``round_two``, ``adjusted``, ``burnout``, ``profiles``, ``transitions`` and
        ``published``.
    """
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
    notes = definitions_left_out(cohort)
    return Tables(filled, facts, simulated=cohort.study.simulated, notes=notes)


def attrition_tables(cohort: Cohort) -> Tables:
    """Compute who was lost and how they differ: flow, completers against lost, rates by reading."""
    tables = (flow_table(flow(cohort)), comparisons(cohort), rates(cohort))
    filled = tuple(table for table in tables if len(table.frame))
    return Tables(filled, notes=definitions_left_out(cohort))


def shared_tables(
    cohort: Cohort, *, programme: str | None = None, norms: Path | str | None = None
) -> tuple[Tables, Tables]:
    """Return outcome and attrition tables that may leave the clinic, even both together.

    What one analysis hides the other does not tell: small cells are hidden over all tables of both.
    """
    found = outcome_tables(cohort, programme=programme, norms=norms), attrition_tables(cohort)
    hidden = protect([table for tables in found for table in tables.tables])
    first = len(found[0].tables)
    parts = hidden[:first], hidden[first:]
    outcomes, attrition = (
        replace(tables, tables=part, suppressed=True)
        for tables, part in zip(found, parts, strict=True)
    )
    return outcomes, attrition


def _coding(cohort: Cohort) -> int:
    held = cohort.study.instruments.get(INSTRUMENT)
    return 0 if held is None else held.coding_low
