"""`predict explain`: each answer's contribution to each estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import (
    ModelFolder,
    Quiet,
    Table,
    Threads,
    one_blas_thread,
    tell_warnings,
    teller,
)


def explain(
    model: ModelFolder,
    table: Table,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV or Parquet file to write.")],
    person: Annotated[str, typer.Option(help="Only this person's id.")] = "",
    threads: Threads = 1,
    quiet: Quiet = False,
) -> None:
    """Write one row a person and column: value, contribution in log-odds, points out of 100."""
    one_blas_thread()
    from predict.files import write_csv, write_parquet
    from predict.model_folder import load_model
    from predict.scoring import explain as explain_people

    people = [person] if person else None
    explanation, say = explain_people(load_model(model), table, people=people), teller(quiet)
    tell_warnings(say, explanation.warnings)
    rows = explanation.frame()
    if out.suffix == ".parquet":
        write_parquet(rows.assign(value=rows["value"].astype("str")), out)
    else:
        write_csv(rows, out)
    say(f"Wrote {rows['id'].nunique()} people to {out.name}")
