"""An analysis as a folder: tables as CSV, figures as SVG, and a note that says its limits."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from predict import __version__
from predict.analysis.wording import refuse_causal_words
from predict.files import write_csv, write_json, write_text

SMALLEST_CELL = 11
PERSONAL = ("people",)


class Clock:
    """Seconds since it was made, and the most memory the process has held."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def facts(self) -> dict[str, float]:
        """Return seconds and peak memory in megabytes."""
        unit = 1e6 if sys.platform == "darwin" else 1e3
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        return {"seconds": round(time.perf_counter() - self._start, 1), "peak_mb": round(peak)}


def write_dossier(
    folder: Path,
    title: str,
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, str],
    statements: Sequence[str],
    facts: Mapping[str, object],
    run: Mapping[str, float],
    *,
    share: bool = False,
) -> list[Path]:
    """Write every table, figure and sentence of an analysis and return the files.

    With ``share`` nothing of a single person is written: tables and figures whose name says
    ``people`` stay out, and counts of 1 to 10 with the numbers beside them are emptied.
    """
    kept = {name: table for name, table in tables.items() if not (share and _personal(name))}
    drawn = {name: text for name, text in figures.items() if not (share and _personal(name))}
    written = []
    for name, table in kept.items():
        path = folder / f"{name}.csv"
        write_csv(protected(table) if share else table, path)
        written.append(path)
    written += [write_text(folder / f"{name}.svg", text) for name, text in drawn.items()]
    note = _note(title, statements, facts, run, [path.name for path in written])
    written.append(write_text(folder / "note.md", note))
    record = {"predict": __version__, **facts, **run, "shared": share}
    written.append(write_json(folder / "run.json", record))
    return written


def _personal(name: str) -> bool:
    return any(word in name for word in PERSONAL)


def protected(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the rows' numbers where a count of people is 1 to 10.

    Examples
    --------
    >>> import pandas as pd
    >>> protected(pd.DataFrame({"name": ["a", "b"], "n": [40, 4], "mean": [3.0, 9.0]}))
      name     n  mean
    0    a  40.0   3.0
    1    b   NaN   NaN
    """
    counts = [c for c in table.columns if _is_count(str(c))]
    if not counts:
        return table
    values = table[counts].astype(float)
    small = ((values > 0) & (values < SMALLEST_CELL)).any(axis=1).to_numpy()
    numbers = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
    out = table.copy()
    out[numbers] = out[numbers].astype(float)
    out.loc[small, numbers] = np.nan
    return out


_COUNTS = ("n", "at_risk", "responded", "responders", "known", "lost", "missing", "n_assigned")


def _is_count(column: str) -> bool:
    return column in _COUNTS or column.startswith("n_")


def _note(
    title: str,
    statements: Sequence[str],
    facts: Mapping[str, object],
    run: Mapping[str, float],
    files: Sequence[str],
) -> str:
    sentences = "\n".join(f"- {refuse_causal_words(sentence)}" for sentence in statements)
    settings = "\n".join(f"- {name}: {_words(value)}" for name, value in facts.items())
    lines = [
        f"# {title}",
        "",
        sentences,
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
    return f"{value:.4g}" if isinstance(value, float) else str(value)
