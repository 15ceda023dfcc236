"""Many experiments over an engine: the same folders anywhere, and nothing done twice or lost."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from predict.engines import DaskEngine, Done, LocalEngine
from predict.errors import UsageError
from predict.model_folder.forms import toml_bytes
from predict.pipeline import run_all
from predict.simulation.examples import demo

# What tells the time, or holds a digest of what does; pages' names hold a key drawn at random.
TIMED = {"run.json", "manifest.json", "card.md", ".report_key"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, its study and three quick experiments, one of which cannot be run."""
    folder = tmp_path_factory.mktemp("many")
    example = demo(folder, people=260, seed=7)
    spec = tomllib.loads(example.experiments[0].read_text())
    small = {
        "recipe": {"family": "totals"},
        "evaluation": {"outer": 2, "inner": 2, "repeats": 1, "resamples": 20, "refits": 0,
                       "families": ["prior"]},
    }  # fmt: skip
    for name, outcome in (("one", "phq9_response"), ("two", "phq9_remission"), ("bad", "no_such")):
        text = toml_bytes({**spec, **small, "study": str(example.study), "outcome": outcome})
        (folder / f"{name}.toml").write_bytes(text)
    return folder


def table_of(room: Path) -> Path:
    return room / "demo.csv"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in TIMED and "report" not in path.parts
    }


@dataclass(frozen=True)
class Dying:
    """An engine whose machine goes down after one part."""

    def run(self, work: Any, parts: Sequence[Any]) -> Iterator[Done[Any]]:
        yield Done(0, work(parts[0]))
        raise KeyboardInterrupt


def test_a_cluster_leaves_the_same_folders_as_this_process(room: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    paths = [room / "one.toml", room / "two.toml", room / "bad.toml"]
    here = run_all(paths, table_of(room), tmp_path / "here", engine=LocalEngine())
    there = run_all(paths, table_of(room), tmp_path / "there", engine=DaskEngine(workers=1))
    assert here["state"].tolist() == there["state"].tolist() == ["done", "done", "failed"]
    assert here["error"].tolist()[:2] == ["", ""]
    assert here["error"].iloc[2] == there["error"].iloc[2] != ""
    assert here["sentence"].tolist() == there["sentence"].tolist()
    for name in ("one", "two"):
        assert contents(tmp_path / "here" / name) == contents(tmp_path / "there" / name)
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"one", "two"}


def test_what_was_done_before_a_crash_is_not_done_again(room: Path, tmp_path: Path) -> None:
    paths = [room / "one.toml", room / "two.toml"]
    with pytest.raises(KeyboardInterrupt):
        run_all(paths, table_of(room), tmp_path, engine=Dying())
    first = (tmp_path / "one" / "run.json").read_bytes()
    assert not (tmp_path / "two").exists()
    again = run_all(paths, table_of(room), tmp_path)
    assert again["state"].tolist() == ["earlier", "done"]
    assert (tmp_path / "one" / "run.json").read_bytes() == first


def test_two_experiments_of_one_name_are_refused(room: Path, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("")
    with pytest.raises(UsageError, match="called one"):
        run_all([room / "one.toml", tmp_path / "one.toml"], table_of(room), tmp_path / "out")
