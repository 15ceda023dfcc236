"""`predict report`: patient pages, a worklist and the model report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from predict.cli.options import (
    Language,
    ModelFolder,
    OutFolder,
    Quiet,
    called,
    one_blas_thread,
    tell_warnings,
    teller,
)


def report(
    model: ModelFolder,
    table: Annotated[Path | None, typer.Argument(help="Patient table: CSV or Parquet.")] = None,
    out: OutFolder = Path("report"),
    also: Annotated[
        list[Path] | None, typer.Option(help="Another model, on the same page.")
    ] = None,
    person: Annotated[str, typer.Option(help="Only this person's page.")] = "",
    hide_until_opened: Annotated[
        bool, typer.Option("--hide-until-opened", help="Keep estimates closed until clicked.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="PDF pages too (extra 'pdf').")] = False,
    site_text: Annotated[str, typer.Option(help="Your line in the safety box.")] = "",
    own_expectation: Annotated[
        bool, typer.Option("--own-expectation/--no-own-expectation", help="Ask the reader first.")
    ] = True,
    show_name: Annotated[
        str, typer.Option(help="Column of names to print on each page; none by default.")
    ] = "",
    made: Annotated[
        str, typer.Option(help="When; pin it for equal bytes.", show_default="now")
    ] = "",
    today: Annotated[
        str, typer.Option(help="Day to count the age of answers to.", show_default="day of --made")
    ] = "",
    old_after: Annotated[
        int, typer.Option(min=0, help="Answers older than so many days ask to be asked again.")
    ] = 14,
    overdue_after: Annotated[
        int, typer.Option(min=0, help="Days after which an end score without a window is overdue.")
    ] = 28,
    since: Annotated[
        Path | None, typer.Option(help="An earlier report: mark whom it lacks, or whose answers.")
    ] = None,
    language: Language = "en",
    quiet: Quiet = False,
) -> None:
    """Write index.html, model.html and a page a patient; without TABLE the model report alone."""
    one_blas_thread()
    from predict.reports.from_models import save_model_report, table_report
    from predict.reports.report import now, report_key
    from predict.reports.visit_dates import iso_day

    folders, say = [model, *(also or [])], teller(quiet)
    if table is None:
        path = save_model_report(folders, out, made=made or now(), language=language)
        say(f"Wrote {path.name}")
        return
    made = made or now()
    choices: dict[str, Any] = {
        "site_text": site_text,
        "own_expectation": own_expectation,
        "hide_until_opened": hide_until_opened,
        "today": today or iso_day(made),
        "old_after": old_after,
        "overdue_after": overdue_after,
        "since": since,
        "language": language,
    }
    key = report_key(out.parent)
    names: dict[str, Any] = {"person": person, "show_name": show_name, "beside": out.parent}
    made_report, fault = table_report(folders, table, made=made, key=key, **names, **choices)
    tell_warnings(say, made_report.warnings)
    saved = made_report.save(out, pdf=pdf)
    say(f"Wrote {saved.pages} patient pages; open {called(saved.folder)}/index.html")
    if fault is not None:
        raise fault
    if saved.failed:
        say(f"{len(saved.failed)} pages could not be made; the worklist names them.")
        raise typer.Exit(7)
