"""Small things a page must not say: each was read on a page that a number on it contradicted."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.analysis.attrition import Step
from predict.cohort import read_cohort
from predict.definitions.instruments import load_instrument
from predict.definitions.study import read_study
from predict.definitions.wording import languages, load_catalogue
from predict.models.reliance import Reason
from predict.reports import report
from predict.reports.charts.course import _fitted
from predict.reports.safety_answers import asked_in_totals
from predict.reports.sections.model.participants import _ways
from predict.reports.sections.patient import reliance
from predict.reports.sections.patient.course import drawn_as_due
from predict.reports.sections.patient.estimate import _holds
from predict.reports.sections.patient.reliance import _rivals
from predict.reports.sensitivity import one_answer
from predict.reports.similar import Similar
from predict.reports.words import fact_words, level_words, scale_words
from predict.reports.worklist_page import worklist_html


def test_four_estimates_that_are_one_are_told_once() -> None:
    say = load_catalogue()
    facts = one_answer("PHQ-9 item 3", ["0", "1", "2", "3"], np.array([0.4, 0.4, 0.401, 0.4]), say)
    words = say.text(f"reliance.{facts['sensitive']}", facts)
    assert "40, 40" not in words
    assert "40" in words
    apart = one_answer("PHQ-9 item 3", ["0", "1"], np.array([0.4, 0.5]), say)
    assert say.text(f"reliance.{apart['sensitive']}", apart).endswith("would be 40 or 50.")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("not_shown", "was not shown to do better than"),
        ("no_different", "did no differently from"),
        ("worse", "did worse than"),
    ],
)
def test_a_rival_is_told_as_the_judging_found_it(state: str, words: str) -> None:
    say = load_catalogue()
    view: Any = SimpleNamespace(verdict={"comparisons": {"severity": {"state": state}}})
    patient: Any = SimpleNamespace(context=SimpleNamespace(say=say))
    check = _rivals(patient, view)
    assert check is not None
    assert words in say.text(f"reliance.{check['say']}", check)


def test_a_model_shown_to_be_better_says_nothing_of_its_rival() -> None:
    view: Any = SimpleNamespace(verdict={"comparisons": {"severity": {"state": "better"}}})
    patient: Any = SimpleNamespace(context=SimpleNamespace(say=load_catalogue()))
    assert _rivals(patient, view) is None


def test_marks_are_promised_only_where_they_are_drawn() -> None:
    visits = [{"label": "start", "value": 9.0, "missed": False}, {"label": "end", "missed": False}]
    assert drawn_as_due(visits, None)
    assert not drawn_as_due(visits, "end")


@pytest.mark.parametrize("language", languages())
def test_no_page_tells_a_clinician_to_decide(language: str) -> None:
    say = load_catalogue(language)
    texts = {key: say.raw(key) for key in say.sentences if key.startswith("estimate.none")}
    assert [key for key, text in texts.items() if "ecid" in text] == []


def _why_none(*codes: Reason) -> str:
    people = (replace(fixtures.PEOPLE[5], reasons=codes),)
    made = fixtures.make_report(people, only="phq9-r1 v1.4.0")
    return str(made.page(people[0].id).facts["sections"]["estimate"]["because"])


def test_a_page_without_a_number_leads_with_its_own_reason() -> None:
    floor, match = Reason("below_floor"), Reason("does_not_match")
    outside = Reason("value_outside", {"label": "Age"})
    assert _why_none(outside) == "outside"
    assert _why_none(floor) == "below_floor"
    assert _why_none(match) == "match"
    assert _why_none(outside, match) == "several"


def test_where_only_totals_came_the_page_names_the_item_that_asks() -> None:
    totals = {"hamd": {"total": "hamd_{visit}"}}
    study = read_study({
        "id": "person", "layout": "wide", "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}}, "instruments": totals,
    })  # fmt: skip
    assert asked_in_totals(study) == ("HAM-D-17", "3")
    table = pd.DataFrame({"person": ["a"], "hamd_baseline": ["17"], "hamd_end": [""]})
    made = report([], read_cohort(table, study), made="now", key=fixtures.KEY)
    words = "Only totals of the HAM-D-17 are in the table: its item 3"
    assert words in re.sub("<[^>]+>", "", made.page("a").html)
    assert words in re.sub("<[^>]+>", "", worklist_html(made.worklist({}, {})))
    assert asked_in_totals(read_study(fixtures.STUDY)) is None


def test_of_an_own_total_without_items_nobody_says_what_it_asks() -> None:
    scale = {"name": "total", "title": "Tension total", "low": 0, "high": 56}
    tense = {"total": "t_{visit}", "define": {"title": "Tension scale", "scales": [scale]}}
    study = read_study({
        "id": "person", "layout": "wide", "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}}, "instruments": {"tense": tense},
    })  # fmt: skip
    table = pd.DataFrame({"person": ["a"], "t_baseline": ["17"], "t_end": [""]})
    made = report([], read_cohort(table, study), made="now", key=fixtures.KEY)
    for page in (made.page("a").html, worklist_html(made.worklist({}, {}))):
        told = re.sub("<[^>]+>", "", page)
        assert "Only totals of the Tension scale are in the table, and the study lists none" in told
        assert "do not ask about thoughts" not in told


def test_a_score_at_the_mark_already_is_told(made: Any) -> None:
    later = {"session_2": (1, 1, 1, 1, 1, 1, 1, 0, 0)}
    person = replace(fixtures.PEOPLE[1], phq=(2, 2, 2, 2, 2, 2, 2, 2, 0), later=later)
    told = fixtures.make_report((person,), only="phq9-r1 v1.4.0").page(person.id)
    define = told.facts["sections"]["estimate"]["define"]
    assert (define["cut"], define["reached"], define["reached_when"]) == (
        "8",
        "7",
        "after session 2",
    )
    assert "is at this mark already" in told.html
    assert "reached" not in made.page("MOCK-0042").facts["sections"]["estimate"]["define"]


def test_a_count_that_is_withheld_is_not_called_few() -> None:
    for language in languages():
        say = load_catalogue(language)
        assert say("cell.few") in ("not shown", "no se muestra")
        words = re.sub(r"\{.*?\}", "", say.raw("reliance.groups_few")).lower()
        assert not re.search(r"\bfew\b|\bpocos\b", words)


def test_a_ledger_that_starts_elsewhere_than_the_printed_rate_says_why() -> None:
    for _, page in fixtures.make_report(fixtures.PEOPLE[:1], planted={}).pages():
        drivers = page.facts["sections"]["drivers"]
        if "start" in drivers and drivers["start"] != drivers["base"]:
            assert drivers["gap"]
            assert (
                f"across all patients who gave an end score {drivers['base_text']} in 100"
                in page.html
            )


def test_a_long_name_of_a_band_is_squeezed_and_a_scale_says_its_instrument_once() -> None:
    assert 'textLength="84"' in _fitted('<text x="1">Improvement</text>', "Improvement")
    assert _fitted('<text x="1">Response</text>', "Response") == '<text x="1">Response</text>'
    say, burnout = load_catalogue(), load_instrument("mbi_gs")
    assert scale_words(burnout, "exhaustion", say) == "exhaustion"
    assert fact_words(read_study(fixtures.STUDY), "phq9_total", say) == "PHQ-9 total"


def test_an_arm_and_a_yes_are_told_in_words() -> None:
    label = "programme arm (1) or usual visits (0)"
    fact = {"kind": "number", "range": [0, 1], "known_at": "baseline"}
    people = {"treat": {**fact, "label": label}, "first_child": fact}
    treatment = {"name": "a talking therapy", "comparison": True, "arm": "treat"}
    study = read_study({**fixtures.STUDY, "people": people, "treatment": treatment})
    say = load_catalogue()
    assert level_words(study, "treat", "1", say) == "programme arm"
    assert level_words(study, "first_child", "0", say) == "no"
    assert (fact_words(study, "treat", say), fact_words(study, "x_y", say)) == (label, "x y")


def test_the_flow_names_who_came_back() -> None:
    here = np.array([True, False])
    step = Step("took round two", here, {"did not take it": ~here}, here)
    assert list(_ways(step)) == ["did not take it", "came_back"]
    assert list(_ways(replace(step, returned=~here & here))) == ["did not take it"]


def test_a_round_two_model_alone_says_once_whom_its_figures_leave_out() -> None:
    told = "Round-two figures describe only the 3 in 10 patients who chose a second round"
    for only, times in (("phq9-r2 v1.4.0", 1), ("phq9-r1 v1.4.0", 0), (None, 1)):
        made = fixtures.make_report(only=only)
        pages = [page.html for patient, page in made.pages() if patient.shown(patient.view)]
        assert pages
        assert {re.sub("<[^>]*>", "", html).count(told) for html in pages} == {times}


@pytest.mark.parametrize(
    ("n", "words"), [(80, "among fewer than 100"), (108, "model's own record")]
)
def test_more_people_than_the_model_recorded_are_not_called_fewer(
    monkeypatch: pytest.MonkeyPatch, n: int, words: str
) -> None:
    monkeypatch.setattr(reliance, "similar_people", lambda *_: Similar(81, 91, n, 0.84))
    monkeypatch.setattr(reliance, "outcome_words", lambda *_: {"verbed": "responded"})
    say = load_catalogue()
    patient: Any = SimpleNamespace(
        score=lambda view: {"probability": 0.86},
        reasons=lambda view: [Reason("few_alike")],
        context=SimpleNamespace(say=say),
    )
    view: Any = SimpleNamespace(model=None)
    check = reliance._match(patient, view)
    assert check["state"] == "note"
    assert words in (text := say.text(f"reliance.{check['say']}", check))
    assert f"Of {n} patients" in text


@pytest.mark.parametrize(("column", "words"), [("uc", "place ('uc')"), ("clinic", "clinic")])
def test_a_place_without_a_word_of_its_own_is_told_with_its_column(column: str, words: str) -> None:
    model = SimpleNamespace(
        interval={"clusters": 40, "between": True}, study=SimpleNamespace(cluster=column)
    )
    say = load_catalogue()
    facts = _holds(SimpleNamespace(model=model), say)  # type: ignore[arg-type]
    assert f"for a new {words} like the 40" in say.text(
        f"estimate.{facts['range_says']}", {**facts, "level": 90}
    )
