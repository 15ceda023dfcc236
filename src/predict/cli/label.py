"""`predict label`: each person's outcome, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from predict.cli.options import Quiet, Table, teller


def label(
    table: Table,
    study: Annotated[Path, typer.Option(help="Study TOML.", show_default=False)],
    outcome: Annotated[str, typer.Option(help="Outcome by name.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV to write.", show_default=False)],
    round_name: Annotated[Literal["one", "two"], typer.Option("--round", help="Round.")] = "one",
    quiet: Quiet = False,
) -> None:
    """Write id, answer (yes, no, unknown, not_applicable), why, and the two scores."""
    from predict.cohort.labelling import label as label_table
    from predict.definitions.outcomes import read_outcome
    from predict.files import write_csv

    rule = read_outcome(outcome)
    labels = label_table(table, rule, round=round_name, study=study)
    write_csv(labels.reset_index(), out)
    counts = labels["answer"].value_counts()
    summary = ", ".join(f"{answer} {count}" for answer, count in counts.items())
    teller(quiet)(f"{rule.title or rule.name}, round {round_name}: {summary}\nWrote {out.name}")
