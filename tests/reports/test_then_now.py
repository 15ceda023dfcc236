"""Then and now, what the next score would say, and the treatment so far."""

from __future__ import annotations

import re
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.reports.facts import whole
from predict.reports.past import ENOUGH
from predict.statistics.intervals import wilson


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.split("</style>")[-1]))


@pytest.fixture(scope="module")
def some() -> dict[str, list[str]]:
    """Ids of people who answered at session 2 or not, whose end score is there or not."""
    cohort, labels = fixtures.known_people()
    after = cohort.total("phq9", "session_2").notna()
    start = cohort.total("phq9", "baseline").notna()
    ended = labels["answer"].isin(["yes", "no"])
    silent = ~(after | cohort.present("session_2") | cohort.present("round_one_end"))
    silent &= ~(cohort.present("round_two_start") | cohort.present("round_two_end"))
    return {
        "ended": list(labels.index[after & ended][:6]),
        "new": list(labels.index[silent & start & (labels["answer"] == "unknown")][:12]),
    }


@pytest.fixture(scope="module")
def report(some: Any) -> Any:
    return fixtures.known_report(early="better", people=[*some["ended"], *some["new"]])


def test_a_page_tells_each_estimate_as_it_was_asked_and_what_happened(
    report: Any, some: Any
) -> None:
    labels = fixtures.known_people()[1]
    for person in some["ended"]:
        page = report.page(person)
        facts = page.facts["sections"]["then_now"]
        assert [step["say"] for step in facts["steps"]] == ["start", "early"]
        assert facts["ended"] == {"yes": "reached", "no": "did_not"}[labels.loc[person, "answer"]]
        assert facts["score"] == f"{labels.loc[person, 'end']:g}"
        words = _plain(page.html)
        assert "by the early-change model" in words
        views = {view.model.as_of: view for view in report.context.views}
        for step, visit in zip(facts["steps"], ("baseline", "session_2"), strict=True):
            chance = views[visit].rows[person]["probability"]
            assert step["percent"] == int(100 * chance + 0.5)


def test_with_one_estimate_and_no_end_there_is_no_such_line(report: Any, some: Any) -> None:
    for person in some["new"]:
        page = report.page(person)
        assert page.facts["sections"]["then_now"] == {"not_applicable": "one_step"}
        assert "Then and now" not in page.html


def test_what_the_next_score_would_say_is_counted_from_the_raw_table(
    report: Any, some: Any
) -> None:
    cohort, labels = fixtures.known_people()
    share = cohort.total("phq9", "session_2") / labels["start"]
    chance = 100 * fixtures._chances(labels, labels["start"])
    ended = labels["answer"].isin(["yes", "no"])
    told = [report.page(person) for person in some["new"]]
    shown = [p for p in told if "below" in p.facts["sections"]["next_score"]]
    assert shown
    for page in shown:
        facts = page.facts["sections"]["next_score"]
        near = chance.between(facts["low"], facts["high"]) & ended
        for name, side in (("below", share <= 0.5), ("above", share > 0.5)):
            mine = labels["answer"][near & side] == "yes"
            assert len(mine) == facts[f"{name}_n"] >= ENOUGH
            rate, low, high = wilson(int(mine.sum()), len(mine))
            told_shares = [facts[name], facts[f"{name}_low"], facts[f"{name}_high"]]
            assert told_shares == [whole(value) for value in (rate, low, high)]
        assert "What the next score would say" in _plain(page.html)
        assert facts["below"] > facts["above"]


@pytest.mark.parametrize("state", ["not_shown", "no_different", "worse"])
def test_an_early_model_that_is_not_better_says_nothing_of_the_next_score(
    some: Any, state: str
) -> None:
    made = fixtures.known_report(early=state, people=some["new"][:2])
    for _, page in made.pages():
        assert page.facts["sections"]["next_score"] == {"not_applicable": "no_early_model"}


def test_who_gave_the_next_score_is_not_told_what_it_would_say(report: Any, some: Any) -> None:
    for person in some["ended"]:
        assert "below" not in report.page(person).facts["sections"]["next_score"]


def test_the_treatment_so_far_says_what_the_model_uses(report: Any, some: Any) -> None:
    cohort = fixtures.known_people()[0]
    page = report.page(some["ended"][0])
    parts = page.facts["sections"]["treatment"]["parts"]
    told = {part["label"]: (part["value"], part["used"]) for part in parts}
    assert told["Route"] == (str(cohort.people.loc[some["ended"][0], "route"]), "used")
    assert told["Session 2"] == ("answers given", "not_used")
    assert "(not used)" in _plain(page.html)


def test_a_study_that_tells_nothing_of_the_treatment_has_no_strip(made: Any) -> None:
    facts = made.page("MOCK-0042").facts["sections"]["treatment"]
    assert facts == {"not_applicable": "no_treatment_columns"}
