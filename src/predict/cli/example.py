"""`predict example help DIR`: a real trial's table, study and experiments, to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def example(
    name: Annotated[str, typer.Argument(help="help: the HELP trial, 470 people.", metavar="NAME")],
    folder: Annotated[Path, typer.Argument(help="Folder to write to.", metavar="DIR")],
) -> None:
    """Write a real trial's table, study and experiments to a folder."""
    from predict.simulation.examples import write_example

    made = write_example(name, folder)
    for path in (made.table, made.study, *made.experiments):
        print(path)
