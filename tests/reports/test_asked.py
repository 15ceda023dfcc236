"""This person's own mark: what the outcome asks of their own start, on their own scale."""

from __future__ import annotations

import pytest
import reporting_fixtures as fixtures

from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.definitions.wording import load_catalogue
from predict.features import Column
from predict.reports.outcome_terms import asked
from predict.reports.words import column_words


@pytest.mark.parametrize(
    ("outcome", "start", "falls", "cut"),
    [
        ("phq9_response", 19.0, True, 9.0),  # half of 19 is reached at 9
        ("phq9_response", 20.0, True, 10.0),
        ("phq9_remission", 19.0, True, 4.0),
        ("hamd_response", 21.0, True, 10.0),
        ("cesd_remission", 33.0, True, 15.0),
        ("gad7_minimal_difference", 12.0, True, 8.0),
        ("mbi_exhaustion_response", 4.2, True, 3.2),  # a mean keeps its decimals
        ("mbi_efficacy_response", 3.0, False, 4.0),  # high is good: it rises
        ("phq9_worsening", 10.0, False, 15.0),  # an outcome nobody wants
        ("phq9_minimal_difference", 4.0, True, None),  # no score below nought
        ("who5_improvement", 95.0, False, None),  # nor above the scale
        ("depression_or_anxiety_response", 12.0, True, None),  # no one score decides
    ],
)
def test_the_mark_is_the_outcomes(
    outcome: str, start: float, falls: bool, cut: float | None
) -> None:
    question = asked(read_outcome(outcome))
    assert question.falls == falls
    found = question.cut(start)
    assert found == (cut if cut is None else pytest.approx(cut))


def test_a_missing_start_has_no_mark() -> None:
    assert asked(read_outcome("phq9_response")).cut(float("nan")) is None


@pytest.mark.parametrize(
    ("label", "high", "value", "words"),
    [
        ("homeless", 1.0, 0.0, "no"),
        ("homeless", 1.0, 1.0, "yes"),
        ("programme arm (1) or usual visits (0)", 1.0, 1.0, "1"),
        ("number of children", 20.0, 1.0, "1"),
    ],
)
def test_a_number_that_says_yes_or_no_is_said_in_words(
    label: str, high: float, value: float, words: str
) -> None:
    study = read_study(fixtures.STUDY)
    column = Column(
        name="x", label=label, kind="number", role="person", source="people", visit="baseline",
        low=0.0, high=high,
    )  # fmt: skip
    assert column_words(study, column, value, load_catalogue())[1] == words
