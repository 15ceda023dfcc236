"""A constant is better than a rival worse than the rate: that the rate is not beaten goes first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from predict.definitions.wording import languages, load_catalogue
from predict.evaluation.verdict_words import verdict_words
from predict.reports.content import Content
from predict.reports.sections.model.front import _headline


def facts(severity: str, prior: str) -> dict[str, Any]:
    gap = {"metric": "brier", "difference": -0.004, "low": -0.008, "high": -0.0003}
    return {
        "model": "boosted", "round": "one", "as_of": "baseline", "n": 48, "events": 16,
        "auroc": {"estimate": 0.5, "low": 0.5, "high": 0.5},
        "comparisons": {"severity": {**gap, "state": severity}, "prior": {**gap, "state": prior}},
        "sampling": {"cluster": None}, "repeats": {"asked": 1, "made": 1},
    }  # fmt: skip


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("severity", "prior", "first"),
    [
        ("better", "no_different", "prior"),
        ("better", "not_shown", "prior"),
        ("better", "worse", "prior"),
        ("better", "better", "severity"),
        ("not_shown", "not_shown", "severity"),
        ("not_shown", "better", "severity"),
    ],
)
def test_what_is_said_first(language: str, severity: str, prior: str, first: str) -> None:
    say, told = load_catalogue(language), facts(severity, prior)
    sentence = verdict_words(told, say)
    names = {name: say.named({"severity": "baseline severity", "prior": "the prior"}[name])
             for name in ("severity", "prior")}  # fmt: skip
    assert min(names, key=lambda name: sentence.index(names[name])) == first
    view: Any = SimpleNamespace(verdict=told)
    lines = [block["say"] for block in _headline(Content(say), view)]
    leads = prior if first == "prior" else "better" if "better" in (severity, prior) else severity
    assert lines[0] == f"model.front.{leads}"
    assert len(lines) == len({severity, prior})
