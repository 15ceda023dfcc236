"""`predict expect`: keep what clinicians expected, so that the model report can stand beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import Quiet, teller


def expect(
    file: Annotated[
        Path,
        typer.Argument(
            help="Table of id, number (0 to 100) and day.", metavar="FILE", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The report's folder; they are kept beside it.")
    ] = Path("report"),
    quiet: Quiet = False,
) -> None:
    """Keep clinicians' own expectations, ids hashed; the model report tells of 50 or more."""
    from predict.reports.expectations import keep_expectations
    from predict.reports.report import report_key

    out.parent.mkdir(parents=True, exist_ok=True)
    kept = keep_expectations(file, out.parent, report_key(out.parent))
    teller(quiet)(
        f"Read {kept.read} expectations, {kept.new} of them of new people; {kept.all} are kept. "
        "The next report compares them where 50 or more have a known outcome."
    )
