"""`predict analyse outcomes` and `predict analyse attrition`: tables with their denominators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import OutFolder, Quiet, Table, called, teller

if TYPE_CHECKING:
    from predict.analysis import Result, SymptomNetwork, Trajectories
    from predict.analysis.write_results import Clock
    from predict.cohort import Cohort

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
    from predict.analysis import outcome_tables
    from predict.cohort import read_cohort

    cohort = read_cohort(table, study)
    result = outcome_tables(cohort, programme=programme, norms=norms)
    _write(result, cohort, out, share=share, quiet=quiet)


def attrition(
    table: Table, study: Study, out: OutFolder, share: Share = False, quiet: Quiet = False
) -> None:
    """Draw the flow of people, compare completers with the lost, and give rates three ways."""
    from predict.analysis import attrition_tables
    from predict.cohort import read_cohort

    cohort = read_cohort(table, study)
    _write(attrition_tables(cohort), cohort, out, share=share, quiet=quiet)


def _write(result: Result, cohort: Cohort, out: Path, *, share: bool, quiet: bool) -> None:
    from predict.analysis import shared, write_results

    written = write_results(result, out, shared(result, cohort) if share else None)
    say = teller(quiet)
    for note in result.notes:
        say(note)
    say(f"Wrote {', '.join(path.name for path in written)} to {called(out)}")


def write_found(
    analysis: SymptomNetwork | Trajectories,
    cohort: Cohort,
    out: Path,
    clock: Clock,
    *,
    share: bool,
    quiet: bool,
) -> None:
    """Write a network or courses, and say what must be said beside them."""
    from predict.analysis import shared, write_results
    from predict.analysis.write_results import statements

    release = shared(analysis.result, cohort) if share else None
    files = write_results(analysis.result, out, release, clock=clock)
    say = teller(quiet)
    say("\n".join(([] if share else [repr(analysis)]) + [*statements(analysis.result, release)]))
    say(f"Wrote {len(files)} files to {called(out)}; open note.md first.")
