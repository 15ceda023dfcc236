"""`predict run`: the line, from a table to a folder of evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from predict.cli.options import (
    AsJson,
    ExpectRows,
    ExperimentFile,
    InputFormat,
    Language,
    OutFolder,
    Questionnaire,
    Quiet,
    Sheet,
    Table,
    Threads,
    one_blas_thread,
    stated,
    teller,
)


def run(
    experiment: ExperimentFile,
    table: Table,
    out: OutFolder,
    no_track: Annotated[bool, typer.Option("--no-track", help="Leave MLflow out.")] = False,
    tracking_uri: Annotated[str, typer.Option(help="MLflow store; a local file if empty.")] = "",
    register: Annotated[
        str, typer.Option(help="Register the model in MLflow by this name, alias candidate.")
    ] = "",
    form: InputFormat = "",
    sheet: Sheet = "",
    questionnaire: Questionnaire = None,
    expect_rows: ExpectRows = None,
    language: Language = "en",
    threads: Threads = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Check, judge, train, explain, score and report, in one folder.

    A run that is in the folder already is replaced, and said so; files that this one does not write
    are kept.
    """
    one_blas_thread()
    from predict.files import canonical_json
    from predict.pipeline import run as run_line

    done = run_line(
        experiment,
        stated(table, form, sheet, expect_rows, questionnaire),
        out,
        track=not no_track,
        threads=threads,
        language=language,
        uri=tracking_uri or None,
        register=register,
        say=teller(quiet),
    )
    if as_json:
        print(canonical_json({"verdict": done.evaluation.verdict, "counts": done.counts}))
    elif not quiet:
        print(done.sentence)
        if done.notice:
            print(done.notice)
        print(f"Open {done.folder}/report/index.html, then {done.folder}/report/model.html")
