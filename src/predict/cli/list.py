"""`predict list`: what can be named in a study or an experiment, a line each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson

KINDS = (
    "instruments",
    "outcomes",
    "programmes",
    "formats",
    "families",
    "blocks",
    "checks",
    "sections",
    "languages",
)


def list_names(
    kind: Annotated[str, typer.Argument(help=" | ".join(KINDS), metavar="KIND")],
    name: Annotated[
        str,
        typer.Argument(help="One instrument or outcome to tell whole.", show_default=False),
    ] = "",
    study: Annotated[
        Path | None, typer.Option(help="Study TOML whose own instruments are listed too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List instruments, outcomes, programmes, families, formats, blocks, checks, sections or
    languages; one instrument's items, codes, words and cut-offs; one outcome's floor and marks."""
    from predict.errors import UsageError, did_you_mean
    from predict.files import canonical_json
    from predict.pipeline.lists import LISTS

    if kind not in KINDS:
        raise UsageError(f"No list '{kind}'.{did_you_mean(kind, KINDS)} Known: {', '.join(KINDS)}.")
    if study is not None and kind != "instruments":
        raise UsageError("--study goes with 'instruments': predict list instruments --study STUDY.")
    if name and kind not in ("instruments", "outcomes"):
        message = "A name goes with 'instruments' or 'outcomes': predict list instruments NAME."
        raise UsageError(message)
    if name:
        tell = _tell_outcome if kind == "outcomes" else _tell_instrument
        tell(name, study, as_json)
        return
    table = LISTS[kind](study) if study is not None else LISTS[kind]()
    if as_json:
        print(canonical_json(table.reset_index().to_dict("records")))
        return
    width = max((len(str(entry)) for entry in table.index), default=0)
    for row in table.reset_index().to_dict("records"):
        start = f" [start: {row['start']}]" if "start" in row else ""
        print(f"{row['name']:<{width}}  {row['title']}{start}")


def _tell_outcome(name: str, study: Path | None, as_json: bool) -> None:
    """Print whom an outcome asks, its rule, and the end scores that count."""
    from predict.definitions.outcomes import read_outcome
    from predict.files import canonical_json
    from predict.pipeline.outcome_page import outcome_lines

    outcome = read_outcome(name)
    print(canonical_json(outcome.to_dict()) if as_json else "\n".join(outcome_lines(outcome)))


def _tell_instrument(name: str, study: Path | None, as_json: bool) -> None:
    """Print an instrument's items, codes and words, its scales with the cut-offs that ship."""
    from predict.files import canonical_json
    from predict.pipeline.instrument_page import instrument_lines, instrument_named

    tool = instrument_named(name, study)
    if as_json:
        print(canonical_json(tool.to_dict()))
        return
    print("\n".join(instrument_lines(tool)))
