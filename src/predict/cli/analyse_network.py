"""`predict analyse network`: which symptoms go with which, at a visit and from visit to visit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from predict.cli.analyse_outcomes import write_found
from predict.cli.options import OutFolder, Quiet, Table, one_blas_thread


def network(
    table: Table,
    study: Annotated[Path, typer.Option(help="Study TOML.", show_default=False)],
    out: OutFolder,
    instrument: Annotated[str, typer.Option(help="Instrument; else the most asked.")] = "",
    outcome: Annotated[str, typer.Option(help="Compare responders under this outcome.")] = "",
    method: Annotated[
        Literal["spearman", "polychoric"], typer.Option(help="Correlation of single visits.")
    ] = "spearman",
    within: Annotated[
        Literal["random_intercept", "pooled"],
        typer.Option(help="Must lagged edges also hold within persons?"),
    ] = "random_intercept",
    resamples: Annotated[
        int | None, typer.Option(help="Bootstrap resamples; else by the items.", min=50)
    ] = None,
    permutations: Annotated[int | None, typer.Option(help="0: no comparisons.", min=0)] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    share: Annotated[bool, typer.Option("--share", help="Only what may leave the clinic.")] = False,
    quiet: Quiet = False,
) -> None:
    """Draw symptom networks with their stability; tables first, figures and a note beside them."""
    one_blas_thread()
    from predict.analysis.networks import NetworkSettings, symptom_network
    from predict.analysis.networks.settings import AUTO
    from predict.analysis.write_results import Clock
    from predict.cohort import read_cohort

    clock = Clock()
    settings = NetworkSettings(
        instrument or None, method, within, AUTO if resamples is None else resamples,
        AUTO if permutations is None else permutations, outcome=outcome or None,
        seed=seed,
    )  # fmt: skip
    cohort = read_cohort(table, study)
    result = symptom_network(cohort, settings)
    write_found(result, cohort, out, clock, share=share, quiet=quiet)
