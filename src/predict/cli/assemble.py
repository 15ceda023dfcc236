"""`predict assemble`: the training set as the model will see it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import ExperimentFile, Quiet, Table, teller


def assemble(
    experiment: ExperimentFile,
    table: Table,
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")],
    quiet: Quiet = False,
) -> None:
    """Write the training set and, beside it, a dictionary of its columns."""
    from predict.cohort import read_cohort
    from predict.features.training_set import assemble as assemble_set
    from predict.files import write_csv, write_parquet
    from predict.pipeline import read_experiment

    spec = read_experiment(experiment)
    training = assemble_set(read_cohort(table, spec.study), **spec.question())
    write_parquet(training.frame(), out)
    dictionary = out.with_name(f"{out.stem}_dictionary.csv")
    write_csv(training.dictionary(), dictionary)
    teller(quiet)(f"{training!r}\nWrote {out.name} and {dictionary.name}")
