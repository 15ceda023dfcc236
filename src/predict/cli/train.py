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
    """Learn the experiment's model and store its folder; `predict run` judges it as well.

    A model that is in the folder already is replaced whole.
    """
    one_blas_thread()
    from predict.pipeline import train_only

    there = out.exists()
    model = train_only(experiment, table, out, threads=threads)
    instead = ", in the place of the model that was there" if there else ""
    teller(quiet)(f"{model!r}\nStored in {called(out)}{instead}")
