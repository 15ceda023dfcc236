"""A history only grows, and whoever changes, removes or adds an entry is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from predict.errors import ModelError, OutputLocked
from predict.files import canonical_json, read_json
from predict.operations.history import BEGINNING, Entry, append, following, read_history

AT = "2026-11-28T20:00:00Z"


def _written(folder: Path, count: int = 3) -> tuple[Entry, ...]:
    entries: tuple[Entry, ...] = ()
    for number in range(1, count + 1):
        new = following(
            entries, at=AT, who="ops", why="test", action="add", facts={"version": number}
        )
        entries = (*entries, append(folder, new))
    return entries


def test_entries_come_back_as_written_each_with_the_digest_of_the_one_before(tmp_path: Path):
    entries = _written(tmp_path)
    assert read_history(tmp_path) == entries
    assert [e.previous for e in entries] == [BEGINNING, entries[0].digest, entries[1].digest]


def test_an_empty_folder_is_an_empty_history(tmp_path: Path):
    assert read_history(tmp_path) == ()


def _alter(path: Path, **changes: object) -> None:
    path.write_text(canonical_json({**read_json(path), **changes}), "utf-8")


def _resealed(path: Path, **changes: object) -> None:
    """Alter an entry and give it the digest that fits: whoever knows the rule can do that."""
    stored = {k: v for k, v in read_json(path).items() if k != "digest"} | changes
    path.write_bytes(Entry(**stored).to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: _alter(folder / "000002.json", why="another reason"),
        lambda folder: _resealed(folder / "000002.json", why="another reason"),
        lambda folder: (folder / "000002.json").unlink(),
        lambda folder: (folder / "000003.json").unlink(),
        lambda folder: (folder / "000003.json").write_text("{", "utf-8"),
        lambda folder: (folder / "000004.json").write_bytes((folder / "000003.json").read_bytes()),
        lambda folder: (folder / "head.json").write_text("[]", "utf-8"),
    ],
    ids=["altered", "resealed", "middle gone", "newest gone", "cut off", "repeated", "head"],
)
def test_a_changed_history_is_refused(change, tmp_path: Path):
    _written(tmp_path)
    change(tmp_path)
    with pytest.raises(ModelError, match="HISTORY_CHANGED"):
        read_history(tmp_path)


def test_of_two_writers_at_the_same_moment_one_is_told_to_look_again(tmp_path: Path):
    entries = _written(tmp_path, 1)
    second = following(entries, at=AT, who="a", why="first to come", action="run", facts={})
    append(tmp_path, second)
    with pytest.raises(OutputLocked, match="HISTORY_MOVED_ON"):
        append(tmp_path, following(entries, at=AT, who="b", why="late", action="run", facts={}))
    assert read_history(tmp_path) == (*entries, second)


def test_a_writer_that_died_before_the_head_was_moved_leaves_a_whole_history(tmp_path: Path):
    entries = _written(tmp_path)
    (tmp_path / "head.json").write_text('{"number":2}', "utf-8")
    assert read_history(tmp_path) == entries
