"""What an analysis found, and writing it as a folder: tables as CSV, figures as SVG, a note."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from predict.analysis.wording import refuse_causal_words
from predict.drawing.card import card, grid
from predict.files import installed_version, write_csv, write_json, write_text
from predict.statistics.disclosure import Release, Table, opened

Files = Callable[[Release], Mapping[str, Any]]


def _none(_: Release) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Result:
    """Tables first; files, sentences and settings follow from what may be told of them.

    Parameters
    ----------
    tables : tuple of Table
        Each count with whom it counts.
    files : callable from Release to file name -> text or value
        Figures, pages and JSON, made from what may be told.
    statements : sequence of str or Told
        What must be said beside the tables.
    facts : mapping of name to value or Told
        Settings, and how many people there were.
    personal : mapping of name to DataFrame
        Rows of people; they never leave.
    portraits : mapping of file name to text
        Figures of single people; they never leave.
    title : str
        Heads the note; without one neither note nor record is written.
    notes : tuple of str
        What was left out, and why; it tells nothing of people.

    See Also
    --------
    predict.analysis.write_results : Writes one.

    Examples
    --------
    >>> import pandas as pd
    >>> people = Table("people", pd.DataFrame({"visit": ["baseline", "end"], "n": [60, 48]}))
    >>> Result((people,), statements=("Lost people are counted, never guessed.",))
    Result(people)
    """

    tables: tuple[Table, ...]
    files: Files = field(default=_none)
    statements: Sequence[Any] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    portraits: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Result({', '.join(self.names())})"

    def _repr_html_(self) -> str:
        rows = [(t.name, len(t.frame), ", ".join(map(str, t.frame.columns))) for t in self.tables]
        return card(self.title or "Result", {}, grid(["table", "rows", "columns"], rows))

    def __getitem__(self, name: str) -> Table:
        return {table.name: table for table in self.tables}[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of the tables, in order."""
        return tuple(table.name for table in self.tables)

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write everything, for the clinic's own eyes."""
        return write_results(self, Path(folder))


class Clock:
    """Seconds since it was made, and the most memory the process has held."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def facts(self) -> dict[str, float]:
        """Return seconds and peak memory in megabytes."""
        unit = 1e6 if sys.platform == "darwin" else 1e3
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        return {"seconds": round(time.perf_counter() - self._start, 1), "peak_mb": round(peak)}


def write_results(
    result: Result,
    folder: Path,
    release: Release | None = None,
    *,
    clock: Clock | None = None,
) -> tuple[Path, ...]:
    """Write a result and return the files.

    Parameters
    ----------
    result : Result
        Of an analysis.
    folder : path
        Where its files go.
    release : Release, optional
        What may leave (`predict.analysis.outcome_report.shared`): then nothing of single people is
        written, and no count, rate, figure or sentence that it does not allow.
    clock : Clock, optional
        Says when it was made.

    Returns
    -------
    tuple of Path
        The files written.

    See Also
    --------
    predict.analysis.shared : What may leave.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> people = Table("people", pd.DataFrame({"visit": ["baseline", "end"], "n": [60, 48]}))
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in write_results(Result((people,)), Path(folder))]
    ['people.csv']
    """
    disclosed = release or opened(result.tables)
    tables = {table.name: table.frame for table in disclosed.tables}
    files = dict(result.files(disclosed))
    if release is None:
        tables, files = {**tables, **result.personal}, {**files, **result.portraits}
    written = [write_csv(frame, folder / f"{name}.csv") for name, frame in tables.items()]
    written += [_write(folder / name, content) for name, content in files.items()]
    names = [path.name for path in written]
    run = {**(clock or Clock()).facts(), "shared": release is not None}
    written += [
        _write(folder / name, v) for name, v in _record(result, disclosed, run, names).items()
    ]
    return tuple(written)


def _write(path: Path, content: Any) -> Path:
    return write_text(path, content) if isinstance(content, str) else write_json(path, content)


def statements(result: Result, release: Release | None = None) -> tuple[str, ...]:
    """Return the sentences that may be said."""
    sentences = (release or opened(())).fill(list(result.statements))
    return tuple(refuse_causal_words(sentence) for sentence in sentences if sentence)


def _record(
    result: Result, release: Release, run: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """Return the note for readers and the record for machines."""
    if not result.title:
        return {}
    facts = release.fill(result.facts)
    note = _note(result.title, statements(result, release), facts, run, names)
    return {"note.md": note, "run.json": {"predict": installed_version(), **facts, **run}}


def _note(
    title: str,
    said: Sequence[str],
    facts: Mapping[str, object],
    run: Mapping[str, Any],
    files: Sequence[str],
) -> str:
    bullets = "\n".join(f"- {sentence}" for sentence in said)
    settings = "\n".join(f"- {name}: {_words(value)}" for name, value in facts.items())
    lines = [
        f"# {title}",
        "",
        bullets,
        "",
        "## Settings",
        "",
        settings,
        "",
        "## Run",
        "",
        f"- {run['seconds']:g} seconds, {run['peak_mb']:g} MB at most",
        "",
        "## Files",
        "",
        "\n".join(f"- {name}" for name in files),
        "",
    ]
    return "\n".join(lines)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is None:
        return "withheld"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Opened:
    """A result with everything that may be seen within the clinic: figures, sentences, settings."""

    result: Result

    @cached_property
    def figures(self) -> Mapping[str, str]:
        """Every figure as SVG text, by name."""
        drawn = {**self.result.files(opened(())), **self.result.portraits}
        return {name.removesuffix(".svg"): text for name, text in drawn.items()}

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said beside the tables."""
        return statements(self.result)

    @property
    def facts(self) -> Mapping[str, object]:
        """Settings and people."""
        return dict(opened(()).fill(self.result.facts))

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.statements)
        return card(repr(self), {}, said)
