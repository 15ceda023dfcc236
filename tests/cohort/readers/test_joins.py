"""Rows that meet by id: met, left alone, nearly met are told; nothing is repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predict.cohort import Cohort, read_cohort
from predict.cohort.joins import Join, join, near_keys, nearly_alike
from predict.errors import StudyError, TableError
from predict.model_folder.forms import toml_bytes
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table

STUDY: dict[str, Any] = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
    "people": {"age": {"kind": "number", "range": [18, 110], "table": "people"}},
    "people_table": "people.csv",
}
IDS = [str(1001 + n) for n in range(6)]


def main(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"person": ids, "q1": "1", "q2": "2"})


def facts(ids: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"person": ids, "age": [30 + n for n in range(len(ids))]})


def said(cohort: Cohort, code: str) -> str:
    found = cohort.problems.loc[cohort.problems["code"] == code, "message"]
    return str(found.iloc[0]) if len(found) else ""


@pytest.mark.parametrize(
    "written",
    [
        lambda ids: [f"{i}.0" for i in ids],
        lambda ids: [f"{i}   " for i in ids],
        lambda ids: [f"00{i}" for i in ids],
        lambda ids: [f"\u00a0{i}" for i in ids],
    ],
    ids=["point", "blanks", "zeros", "no-break blank"],
)
def test_ids_that_met_nobody_stop_with_the_reason(written):
    with pytest.raises(TableError, match="PEOPLE_NOT_MET") as caught:
        read_cohort(main(IDS), STUDY, people=facts(written(IDS)))
    assert "(6 and 6). 6 of them would be equal but for blanks" in str(caught.value)
    assert caught.value.exit_code == 4


def test_ids_of_another_case_are_told_and_never_repaired():
    people = facts(["P1", "p2", "x"])
    cohort = read_cohort(main(["p1", "p2", "p3"]), STUDY, people=people)
    assert cohort.people["age"].isna().tolist() == [True, False, True]
    assert said(cohort, "PEOPLE_LEFT_ALONE") == (
        "1 people met their row of the people table; 2 have none there, and 2 rows there are of "
        "nobody here. 1 of them would be equal but for blanks, leading zeros, '.0' or case: write "
        "the ids alike."
    )


def test_people_who_all_met_are_noted(tmp_path: Path):
    main(IDS).to_csv(tmp_path / "t.csv", index=False)
    facts(IDS).to_csv(tmp_path / "people.csv", index=False)
    cohort = read_cohort(tmp_path / "t.csv", STUDY)
    assert cohort.people["age"].tolist() == [30 + n for n in range(6)]
    assert said(cohort, "PEOPLE_MET").startswith("6 people met their row")
    assert cohort.problems["level"].tolist() == ["note"]


def test_whole_numbers_in_one_table_meet_their_text_in_the_other():
    for number in (int, float):
        cohort = read_cohort(main(IDS), STUDY, people=facts([number(i) for i in IDS]))
        assert cohort.people["age"].notna().all()


def test_blank_ids_of_the_people_table_are_nobody_twice():
    cohort = read_cohort(main(IDS[:2]), STUDY, people=facts([IDS[0], "", None]))
    assert cohort.people["age"].isna().tolist() == [False, True]


def test_a_long_table_joins_people_once_for_all_its_visits():
    study = {**STUDY, "layout": "long", "visit": "when", "visits": ["baseline", "end"]}
    study["people"] = {
        "age": {"kind": "number", "table": "people"},
        "weight": {"kind": "number", "table": "people", "known_at": "end"},
    }
    rows = [main(IDS[:3]).assign(when=visit) for visit in study["visits"]]
    people = facts([*IDS[1:3], "z"]).assign(weight=70)
    cohort = read_cohort(pd.concat(rows), study, people=people)
    assert cohort.problems["code"].tolist().count("PEOPLE_LEFT_ALONE") == 1
    assert said(cohort, "PEOPLE_LEFT_ALONE").startswith("2 people met")


LONG = {
    **STUDY,
    "layout": "long",
    "visit": "when",
    "visits": ["baseline", "end"],
    "people": {"age": {"kind": "number", "known_at": "baseline"}},
}


def long(*rows: tuple[Any, ...], **study: Any) -> Cohort:
    columns = ["person", "when", "age", "q1", "q2"]
    return read_cohort(pd.DataFrame(rows, columns=columns).astype(str), {**LONG, **study})


def test_a_blank_behind_an_id_makes_two_people_and_is_told():
    rows = [(i, "baseline", 30, 1, 1) for i in IDS] + [(f"{i} ", "end", "", 0, 0) for i in IDS]
    cohort = long(*rows)
    assert len(cohort.ids) == 12
    assert said(cohort, "ID_NEARLY_ALIKE").startswith("12 ids are those of another row but for")


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_ids_that_differ_otherwise_are_left_alone(layout):
    ids = ["1001", "1010", "P-1", "P1", "a.b", "10"]
    table = main(ids) if layout == "wide" else main(ids).assign(when="baseline", age="30")
    study = {**(STUDY if layout == "wide" else LONG), "people": {}}
    assert said(read_cohort(table, study), "ID_NEARLY_ALIKE") == ""


@given(st.lists(st.text(alphabet="01 aA.", max_size=4), max_size=12))
def test_the_glance_misses_no_pair_that_is_nearly_alike(ids):
    array = np.array(ids, dtype=object)
    distinct = sorted({text for text in ids if text})
    keys = near_keys(np.array(distinct, dtype=object)).to_pylist()
    expected = sum(keys.count(key) > 1 for key in keys)
    assert nearly_alike(array) == expected


def test_counts_of_a_join_add_up():
    found = join(np.array(["a", "b", "b", "c", ""]), np.array(["b", "C", "d"]))
    assert found == Join(met=1, left=2, right=2, near=1)


def test_facts_on_rows_that_are_not_read_are_told():
    rows = [("a", "baseline", "", 1, 1), ("a", "end", 30, 0, 0), ("b", "baseline", 40, 1, 1)]
    cohort = long(*rows)
    assert said(cohort, "FACT_ON_OTHER_ROWS").startswith("1 people have 'age' on rows of other")
    assert cohort.people["age"].isna().tolist() == [True, False]
    filled = long(("a", "baseline", 30, 1, 1), ("a", "end", 30, 0, 0))
    assert said(filled, "FACT_ON_OTHER_ROWS") == ""


def test_a_fact_that_is_a_missing_code_elsewhere_is_not_told():
    rows = [("a", "baseline", "", 1, 1), ("a", "end", 99, 0, 0)]
    assert said(long(*rows, missing_codes=[99]), "FACT_ON_OTHER_ROWS") == ""


def test_visits_that_no_row_is_of_stop_or_are_told():
    with pytest.raises(TableError, match="VISITS_NOT_MET"):
        long(("a", "T0", 30, 1, 1), ("a", "T1", 30, 0, 0))
    read = long(("a", "T0", 30, 1, 1), visit_values={"T0": "baseline"})
    assert said(read, "VISIT_NO_ROWS") == "No row of the table is of the visits end."
    both = long(("a", "baseline", 30, 1, 1), ("a", "end", 30, 0, 0))
    assert said(both, "VISIT_NO_ROWS") == ""


def test_a_visit_whose_scores_stand_on_the_persons_rows_needs_none():
    table = pd.DataFrame({
        "person": ["a", "a", "b"], "visit": ["week", "end", "week"],
        "phq9": [12, 8, 15], "before": [20, 20, 22], "gad7": [9, 4, 11],
    })  # fmt: skip
    phq9 = {"total": "phq9", "person_total": {"baseline": "before"}}
    study = {
        "id": "person", "layout": "long", "visit": "visit", "visits": ["baseline", "week", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}}, "instruments": {"phq9": phq9},
    }  # fmt: skip
    cohort = read_cohort(table, study)
    assert said(cohort, "VISIT_NO_ROWS") == ""
    assert cohort.total("phq9", "baseline").tolist() == [20, 22]
    # What is asked there beside it still needs rows.
    study["instruments"] = {"phq9": phq9, "gad7": {"total": "gad7"}}
    told = said(read_cohort(table, study), "VISIT_NO_ROWS")
    assert "'baseline' has the total of phq9 by person_total, and nothing of gad7" in told
    assert told.endswith('under [instruments.gad7] visits = ["week", "end"].')
    study["instruments"]["gad7"]["visits"] = ["week", "end"]
    assert said(read_cohort(table, study), "VISIT_NO_ROWS") == ""


NUMBERED = {**STUDY, "id": "row", "people": {}}


def test_rows_may_be_known_by_their_number(tmp_path: Path):
    table = main(IDS).drop(columns="person")
    table.to_csv(tmp_path / "t.csv", index=False)
    for some in (table, tmp_path / "t.csv"):
        assert read_cohort(some, NUMBERED).ids.tolist() == [str(n) for n in range(1, 7)]
    named = table.assign(row=[f"r{n}" for n in range(6)])
    assert read_cohort(named, NUMBERED).ids.tolist() == [f"r{n}" for n in range(6)]


def test_without_that_declaration_the_id_must_be_there():
    with pytest.raises(TableError, match="COLUMN_MISSING"):
        read_cohort(main(IDS).drop(columns="person"), {**STUDY, "people": {}})


@pytest.mark.parametrize("changes", [{"layout": "long", "visit": "v"}, {"people": STUDY["people"]}])
def test_numbers_of_rows_meet_no_other_rows(changes):
    with pytest.raises(StudyError, match='id = "row"'):
        read_cohort(main(IDS), {**NUMBERED, **changes})


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_numbered_rows_are_scored_in_parts(tmp_path, kind):
    from predict.features.training_set import assemble
    from predict.model_folder import save_model
    from predict.models.recipe import Recipe
    from predict.models.training import train

    study = {
        **NUMBERED,
        "visits": ["baseline", "end"],
        "rounds": {"one": {"start": "baseline", "end": "end"}},
        "instruments": {"phq2": {"columns": "q{item}_{visit}"}},
    }
    random = np.random.default_rng(1)
    columns = [f"q{item}_{visit}" for visit in study["visits"] for item in (1, 2)]
    table = pd.DataFrame(random.integers(0, 4, (120, 4)), columns=columns)
    outcome = {"instrument": "phq2", "rule": "response"}
    made = assemble(read_cohort(table, study), outcome, blocks=["scales"])
    model = save_model(train(made, Recipe(family="totals"), refits=0), tmp_path / "model")
    path = tmp_path / f"t.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path, index=False)
    batch = score_table(model, str(path), tmp_path / "out.csv", ScoringSettings(part_rows=50))
    assert (batch.rows, batch.parts, batch.rejected) == (120, 3, 0)
    told = pd.read_csv(tmp_path / "out.csv")
    assert told["id"].tolist() == told["row"].tolist() == list(range(1, 121))


def test_a_people_table_that_is_not_there_is_named(tmp_path):
    main(IDS).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableError, match=r"The people table cannot be read[^$]*TABLE_NOT_FOUND"):
        read_cohort(tmp_path / "t.csv", STUDY)
    assert len(read_cohort(tmp_path / "t.csv", {**STUDY, "people": {}}).ids) == 6


@pytest.mark.parametrize("where", ["beside", "in a folder below", "absolute"])
def test_a_people_table_is_found_from_the_main_tables_folder_wherever_one_stands(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The study lies elsewhere, and so does whoever types the command."""
    for folder in ("data/more", "studies", "desk"):
        (tmp_path / folder).mkdir(parents=True)
    named = {"beside": "people.csv", "in a folder below": "more/people.csv",
             "absolute": str(tmp_path / "desk" / "people.csv")}[where]  # fmt: skip
    main(IDS).to_csv(tmp_path / "data" / "t.csv", index=False)
    facts(IDS).to_csv(tmp_path / "data" / named, index=False)
    study = tmp_path / "studies" / "study.toml"
    study.write_bytes(toml_bytes({**STUDY, "people_table": named}))
    monkeypatch.chdir(tmp_path / "desk")
    for table in ("../data/t.csv", str(tmp_path / "data" / "t.csv")):
        assert read_cohort(table, study).people["age"].tolist() == [30 + n for n in range(6)]
    monkeypatch.chdir(tmp_path / "data")
    assert read_cohort("t.csv", study).people["age"].notna().all()
