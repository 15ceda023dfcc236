"""`predict train`: learn and store a model."""

from __future__ import annotations

from predict.cli.options import (
    ExperimentFile,
    OutFolder,
    Quiet,
    Table,
    Threads,
    called,
    one_blas_thread,
    teller,
)


def train(
    experiment: ExperimentFile,
    table: Table,
    out: OutFolder,
    threads: Threads = 1,
    quiet: Quiet = False,
) -> None:
    """Learn the experiment's model and store its folder; `predict run` judges it as well."""
    one_blas_thread()
    from predict.pipeline import train_only

    model = train_only(experiment, table, out, threads=threads)
    teller(quiet)(f"{model!r}\nStored in {called(out)}")
