"""`predict analyse courses`: the courses people follow over visits, and how far to trust them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from predict.cli.analyse_outcomes import write_found
from predict.cli.options import OutFolder, Quiet, Table, one_blas_thread


def courses(
    table: Table,
    study: Annotated[Path, typer.Option(help="Study TOML.", show_default=False)],
    out: OutFolder,
    instrument: Annotated[
        list[str] | None, typer.Option(help="Instrument; give two to run in parallel.")
    ] = None,
    visit: Annotated[list[str] | None, typer.Option(help="Visit; give three or more.")] = None,
    classes: Annotated[int, typer.Option(help="Most classes tried.", min=1, max=8)] = 5,
    structure: Annotated[
        Literal["random_intercept", "growth", "diagonal"],
        typer.Option(help="How people of one class differ."),
    ] = "random_intercept",
    means: Annotated[
        Literal["free", "linear", "quadratic"], typer.Option(help="Shape of a mean course.")
    ] = "free",
    variances: Annotated[
        Literal["shared", "each"], typer.Option(help="One covariance, or one for each class.")
    ] = "shared",
    starts: Annotated[int, typer.Option(help="Random starts.", min=1)] = 50,
    resamples: Annotated[
        int, typer.Option(help="Resamples in which the number is chosen again.", min=0)
    ] = 40,
    test: Annotated[
        int, typer.Option(help="Draws of the bootstrapped likelihood-ratio test.", min=0)
    ] = 0,
    person: Annotated[
        list[str] | None, typer.Option(help="Draw the own course of this id; may repeat.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    share: Annotated[bool, typer.Option("--share", help="Only what may leave the clinic.")] = False,
    quiet: Quiet = False,
) -> None:
    """Find courses with growth mixtures; tables first, figures and a note beside them."""
    one_blas_thread()
    from predict.analysis.trajectories import CourseSettings, MixtureSettings, trajectories
    from predict.analysis.write_results import Clock
    from predict.cohort import read_cohort

    clock = Clock()
    settings = CourseSettings(
        tuple(instrument or ()), tuple(visit or ()), most=classes, resamples=resamples,
        test_draws=test,
        persons=tuple(person or ()),
        mixture=MixtureSettings(
            structure=structure, means=means, shared=variances == "shared", starts=starts, seed=seed
        ),
    )  # fmt: skip
    cohort = read_cohort(table, study)
    result = trajectories(cohort, settings)
    write_found(result, cohort, out, clock, share=share, quiet=quiet)
