"""A new local store, laid down at once instead of by MLflow's dozens of migrations."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

# The release whose tables are known here: `empty_store.sql` is its empty store, and runs are
# written into them. Any other makes its own store and is told by calls.
WRITTEN_FOR = "3.17.2"
SQLITE = "sqlite:///"


def knows_tables() -> bool:
    """Whether the MLflow that is installed is the one whose tables are known here."""
    return version("mlflow") == WRITTEN_FOR


def lay_down(store: str) -> None:
    """Make the SQLite file of a store that is not there yet, as MLflow itself would leave it.

    Whole or not at all; where it cannot be made MLflow tries, and says what is wrong.

    Parameters
    ----------
    store : str
        Such as ``sqlite:////data/mlflow.db``; what is no SQLite file is left alone.
    """
    if not store.startswith(SQLITE) or "?" in store or not knows_tables():
        return
    file = Path(store.removeprefix(SQLITE))
    if file.exists() or file.name in ("", ":memory:"):
        return
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    with suppress(OSError, sqlite3.Error):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(new)) as database:
                database.executescript(schema())
            os.link(new, file)  # fails where another process was quicker
        finally:
            new.unlink(missing_ok=True)


def schema() -> str:
    """Return the statements that make an empty store."""
    return files("predict.pipeline.tracking").joinpath("empty_store.sql").read_text("utf-8")
