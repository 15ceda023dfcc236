"""The model page tells how stable its drivers are, and how else points could be shared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from predict.reporting.sections.model.stability import second_looks
from predict.reporting.wording import load_catalogue


def stored(**changes: Any) -> dict[str, Any]:
    """Return drivers as `drivers.json` holds them, one steady column and one that flips."""
    one = {"label": "Age", "rank": 1, "rank_low": 1.0, "rank_high": 2.0, "agreement": 1.0}
    two = {"label": "Sex", "rank": 2, "rank_low": 2.0, "rank_high": 9.0, "agreement": 0.5}
    return {
        "refits": 200,
        "people": 900,
        "unstable": ["sex"],
        "top_overlap": {"3": 0.8},
        "drivers": [{"column": "age", "flips": 0.0, **one}, {"column": "sex", "flips": 0.3, **two}],
        "instability": {"mape": 0.041, "above_10": 0.02},
        "permutation": [{"column": "age", "brier_rise": 0.013}],
        "interventional": {
            "people": 200, "mean_gap": 0.06, "largest_gap": 0.68, "same_first": 0.94
        },
        **changes,
    }  # fmt: skip


def looks(told: dict[str, Any] | None) -> list[dict[str, Any]]:
    facts = {} if told is None else {"drivers": told}
    return second_looks(SimpleNamespace(model=SimpleNamespace(facts=facts)))  # type: ignore[arg-type]


def said(blocks: list[dict[str, Any]]) -> str:
    catalogue = load_catalogue("en")
    return " ".join(catalogue.text(block["say"], block) for block in blocks if "say" in block)


def test_refits_and_the_gap_to_interventional_values_are_stated() -> None:
    words = said(looks(stored()))
    assert "200 resamples" in words
    assert "points differ by 0.06 on average and 0.7 at most" in words


def test_each_driver_shows_its_rank_among_the_refits_and_its_flips() -> None:
    ranks = next(block for block in looks(stored()) if "rows" in block)
    assert ranks["rows"][1][:5] == ["Sex", "2", "2 to 9", "50", "30"]


def test_an_additive_family_says_that_there_is_one_way_only() -> None:
    assert "one way of being shared" in said(looks(stored(interventional=None)))


def test_a_model_without_a_study_of_its_drivers_says_nothing() -> None:
    assert looks(None) == []
