"""`predict explain`: each answer's contribution to each estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import ModelFolder, Quiet, Table, Threads, one_blas_thread, teller


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
    from predict.cohort import read_cohort
    from predict.errors import UsageError
    from predict.explanation import explain as explain_people
    from predict.files import write_csv, write_parquet
    from predict.model_folder import load_model

    loaded = load_model(model)
    cohort = read_cohort(table, loaded.study, as_of=loaded.as_of)
    if person and person not in cohort.people.index:
        raise UsageError("No valid row has that id. `predict check` lists rows that were refused.")
    rows = explain_people(loaded, cohort.take([person]) if person else cohort).frame()
    if out.suffix == ".parquet":
        write_parquet(rows.assign(value=rows["value"].astype("str")), out)
    else:
        write_csv(rows, out)
    teller(quiet)(f"Wrote {rows['id'].nunique()} people to {out.name}")
