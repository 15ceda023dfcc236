"""`predict monitor`: what stored scores came to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson, OutFolder, Quiet, called, one_blas_thread, teller

ALARM = 8


def monitor(
    outputs: Annotated[
        list[Path], typer.Argument(help="Folders and files of `predict score`.", metavar="OUT...")
    ],
    out: OutFolder,
    labels: Annotated[
        Path | None, typer.Option(help="Outcomes, as `predict label` writes them.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder of `run`, `evaluate` or `validate`.")
    ] = None,
    delay: Annotated[
        int, typer.Option(help="Days from a score until its outcome is due.", min=0)
    ] = 90,
    today: Annotated[
        datetime | None, typer.Option(help="Day to look from; else today.", formats=["%Y-%m-%d"])
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Join stored scores with later outcomes, month by month; nothing is scored again.

    Exit status 8 says that something is shown to have changed.
    """
    one_blas_thread()
    from predict.files import canonical_json
    from predict.operations.monitoring import monitor as watch

    day = (today or datetime.now()).date()
    monitoring = watch(outputs, labels, reference=reference, delay=delay, today=day)
    monitoring.write(out)
    print(canonical_json(monitoring.to_dict()) if as_json else monitoring.sentence)
    teller(quiet)(f"The page is {called(out)}/monitoring.html")
    if any(monitoring.alarms.values()):
        raise typer.Exit(ALARM)
