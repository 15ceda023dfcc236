"""A share of the serving proof: a real port, TLS, an audit, and no mark of a patient anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROOF = Path(__file__).parents[2] / "proofs" / "serving.py"


def test_malformed_requests_are_answered_and_leave_no_mark():
    command = [sys.executable, PROOF, "--share", "0.03"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    kept, asked = done.stdout.splitlines()[-1].removeprefix("proof: ").split("/")
    assert kept == asked
    assert int(asked) > 20
