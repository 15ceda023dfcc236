"""`predict check`: every problem of a table in one pass, or every objection to a design."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import (
    AsJson,
    ExpectRows,
    InputFormat,
    Questionnaire,
    Quiet,
    Sheet,
    Table,
    stated,
    teller,
)

if TYPE_CHECKING:
    import pandas as pd

    from predict.cohort import Cohort


def check(
    table: Table,
    study: Annotated[
        Path | None,
        typer.Option(help="Study TOML; either this or --design.", show_default=False),
    ] = None,
    design: Annotated[
        Path | None,
        typer.Option(
            help="Experiment TOML to object to, which names its study; either this or --study.",
            show_default=False,
        ),
    ] = None,
    problems: Annotated[
        Path | None, typer.Option(help="CSV to write every problem to.", show_default=False)
    ] = None,
    form: InputFormat = "",
    sheet: Sheet = "",
    questionnaire: Questionnaire = None,
    expect_rows: ExpectRows = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Tell every problem of the table with its code, and who remains; or what the design lacks."""
    from predict.cohort import read_cohort
    from predict.errors import TableError, UsageError

    if (study is None) == (design is None):
        raise UsageError("Give either --study STUDY or --design EXPERIMENT.", code="CHECK_WHAT")
    place = stated(table, form, sheet, expect_rows, questionnaire)
    if design is not None:
        _object(place, design, as_json)
        return
    try:
        cohort = read_cohort(place, study or "")
    except TableError as error:
        _write_file_problems(error, problems)
        raise
    _tell(cohort, problems, as_json)
    rejected = int((cohort.rows["status"] == "rejected").sum())
    teller(quiet)(f"{cohort!r}")
    raise typer.Exit(7 if rejected else 0)


def _object(table: str, design: Path, as_json: bool) -> None:
    """Tell every objection to the design; leaks that are certain are refused with their code."""
    from predict.appraisal.checks import Design, examine
    from predict.cohort import read_cohort
    from predict.features.training_set import assemble
    from predict.files import canonical_json
    from predict.pipeline import read_experiment

    spec = read_experiment(design)
    cohort = read_cohort(table, spec.study)
    training = assemble(cohort, **spec.question())
    checks = examine(Design(training, spec.recipe, spec.plan, cohort, muted=spec.mute))
    if as_json:
        facts = {"n": training.n, "events": training.events, "checks": checks.to_dict("records")}
        print(canonical_json(facts))
        return
    print(repr(training))
    for row in checks[checks["state"] != "passed"].to_dict("records"):
        print(f"{row['state']:<14} {row['code']}: {row['title']} {row['text']}")
    print(", ".join(f"{n} {state}" for state, n in checks["state"].value_counts().items()))


def _write_file_problems(error: Exception, problems: Path | None) -> None:
    import pandas as pd

    from predict.files import write_csv

    refusals = getattr(error, "problems", ())
    if problems is not None:
        rows = [(p.level, p.code, p.row, p.column, p.message) for p in refusals]
        columns = ["level", "code", "row", "column", "message"]
        write_csv(pd.DataFrame(rows, columns=columns), problems)


def _tell(cohort: Cohort, problems: Path | None, as_json: bool) -> None:
    from predict.files import canonical_json, write_csv

    if problems is not None:
        write_csv(cohort.problems.astype({"row": "object"}), problems)
    counted = _counted(cohort.problems)
    if as_json:
        facts = {"flow": cohort.flow.to_dict("records"), "problems": counted.to_dict("records")}
        print(canonical_json(facts))
        return
    print(cohort.flow.to_string(index=False))
    for line in counted.itertuples():
        where = f" (rows {line.rows!s})" if line.rows else ""
        print(f"{line.level!s} {line.code!s}: {line.message!s}{where}")


def _counted(problems: pd.DataFrame) -> pd.DataFrame:
    """One line a kind of problem and column: how often, and its first rows."""
    keys = ["level", "code", "column", "message"]
    grouped = problems.groupby(keys, sort=False, dropna=False)["row"]
    counted = grouped.agg(n="size", rows=lambda rows: _few(rows.dropna().tolist()))
    return counted.reset_index()


def _few(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:5])
    return f"{shown}, ... {len(rows)} in all" if len(rows) > 5 else shown
