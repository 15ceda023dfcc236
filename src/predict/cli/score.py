"""`predict score MODEL TABLE -o OUT`: every row scored, or refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import ModelFolder, Quiet, Table, Threads, one_blas_thread, teller


def score(
    model: ModelFolder,
    table: Table,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV or Parquet file to write.")],
    explain: Annotated[str, typer.Option(help="none, top or all.")] = "top",
    threads: Threads = 1,
    quiet: Quiet = False,
) -> None:
    """Score every row of a table with a stored model."""
    one_blas_thread()
    from predict.scoring import score as score_table
    from predict.store import load_model
    from predict.tables import write_csv, write_parquet

    scores = score_table(load_model(model), table, explain=explain)  # type: ignore[arg-type]
    (write_parquet if out.suffix == ".parquet" else write_csv)(scores, out)
    counts = scores["status"].value_counts().to_dict()
    teller(quiet)(", ".join(f"{n} {status}" for status, n in counts.items()))
    if counts.get("rejected"):
        raise typer.Exit(7)
