"""A clinic's own instrument is declared beside the study, checked as ours, and carried along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.cohort.labelling import label
from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.errors import ExperimentError, StudyError
from predict.features.training_set import assemble
from predict.model_folder import load_model, save_model
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.pipeline import read_experiment
from predict.pipeline.instrument_page import instrument_lines, list_items
from predict.scoring import score

CALM: dict[str, Any] = {
    "title": "Calm scale",
    "low": 0,
    "high": 4,
    "items": [{"key": str(k), "label": f"Calm item {k}", "domain": "calm"} for k in range(1, 5)],
    "scales": [{"name": "total", "title": "Calm total", "low": 0, "high": 16, "better": "high"}],
}
TOML = """
title = "Calm scale"
low = 0
high = 4
items = [
  { key = "1", label = "Calm item 1", domain = "calm" },
  { key = "2", label = "Calm item 2", domain = "calm" },
  { key = "3", label = "Calm item 3", domain = "calm" },
  { key = "4", label = "Calm item 4", domain = "calm" },
]
[[scales]]
name = "total"
title = "Calm total"
low = 0
high = 16
better = "high"
"""
STUDY = """
id = "person"
layout = "wide"
visits = ["start", "end"]
[rounds.one]
start = "start"
end = "end"
[instruments.calm]
columns = "c{item}_{visit}"
"""
OUTCOME = {"instrument": "calm", "rule": "points", "amount": 4}


def study(**changes: Any) -> dict[str, Any]:
    return {
        "id": "person", "layout": "wide", "visits": ["start", "end"],
        "rounds": {"one": {"start": "start", "end": "end"}},
        "instruments": {"calm": {"columns": "c{item}_{visit}", "define": {**CALM, **changes}}},
    }  # fmt: skip


def table(people: int = 80) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    answers = {
        f"c{k}_{v}": draw.integers(0, 5, people) for v in ("start", "end") for k in range(1, 5)
    }
    return pd.DataFrame({"person": [f"p{i}" for i in range(people)], **answers})


def test_it_is_read_inline_and_from_a_file_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "calm.toml").write_text(TOML)
    (tmp_path / "study.toml").write_text(STUDY)
    beside = read_study(tmp_path / "study.toml")
    inline = read_study(study())
    assert beside.own_instruments == inline.own_instruments
    assert beside.own_instruments["calm"].title == "Calm scale"
    cohort = read_cohort(table(), beside)
    assert cohort.total("calm", "start").iloc[0] == table().filter(regex="_start").iloc[0].sum()
    # The study is whole: what it is stored as needs no file beside it.
    assert read_study(beside.to_dict()).own_instruments == beside.own_instruments


def test_outcomes_ask_of_it_and_are_whole_wherever_they_are_stored() -> None:
    cohort = read_cohort(table(), study())
    found = label(cohort, OUTCOME)
    gain = cohort.total("calm", "end") - cohort.total("calm", "start")
    assert ((found["answer"] == "yes") == (gain >= 4)).all()
    asked = read_outcome(OUTCOME, cohort.study.own_instruments)
    again = read_outcome(asked.to_dict())
    assert again.measured.title == "Calm total"
    floor = {"instrument": "calm", "rule": "response", "floor": 8}
    assert set(label(cohort, floor)["why"]) <= {"", "below_floor"}


def test_an_experiment_may_ask_of_it() -> None:
    spec = {"study": study(), "outcome": OUTCOME}
    assert read_experiment(spec).outcome.measured.high == 16
    with pytest.raises(ExperimentError, match="No instrument named 'clam'"):
        read_experiment({"study": study(), "outcome": {**OUTCOME, "instrument": "clam"}})


def test_a_model_carries_it_and_scores_by_it(tmp_path: Path) -> None:
    cohort = read_cohort(table(200), study())
    training = assemble(cohort, {"instrument": "calm", "rule": "remission", "end": 9})
    model = train(training, Recipe(family="severity", trials=0), refits=0)
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.outcome.measured.title == "Calm total"
    assert loaded.study.own_instruments["calm"].title == "Calm scale"
    before, after = (m.probability(m.features(cohort)) for m in (model, loaded))
    np.testing.assert_array_equal(before, after)
    # What a plain install has is the folder and a table.
    assert score(loaded, table(60))["status"].isin(["scored", "no_estimate"]).all()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"titel": "x"}, "INSTRUMENT_KEY_UNKNOWN"),
        ({"items": [{"key": "1"}]}, "INSTRUMENT_TYPE"),
        ({"scales": []}, "INSTRUMENT_TYPE"),
        ({"low": 4}, "ITEM_RANGE"),
        ({"scales": [{**CALM["scales"][0], "items": ["9"]}]}, "SCALE_ITEM"),
        ({"scales": [{**CALM["scales"][0], "cut": 8}]}, "FACT_UNSOURCED"),
        ({"safety_items": ["9"]}, "SAFETY_ITEM"),
    ],
)
def test_it_is_checked_as_ours_are(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(study(**changes))
    (problem, *_) = [p for p in caught.value.problems if p.code == code]
    assert problem.column.startswith("instruments.calm.define.")


def test_it_may_not_take_the_name_of_a_shipped_one() -> None:
    spec = study()
    spec["instruments"] = {"phq9": spec["instruments"]["calm"]}
    with pytest.raises(StudyError, match="give your own another name"):
        read_study(spec)


def test_an_unknown_instrument_is_told_where_to_define_it() -> None:
    spec = study()
    spec["instruments"] = {"calm": {"columns": "c{item}_{visit}"}}
    with pytest.raises(StudyError, match=r"instruments/calm\.toml beside the study"):
        read_study(spec)


def test_it_is_listed_with_the_study(tmp_path: Path) -> None:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "calm.toml").write_text(TOML)
    (tmp_path / "study.toml").write_text(STUDY)
    command = [sys.executable, "-m", "predict", "list", "instruments", "--study"]
    done = subprocess.run(
        [*command, str(tmp_path / "study.toml")], capture_output=True, text=True, check=True
    )
    assert "Calm scale (the study's own)" in done.stdout
    assert "phq9" in done.stdout
    command[-1:] = ["calm", "--study", str(tmp_path / "study.toml")]
    whole = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert whole.startswith("Calm scale (calm)\n")
    assert "no cut-off ships" in whole


TENSE: dict[str, Any] = {
    "title": "Tension scale",
    "scales": [{"name": "total", "title": "Tension total", "low": 0, "high": 16}],
}


def of_totals(define: dict[str, Any] = TENSE, **entry: Any) -> dict[str, Any]:
    spec = study()
    spec["instruments"] = {"tense": {"total": "t_{visit}", **entry, "define": define}}
    return spec


@pytest.mark.parametrize("define", [TENSE, {**TENSE, "items": []}])
def test_one_of_totals_alone_needs_no_items(define: dict[str, Any]) -> None:
    totals = pd.DataFrame({
        "person": ["a", "b", "c"], "t_start": ["8", "10", "17"], "t_end": ["4", "", "3"],
    })  # fmt: skip
    cohort = read_cohort(totals, of_totals(define))
    assert cohort.total("tense", "start").tolist() == [8.0, 10.0]  # 17 is past the scale's end
    assert cohort.total("tense", "end").isna().tolist() == [False, True]
    found = label(cohort, {"instrument": "tense", "rule": "response"})
    assert found["answer"].tolist() == ["yes", "unknown"]
    tool = cohort.study.own_instruments["tense"]
    assert tool.score(pd.DataFrame(index=[0, 1])).isna().all()  # nothing adds up to no score


@pytest.mark.parametrize(
    "entry",
    [
        {"columns": "t{item}_{visit}"},
        {"items": {"1": "t1_{visit}"}},
        {"coding_low": 1},
        {"answers": {"never": 0}},
        {"gate": {"items": ["1"], "at_least": 1}},
    ],
)
def test_what_asks_for_items_of_totals_alone_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="List its items") as caught:
        read_study(of_totals(**entry))
    assert {p.code for p in caught.value.problems} == {"INSTRUMENT_KEY_MISSING"}
    assert caught.value.problems[0].column == "instruments.tense.define.items"


def test_one_of_totals_alone_is_told_whole_and_carried_by_a_model(tmp_path: Path) -> None:
    lines = list(instrument_lines(read_study(of_totals()).own_instruments["tense"]))
    assert "Items: none are listed; its totals are taken as the table gives them" in lines
    assert (
        lines[-1] == "Scale total: Tension total, 0 to 16 points, low is better; no cut-off ships"
    )
    assert list_items("tense", read_study(of_totals())).shape == (0, 7)
    draw = np.random.default_rng(2)
    start = draw.integers(6, 17, 200)
    end = np.maximum(start - draw.integers(0, 13, 200), 0)
    seen = pd.DataFrame({"person": [f"p{i}" for i in range(200)], "t_start": start, "t_end": end})
    training = assemble(
        read_cohort(seen, of_totals()),
        {"instrument": "tense", "rule": "response"},
        blocks=["scales"],
    )
    save_model(train(training, Recipe(family="severity", trials=0), refits=0), tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.study.own_instruments["tense"].items == ()
    assert (score(loaded, seen)["status"] == "scored").all()
