"""The how-to that begins with a table does what it says, typed as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import predict as pr

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how_to" / "start_from_a_table.md"


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [dedent(block) for block in found]


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done


def test_the_commands_and_the_cheap_settings_work_as_printed(tmp_path: Path) -> None:
    pr.simulate("demo", people=200, seed=1).table.to_csv(tmp_path / "clinic.csv", index=False)
    propose, check, run = (line for block in blocks("sh") for line in block.splitlines())
    question, cheap = blocks("toml")
    experiment, out = run.split()[2], Path(run.split()[-1])
    (tmp_path / experiment).write_text(f"{question}\n{cheap}")
    typed(propose, tmp_path)
    typed(check, tmp_path)
    done = typed(f"{run} --no-track", tmp_path)
    assert "Judging 3 families (prior, severity, linear) on" in done.stderr
    assert (tmp_path / out / "report" / "model.html").is_file()
