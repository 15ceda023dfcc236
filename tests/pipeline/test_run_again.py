"""A run into a folder that holds one: it is replaced, told, and what is left of it is counted."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import predict as pr
from predict.files import read_json
from predict.pipeline.replaced import kept_words, replacing_words, written_in
from predict.pipeline.run import run
from predict.simulation.examples import shipped

QUESTION: dict[str, Any] = {
    "study": str(shipped("demo_study.toml")),
    "outcome": "phq9_response",
    "blocks": ["scales"],
    "recipe": {"family": "severity", "trials": 0},
    "evaluation": {"outer": 3, "repeats": 1, "families": ["prior"], "resamples": 10, "refits": 0},
}


def test_a_run_says_what_it_replaces_and_what_it_keeps(tmp_path: Path) -> None:
    out, table = tmp_path / "first", pr.simulate("demo", people=200, seed=1).table
    fresh, again = list[str](), list[str]()
    run(QUESTION, table, out, track=False, say=fresh.append)
    assert not any("holds" in said or "kept" in said for said in fresh)
    (out / "evaluation" / "of_another.csv").write_text("of another question")
    (out / "notes.txt").write_text("mine")
    key = (out / ".report_key").read_bytes()
    made = read_json(out / "run.json")
    run({**QUESTION, "outcome": "phq9_remission"}, table, out, track=False, say=again.append)
    assert again[0].startswith("first holds a run already: files are replaced")
    assert "name another --out" in again[0]
    last = "2 files that were in first before (in evaluation) are kept, and not of this run."
    assert again[-1] == last
    assert (out / "notes.txt").read_text() == "mine"
    assert read_json(out / "run.json") != made
    assert (out / ".report_key").read_bytes() == key


def test_a_run_that_stops_while_it_writes_leaves_no_folder_that_passes_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pr.simulate("demo", people=200, seed=1).table
    run(QUESTION, table, tmp_path / "out", track=False)
    assert (tmp_path / "out" / "run.json").exists()

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("predict.pipeline.run"), "write_csv", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(QUESTION, table, tmp_path / "out", track=False)
    assert not (tmp_path / "out" / "run.json").exists()


@pytest.mark.parametrize(("name", "what"), [("run.json", "a run"), ("notes.txt", "files")])
def test_what_is_there_is_told_by_what_it_is(tmp_path: Path, name: str, what: str) -> None:
    assert replacing_words(tmp_path, written_in(tmp_path / "none")) == ""
    (tmp_path / name).write_text("x")
    before = written_in(tmp_path)
    assert f"holds {what} already" in replacing_words(tmp_path, before)
    assert kept_words(tmp_path, before).startswith("1 file that was in")
    (tmp_path / "other").write_text("y")
    (tmp_path / "other").replace(tmp_path / name)
    assert kept_words(tmp_path, before) == ""
