"""The empty store that is laid down is the one MLflow would make by its migrations.

Run as a script it writes `empty_store.sql` anew, after a change of MLflow's version.
"""

from __future__ import annotations

import sqlite3
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from predict.pipeline.tracking import empty_store


def made_by_mlflow(folder: Path) -> list[str]:
    """Return the statements of a store that MLflow itself has made."""
    from mlflow.store.db.utils import _initialize_tables, create_sqlalchemy_engine

    _initialize_tables(create_sqlalchemy_engine(f"sqlite:///{folder / 'made.db'}"))
    return statements(folder / "made.db")


def statements(file: Path) -> list[str]:
    """Return what makes a database again, without tabs and blanks at the ends of lines."""
    with sqlite3.connect(file) as database:
        text = "\n".join(database.iterdump()).replace("\t", "  ")
    return [line.rstrip() for line in text.split("\n")]


def in_any_order(lines: list[str]) -> list[str]:
    """Return the lines sorted: the constraints of a table come in no order."""
    return sorted(line.removesuffix(",") for line in lines)


def test_the_empty_store_is_mlflows_own(tmp_path):
    assert version("mlflow") == empty_store.WRITTEN_FOR
    empty_store.lay_down(f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}")
    laid = statements(tmp_path / "new" / "mlflow.db")
    assert in_any_order(laid) == in_any_order(made_by_mlflow(tmp_path))
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["mlflow.db"]


def test_a_store_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"mine")
    empty_store.lay_down(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert (tmp_path / "mlflow.db").read_bytes() == b"mine"


def test_another_release_makes_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(empty_store, "WRITTEN_FOR", "0.0.1")
    empty_store.lay_down(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert not (tmp_path / "mlflow.db").exists()


def test_where_nothing_can_be_written_mlflow_is_left_to_say_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    empty_store.lay_down(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")
    empty_store.lay_down("http://127.0.0.1:9")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        place = Path(empty_store.__file__).with_name("empty_store.sql")
        place.write_text("\n".join(made_by_mlflow(Path(folder))) + "\n")
