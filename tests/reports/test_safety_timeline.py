"""Earlier thoughts of death stay in sight: on the page and in the worklist, in their order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import reporting_fixtures as fixtures

from predict.cohort import read_cohort
from predict.definitions.wording import load_catalogue
from predict.reports.safety_answers import safety_answers
from predict.simulation import simulate
from predict.simulation.examples import shipped

ITEMS = (2, 2, 1, 2, 2, 1, 2, 1)


def _report(*item9: int | None) -> Any:
    """One person's answers to item 9 at the first visits of the study."""
    visits = fixtures.STUDY["visits"]
    first, *rest = [(*ITEMS, answer) for answer in item9]
    later = dict(zip(visits[1:], rest, strict=False))
    person = replace(fixtures.PEOPLE[1], phq=first, later=later)
    made = fixtures.make_report((person,), only="phq9-r1 v1.4.0")
    page = next(page for _, page in made.pages())
    return page.facts["sections"]["safety"], page.html, made.worklist({}, {})


def test_an_earlier_answer_above_zero_stays_on_page_and_worklist() -> None:
    facts, html, listed = _report(1, 2, 0)
    assert facts["entries"][0]["state"] == "zero"
    words = re.sub(r"<[^>]+>", "", html)
    assert "Highest so far: 2 of 3, after session 2." in words
    assert "All its answers: 1 (start of round one), 2 (session 2), 0 (end of round one)." in words
    row = listed["rows"][0]
    assert row["safety"] == "0 of 3; highest 2"
    assert listed["counts"]["before"] == 1
    assert listed["counts"]["safety"] == 0


def test_a_lower_answer_now_keeps_the_highest_in_sight() -> None:
    facts, html, listed = _report(3, 1)
    assert facts["entries"][0]["highest"] == 3
    assert "Highest so far" in html
    assert listed["rows"][0]["safety"] == "1 of 3; highest 3"
    assert listed["counts"]["before"] == 0


def test_an_item_left_empty_does_not_hide_what_was_said_before() -> None:
    _, html, listed = _report(2, 0, None)
    assert "Highest so far" in html
    assert listed["rows"][0]["safety"] == "not answered; highest 2"


def test_who_never_said_so_has_no_highest() -> None:
    facts, html, listed = _report(0, 0)
    assert "highest" not in facts["entries"][0]
    assert "Highest so far" not in html
    assert listed["rows"][0]["safety"] == "0 of 3"
    assert listed["counts"]["before"] == 0


def test_who_said_so_before_comes_after_the_unanswered_and_before_the_rest() -> None:
    ranks = [_report(*answers)[2]["rows"][0]["rank"] for answers in ((1,), (None,), (2, 0), (0, 0))]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


def test_every_timeline_is_what_the_raw_table_holds() -> None:
    table = simulate("demo", people=200, seed=3).table
    cohort = read_cohort(table, shipped("demo_study.toml"))
    told = safety_answers(cohort)
    names = {v: f"phq9_9_{v}" for v in cohort.study.visits if f"phq9_9_{v}" in table}
    assert len(names) >= 4
    raw = table[list(names.values())].apply(lambda c: c.replace("", np.nan)).astype("float64")
    for entry, row in enumerate(raw.to_numpy()):
        wanted = [(v, int(x)) for v, x in zip(names, row, strict=True) if x == x]
        held = [pair for answer in told.get(entry, ()) for pair in answer.answers]
        assert held == wanted
    assert load_catalogue().has("safety.highest")
