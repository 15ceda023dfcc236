"""`predict registry`: versions of a model, which one is in use, and who decided so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import AsJson, one_blas_thread

if TYPE_CHECKING:
    from predict.operations.registry import Registry

app = typer.Typer(help="Versions of a model: add, compare, promote, roll back.")

Folder = Annotated[Path, typer.Argument(help="The registry.", metavar="FOLDER", show_default=False)]
Number = Annotated[int, typer.Argument(help="Which version.", metavar="VERSION", min=1)]
Who = Annotated[str, typer.Option(help="Who decides; kept for good.", show_default=False)]
Why = Annotated[str, typer.Option(help="Why; kept for good.", show_default=False)]
On = Annotated[
    Path | None, typer.Option("--on", help="Table of people with outcomes, none learned from.")
]
Key = Annotated[Path | None, typer.Option(help="Key file: the version must be signed with it.")]


@app.command()
def add(
    folder: Folder,
    model: Annotated[Path, typer.Argument(help="Model folder.", metavar="MODEL")],
    who: Who,
    why: Why,
) -> None:
    """Copy a model in as a candidate; the first one begins the registry."""
    one_blas_thread()
    from predict.operations.registry import open_registry

    _say(open_registry(folder, create=True).add(model, who=who, why=why))


@app.command("list")
def list_versions(folder: Folder, as_json: AsJson = False) -> None:
    """Name every version and its state."""
    from dataclasses import asdict

    from predict.files import canonical_json
    from predict.operations.registry import open_registry

    registry = open_registry(folder)
    if as_json:
        print(canonical_json([asdict(version) for version in registry.versions]))
        return
    _say(registry)


@app.command()
def approve(
    folder: Folder, number: Number, who: Who, why: Why, on: On = None, key: Key = None
) -> None:
    """Compare a candidate with the version in use, without switching."""
    one_blas_thread()
    from predict.errors import UsageError
    from predict.operations.registry import open_registry

    if on is None:
        raise UsageError("approve needs --on TABLE: people with outcomes.", code="NO_TABLE")
    registry = open_registry(folder)
    _say(registry.approve(number, on, who=who, why=why, key=_key(key)))


@app.command()
def promote(
    folder: Folder, number: Number, who: Who, why: Why, on: On = None, key: Key = None
) -> None:
    """Put a version into use; refused where it is worse, leaking, unsigned or unjudged."""
    one_blas_thread()
    from predict.operations.registry import open_registry

    registry = open_registry(folder)
    _say(registry.promote(number, on, who=who, why=why, key=_key(key)))


@app.command()
def rollback(folder: Folder, who: Who, why: Why) -> None:
    """Retire the version in use and put the one before it back."""
    from predict.operations.registry import open_registry

    _say(open_registry(folder).rollback(who=who, why=why))


@app.command()
def retire(folder: Folder, number: Number, who: Who, why: Why) -> None:
    """Take a version out for good."""
    from predict.operations.registry import open_registry

    _say(open_registry(folder).retire(number, who=who, why=why))


@app.command()
def history(folder: Folder, as_json: AsJson = False) -> None:
    """Tell what was done, by whom, when and why, oldest first."""
    from dataclasses import asdict

    from predict.files import canonical_json
    from predict.operations.registry import open_registry

    for entry in open_registry(folder).history:
        version = entry.facts.get("version", "")
        line = f"{entry.number} {entry.at} {entry.action} {version} {entry.who}: {entry.why}"
        print(canonical_json(asdict(entry)) if as_json else line)


@app.command()
def audit(folder: Folder, as_json: AsJson = False) -> None:
    """Tell what each run of its models did, oldest first."""
    from dataclasses import asdict

    from predict.files import canonical_json
    from predict.operations.audit import read_audit

    for entry in read_audit(folder):
        facts = ", ".join(f"{name} {value}" for name, value in entry.facts.items())
        line = f"{entry.number} {entry.at} {entry.who} {entry.why}: {facts}"
        print(canonical_json(asdict(entry)) if as_json else line)


@app.command()
def verify(folder: Folder) -> None:
    """Prove that the history and every version are as they were written."""
    one_blas_thread()
    from predict.operations.registry import open_registry

    counts = open_registry(folder).verify()
    facts = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(f"registry: whole ({facts})")


def _key(path: Path | None) -> bytes:
    from predict.model_folder.signature import read_key

    return read_key(path) if path else b""


def _say(registry: Registry) -> None:
    for version in registry.versions:
        print(f"{version.number} {version.state} since {version.since} {version.name}")
