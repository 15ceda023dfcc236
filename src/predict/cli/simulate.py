"""`predict simulate PROGRAMME OUT`: a table with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    programme: Annotated[str, typer.Argument(help="A name of `predict list programmes`.")],
    out: Annotated[Path, typer.Argument(help="The table to write (CSV).")],
    people: Annotated[
        int | None, typer.Option(help="How many; the programme's own number otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same table.")] = 1,
    separable: Annotated[
        bool,
        typer.Option("--separable", help="The variant whose latent courses can be told apart."),
    ] = False,
    truth: Annotated[
        Path | None, typer.Option(help="Where to write each person's true probability (CSV).")
    ] = None,
) -> None:
    """Write a simulated cohort, shaped like a published programme, with known truth."""
    from predict.files import write_csv
    from predict.simulation import simulate as draw

    drawn = draw(programme, people=people, seed=seed, separable=separable)
    write_csv(drawn.table, out)
    if truth is not None:
        write_csv(drawn.truth.reset_index(), truth)
    typer.echo(f"{len(drawn.table)} people of '{programme}' (seed {seed}) in {out}", err=True)
