"""What stands beside the answers of a page adds up to the total above them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_fixtures as fixtures

from predict.definitions.instruments import Instrument, instrument_ids, load_instrument
from predict.definitions.wording import languages
from predict.reports.sections.patient.totals import counted

TURNED = {
    "en": "Counted the other way round in the score",
    "es": "Cuentan al revés en la puntuación",
}
SUMS = [
    name
    for name in instrument_ids()
    if (scales := load_instrument(name).scales) and scales[0].items and scales[0].method == "sum"
]


def _answered(instrument: Instrument, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {i.key: float(rng.integers(i.low, i.high + 1)) for i in instrument.items}


@pytest.mark.parametrize("name", SUMS)
def test_what_answers_count_adds_up_to_the_score_of_every_questionnaire(name: str) -> None:
    instrument = load_instrument(name)
    scale = instrument.scales[0]
    for seed in range(5):
        answers = _answered(instrument, seed)
        row = pd.DataFrame([{instrument.column(key): value for key, value in answers.items()}])
        score = float(instrument.score(row, scale.name).iloc[0])
        told = sum(counted(instrument, key, answers[key]) for key in scale.items)
        assert told == pytest.approx(score)


def test_an_item_that_no_scale_asks_for_stands_in_its_own_coding() -> None:
    for name in instrument_ids():
        instrument = load_instrument(name)
        asked = {key for scale in instrument.scales for key in scale.items}
        for item in instrument.items:
            if item.key not in asked:
                assert counted(instrument, item.key, item.high) == item.high


def _page(language: str) -> Any:
    """One person who answers 3 to every item of the CES-D, on top of the usual questionnaires."""
    person = fixtures.PEOPLE[1]
    study = {
        "instruments": {
            **fixtures.STUDY["instruments"],
            "cesd": {"columns": "cesd_{item}_{visit}", "coding_low": 1, "visits": ["baseline"]},
        }
    }
    table = fixtures.table((person,))
    more = {f"cesd_{item}_baseline": "4" for item in range(1, 21)}
    choices = {"table": table.assign(**more), "language": language, "without_models": True}
    made = fixtures.make_report((person,), study=study, **choices)
    return next(iter(made.pages()))[1]


@pytest.mark.parametrize("language", languages())
def test_items_counted_the_other_way_round_are_named_and_so_counted(language: str) -> None:
    page = _page(language)
    tables = {t.get("title"): t for t in page.facts["sections"]["answers"]["tables"]}
    scores = {row["number"]: float(row["score"]) for row in tables["CES-D"]["rows"]}
    assert {number for number, score in scores.items() if score == 0} == {"4", "8", "12", "16"}
    assert sum(scores.values()) == tables["CES-D"]["totals"][0]["value"] == 48
    text = re.sub("<[^>]*>", "", page.html)
    assert f"{TURNED[language]}: 4, 8, 12, 16" in text
    assert text.count(TURNED[language]) == 1  # the others turn none
