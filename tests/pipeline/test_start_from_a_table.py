"""The how-to that begins with a table does what it says, typed as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

import predict as pr

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how_to"


def blocks(language: str, page: str = "start_from_a_table") -> list[str]:
    text = (PAGES / f"{page}.md").read_text()
    found = re.findall(rf"^ *```{language}\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    return [dedent(block) for block in found]


def files(page: str) -> dict[str, str]:
    """The experiment files of a page by the name that their first line gives."""
    named = (re.match(r"# (\w+\.toml)\n", block) for block in blocks("toml", page))
    return {found[1]: found.string for found in named if found}


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done


def test_the_commands_and_the_cheap_settings_work_as_printed(tmp_path: Path) -> None:
    pr.simulate("demo", people=200, seed=1).table.to_csv(tmp_path / "clinic.csv", index=False)
    propose, check, run, look = (line for block in blocks("sh") for line in block.splitlines())
    *_, cheap = blocks("toml")
    experiments = files("start_from_a_table")
    assert run.split()[2] in experiments
    experiment, out = look.split()[2], Path(look.split()[-1])
    (tmp_path / experiment).write_text(f"{experiments[experiment]}{cheap}")
    typed(propose, tmp_path)
    typed(check, tmp_path)
    done = typed(f"{look} --no-track", tmp_path)
    assert "Judging 3 families (prior, severity, linear) on" in done.stderr
    assert (tmp_path / out / "report" / "model.html").is_file()


@pytest.mark.parametrize("page", ["start_from_a_table", "compare_two_models"])
def test_a_file_named_after_a_family_learns_that_family(page: str) -> None:
    """The pages named both files and showed none: without a recipe both learn boosted trees."""
    experiments = {name: tomllib.loads(text) for name, text in files(page).items()}
    commands = [line for block in blocks("sh", page) for line in block.splitlines()]
    run = {line.split()[2] for line in commands if line.startswith("predict run")}
    assert {"linear.toml", "boosted.toml"} == experiments.keys() == run
    recipes = {name: spec.pop("recipe") for name, spec in experiments.items()}
    assert recipes == {f"{family}.toml": {"family": family} for family in ("linear", "boosted")}
    assert experiments["linear.toml"] == experiments["boosted.toml"]
