"""Every notebook runs as it stands; each ends by asserting the number it teaches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.py"))
REAL = [path for path in NOTEBOOKS if "../shared/data" in path.read_text()]


def _run(notebook: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:predict", notebook.name],
        cwd=notebook.parent,
        env={**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("notebook", [n for n in NOTEBOOKS if n not in REAL], ids=lambda p: p.stem)
def test_a_notebook_runs(notebook: Path):
    _run(notebook)


@pytest.mark.realdata
@pytest.mark.parametrize("notebook", REAL, ids=lambda p: p.stem)
def test_a_notebook_on_real_tables_runs(notebook: Path):
    if not (ROOT.parent / "shared" / "data").exists():
        pytest.skip("the real tables are not beside the project")
    _run(notebook)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_ends_with_what_it_teaches(notebook: Path):
    last_cell = notebook.read_text().split("# %%")[-1]
    assert "assert " in last_cell
