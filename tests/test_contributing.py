"""CONTRIBUTING's how-tos, followed to the letter in a copy of the sources, keep what they say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROOF = """
import numpy as np, pandas as pd, predict as pr
from pyarrow import Table, feather
from typer.testing import CliRunner
from predict.appraisal.checks import CHECKS
from predict.cli import VERBS, main
from predict.cohort.formats import open_table
from predict.definitions.instruments import load_instrument
from predict.definitions.outcomes import read_outcome
from predict.models.families import FAMILIES
from predict.reports.sections import MODEL
from predict.definitions.wording import load_catalogue
from predict.simulation import simulate
from predict.simulation.examples import shipped

assert load_instrument("two_moods").title == "Two moods"
rule = {"instrument": "phq9", "rule": "quartered", "name": "quartered"}
answers = read_outcome(rule).responds(pd.Series([20.0, 20.0]), pd.Series([5.0, 6.0]))
assert answers.tolist() == [True, False]
feather.write_feather(Table.from_pydict({"id": ["a", "b"]}), "t.feather")
assert open_table("t.feather").form.title == "Feather file"
assert open_table("t.feather").read().table.num_rows == 2
cohort = pr.read_cohort(simulate("demo", people=150, seed=1).table, shipped("demo_study.toml"))
training = pr.assemble(cohort, "phq9_response")
model = pr.train(training, pr.Recipe(family="age_alone", trials=0, calibration="none"), refits=0)
assert [column.name for column in model.columns] == ["age"]
assert FAMILIES["age_alone"].rank == 5
assert CHECKS["PEOPLE_FEW"].__doc__.startswith("Fewer than 100")
report = pr.report(model, cohort, made="2026-01-01", key=b"0" * 16, pages=[])
blocks = report.model()["models"][0]["sections"]["size"]["blocks"]
assert blocks[0]["n"] == str(training.n), blocks
assert "people were learned from" in load_catalogue("en").text("model.size.people", {"n": 1})
assert "hello" in VERBS
assert load_catalogue("eo").language == "eo"
"""


def follow(folder: Path, text: str) -> None:
    """Do what each block says, in order."""
    for kind, block in BLOCK.findall(text):
        if kind == "sh":
            _, source, target = block.split()
            shutil.copy(folder / source, folder / target)
            continue
        head, body = block.split("\n", 1)
        if made := re.match(r"# new: (\S+)$", head):
            (folder / made[1]).write_text(body)
        else:
            where, path, line = re.match(r"# (after|before) in (\S+): (.*)$", head).groups()
            beside(folder / path, where, line, body)


def beside(path: Path, where: str, line: str, body: str) -> None:
    text = path.read_text()
    assert text.count(f"\n{line}\n") == 1, f"{path.name} has not one line: {line}"
    both = f"{line}\n{body}" if where == "after" else f"{body}{line}\n"
    path.write_text(text.replace(f"\n{line}\n", f"\n{both}"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "experiments", folder / "experiments")
    text = (ROOT / "CONTRIBUTING.md").read_text()
    follow(folder, text[text.index("## How to") : text.index("## The house rules")])
    return folder


def python(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_how_to_gives_what_it_promises(copy):
    python(copy, "-c", PROOF)


def test_the_new_verb_answers(copy):
    assert python(copy, "-m", "predict", "hello").startswith("predict ")
