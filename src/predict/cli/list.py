"""`predict list`: what can be named in a study or an experiment, a line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from predict.cli.options import AsJson

Rows = list[tuple[str, str]]


def _instruments(study: Path | None = None) -> Rows:
    from predict.definitions.instruments import instrument_ids, load_instrument
    from predict.definitions.study import read_study

    own = read_study(study).own_instruments if study else {}
    shipped = [(name, load_instrument(name).title) for name in instrument_ids()]
    defined = [(name, f"{tool.title} (the study's own)") for name, tool in own.items()]
    return sorted([*shipped, *defined])


def _outcomes() -> Rows:
    from predict.definitions.outcomes import outcome_names, read_outcome

    return [(name, read_outcome(name).title) for name in outcome_names()]


def _programmes() -> Rows:
    from predict.definitions.programmes import load_programme, programme_ids

    return [(name, load_programme(name).title) for name in programme_ids()]


def _documented(folder: str, registry: str) -> Callable[[], Rows]:
    def rows() -> Rows:
        from importlib import import_module
        from inspect import getdoc

        entries = getattr(import_module(f"predict.{folder}"), registry)
        return [(name, (getdoc(entry) or "").split("\n")[0]) for name, entry in entries.items()]

    return rows


def _formats() -> Rows:
    from predict.cohort.formats import FORMATS

    extras = {form.extra: f" (extra '{form.extra}')" for form in FORMATS.values() if form.extra}
    return [(name, form.title + extras.get(form.extra, "")) for name, form in FORMATS.items()]


LISTS: dict[str, Callable[[], Rows]] = {
    "instruments": _instruments,
    "outcomes": _outcomes,
    "programmes": _programmes,
    "formats": _formats,
    "families": _documented("models.families", "FAMILIES"),
    "blocks": _documented("features", "BLOCKS"),
    "checks": _documented("appraisal.checks", "CHECKS"),
    "sections": _documented("reports.sections", "SECTIONS"),
}


def list_names(
    kind: Annotated[str, typer.Argument(help=" | ".join(LISTS), metavar="KIND")],
    study: Annotated[
        Path | None, typer.Option(help="Study TOML whose own instruments are listed too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List instruments, outcomes, programmes, families, formats, blocks, checks or sections."""
    from predict.errors import UsageError, did_you_mean
    from predict.files import canonical_json

    if kind not in LISTS:
        raise UsageError(f"No list '{kind}'.{did_you_mean(kind, LISTS)} Known: {', '.join(LISTS)}.")
    if study is not None and kind != "instruments":
        raise UsageError("--study goes with 'instruments': predict list instruments --study STUDY.")
    rows = _instruments(study) if study is not None else LISTS[kind]()
    if as_json:
        print(canonical_json([{"name": name, "title": title} for name, title in rows]))
        return
    width = max((len(name) for name, _ in rows), default=0)
    for name, title in rows:
        print(f"{name:<{width}}  {title}")
