"""`predict verify PATH`: is a model folder, an output of scoring or a report as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson, Quiet


def verify(
    path: Annotated[Path, typer.Argument(help="Folder of a model, of scores or of a report.")],
    key: Annotated[
        Path | None, typer.Option(help="Key file: a model's signature must fit it too.")
    ] = None,
    sign: Annotated[bool, typer.Option("--sign", help="Sign a whole model with --key.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Prove that nothing in a folder was changed: exit status 0, or 5 (model), 6 (any other)."""
    from predict.errors import UsageError
    from predict.files import canonical_json
    from predict.model_folder.signature import check_signature, read_key, sign_model
    from predict.reports.verify import verify as prove

    if sign and key is None:
        raise UsageError("--sign needs --key FILE.")
    secret = read_key(key) if key else b""
    if key and not sign:
        check_signature(path, secret)
    proof = prove(path)
    if sign:
        sign_model(path, secret)
    if as_json:
        print(canonical_json({"kind": proof.kind, **proof.facts}))
    elif not quiet:
        facts = ", ".join(f"{name} {value}" for name, value in proof.facts.items())
        print(f"{proof.kind}: whole ({facts})")
