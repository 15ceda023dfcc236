"""The model page tells how stable its drivers are, and how else points could be shared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import reporting_fixtures as fixtures

from predict.definitions.wording import load_catalogue
from predict.reports.content import Content
from predict.reports.sections.model.drivers import drivers, second_looks


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
            "people": 200, "background": 900, "same_first": 0.94,
            "mean_gap": 0.06, "largest_gap": 0.68,
        },
        **changes,
    }  # fmt: skip


def looks(told: dict[str, Any] | None) -> list[dict[str, Any]]:
    facts = {} if told is None else {"drivers": told}
    view: Any = SimpleNamespace(model=SimpleNamespace(facts=facts))
    return second_looks(Content(load_catalogue()), view)


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


def test_who_is_named_as_a_reason_and_why_not_is_told() -> None:
    carried = {"sex": "age", "age": "age"}
    for more, named, words in (
        ({}, "no", "ran the other way in more than a fifth"),
        ({"shuffles": 20, "carried": {}}, "no", "outcomes shuffled among patients (20 times)"),
        ({"shuffles": 20, "carried": carried}, "with its total", "under the total"),
    ):
        blocks = looks(stored(**more))
        ranks = next(block for block in blocks if "rows" in block)
        assert [row[-1] for row in ranks["rows"]] == ["yes", named]
        assert words in said(blocks)


def test_an_additive_family_says_that_there_is_one_way_only() -> None:
    assert "one way of being shared" in said(looks(stored(interventional=None)))
    assert "shared" not in said(looks(stored(interventional={}))).lower()


def test_a_model_without_a_study_of_its_drivers_says_nothing() -> None:
    assert looks(None) == []


def trial() -> Any:
    """Return the desk of a report on a trial whose arm is one of the model's columns."""
    arm = {"name": "talking therapy", "comparison": True, "arm": "sex", "round_two": "scheduled"}
    return fixtures.make_report(
        fixtures.PEOPLE[:14], study={"treatment": arm}, only="phq9-r1 v1.4.0", people_first=True
    ).context


def test_the_arm_is_named_and_its_direction_is_not_told() -> None:
    context = trial()
    facts = drivers(context, context.views[0])
    assert isinstance(facts, dict)
    assert "“sex” is the group of the trial" in said(facts["blocks"]).lower()
    bars = next(block for block in facts["blocks"] if block.get("kind") == "bars")
    ways = {row[0]: row[3] for row in bars["table"]["rows"]}
    assert ways["Sex"] == "not told"
    assert "not told" not in [way for name, way in ways.items() if name == "Age"]
    answers = next(b for b in facts["blocks"] if str(b.get("caption")).startswith("Mean points"))
    assert "Sex" not in {row[0] for row in answers["rows"]}


def test_without_a_comparison_group_no_arm_is_named() -> None:
    made = fixtures.make_report(fixtures.PEOPLE[:14], only="phq9-r1 v1.4.0")
    facts = drivers(made.context, made.context.views[0])
    assert isinstance(facts, dict)
    assert "group of the trial" not in said(facts["blocks"])
