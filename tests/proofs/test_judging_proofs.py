"""The slow proofs of the judging run through on a small share."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"


@pytest.mark.parametrize(
    "name",
    [
        "awkward_truth",
        "conformal_coverage",
        "interval_coverage",
        "judged_on_truth",
        "noise_verdict",
    ],
)
def test_a_small_share_of_the_proof_holds(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(PROOFS))
    proof = import_module(name)
    assert proof.main(share=0.01) == 0
    assert "proof: " in capsys.readouterr().out.splitlines()[-1]
    for module in (name, "_awkward", "_proof", "_truth"):
        sys.modules.pop(module, None)


def test_the_truth_has_the_auroc_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PROOFS))
    truth = import_module("_truth")
    for oracle in (0.65, 0.75):
        drawn = truth.people(20_000, oracle=oracle, seed=1)
        assert truth.expected_auroc(drawn.truth) == pytest.approx(oracle, abs=0.01)
        assert drawn.y.mean() == pytest.approx(0.55, abs=0.02)
