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
        str, typer.Argument(help="Of instruments: one to tell whole.", show_default=False)
    ] = "",
    study: Annotated[
        Path | None, typer.Option(help="Study TOML whose own instruments are listed too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List instruments, outcomes, programmes, families, formats, blocks, checks, sections or
    languages; or one instrument's items, codes, words and cut-offs."""
    from predict.errors import UsageError, did_you_mean
    from predict.files import canonical_json
    from predict.pipeline.lists import LISTS

    if kind not in KINDS:
        raise UsageError(f"No list '{kind}'.{did_you_mean(kind, KINDS)} Known: {', '.join(KINDS)}.")
    if study is not None and kind != "instruments":
        raise UsageError("--study goes with 'instruments': predict list instruments --study STUDY.")
    if name and kind != "instruments":
        raise UsageError("A name goes with 'instruments': predict list instruments NAME.")
    if name:
        _tell_whole(name, study, as_json)
        return
    table = LISTS[kind](study) if study is not None else LISTS[kind]()
    rows = list(table["title"].items())
    if as_json:
        print(canonical_json([{"name": entry, "title": title} for entry, title in rows]))
        return
    width = max((len(str(entry)) for entry, _ in rows), default=0)
    for entry, title in rows:
        print(f"{entry:<{width}}  {title}")


def _tell_whole(name: str, study: Path | None, as_json: bool) -> None:
    """Print an instrument's items, codes and words, its scales with the cut-offs that ship."""
    from predict.files import canonical_json
    from predict.pipeline.instrument_page import instrument_lines, instrument_named

    tool = instrument_named(name, study)
    if as_json:
        print(canonical_json(tool.to_dict()))
        return
    print("\n".join(instrument_lines(tool)))
