"""The offline LOINC validator: check digits and the mistakes that circulate."""

from __future__ import annotations

import pytest

from predict.definitions.instruments import check_digit, loinc_problem

# fmt: off
CONFIRMED = [
    "44249-1", "44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5",
    "44253-3", "44260-8", "44261-6", "69737-5", "69725-0", "68509-9", "69733-4", "69734-2",
    "69735-9", "69689-8", "69736-7", "70274-6", "55757-9", "55758-7", "72109-2", "68518-0",
    "68519-8", "68520-6", "75626-2", "89209-1", "93373-9", "93246-7", "93247-5", "93248-3",
    "93249-1", "93250-9", "93267-3", "93269-9", "93245-9", "89204-2", "89206-7", "101698-9",
    "101697-1", "100766-5", "100787-1", "100767-3", "100786-3",
]
# fmt: on


@pytest.mark.parametrize("code", CONFIRMED)
def test_confirmed_codes_pass(code: str) -> None:
    assert loinc_problem(code) == ""


@pytest.mark.parametrize("code", ["70274-5", "70273-5", "95647-6", "89708-7"])
def test_codes_that_cannot_exist_are_refused(code: str) -> None:
    assert "check digit" in loinc_problem(code)


@pytest.mark.parametrize(
    ("code", "instrument", "right"),
    [
        ("70221-7", "pcl5", "101698-9"),
        ("44261-6", "phq8", "PHQ-9 total"),
        ("69737-5", "gad7", "70274-6"),
        ("70273-5", "gad7", "70274-6"),
        ("89708-7", "who5", "leave it empty"),
        ("95647-6", "isi", "leave it empty"),
    ],
)
def test_known_mistakes_name_the_right_code(code: str, instrument: str, right: str) -> None:
    assert right in loinc_problem(code, instrument)


def test_right_codes_on_the_wrong_item_are_refused() -> None:
    assert "44254-1" in loinc_problem("44260-8", "phq9", "4")
    assert "44251-7" in loinc_problem("44261-6", "phq9", "5")
    assert loinc_problem("44260-8", "phq9", "9") == ""


def test_an_absent_code_is_no_fault_and_text_is() -> None:
    assert loinc_problem("") == ""
    assert "not a LOINC code" in loinc_problem("PHQ9")


def test_one_wrong_digit_is_always_noticed() -> None:
    body, digit = "44261", 6
    for place in range(len(body)):
        for wrong in "0123456789":
            if wrong != body[place]:
                assert check_digit(body[:place] + wrong + body[place + 1 :]) != digit
