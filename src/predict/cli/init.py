"""`predict init`: a study proposed from a table, every guess marked, and checked at once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import InputFormat, Questionnaire, Quiet, Sheet, Table, stated, teller

if TYPE_CHECKING:
    from predict.cohort.formats.hints import Hints


def init(
    table: Table,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Study to write."),
    ] = Path("study.toml"),
    dictionary: Annotated[
        Path | None,
        typer.Option("--redcap-dictionary", help="REDCap's data dictionary.", show_default=False),
    ] = None,
    questionnaire: Questionnaire = None,
    form: InputFormat = "",
    sheet: Sheet = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a file.")] = False,
    quiet: Quiet = False,
) -> None:
    """Propose a study for a table: layout, visits, questionnaires, people; then check the table."""
    from predict.cli.check import check
    from predict.cohort.proposal import propose
    from predict.errors import OutputError
    from predict.files import write_bytes

    place = stated(table, form, sheet)
    if out.exists() and not overwrite:
        message = f"{out.name} is there already; name another with --out, or say --overwrite."
        raise OutputError(message, code="OUTPUT_EXISTS")
    proposed = propose(place, _stated(dictionary, questionnaire))
    write_bytes(out, proposed.text.encode())
    say = teller(quiet)
    say(f"Wrote {out.name}: {proposed.guesses} guesses, each marked `guess:`; look at every one.")
    if count := len(proposed.left_out):
        columns, why = ("column", "why") if count == 1 else ("columns", "why each")
        say(f"Left out {count} {columns}; the end of {out.name} says {why}, and what to do.")
    # As it was typed: a command that names the file alone works from its own folder only.
    say(f"Checking the table under it (predict check TABLE --study {shlex.quote(str(out))}):")
    check(Path(place), study=out, quiet=quiet)


def _stated(dictionary: Path | None, questionnaire: Path | None) -> Hints:
    """What a data dictionary and a Questionnaire say of the table's columns."""
    from predict.cohort.formats.hints import Hints
    from predict.cohort.formats.questionnaire_file import questionnaire_hints, read_questionnaire
    from predict.cohort.formats.redcap_dictionary import read_dictionary

    hints = read_dictionary(dictionary) if dictionary else Hints()
    if questionnaire is None:
        return hints
    return hints.joined(questionnaire_hints(read_questionnaire(questionnaire)))
