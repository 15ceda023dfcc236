"""`predict init`: a study proposed from a table, every guess marked, and checked at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import InputFormat, Quiet, Sheet, Table, stated, teller


def init(
    table: Table,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Study to write; study.toml beside the table if none."),
    ] = None,
    form: InputFormat = "",
    sheet: Sheet = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a file.")] = False,
    quiet: Quiet = False,
) -> None:
    """Propose a study for a table: layout, visits, questionnaires, people; then check the table."""
    from predict.cli.check import check
    from predict.cohort.formats import located
    from predict.cohort.proposal import propose
    from predict.errors import OutputError
    from predict.files import write_bytes

    place = stated(table, form, sheet)
    path = out or Path(located(place).path).with_name("study.toml")
    if path.exists() and not overwrite:
        message = f"{path.name} is there already; name another with --out, or say --overwrite."
        raise OutputError(message, code="OUTPUT_EXISTS")
    proposed = propose(place)
    write_bytes(path, proposed.text.encode())
    say = teller(quiet)
    say(f"Wrote {path.name}: {proposed.guesses} guesses, each marked `guess:`; look at every one.")
    say(f"Checking the table under it (predict check TABLE --study {path.name}):")
    check(Path(place), study=path, quiet=quiet)
