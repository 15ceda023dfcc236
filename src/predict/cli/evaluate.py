"""`predict evaluate EXPERIMENT TABLE --out DIR`: what a recipe is worth; no model is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from predict.cli.options import (
    AsJson,
    ExperimentFile,
    OutFolder,
    Quiet,
    Table,
    Threads,
    one_blas_thread,
    teller,
)


def evaluate(
    experiment: ExperimentFile,
    table: Table,
    out: OutFolder,
    schemes: Annotated[
        bool,
        typer.Option(
            "--schemes", help="All further schemes too: bootstrap, places, time, learning."
        ),
    ] = False,
    threads: Threads = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Judge the experiment's recipe and its rivals on people they have not seen."""
    one_blas_thread()
    from predict.files import canonical_json
    from predict.pipeline import judge_only

    say = teller(quiet)
    evaluation = judge_only(experiment, table, schemes=schemes, threads=threads, say=say)
    evaluation.write(out)
    print(canonical_json(evaluation.verdict) if as_json else evaluation.verdict["sentence"])
