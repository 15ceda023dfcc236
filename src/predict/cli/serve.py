"""`predict serve MODEL`: one stored model over HTTP."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import ModelFolder, Quiet, one_blas_thread, teller

if TYPE_CHECKING:
    from predict.models.response_model import ResponseModel
    from predict.operations.serving import Gate, Limits


def serve(
    model: ModelFolder,
    host: Annotated[str, typer.Option(help="Address; other machines need TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65535)] = 8080,
    token_file: Annotated[
        Path | None, typer.Option(help="File of the token, mode 0600; else PREDICT_TOKEN.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM, mode 0600.")] = None,
    max_body: Annotated[str, typer.Option(help="Largest body of a request.")] = "1MB",
    max_rows: Annotated[int, typer.Option(help="Most rows of a request.", min=1)] = 1_000,
    max_seconds: Annotated[float, typer.Option(help="Longest a request may take.", min=1)] = 30.0,
    check: Annotated[
        bool, typer.Option("--check", help="Rehearse with invented people; open no port.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Score rows over HTTP, as MLflow's scoring server takes and gives them.

    POST /invocations and GET /metrics ask for the token; GET /health does not.
    """
    one_blas_thread()
    from predict.model_folder import load_with_manifest, model_digest
    from predict.operations.audit import audited, noted
    from predict.operations.serving import Address, Limits, read_token, rehearse
    from predict.operations.serving import serve as serve_until_ended
    from predict.scoring.settings import memory

    address = Address(host, port, tls_cert, tls_key)
    token = read_token(token_file, os.environ)
    loaded, manifest = load_with_manifest(model)
    limits = Limits(memory(max_body), max_rows, max_seconds)
    gate = _gate(loaded, model_digest(manifest), token, limits, quiet=quiet)
    rehearse(gate, _invented(loaded))
    if check:
        return
    with address.opened() as opened, audited(model, "serve stop") as run:
        noted(model, "serve start")
        teller(quiet)(f"Serving on {address.scheme}://{host}:{opened.getsockname()[1]}")
        serve_until_ended(gate, address, opened)
        run |= gate.metrics.totals()


def _invented(model: ResponseModel) -> bytes:
    """Return a request of invented people."""
    from predict.files import canonical_json
    from predict.pipeline.tracking.models import invented_rows

    rows = invented_rows(model).to_dict("records")
    return canonical_json({"dataframe_records": rows}).encode()


def _gate(model: ResponseModel, digest: str, token: bytes, limits: Limits, *, quiet: bool) -> Gate:
    """Return the gate before the scoring server of a loaded model."""
    from predict.cohort.required_columns import columns_taken
    from predict.operations.serving import Columns, Gate, Metrics
    from predict.pipeline.tracking.serving import scoring_app

    kinds = dict(columns_taken(model.study, model.as_of))
    texts = frozenset(name for name, is_text in kinds.items() if is_text)
    columns = Columns(model.study.id, texts, frozenset(kinds) - texts)
    say = teller(quiet)

    def log(line: str) -> None:
        say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")

    return Gate(scoring_app(model), columns, token, Metrics(digest), log, limits)
