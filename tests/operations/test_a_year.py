"""docs/a_year.md is run as it stands, in its order, its days set on the clock."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import typer

from predict.cli import _register, app
from predict.errors import PredictError
from predict.files import read_json
from predict.operations.audit import read_audit
from predict.operations.registry import open_registry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "a_year.md").read_text("utf-8")
BLOCK = re.compile(r"^```(toml|sh)\n# (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Every room that asks a clock what day it is.
CLOCKS = (
    "cohort.dates", "model_folder", "operations.audit", "operations.registry", "pipeline.pages",
    "pipeline.run",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the page: how it ended, how it should have, and what it said."""

    text: str
    status: int
    expected: int
    said: str


def _blocks() -> Iterator[tuple[str, str, str]]:
    yield from BLOCK.findall(PAGE)


def _called(line: str) -> tuple[int, str]:
    """Run a line: a verb in this process, anything else in a shell."""
    if not line.startswith("predict "):
        done = subprocess.run(["bash", "-c", line.replace("~/predict", str(ROOT))], check=False)
        return done.returncode, ""
    words = shlex.split(line)[1:]
    patterns = [sorted(map(str, Path().glob(word))) if "*" in word else [word] for word in words]
    _register(words[:1])
    command = typer.main.get_command(app)
    try:
        given = [word for found in patterns for word in found]
        status = command.main(given, prog_name="predict", standalone_mode=False)
    except PredictError as error:
        return error.exit_code, str(error)
    return status if isinstance(status, int) else 0, ""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Line]]:
    """The folder after the last block, and every line that was run."""
    folder, lines = tmp_path_factory.mktemp("year"), list[Line]()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PREDICT_PROGRESS", "off")
        for kind, name, body in _blocks():
            if kind == "toml":
                Path(name).write_text(body, "utf-8")
                continue
            _set_clocks(patch, datetime.fromisoformat(f"{name}T06:00:00+00:00"))
            for line in body.splitlines():
                command, _, expected = line.partition("   # exit ")
                status, said = _called(command)
                lines.append(Line(command, status, int(expected or 0), said))
    return folder, lines


def _set_clocks(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return moment

    for room in CLOCKS:
        patch.setattr(import_module(f"predict.{room}"), "datetime", Clock)


def test_every_line_ends_as_the_page_says(year: tuple[Path, list[Line]]):
    _, lines = year
    assert [line for line in lines if line.status != line.expected] == []
    assert [line.said.partition("\n")[0] for line in lines if line.expected] == [
        "TABLE: The table has 2 problems.",
        "DISTRIBUTION_OTHER: The table is not like what the model learned from.",
    ]
    refused = next(line.said for line in lines if "04.csv" in line.text and line.expected)
    assert "CODING_SHIFT" in refused


def test_the_year_leaves_what_the_page_says(year: tuple[Path, list[Line]]):
    folder, _ = year
    registry = open_registry(folder / "registry")
    assert [(v.number, v.state) for v in registry.versions] == [(1, "current"), (2, "retired")]
    assert [e.action for e in registry.history] == ["add", "promote", "add", "promote", "rollback"]
    runs = read_audit(folder / "registry")
    assert [entry.facts["exit"] for entry in runs].count(4) == 2
    assert len(runs) == 13
    assert pd.read_csv(folder / "in" / "01.csv").shape == (80, 21)
    assert {entry.at[:7] for entry in runs} == {f"2027-{month:02d}" for month in range(1, 13)}
    held = read_json(folder / "monitoring" / "monitoring.json")
    known = {month["month"]: month["labelled"] for month in held["months"]}
    assert list(known) == [f"2027-{m:02d}" for m in (1, 2, 3, 4, 5, 6, 8, 11, 12)]
    assert known["2027-01"] > 40
    assert known["2027-11"] == known["2027-12"] == 0
    verdict = read_json(folder / "validated" / "verdict.json")
    assert verdict["sentence"].startswith("DISTRIBUTION_OTHER")


def test_what_a_year_writes_for_many_eyes_holds_no_person(year: tuple[Path, list[Line]]):
    folder, _ = year
    people = set(pd.read_csv(folder / "year.csv", usecols=["person"])["person"])
    shared = [folder / "monitoring", folder / "registry" / "audit", folder / "registry" / "history"]
    files = [path for place in shared for path in place.rglob("*") if path.is_file()]
    assert len(files) > 20
    held = {word for path in files for word in re.findall(r"\bP\d{5}\b", path.read_text("utf-8"))}
    assert held & people == set()
