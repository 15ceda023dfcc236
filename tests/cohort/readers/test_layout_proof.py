"""The proof that layouts agree runs, and a small share of it holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[3] / "proofs"


def test_a_small_share_of_the_proof_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(PROOFS))
    import layouts_agree

    assert layouts_agree.main(share=0.01) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 2/2"
    sys.modules.pop("layouts_agree", None)
