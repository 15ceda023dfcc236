"""Options and arguments that several verbs share, and how a verb talks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

Table = Annotated[
    Path,
    typer.Argument(
        help="Patient table (`predict list formats`).", metavar="TABLE", show_default=False
    ),
]
InputFormat = Annotated[
    str,
    typer.Option(
        "--format", "--input-format", help="How the table is written; else its bytes tell."
    ),
]
Questionnaire = Annotated[
    Path | None,
    typer.Option("--questionnaire", help="FHIR Questionnaire that was used.", show_default=False),
]
Sheet = Annotated[str, typer.Option(help="Sheet of a workbook, table of a database.")]
ExpectRows = Annotated[
    int | None, typer.Option(help="Refuse a table of another number of rows.", min=0)
]
Language = Annotated[
    str, typer.Option(help="Language of the pages; `predict list languages`.", metavar="CODE")
]
ExperimentFile = Annotated[
    Path, typer.Argument(help="Experiment TOML.", metavar="EXPERIMENT", show_default=False)
]
REGISTRY = "registry:"


def _in_use(model: Path) -> Path:
    """Return the model folder in use where ``registry:FOLDER`` was given."""
    if not str(model).startswith(REGISTRY):
        return model
    from predict.operations.registry import current_folder

    return current_folder(str(model).removeprefix(REGISTRY))


ModelFolder = Annotated[
    Path,
    typer.Argument(
        help="Stored model folder, or registry:FOLDER.",
        metavar="MODEL",
        show_default=False,
        callback=_in_use,
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")]
Threads = Annotated[int, typer.Option(help="Threads; no number depends on it.", min=1)]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def called(place: Path) -> str:
    """Return what a place is called on the screen: its name, for what is said may be kept in a log.

    >>> called(Path("clinic/scores")), called(Path("."))
    ('scores', '.')
    """
    return place.name or str(place)


def stated(
    table: Path | str,
    form: str,
    sheet: str = "",
    expect_rows: int | None = None,
    questionnaire: Path | None = None,
) -> str:
    """Return the table's place with what the options say of it."""
    from predict.cohort.formats import located, named_format

    named_format(form)
    asked = str(questionnaire) if questionnaire else ""
    options = {"sheet": sheet, "expect_rows": expect_rows, "questionnaire": asked}
    return str(located(table).stating(form=form, **options))


def teller(quiet: bool) -> Callable[[str], None]:
    """Return a function that says a sentence on standard error, or nothing; bars go with it."""
    if quiet:
        os.environ["PREDICT_PROGRESS"] = "off"

    def say(sentence: str) -> None:
        if not quiet:
            print(sentence, file=sys.stderr, flush=True)

    return say


def tell_warnings(tell: Callable[[str], None], warnings: Mapping[str, str]) -> None:
    """Say each warning about a table, in the same words at every verb."""
    for code, message in warnings.items():
        tell(f"Warning {code}: {message}")


def plain_memory() -> None:
    """Have Arrow take memory from the system, before it is loaded: freed parts go back at once.

    Its own pools hold on to a seventh of what a table of a million rows needs at its peak.
    """
    import os

    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def one_blas_thread() -> None:
    """Hold linear algebra to one thread, before it is loaded: equal bytes at any thread count."""
    import os

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
