"""`predict verify PATH`: is a model folder, an output of scoring or a report as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson, Quiet


def verify(
    path: Annotated[Path, typer.Argument(help="Model, scores or report folder.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Prove that nothing in a folder was changed: exit status 0, or 5 (model) or 6 (output)."""
    from predict.reporting.verify import INDEX, verify_report
    from predict.scoring.verify import verify as prove
    from predict.tables import canonical_json

    found = verify_report(path) if (path / INDEX).is_file() else prove(path)
    if as_json:
        print(canonical_json({"kind": found.kind, **found.facts}))
    elif not quiet:
        facts = ", ".join(f"{name} {value}" for name, value in found.facts.items())
        print(f"{found.kind}: whole ({facts})")
