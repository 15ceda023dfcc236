"""`predict evaluate`, `validate` and `check --design`, called as the command line calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from predict.cli.check import check
from predict.cli.evaluate import evaluate
from predict.cli.validate import validate
from predict.errors import DesignError
from predict.pipeline import read_experiment, run, train_only
from predict.pipeline.experiment import Experiment
from predict.simulation.examples import demo

PLAIN = """
study = "demo_study.toml"
outcome = "phq9_response"
round = "one"
as_of = "baseline"
blocks = ["scales", "people"]

[recipe]
family = "FAMILY"
trials = 0

[evaluation]
outer = 3
inner = 2
repeats = 1
families = ["prior", "severity"]
resamples = 30
refits = 0
group = "site"
MORE
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("judging")
    demo(made, people=260, seed=3)
    return made


def experiment(folder: Path, *, family: str = "severity", more: str = "") -> Path:
    path = folder / f"{family}{len(more)}.toml"
    path.write_text(PLAIN.replace("FAMILY", family).replace("MORE", more))
    return path


def test_evaluate_writes_its_folder_and_prints_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(experiment(folder), folder / "demo.csv", tmp_path, quiet=True)
    said = capsys.readouterr().out
    assert said.startswith("Baseline severity as of baseline is ")
    assert (tmp_path / "evaluation" / "readings.csv").exists()
    assert json.loads((tmp_path / "verdict.json").read_text())["sentence"] == said.strip()


def test_validate_writes_aggregates_only(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_only(experiment(folder), folder / "demo.csv", tmp_path / "model")
    validate(tmp_path / "model", folder / "demo.csv", tmp_path / "out", quiet=True)
    assert "of its own training people " in capsys.readouterr().out
    ids = set(pd.read_csv(folder / "demo.csv", dtype="str")["person"])
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert not ids & set(file.read_text().replace(",", " ").split())


def test_objections_to_a_design_are_listed_with_their_states(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = experiment(folder)
    check(folder / "demo.csv", design=path)
    said = capsys.readouterr().out
    assert "issue          EVENTS_FEW" in said
    assert "not_applicable NOT_ABOVE_PRIOR" in said


def test_a_muted_check_keeps_its_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = experiment(folder, more='[mute]\nREPEATS_ONE = "a pilot"')
    check(folder / "demo.csv", design=path, as_json=True)
    rows = json.loads(capsys.readouterr().out)["checks"]
    row = next(row for row in rows if row["code"] == "REPEATS_ONE")
    assert row["state"] == "muted"
    assert "a pilot" in row["text"]


def test_the_strict_gate_refuses_too_few_people(folder: Path, tmp_path: Path) -> None:
    strict: Experiment = read_experiment(experiment(folder, more='gate = "refuse"'))
    with pytest.raises(DesignError, match="SAMPLE_TOO_SMALL"):
        run(strict, folder / "demo.csv", tmp_path, track=False)


def test_the_best_family_is_what_is_stored(folder: Path, tmp_path: Path) -> None:
    model = train_only(experiment(folder, family="best"), folder / "demo.csv", tmp_path / "model")
    assert model.family in {"prior", "severity"}
