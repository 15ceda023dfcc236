"""Which checks a page keeps when there are more than it can hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from predict.definitions.wording import load_catalogue
from predict.reports.sections.patient import reliance
from predict.reports.sections.patient.reliance import MOST_CHECKS, _first, _kept
from predict.reports.similar import Similar


def check(say: str, state: str = "note", **facts: Any) -> dict[str, Any]:
    return {"say": say, "state": state, **facts}


NOTES = [check(name) for name in ("either", "selection", "rivals", "groups_few")]


def test_what_is_there_and_what_is_missing_share_a_line_where_there_is_no_room() -> None:
    seen, missing = check("seen_ok", "ok"), check("missing_ok", "ok", asked=28, missing=0)
    kept = _kept([seen, check("match_ok", "ok"), missing, *NOTES])
    assert [c["say"] for c in kept] == ["seen_whole", "match_ok", *(c["say"] for c in NOTES)]
    assert kept[0]["asked"] == 28
    assert len(kept) == MOST_CHECKS


def test_with_room_each_has_its_line() -> None:
    checks = [check("seen_ok", "ok"), check("match_ok", "ok"), check("missing_ok", "ok")]
    assert _kept(checks) == checks


def test_what_is_in_order_makes_room_for_what_is_not() -> None:
    checks = [check("seen_note"), check("match_ok", "ok"), check("missing_ok", "ok"), *NOTES]
    says = [c["say"] for c in _kept(checks)]
    assert says == ["seen_note", "match_ok", *(c["say"] for c in NOTES)]


def leads(*found: dict[str, Any]) -> Any:
    return SimpleNamespace(verdict={"leads": list(found)})


def test_a_page_leads_with_the_arm_where_the_model_tells_arms_apart() -> None:
    arm = {"code": "within", "stratum": "arm", "inside": 0.514, "whole": 0.653}
    told = _first(SimpleNamespace(), leads({"code": "entered_twice", "people": 9, "n": 90}, arm))
    assert told == {"state": "note", "say": "first_arm", "inside": 51, "whole": 65}
    checks = [
        told,
        check("seen_ok", "ok"),
        check("match_ok", "ok"),
        check("missing_ok", "ok"),
        *NOTES,
    ]
    assert [c["say"] for c in _kept(checks)][:2] == ["first_arm", "seen_whole"]


def test_a_page_of_a_model_with_nothing_to_say_first_says_nothing() -> None:
    assert _first(SimpleNamespace(), leads()) is None


@pytest.mark.parametrize(
    ("people", "rate", "say"),
    [(49, 0.76, "match_few"), (57, 0.76, "match_small"), (53, 0.83, "match_scarce")],
)
def test_a_page_that_counts_57_people_does_not_say_fewer_than_50(
    people: int, rate: float, say: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = Similar(76, 86, people, rate)
    monkeypatch.setattr(reliance, "similar_people", lambda *asked: near)
    monkeypatch.setattr(reliance, "outcome_words", lambda *asked: {"verbed": "responded"})
    person: Any = SimpleNamespace(
        score=lambda view: {"probability": 0.81},
        reasons=lambda view: [SimpleNamespace(code="too_few_alike")],
        context=SimpleNamespace(say=load_catalogue()),
    )
    told = reliance._match(person, SimpleNamespace(model=None))
    assert (told["state"], told["say"]) == ("note", say)
    assert told.get("n", people) == people
