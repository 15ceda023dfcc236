"""Bad inputs 70 to 81 where scoring meets them: dates of visits, ages beside birth dates."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from tests.scoring.conftest import ending, with_cell
from tests.scoring.test_bad_files import refused, rejects

from predict.cohort import read_cohort
from predict.cohort.dates import latest_today
from predict.definitions.study import read_study
from predict.errors import StudyError
from predict.features.training_set import assemble
from predict.files import read_json
from predict.model_folder import save_model
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.scoring import batch

STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "people": {"age": {"kind": "number", "range": [18, 110], "born": "birth_date"}},
    "dates": {"column": "seen_{visit}"},
}


@pytest.fixture(scope="module")
def dated(programme) -> pd.DataFrame:
    """The programme's totals, ages and invented birth dates, all seen in the spring of 2024."""
    totals = {v: programme.totals(v)["phq9_total"] for v in STUDY["visits"]}
    table = pd.DataFrame({f"phq9_{visit}": total for visit, total in totals.items()})
    table["age"] = programme.people["age"]
    text = table.map(lambda value: "" if pd.isna(value) else f"{value:g}")
    text["birth_date"] = [f"{2023 - int(age)}-11-05" for age in table["age"]]
    text["seen_baseline"], text["seen_round_one_end"] = "2024-04-02", "2024-05-02"
    return text.rename_axis("person").reset_index()


@pytest.fixture(scope="module")
def model(dated, tmp_path_factory):
    training = assemble(read_cohort(dated, STUDY), "phq9_response", blocks=("scales", "people"))
    learned = train(training, Recipe(family="totals"), refits=0)
    return save_model(learned, tmp_path_factory.mktemp("dated") / "model")


@pytest.fixture
def scored(model, dated, tmp_path):
    """Return a function that scores the dated table with one cell changed."""

    def run(column: str, value: str):
        path = tmp_path / "table.csv"
        with_cell(dated.head(60), 7, column, value).to_csv(path, index=False)
        return ending(model, str(path), tmp_path / "out.csv")

    return run


def test_dates_and_ages_in_order_are_scored(scored):
    assert scored("seen_baseline", "2024-04-03").status == 0


@pytest.mark.parametrize("text", ["13/01/2024", "02/01/2024", "2023-02-29", "24-01-10", "45292"])
def test_070_to_075_a_visit_date_of_another_kind_rejects_its_row(scored, text):
    rejects(scored("seen_baseline", text), 7, "DATE_UNREADABLE")


@pytest.mark.parametrize("part_rows", [20, 60])
def test_070_071_a_whole_column_of_another_format_is_refused_however_it_is_cut(
    model, dated, tmp_path, part_rows
):
    path, out = tmp_path / "table.csv", tmp_path / "out.csv"
    dated.head(60).assign(seen_baseline="02/01/2024").to_csv(path, index=False)
    found = ending(model, str(path), out, part_rows=part_rows)
    refused(found, "DATE_FORMAT", "[dates]")
    some = dated.head(60).copy()
    some.loc[:19, "seen_baseline"] = "02/01/2024"
    some.to_csv(path, index=False)
    found = ending(model, str(path), out, part_rows=part_rows)
    assert (found.status, len(found.rejected)) == (7, 20)
    assert set(found.rejected["code"]) == {"DATE_UNREADABLE"}


@pytest.mark.parametrize("days", [1, 400])
def test_077_a_visit_in_the_future_rejects_its_row(scored, days):
    found = scored("seen_baseline", str(latest_today() + timedelta(days=days)))
    rejects(found, 7, "DATE_IN_FUTURE")
    assert found.row(7)["reason"] == "DATE_IN_FUTURE"


def test_077_a_batch_that_is_resumed_keeps_the_day_it_began(model, dated, tmp_path, monkeypatch):
    table, out = tmp_path / "table.csv", tmp_path / "out"
    with_cell(dated.head(60), 7, "seen_baseline", "2025-01-31").to_csv(table, index=False)
    monkeypatch.setattr(batch, "latest_today", lambda: date(2025, 1, 30))
    chosen = batch.ScoringSettings(max_rejected=1.0, part_rows=20)
    assert batch.score_folder(model, str(table), out, chosen).rejected == 1
    for gone in ("_SUCCESS", "part-000000.parquet"):
        (out / gone).unlink()
    monkeypatch.setattr(batch, "latest_today", lambda: date(2025, 2, 1))
    again = batch.ScoringSettings(max_rejected=1.0, part_rows=20, resume=True)
    assert batch.score_folder(model, str(table), out, again).rejected == 1
    assert read_json(out / "_run.json")["begun_on"] == "2025-01-30"


def test_077_the_message_says_what_to_do_and_not_which_date(dated):
    table = with_cell(dated, 7, "seen_baseline", "2094-04-02")
    problems = read_cohort(table, STUDY, as_of="baseline").problems
    told = problems[problems["code"] == "DATE_IN_FUTURE"]
    assert told["message"].tolist() == ["A date of 'seen_baseline' lies in the future; correct it."]
    assert told["row"].tolist() == [7]


@pytest.mark.parametrize("years", [-30, -3, 3, 60])
def test_081_an_age_that_the_birth_date_contradicts_rejects_its_row(scored, dated, years):
    born = int(dated.loc[6, "birth_date"][:4]) - years
    rejects(scored("birth_date", f"{born}-11-05"), 7, "AGE_NOT_BIRTH_DATE")


@pytest.mark.parametrize("text", ["", "NA"])
def test_081_an_unknown_birth_date_says_nothing(scored, text):
    assert scored("birth_date", text).status == 0


@pytest.mark.parametrize("years", [-1, 1])
def test_081_a_birthday_more_or_less_is_let_be(scored, dated, years):
    born = int(dated.loc[6, "birth_date"][:4]) - years
    assert scored("birth_date", f"{born}-11-05").status == 0


def test_081_a_birth_date_of_another_kind_rejects_its_row(scored):
    rejects(scored("birth_date", "5 Nov 1980"), 7, "DATE_UNREADABLE")


def test_081_a_missing_column_of_birth_dates_is_refused(model, dated, tmp_path):
    dated.drop(columns="birth_date").to_csv(tmp_path / "table.csv", index=False)
    found = ending(model, str(tmp_path / "table.csv"), tmp_path / "out.csv")
    refused(found, "COLUMN_MISSING", "birth_date")


def test_081_in_a_long_table_the_person_is_refused(dated):
    early = dated[["person", "phq9_baseline", "age", "birth_date", "seen_baseline"]].head(9)
    table = early.set_axis(["person", "phq9", "age", "birth_date", "seen"], axis=1)
    long = pd.concat([table.assign(visit="baseline"), table.assign(visit="round_one_end")])
    long.loc[long["person"] == table["person"][4], "birth_date"] = "2001-01-01"
    long.loc[long["person"] == table["person"][4], "age"] = "60"
    spec = {
        **STUDY,
        "layout": "long",
        "visit": "visit",
        "instruments": {"phq9": {"total": "phq9"}},
        "dates": {"column": "seen"},
    }
    rows = read_cohort(long.reset_index(drop=True), spec).rows
    assert rows["code"].tolist() == ["", "", "", "", "AGE_NOT_BIRTH_DATE", "", "", "", ""]


def test_081_a_birth_date_is_in_no_value_of_the_cohort(dated):
    cohort = read_cohort(dated, STUDY)
    assert "birth_date" not in cohort.people
    assert not cohort.frame().astype("str").isin(set(dated["birth_date"])).any(axis=None)


def test_081_a_birth_date_needs_the_date_of_a_visit():
    undated = {key: value for key, value in STUDY.items() if key != "dates"}
    with pytest.raises(StudyError, match=r"PERSON_BORN.*\[dates\] column"):
        read_study(undated)
