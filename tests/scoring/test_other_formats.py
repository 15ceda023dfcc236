"""Scores of translated tables, and scores for other programs: FHIR RiskAssessments, REDCap."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.errors import UsageError
from predict.features.training_set import assemble
from predict.model_folder import save_model
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

ITEMS = [f"phq9_{item}" for item in range(1, 10)]
LOINC = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3"]
LOINC += ["44260-8"]
STUDY = {
    "id": "id",
    "layout": "long",
    "visit": "redcap_event_name",
    "visits": ["baseline", "round_one_end"],
    "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
    "instruments": {"phq9": {"columns": "phq9_{item}"}},
    "people": {"age": {"kind": "number", "range": [18, 110], "known_at": "baseline"}},
    "redcap": {
        "out_event": "baseline",
        "out_fields": {"probability": "pred_prob", "status": "pred_status"},
    },
}


@pytest.fixture(scope="module")
def people(programme):
    """Eighty people of the programme, a row a person and visit, as text."""
    parts = [
        programme.at(visit)[ITEMS].assign(redcap_event_name=visit, age=programme.people["age"])
        for visit in STUDY["visits"]
    ]
    table = pd.concat(parts).reset_index().dropna(subset=ITEMS)
    table = table.sort_values(["id", "redcap_event_name"], kind="stable", ignore_index=True)
    both = table["id"].value_counts()
    table = table[table["id"].isin(both.index[both == 2][:80])]
    return table.map(lambda v: v if isinstance(v, str) else "" if pd.isna(v) else f"{v:g}")


@pytest.fixture(scope="module")
def model(people, tmp_path_factory):
    training = assemble(read_cohort(people, STUDY), "phq9_response")
    learned = train(training, Recipe(family="totals"), refits=0)
    return save_model(learned, tmp_path_factory.mktemp("formats") / "model")


def scored(model, table, out, **more):
    chosen = ScoringSettings(part_rows=9, max_rejected=1.0, overwrite=True)
    return score_table(model, str(table), out, chosen, **more)


@pytest.fixture(scope="module")
def plain(model, people, tmp_path_factory):
    """Scores of the plain CSV."""
    folder = tmp_path_factory.mktemp("plain")
    people.to_csv(folder / "t.csv", index=False)
    scored(model, f"csv:{folder / 't.csv'}", folder / "s.csv")
    return (folder / "s.csv").read_text()


def redcap(people, path):
    """Base rows with facts, then a repeat of the form with the answers, person by person."""
    head = ["id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "age"]
    rows = [[*head, *ITEMS]]
    for _, visits in people.groupby("id", sort=False):
        for row in visits.to_dict("records"):
            rows.append([row["id"], row["redcap_event_name"], "", "", row["age"], *[""] * 9])
        for row in visits.to_dict("records"):
            answers = [row[item] for item in ITEMS]
            rows.append([row["id"], row["redcap_event_name"], "phq9", "1", "", *answers])
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def test_a_redcap_export_scores_to_the_bytes_of_the_plain_table(model, people, plain, tmp_path):
    batch = scored(model, redcap(people, tmp_path / "r.csv"), tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text() == plain
    assert batch.parts > 1
    assert "ROWS_MERGED" in batch.warnings


def test_nothing_laid_out_is_left_behind(model, people, tmp_path):
    scored(model, redcap(people, tmp_path / "r.csv"), tmp_path / "out")
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert not [name for name in left if "rows" in name]


@pytest.fixture(scope="module")
def risks(model, people, tmp_path_factory):
    """RiskAssessments of the plain table, one of whose people is refused and one unreadable."""
    folder = tmp_path_factory.mktemp("fhir")
    table = people.copy()
    table.loc[table.index[0], "phq9_1"] = "7"
    table.loc[table.index[0], "phq9_9"] = "3"
    table.loc[table["id"] == table["id"].iloc[2], "id"] = "an id with blanks"
    table.to_csv(folder / "t.csv", index=False)
    scored(model, f"csv:{folder / 't.csv'}", folder / "s.ndjson", form="fhir")
    return [json.loads(line) for line in (folder / "s.ndjson").read_text().splitlines()]


def test_every_row_is_a_risk_assessment(risks, plain):
    assert len(risks) == len(plain.splitlines()) - 1
    refused, other = risks[0], risks[1]
    assert "prediction" not in refused
    notes = [note["text"] for note in refused["note"]]
    assert notes[0].startswith("Row refused: OUT_OF_RANGE")
    assert any("item9_reported" in note for note in notes)
    assert other["subject"] == {"identifier": {"value": "an id with blanks"}}


def test_the_probability_is_that_of_the_scores(risks, plain):
    by_id = {row["id"]: row for row in csv.DictReader(plain.splitlines())}
    told = 0
    for risk in risks[2:]:
        row = by_id[risk["subject"]["reference"].removeprefix("Patient/")]
        if row["status"] == "scored":
            told += 1
            assert risk["prediction"][0]["probabilityDecimal"] == float(row["probability"])
        else:
            assert risk["note"][0]["text"] == f"No estimate: {row['reason']}"
    assert told + sum(row["status"] != "scored" for row in by_id.values()) >= len(risks) - 2


def test_risk_assessments_are_valid_r4b(risks):
    resource = pytest.importorskip("fhir.resources.R4B.riskassessment").RiskAssessment
    for risk in risks:
        assert resource.model_validate(risk).status == "final"
    with pytest.raises(ValueError, match="subject"):
        resource.model_validate({k: v for k, v in risks[0].items() if k != "subject"})


def test_a_file_to_import_into_redcap_names_the_studys_fields(model, people, plain, tmp_path):
    people.to_csv(tmp_path / "t.csv", index=False)
    scored(model, f"csv:{tmp_path / 't.csv'}", tmp_path / "import.csv", form="redcap")
    rows = list(csv.DictReader((tmp_path / "import.csv").read_text().splitlines()))
    by_id = {row["id"]: row for row in csv.DictReader(plain.splitlines())}
    assert list(rows[0]) == ["id", "redcap_event_name", "pred_prob", "pred_status"]
    assert {row["redcap_event_name"] for row in rows} == {"baseline"}
    assert [row["pred_prob"] for row in rows] == [by_id[row["id"]]["probability"] for row in rows]


def test_a_study_that_names_no_field_cannot_make_one(stored, tmp_path):
    with pytest.raises(UsageError) as refused:
        score_table(stored, "ten.csv", tmp_path / "import.csv", form="redcap")
    assert refused.value.code == "REDCAP_FIELDS"


@pytest.mark.parametrize(("form", "out"), [("xml", "s"), ("csv", "s.parquet"), ("fhir", "-")])
def test_a_format_that_does_not_fit_is_told_before_anything_is_read(stored, form, out):
    with pytest.raises(UsageError, match=form):
        score_table(stored, "no such table", out, form=form)


def test_an_output_may_be_made_in_the_folder_of_the_table(model, people, plain, tmp_path):
    """The folder is that of two parts of the table; the output's own files are none of it."""
    half = len(people) // 2
    people.iloc[:half].to_csv(tmp_path / "1.csv", index=False)
    people.iloc[half:].to_csv(tmp_path / "2.csv", index=False)
    scored(model, f"folder:{tmp_path}", tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text() == plain
