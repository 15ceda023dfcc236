"""The headline of the model report: a share goes where it would tell a count that is hidden."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort.follow_up import FollowUp
from predict.definitions.wording import languages, load_catalogue
from predict.models.reliance.estimates import SetShare
from predict.reports.content import Content
from predict.reports.people import Learned
from predict.reports.sections.model.front import _limits, _too_few
from predict.reports.sections.model.judged import Judged
from predict.reports.sections.model.sensitivity import _is_small
from predict.reports.sections.model.summary import _share_lost
from predict.reports.sections.model.uncertainty import _about, _sets, _silent
from predict.statistics.disclosure import count, protect

EVERY = pytest.mark.parametrize("language", languages())
FRONT, SUMMARY = (f"predict.reports.sections.model.{name}" for name in ("front", "summary"))


def _learned(early: int) -> Learned:
    """125 learned from, 41 lost, and who has an end score but no answers at the visit."""
    place = np.arange(166 + early)
    everyone, lost, gone = place < 125, (place >= 125) & (place < 166), place >= 166
    known = FollowUp(everyone | gone, place < 49, lost)
    return Learned(everyone, place < 49, {"no_answers_as_of": gone}, lost, lost, known, here=True)


def _context(language: str, learned: Learned) -> Any:
    say = load_catalogue(language)
    return SimpleNamespace(
        say=say, content=Content(say), learned=lambda _: learned,
        study=SimpleNamespace(site="clinic", cluster="clinic"),
    )  # fmt: skip


def _said(language: str, early: int, patch: pytest.MonkeyPatch) -> list[str]:
    """What front page and summary say of the lost, in words."""
    learned = _learned(early)
    context, view = _context(language, learned), SimpleNamespace(evaluation=None)
    for place in (FRONT, SUMMARY):
        patch.setattr(f"{place}.who_of", lambda _, say: say("who.started"))
    patch.setattr(f"{FRONT}.lost_share", lambda _: 41 / (166 + early))
    told: Any = [_limits(context, view)[0], _share_lost(context, view, 41 / (166 + early))]
    first = protect([], values=[count(learned.everyone)])
    values = [*told, count(learned.left_out["no_answers_as_of"])]
    front, summary = protect([], values=values, given=first, last=[learned.lost]).fill(told)
    return [context.say.text(front["say"], front), summary]


@EVERY
def test_a_share_of_who_started_does_not_tell_how_many_lack_the_visit(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """25 in 100 beside 41 and 125 would leave one person alone who has no answers there."""
    for said in _said(language, 1, monkeypatch):
        assert sorted(re.findall(r"\d+", said)) == ["125", "41"]


@EVERY
def test_the_share_is_told_where_the_visit_is_lacked_by_none_or_by_many(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for early in (0, 30):
        share = str(round(100 * 41 / (166 + early)))
        for said in _said(language, early, monkeypatch):
            assert re.findall(r"\d+", said)[0] == share


@EVERY
@pytest.mark.parametrize(("silent", "numbers"), [(60, ["60"]), (20, ["20", "60", "33", "100"])])
def test_everybody_without_an_estimate_is_said_to_be_all(
    language: str, silent: int, numbers: list[str]
) -> None:
    content, place = Content(load_catalogue(language)), np.arange(60)
    told = _silent(content, place < silent, place < 60)
    assert re.findall(r"\d+", told.value) == numbers
    assert not re.findall(r"\d", told.instead)
    few = "silent_all_few" if silent == 60 else "silent_few"
    assert told.instead == content.say(f"model.uncertainty.{few}")


@EVERY
def test_a_count_in_tens_says_so(language: str) -> None:
    content = Content(load_catalogue(language))
    assert _about(content, 130) == content.say("model.uncertainty.about", n="130")
    assert [_about(content, n) for n in (0, 10)] == ["0", content.few]


@EVERY
@pytest.mark.parametrize("few", [0, 1, 3])
def test_places_are_counted_apart_from_groups(language: str, few: int) -> None:
    say, notes = load_catalogue(language), ["suppressed"] * few + [""] * (5 - few)
    named = pd.DataFrame({"subgroup": "clinic", "value": range(5), "note": notes})
    (said,) = _too_few("places", named)
    told = say.text(said["say"], said)
    assert re.findall(r"\d+", told) == {0: ["5"], 1: ["1", "5"], 3: ["3", "5"]}[few]
    assert told != say.text(said["say"].replace("places", "groups"), said)
    assert _too_few("places", named.head(0)) == []


@pytest.mark.parametrize(("yes", "no", "small"), [(11, 11, False), (10, 30, True), (30, 4, True)])
def test_a_place_is_small_by_the_rarer_outcome(yes: int, no: int, *, small: bool) -> None:
    place = np.arange(yes + no)
    assert _is_small(Judged(place < yes + no, place < yes)) is small


@pytest.mark.parametrize(("wrong", "told"), [(0.3, True), (0.0, True), (None, False), (0.1, False)])
def test_wrong_sets_of_few_people_are_told_nowhere(wrong: float | None, *, told: bool) -> None:
    """Of 115 people with the outcome 6 in 100 are 7: the sentence told what the table hid."""
    sets = (SetShare("yes", 60, wrong), SetShare("no", 60, 0.2), SetShare("both", 100, 0.0))
    learned = SimpleNamespace(sets=sets, wrong_yes=0.06, wrong_no=0.07)
    model = SimpleNamespace(reliance=SimpleNamespace(estimates=learned))
    view: Any = SimpleNamespace(model=model)
    said = [block.get("say") for block in _sets(Content(load_catalogue("en")), view)]
    assert ("model.uncertainty.sets_wrong" in said) == told
