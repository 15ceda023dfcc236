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
    study: Annotated[
        Path | None, typer.Option(help="Study TOML whose own instruments are listed too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List instruments, outcomes, programmes, families, formats, blocks, checks, sections or
    languages."""
    from predict.errors import UsageError, did_you_mean
    from predict.files import canonical_json
    from predict.pipeline.lists import LISTS

    if kind not in KINDS:
        raise UsageError(f"No list '{kind}'.{did_you_mean(kind, KINDS)} Known: {', '.join(KINDS)}.")
    if study is not None and kind != "instruments":
        raise UsageError("--study goes with 'instruments': predict list instruments --study STUDY.")
    table = LISTS[kind](study) if study is not None else LISTS[kind]()
    rows = list(table["title"].items())
    if as_json:
        print(canonical_json([{"name": name, "title": title} for name, title in rows]))
        return
    width = max((len(str(name)) for name, _ in rows), default=0)
    for name, title in rows:
        print(f"{name:<{width}}  {title}")
