"""The arm of a trial: in the header, and a line of its own in the ledger without a sign."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import reporting_fixtures as fixtures

from predict.definitions.study import read_study
from predict.definitions.wording import load_catalogue
from predict.reports.verify import adds_up
from predict.reports.words import arm_facts

TRIAL = {
    "treatment": {"name": "talking therapy", "comparison": True, "arm": "given"},
    "people": {
        **fixtures.STUDY["people"],
        "given": {"kind": "choice", "values": ["therapy", "usual care"], "known_at": "baseline"},
    },
}


@pytest.fixture(scope="module")
def page() -> Any:
    table = fixtures.table(fixtures.PEOPLE[:3]).assign(given="usual care")
    made = fixtures.make_report(fixtures.PEOPLE[:3], study=TRIAL, table=table)
    return made.page("MOCK-0042")


def test_the_arm_stands_in_the_header(page: Any) -> None:
    assert page.facts["sections"]["header"]["arm"] == "usual care"
    assert "Arm of the trial" in page.html


def test_the_arms_points_have_their_own_line_and_no_sign(page: Any) -> None:
    drivers = page.facts["sections"]["drivers"]
    row = re.search(r'<tr class="grp arm">.*?</tr>', page.html, re.S)
    assert row is not None
    assert "usual care" in row.group(0)
    assert drivers["arm"]["text"] == str(abs(drivers["arm"]["points"]))
    assert not re.search(r"[+−]|class=\"bar", row.group(0))
    assert adds_up(drivers, page.facts["sections"]["estimate"])


def test_ledger_and_reliance_count_the_same_answers(page: Any) -> None:
    sections = page.facts["sections"]
    drivers = sections["drivers"]
    rows = len(drivers["lowered"]["rows"]) + len(drivers["raised"]["rows"])
    missing = next(c for c in sections["reliance"]["checks"] if "asked" in c)
    assert missing["asked"] == rows + drivers["others"]["count"] + 1


def test_a_trial_without_the_arm_in_the_model_has_no_such_line(made: Any) -> None:
    drivers = made.page("MOCK-0042").facts["sections"]["drivers"]
    assert "arm" not in drivers


@pytest.mark.parametrize(
    ("value", "words"), [(1.0, "programme arm"), (0.0, "usual visits"), (None, None)]
)
def test_a_label_that_says_what_one_and_zero_mean_is_told(value: Any, words: Any) -> None:
    treat = {"kind": "number", "range": [0, 1], "label": "programme arm (1) or usual visits (0)"}
    study = read_study({
        **fixtures.STUDY, "people": {"treat": {**treat, "known_at": "baseline"}},
        "treatment": {"name": "visits", "comparison": True, "arm": "treat"},
    })  # fmt: skip
    told = arm_facts(study, {"treat": value}, load_catalogue())
    assert told == ({"arm": words} if words else {})
    assert arm_facts(SimpleNamespace(treatment=SimpleNamespace(arm=None), people={}), {},
                     load_catalogue()) == {}  # fmt: skip
