"""`predict analyse outcomes` and `predict analyse attrition`: tables with their denominators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import OutFolder, Quiet, Table, teller

if TYPE_CHECKING:
    from predict.analysis.outcome_report import Tables

Study = Annotated[Path, typer.Option(help="Study TOML.", show_default=False)]
Share = Annotated[bool, typer.Option("--share", help="Hide cells of 1-10 people.")]


def outcomes(
    table: Table,
    study: Study,
    out: OutFolder,
    programme: Annotated[
        str | None, typer.Option(help="Published programme to compare; else the study's.")
    ] = None,
    norms: Annotated[
        Path | None, typer.Option(help="Burnout norms or profile boundaries (TOML).")
    ] = None,
    share: Share = False,
    quiet: Quiet = False,
) -> None:
    """Compute every outcome table, and published figures beside the same figures here."""
    from predict.analysis.outcome_report import outcome_tables, shared_tables
    from predict.cohort import read_cohort

    cohort = read_cohort(table, study)
    if share:
        found, _ = shared_tables(cohort, programme=programme, norms=norms)
    else:
        found = outcome_tables(cohort, programme=programme, norms=norms)
    _write(found, out, quiet)


def attrition(
    table: Table, study: Study, out: OutFolder, share: Share = False, quiet: Quiet = False
) -> None:
    """Draw the flow of people, compare completers with the lost, and give rates three ways."""
    from predict.analysis.outcome_report import attrition_tables, shared_tables
    from predict.cohort import read_cohort

    cohort = read_cohort(table, study)
    _write(shared_tables(cohort)[1] if share else attrition_tables(cohort), out, quiet)


def _write(found: Tables, out: Path, quiet: bool) -> None:
    written = found.write(out)
    say = teller(quiet)
    for note in found.notes:
        say(note)
    say(f"Wrote {', '.join(path.name for path in written)} to {out}")
