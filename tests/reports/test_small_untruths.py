"""Small things a page must not say: each was read on a page that a number on it contradicted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from predict.definitions.wording import languages, load_catalogue
from predict.reports.sections.patient.course import drawn_as_due
from predict.reports.sections.patient.limits import bare
from predict.reports.sections.patient.reliance import _rivals
from predict.reports.sensitivity import one_answer


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


def test_a_treatment_with_its_own_article_keeps_one() -> None:
    assert [bare(name, "the ") for name in ("the programme", "The programme", "theatre work")] == [
        "programme", "programme", "theatre work",
    ]  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_no_page_tells_a_clinician_to_decide(language: str) -> None:
    say = load_catalogue(language)
    texts = {key: say.raw(key) for key in say.sentences if key.startswith("estimate.none")}
    assert [key for key, text in texts.items() if "ecid" in text] == []
