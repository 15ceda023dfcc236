"""The proof that pages agree with the raw table runs through on a small share, and can fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(PROOFS))
    yield import_module("pages_agree")
    for module in ("pages_agree", "_proof"):
        sys.modules.pop(module, None)


def test_a_small_share_of_the_pages_agrees(proof: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert proof.main(share=0.03) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proof: 130/130"


def test_a_total_read_otherwise_breaks_it(proof: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = proof.total
    monkeypatch.setattr(
        proof, "total", lambda row, visit: ((t := whole(row, visit)) is not None and t + 1) or t
    )
    assert proof.main(share=0.03) == 1
