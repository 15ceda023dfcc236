"""A share of each slow proof: kills, equal bytes, conserved rows, mutations and attacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("score_kills", "0.01"),
        ("score_rows_conserved", "0.01"),
        ("model_mutations", "0.01"),
    ],
)
def test_a_share_of_a_proof_is_kept(name, share):
    command = [sys.executable, PROOFS / f"{name}.py", "--share", share]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    kept, asked = done.stdout.splitlines()[-1].removeprefix("proof: ").split("/")
    assert kept == asked
