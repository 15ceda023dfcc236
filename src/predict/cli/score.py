"""`predict score MODEL TABLE -o OUT`: every row scored, or refused with a reason."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import (
    AsJson,
    ExpectRows,
    ModelFolder,
    Questionnaire,
    Quiet,
    Sheet,
    Threads,
    one_blas_thread,
    plain_memory,
    stated,
    tell_warnings,
    teller,
)

if TYPE_CHECKING:
    from predict.scoring.batch import Batch

EVERY_SECONDS = 5.0


def score(
    model: ModelFolder,
    table: Annotated[
        str,
        typer.Argument(
            help="Table of any format (.gz too), a pattern in quotes, or - for standard input.",
            metavar="TABLE",
            show_default=False,
        ),
    ],
    out: Annotated[
        str,
        typer.Option("--out", "-o", help="Folder of parts, a .csv or .parquet file, or -."),
    ],
    explain: Annotated[str, typer.Option(help="none, top or all.")] = "top",
    conformal: Annotated[
        bool, typer.Option("--conformal", help="Append outcome_set: yes, no or both.")
    ] = False,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a running Dask scheduler.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Finish what was begun.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count; write nothing.")
    ] = False,
    max_rejected: Annotated[str, typer.Option(help="Share of rows that may be rejected.")] = "5%",
    max_memory: Annotated[str, typer.Option(help="For all processes together.")] = "1GB",
    part_rows: Annotated[int, typer.Option(help="Rows of a part; scores are the same.")] = 40_000,
    rejected_values: Annotated[
        bool, typer.Option("--rejected-values", help="Show refused cells in _rejected/.")
    ] = False,
    accept_drift: Annotated[
        str, typer.Option(help="Why a table unlike training is scored all the same; it is kept.")
    ] = "",
    key: Annotated[
        Path | None, typer.Option(help="Key file: the model's signature must fit it.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 8 where anything is warned of.")
    ] = False,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="csv, parquet, fhir (RiskAssessments) or redcap (to import); else by the suffix.",
        ),
    ] = "",
    input_format: Annotated[
        str, typer.Option(help="How the table is written; else its bytes tell.")
    ] = "",
    sheet: Sheet = "",
    questionnaire: Questionnaire = None,
    expect_rows: ExpectRows = None,
    threads: Threads = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Score every row of a table with a stored model; none is dropped.

    Exit status 7 says that some rows were rejected, 8 (--strict) that something was warned of.
    """
    one_blas_thread()
    plain_memory()
    from predict.scoring.settings import ScoringSettings, memory, share

    settings = ScoringSettings(
        explain=explain,  # type: ignore[arg-type]  # Settings checks the word
        conformal=conformal,
        engine=engine,  # type: ignore[arg-type]  # Settings checks the word
        scheduler=scheduler,
        threads=threads,
        resume=resume,
        overwrite=overwrite,
        dry_run=dry_run,
        part_rows=part_rows,
        max_rejected=share(max_rejected),
        max_memory=memory(max_memory),
        rejected_values=rejected_values,
        accept_drift=accept_drift.strip(),
    )
    from predict.operations.audit import audited
    from predict.scoring.single import score_table

    with audited(model, "score") as run:
        _signed(model, key)
        batch = score_table(
            model,
            stated(table, input_format, sheet, expect_rows, questionnaire),
            out,
            settings,
            form=form,  # type: ignore[arg-type]  # score_table checks the word
            tell=None if quiet else _progress(),
        )
        run |= {**audit_facts(batch), "exit": ending(batch, strict=strict)}
    _say(batch, as_json=as_json, quiet=quiet, dry_run=dry_run, to_stdout=out == "-")
    _leave(ending(batch, strict=strict))


def _signed(model: Path, key: Path | None) -> None:
    """Stop unless the model is signed with the key that was named, if one was."""
    if key is None:
        return
    from predict.model_folder.signature import check_signature, read_key

    check_signature(model, read_key(key))


def _leave(status: int) -> None:
    if status:
        raise typer.Exit(status)


def ending(batch: Batch, *, strict: bool) -> int:
    """Return the exit status of a batch that is done."""
    if strict and batch.warnings:
        return 8
    return 7 if batch.rejected else 0


def audit_facts(batch: Batch) -> dict[str, object]:
    """Return what the audit keeps of a batch: digests, counts, exit status."""
    counts = {name: getattr(batch, name) for name in ("rows", "scored", "no_estimate", "rejected")}
    return {"table": batch.table_sha256, **counts, "exit": 7 if batch.rejected else 0}


def _say(batch: Batch, *, as_json: bool, quiet: bool, dry_run: bool, to_stdout: bool) -> None:
    from dataclasses import asdict

    from predict.files import canonical_json

    if as_json:
        print(canonical_json(asdict(batch)), file=sys.stderr if to_stdout else sys.stdout)
    tell = teller(quiet)
    tell_warnings(tell, batch.warnings)
    if batch.rows and not batch.scored:
        tell("Nobody has an estimate: see the column reason of each row.")
    for what, count in batch.coercions.items():
        tell(f"{count} cells read as allowed: {what}")
    verb = "would be read" if dry_run else "scored"
    tell(
        f"{batch.rows} rows: {batch.scored} {verb}, {batch.no_estimate} without an estimate, "
        f"{batch.rejected} rejected"
    )


def _progress() -> Callable[[int, int, int, int], None]:
    """Return a function that keeps one line up to date, or writes one every few seconds."""
    terminal = sys.stderr.isatty()
    last = time.monotonic()

    def tell(parts: int, of: int, rows: int, rejected: int) -> None:
        nonlocal last
        line = f"part {parts} of {of}, {rows} rows, {rejected} rejected"
        if terminal:
            print(f"\r{line}", end="\n" if parts == of else "", file=sys.stderr, flush=True)
        elif time.monotonic() - last >= EVERY_SECONDS:
            last = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    return tell
