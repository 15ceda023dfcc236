"""`predict forget`: remove people from outputs, and keep a receipt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson, Quiet, teller

LEFT = 8


def forget(
    places: Annotated[
        list[Path], typer.Argument(help="Folders to search, or outputs.", metavar="PATH...")
    ],
    id_file: Annotated[Path, typer.Option(help="Ids to forget, one a line.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Receipt to write: counts, no id.")],
    registry: Annotated[
        Path | None, typer.Option(help="Registry whose audit keeps a line of it.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Remove people's rows and pages from scores and reports, which are sealed anew.

    Exit status 8 says that other files hold such an id; they were left as they are.
    """
    from predict.files import canonical_json, write_json
    from predict.operations.audit import record
    from predict.operations.forgetting import forget as removed
    from predict.operations.forgetting import read_ids

    receipt = removed(read_ids(id_file), places, today=datetime.now().date())
    facts = receipt.facts()
    write_json(out, facts)
    status = LEFT if receipt.left else 0
    if registry is not None:
        record(registry, "forget", {**facts, "exit": status})
    if as_json:
        print(canonical_json(facts))
    say = teller(quiet)
    say(
        f"{facts['rows']} rows and {facts['pages']} pages removed from {facts['outputs']} outputs, "
        f"{facts['pruned']} parts of stopped runs pruned"
    )
    for path in receipt.left:
        say(f"Left as it is, and holds such an id: {path}")
    if status:
        raise typer.Exit(status)
