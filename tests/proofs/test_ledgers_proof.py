"""The proof of a thousand ledgers runs through on a small share, and can fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROOFS = Path(__file__).parents[2] / "proofs"


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(PROOFS))
    yield import_module("ledgers")
    for module in ("ledgers", "_proof"):
        sys.modules.pop(module, None)


def test_a_small_share_of_the_ledgers_adds_up(
    proof: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert proof.main(share=0.015) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 15/15"


def test_contributions_that_miss_are_seen(proof: Any) -> None:
    shares = np.array([0.5, -0.2])
    assert proof.additive(0.1, shares, 0.4)
    assert not proof.additive(0.1, shares, 0.4 + 3e-4)


def test_a_proof_that_loses_a_ledger_says_so(
    proof: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fates = iter(["", "lost", "", "", ""])
    monkeypatch.setattr(proof, "ledgers", lambda question, seed: iter([next(fates)]))
    assert proof.main(share=0.005) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 4/5"
