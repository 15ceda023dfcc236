"""Every run of a registered model leaves one entry: digests, counts, exit status."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from predict.cli.score import score
from predict.cli.serve import serve
from predict.errors import ModelError, TableError
from predict.files import read_json
from predict.operations.audit import audited, read_audit, registry_of
from predict.operations.registry import open_registry
from predict.operations.serving import Address, Gate

BY = {"who": "ops", "why": "a test"}


@pytest.fixture
def folder(tmp_path: Path, models: dict[str, Path], new_people: pd.DataFrame) -> Path:
    registry = open_registry(tmp_path / "registry", create=True).add(models["first"], **BY)
    new_people.to_csv(tmp_path / "people.csv", index=False)
    return registry.folder


def _nightly(folder: Path, table: Path) -> None:
    model = folder / "versions" / "0001"
    score(model, str(table), str(folder.parent / "scores"), quiet=True, overwrite=True)


def test_a_run_leaves_digests_counts_and_exit(folder: Path, new_people: pd.DataFrame):
    _nightly(folder, folder.parent / "people.csv")
    (entry,) = read_audit(folder)
    assert entry.facts["rows"] == len(new_people)
    assert entry.facts["exit"] == 0
    run = read_json(folder.parent / "scores" / "_run.json")
    assert entry.facts["table"] == run["table"]["sha256"]
    assert entry.facts["model"] == open_registry(folder).version(1).digest
    assert open_registry(folder).verify()["runs"] == 1


def test_a_refused_run_is_in_the_audit_too(folder: Path, new_people: pd.DataFrame):
    table = folder.parent / "old.csv"
    new_people.drop(columns="phq9_1_baseline").to_csv(table, index=False)
    with pytest.raises(TableError):
        _nightly(folder, table)
    (entry,) = read_audit(folder)
    assert entry.facts["exit"] == 4


def test_the_audit_holds_no_path_no_id_and_no_host_name(folder: Path, new_people: pd.DataFrame):
    _nightly(folder, folder.parent / "people.csv")
    text = "".join(path.read_text("utf-8") for path in (folder / "audit").iterdir())
    assert str(folder.parent) not in text
    assert not [person for person in new_people["person"] if person in text]
    assert f'"{socket.gethostname()}"' not in text


def test_a_server_leaves_its_start_and_its_end(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    began: list[str] = []

    def ends_at_once(gate: Gate, address: Address, opened: socket.socket) -> None:
        began.extend(entry.why for entry in read_audit(folder))
        gate.metrics.add("/invocations", 200, 0.1, rows=["scored"])

    monkeypatch.setattr("predict.operations.serving.serve", ends_at_once)
    monkeypatch.setenv("PREDICT_TOKEN", "a-token-of-enough-letters")
    serve(folder / "versions" / "0001", port=0, max_seconds=5)
    start, stop = read_audit(folder)
    assert began == ["serve start"]
    assert (stop.why, stop.facts["exit"]) == ("serve stop", 0)
    assert (stop.facts["requests"], stop.facts["scored"]) == (1, 1)
    assert start.facts["model"] == stop.facts["model"] == open_registry(folder).version(1).digest
    assert "Serving on http://127.0.0.1:" in capsys.readouterr().err


def test_a_changed_audit_is_seen(folder: Path):
    _nightly(folder, folder.parent / "people.csv")
    entry = folder / "audit" / "000001.json"
    entry.write_text(entry.read_text("utf-8").replace('"rejected":0', '"rejected":1'), "utf-8")
    with pytest.raises(ModelError, match="HISTORY_CHANGED"):
        open_registry(folder).verify()


def test_a_model_of_no_registry_leaves_nothing(models: dict[str, Path]):
    assert registry_of(models["first"]) is None
    with audited(models["first"], "score") as run:
        run["rows"] = 1
    assert not (models["first"].parent / "audit").exists()


def test_asking_whether_a_model_is_registered_loads_nothing_that_only_a_promotion_needs():
    loaded = (
        "[m for m in ('predict.evaluation', 'predict.operations.registry') if m in sys.modules]"
    )
    code = f"import sys, predict.operations.audit; print({loaded})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
