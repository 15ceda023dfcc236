"""Honest tables that used to end a run: each works, or is refused before anything is learned."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.definitions.study import read_study
from predict.definitions.wording import load_catalogue
from predict.errors import DesignError, StudyError
from predict.features.training_set import START_SCORE, assemble
from predict.files import read_json
from predict.pipeline import read_experiment, run
from predict.reports.content import Content
from predict.reports.facts import NotApplicable
from predict.reports.sections.model.usefulness import usefulness

PEOPLE = 200
ITEMS = [str(item) for item in range(1, 10)]
STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}_{visit}"}},
    "treatment": {"name": "a programme"},
}
BANDS = {"kind": "choice", "column": "age_band", "values": ["20-39", "40-59", "60+"]}
OUTCOME = {"instrument": "phq9", "rule": "response", "floor": 5}
EXPERIMENT: dict[str, Any] = {
    "outcome": OUTCOME,
    "round": "one",
    "as_of": "baseline",
    "blocks": ["scales", "people"],
    "recipe": {"family": "totals", "trials": 4},
    "evaluation": {"outer": 3, "inner": 2, "repeats": 1, "resamples": 50, "refits": 12},
}


def table() -> pd.DataFrame:
    """People who start at 13 or 14 and end at half of it or less, a third of them higher."""
    rows, random = {}, np.random.default_rng(3)
    for n in range(PEOPLE):
        answers = {f"phq9_{i}_baseline": 1 + (n + int(i)) % 2 for i in ITEMS}
        better = random.random() > 1 / 3
        answers |= {f"phq9_{i}_end": 1 - (n + int(i)) % 2 if better else 2 for i in ITEMS}
        age = {"age_band": BANDS["values"][n % 3], "start": 2020 + n % 5}
        rows[n] = {"person": f"P{n:03d}", **answers, **age}
    return pd.DataFrame.from_dict(rows, orient="index")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    """A run with a bad follow-up cell, ages as bands, and a column `start` of years."""
    frame = table()
    frame["phq9_1_end"] = frame["phq9_1_end"].astype(object)
    frame.loc[5, "phq9_1_end"] = "7"
    study = {**STUDY, "time": "start", "people": {"age": BANDS}}
    experiment = read_experiment({**EXPERIMENT, "study": study, "name": "honest"})
    return run(experiment, frame, tmp_path_factory.mktemp("run") / "out", track=False)


def test_a_bad_follow_up_cell_refuses_one_row_and_the_run_ends(done):
    assert done.counts["people"] == PEOPLE - 1
    assert done.training.n == PEOPLE - 1
    # Scored from its readable baseline; of a model without signal the number is withheld.
    assert done.scores.loc[5, "status"] == "no_estimate"
    assert done.scores.loc[5, "reason"].startswith("no_better_than_rate")
    report = read_json(done.folder / "report" / "report.json")
    refused = [row["id"] for row in report["worklist"]["rows"] if row["state"] == "unread"]
    assert refused == ["P005"]


def test_ages_given_as_bands_are_judged_by_their_bands(done):
    groups = pd.read_csv(done.folder / "evaluation" / "subgroups.csv")
    assert set(groups.loc[groups["subgroup"] == "age", "value"]) == set(BANDS["values"])


def test_a_time_column_may_be_called_start(done):
    assert done.training.extras["start"].iloc[0] == "2020"
    assert done.training.extras[START_SCORE].iloc[0] in (13.0, 14.0)


@pytest.mark.parametrize("name", ["start", "end", "outcome", "start_score", "phq9_total_baseline"])
def test_a_people_name_that_stands_for_something_else_is_refused_with_a_remedy(name):
    fact = {"kind": "number", "known_at": "baseline"}
    with pytest.raises(StudyError, match="PERSON_NAME_TAKEN") as caught:
        read_study({**STUDY, "people": {name: fact}})
    assert f"[people.{name}_of_person]" in str(caught.value)
    study = read_study({**STUDY, "people": {f"{name}_of_person": {**fact, "column": name}}})
    assert study.people[f"{name}_of_person"].column == name


def test_names_that_only_resemble_are_kept():
    fact = {"kind": "number", "known_at": "baseline"}
    names = ["started", "phq9_history", "severity", "row", "visit"]
    assert list(read_study({**STUDY, "people": dict.fromkeys(names, fact)}).people) == names


def test_a_people_name_may_be_the_sites_only_where_it_is_the_same_column():
    site = {"kind": "choice", "values": ["a"]}
    assert read_study({**STUDY, "site": "site", "people": {"site": site}}).site == "site"
    with pytest.raises(StudyError, match="PERSON_NAME_TAKEN"):
        read_study({**STUDY, "site": "site", "people": {"site": {**site, "column": "centre"}}})


TWO_ROUNDS = {
    **STUDY,
    "visits": ["baseline", "middle", "end"],
    "rounds": {"one": {"start": "baseline", "end": "middle"}, "two": {"end": "end"}},
    "instruments": {"phq9": {"total": "total_{visit}"}},
}


def two_rounds(**study: Any):
    spec = {**TWO_ROUNDS, **study}
    rows = [(str(n), 20 - n % 3, 12 + n % 3, 5 + n % 8) for n in range(40)]
    columns = ["person", "total_baseline", "total_middle", "total_end"]
    return read_cohort(pd.DataFrame(rows, columns=columns), spec)


def test_a_second_round_that_is_chosen_later_cannot_be_asked_at_baseline():
    with pytest.raises(DesignError, match="ROUND_NOT_BEGUN") as caught:
        assemble(two_rounds(), OUTCOME, round="two", as_of="baseline", blocks=["scales"])
    assert "as_of = 'middle'" in str(caught.value)
    at_start = assemble(two_rounds(), OUTCOME, round="two", as_of="middle", blocks=["scales"])
    assert at_start.n == 40


def test_a_second_round_that_everybody_takes_can_be_asked_at_baseline():
    planned = two_rounds(treatment={"name": "a programme", "round_two": "scheduled"})
    made = assemble(planned, OUTCOME, round="two", as_of="baseline", blocks=["scales"])
    assert made.n == 40


AGED = {**STUDY, "instruments": {"phq9": {"total": "total_{visit}"}}}


def aged(fact: dict[str, Any], **cells: Any):
    row = {"person": "a", "total_baseline": 10, "total_end": 5, **cells}
    dates = {"column": "seen_{visit}"} if "born" in fact else None
    study = {**AGED, "people": {"age": {"kind": "number", **fact}}}
    return read_cohort(pd.DataFrame([row]), {**study, **({"dates": dates} if dates else {})})


def test_ninety_and_over_is_read_by_declaration():
    refused = aged({"range": [18, 110]}, age="90+")
    assert refused.rows["code"].tolist() == ["NOT_A_NUMBER"]
    assert 'codes = { "90+" = 90 }' in refused.problems["message"].iloc[0]
    assert aged({"range": [18, 110], "codes": {"90+": 90}}, age="90+").people["age"].tolist() == [
        90
    ]


@pytest.mark.parametrize("codes", [{"2": 45}, {"90+": "old"}])
def test_codes_of_a_number_give_numbers_to_texts_alone(codes):
    with pytest.raises(StudyError, match="PERSON_CODES"):
        aged({"codes": codes}, age="1")


@pytest.mark.parametrize(
    ("age", "born", "code"),
    [
        (79, "12/03/45", ""),
        (24, "12/03/00", ""),
        (101, "12/03/23", ""),
        (30, "12/03/45", "AGE_NOT_BIRTH_DATE"),
        (79, "12/13/45", "DATE_UNREADABLE"),
    ],
)
def test_birth_years_of_two_digits_mean_the_century_that_the_age_fits(age, born, code):
    fact = {"born": "birth", "born_format": "%d/%m/%y"}
    dates = {"seen_baseline": "2024-06-01", "seen_end": "2024-08-01"}
    cohort = aged(fact, age=age, birth=born, **dates)
    assert cohort.rows["code"].tolist() == [code]


def test_a_table_of_the_cases_is_read_from_a_file(tmp_path: Path):
    path = tmp_path / "t.csv"
    table().to_csv(path, index=False, sep=";")
    study = {**STUDY, "delimiter": ";", "people": {"age": BANDS}}
    assert len(read_cohort(path, study).ids) == PEOPLE


@pytest.mark.parametrize(("marks", "drawn"), [(0, False), (1, False), (2, True)])
def test_estimates_all_alike_have_no_decision_curve_and_no_crash(marks, drawn):
    low = [0.1 * (n + 1) for n in range(marks)]
    spread = {"low": low, "high": low, "with_outcome": 20, "without_outcome": 20}
    curve = {"threshold": np.round(np.arange(0.1, 0.9, 0.1), 2), "model": 0.1, "low": 0.0}
    tables = {
        "decision_curve": pd.DataFrame({**curve, "high": 0.2, "treat_all": 0.1}),
        "spread": pd.DataFrame(spread, index=range(marks)),
    }
    view = SimpleNamespace(evaluation=SimpleNamespace(tables=tables))
    context = SimpleNamespace(content=Content(load_catalogue()))
    section = usefulness(context, view)
    assert isinstance(section, NotApplicable) is not drawn
