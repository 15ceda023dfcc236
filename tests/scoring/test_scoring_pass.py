"""The one pass: what goes through it, what the gate says, and that nothing goes around it."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import typer
from tests.scoring.conftest import STUDY, with_cell
from typer.testing import CliRunner

import predict as pr
from predict.cli import VERBS
from predict.cohort import read_cohort
from predict.errors import PredictError, TableError, UsageError
from predict.evaluation import Plan
from predict.model_folder import load_model
from predict.scoring import ACTIONS, ScoringPass, passed_reasons, scored
from predict.scoring.scoring_pass import Action, Door
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.simulation import simulate

SOURCES = Path(pr.__file__).parent
PEOPLE = 300


@pytest.fixture(scope="module")
def model(stored):
    return load_model(stored)


@pytest.fixture(scope="module")
def visits() -> pd.DataFrame:
    """The programme with all its visits."""
    return simulate("demo", people=PEOPLE, seed=1).table


@pytest.fixture(scope="module")
def shifted(many) -> pd.DataFrame:
    return many.assign(age="19")


def test_every_code_that_forbids_has_an_action_at_every_door():
    for actions in ACTIONS.values():
        assert set(actions) == set(get_args(Door))
        assert set(actions.values()) <= set(get_args(Action))


def test_the_gate_does_what_the_list_says(model, shifted):
    cohort = pr.read_cohort(shifted, model.study, as_of="baseline")
    for door, action in ACTIONS["DISTRIBUTION_OTHER"].items():
        scoring = ScoringPass(model, door)
        if action == "stop":
            with pytest.raises(TableError, match="DISTRIBUTION_OTHER") as caught:
                scoring.table(cohort)
            assert caught.value.exit_code == 4
        else:
            judgement = scoring.table(cohort).judgement
            assert judgement.action == action
            assert bool(judgement.withheld) == (action == "withhold")


def test_counts_of_chunks_judge_as_the_whole_does(model, shifted):
    scoring = ScoringPass(model, "report")
    cohort = pr.read_cohort(shifted, model.study, as_of="baseline")
    chunks = [scoring.rows(cohort.take(cohort.ids[n::3])) for n in range(3)]
    summed = pd.DataFrame([chunk.signs for chunk in chunks]).sum().to_dict()
    whole = scoring.gate(scoring.rows(cohort).signs)
    assert scoring.gate(summed).problems == whole.problems


def test_a_withheld_table_has_its_rows_its_safety_answers_and_no_estimate(model, shifted):
    table = with_cell(with_cell(shifted, 7, "sex", "unsaid"), 7, "phq9_9_baseline", "2")
    passed = ScoringPass(model, "report").table(table, as_of="baseline")
    for explain in ("none", "top", "all"):
        scores = scored(passed, explain=explain).frame
        assert len(scores) == PEOPLE
        assert scores["status"].value_counts().to_dict() == {"no_estimate": 299, "rejected": 1}
        rows = scores.set_index("row")
        assert rows.loc[7, ["reason", "flags"]].tolist() == [
            "CHOICE_UNKNOWN",
            "item9_reported;item9_reported@baseline=2",
        ]
        assert rows.drop(7)["reason"].str.startswith("DISTRIBUTION_OTHER; ").all()
        numbers = scores.select_dtypes("number").drop(columns="row")
        assert numbers.isna().all(axis=None)
        assert (scores[["lowered_by", "raised_by"]] == "").all(axis=None)
    assert passed_reasons(passed).values.empty


def test_a_dry_run_stops_where_the_run_would(stored, shifted, tmp_path):
    shifted.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableError, match="DISTRIBUTION_OTHER"):
        score_table(stored, str(tmp_path / "t.csv"), tmp_path / "o", ScoringSettings(dry_run=True))


def test_one_person_is_explained_only_where_the_whole_table_passes(model, many, shifted):
    person = many["person"][2]
    with pytest.raises(UsageError, match="Expected ids as text, got an int"):
        pr.explain(model, many, people=[355])  # type: ignore[list-item]  # the mistake itself
    alone = pr.explain(model, many, people=[person])
    whole = pr.explain(model, many)
    pd.testing.assert_frame_equal(alone.printed(), whole.printed().loc[[person]])
    with pytest.raises(TableError, match="DISTRIBUTION_OTHER"):
        pr.explain(model, shifted, people=[person])


def test_who_has_no_estimate_has_no_reasons(model, clean):
    table = with_cell(clean, 3, "age", "95")
    scores = pr.score(model, table).set_index("id")
    told = pr.explain(model, table)
    shown = scores.index[scores["status"] == "scored"]
    assert list(told.values.index) == list(shown)
    assert told.warnings["NO_ESTIMATE"].startswith(f"{len(table) - len(shown)} people ")
    assert len(shown) < len(table)
    np.testing.assert_allclose(told.probability, scores.loc[shown, "probability"], atol=1e-12)
    with pytest.raises(UsageError, match="NOBODY_TO_EXPLAIN"):
        pr.explain(model, table, people=[table["person"][2]])


def test_a_cohort_a_frame_and_a_path_are_alike(model, visits, tmp_path):
    visits.to_csv(tmp_path / "t.csv", index=False)
    forms = [visits, tmp_path / "t.csv", pr.read_cohort(visits, STUDY)]
    for of in (
        lambda table: pr.score(model, table),
        lambda table: pr.explain(model, table).frame(),
        lambda table: pr.validate(model, table, Plan(resamples=2)).metrics,
        lambda table: pr.label(table, "phq9_response", study=STUDY),
    ):
        found = [of(table) for table in forms]
        for other in found[1:]:
            pd.testing.assert_frame_equal(found[0], other)


def test_a_table_without_its_study_cannot_be_labelled(visits):
    with pytest.raises(UsageError, match="study="):
        pr.label(visits, "phq9_response")


def test_a_validation_of_other_people_leads_with_that_and_judges(model, visits):
    verdict = pr.validate(model, visits.assign(age=19), Plan(resamples=2)).verdict
    assert verdict["sentence"].startswith("DISTRIBUTION_OTHER: Column 'age'")
    assert "`predict validate`" in verdict["sentence"]
    assert "other people" in verdict["sentence"]
    assert set(verdict["warnings"]) >= {"DISTRIBUTION_OTHER", "COLUMN_CONSTANT"}
    plain = pr.validate(model, visits, Plan(resamples=2)).verdict
    assert "DISTRIBUTION_OTHER" not in str(plain)


def test_the_command_line_tells_warnings_at_every_verb(stored, visits, tmp_path):
    older = (visits["age"] + 9).clip(upper=78)
    visits.assign(age=older).to_csv(tmp_path / "t.csv", index=False)
    for words in (
        ["score", stored, tmp_path / "t.csv", "-o", tmp_path / "s.csv"],
        ["explain", stored, tmp_path / "t.csv", "-o", tmp_path / "e.csv"],
        ["report", stored, tmp_path / "t.csv", "-o", tmp_path / "r", "--person", "P00001"],
    ):
        verb, *more = words
        module, _, name = VERBS[verb].partition(":")
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(getattr(import_module(f"predict.cli.{module}"), name))
        done = CliRunner().invoke(app, [str(word) for word in more])
        assert done.exit_code == 0, done.output
        assert "Warning DISTRIBUTION_DRIFT: Column 'age' is distributed otherwise" in done.output


@pytest.mark.parametrize("parts", [1, 2])
def test_what_parts_of_a_table_tell_is_told_once_in_the_words_of_check(
    stored, visits, tmp_path, parts
):
    """Ids that are nearly alike; told by the study's reading, as `check` tells them."""
    rows = len(visits)
    ids = [f"{n}" for n in range(rows)]
    ids[1], ids[rows - 1] = "00", f"0{rows - 2}"
    table = tmp_path / "t.csv"
    visits.assign(person=ids).to_csv(table, index=False)
    settings = ScoringSettings(part_rows=-(-rows // parts))
    told = score_table(stored, str(table), tmp_path / "o", settings).warnings["ID_NEARLY_ALIKE"]
    problems = read_cohort(table, load_model(stored).study).problems
    [whole] = problems.loc[problems["code"] == "ID_NEARLY_ALIKE", "message"]
    assert told == whole + (" (in 2 parts)" if parts == 2 else "")
    assert whole.startswith("4 ids")


def test_a_validation_reads_no_further_than_the_end_of_its_round(model, visits):
    shorter = visits.drop(columns=[c for c in visits if "_round_two" in c])
    whole, part = (pr.validate(model, t, Plan(resamples=2)) for t in (visits, shorter))
    pd.testing.assert_frame_equal(whole.metrics, part.metrics)


STRANGER = "CANARY-7Q4X"


def foreign(model, visits) -> dict[str, object]:
    """Calls of public functions with ids that are not theirs."""
    cohort = pr.read_cohort(visits.head(60), model.study)
    told = pr.explain(model, cohort)
    made = pr.report(model, cohort, made="2026-03-21", key=b"k" * 16)
    others = visits.head(60).assign(person=[f"{STRANGER}-{n}" for n in range(60)])
    scores = pr.score(model, others)
    return {
        "Cohort.take": lambda: cohort.take([STRANGER]),
        "explain": lambda: pr.explain(model, cohort, people=[STRANGER]),
        "Explanation.person": lambda: told.person(STRANGER),
        "Explanation.plot": lambda: told.plot(person=STRANGER),
        "report": lambda: pr.report(model, cohort, scores=scores),
        "Report.page": lambda: made.page(STRANGER),
    }


def test_no_error_names_an_id_that_is_asked_for(model, visits):
    for name, call in foreign(model, visits).items():
        with pytest.raises((PredictError, KeyError)) as caught:
            call()
        chain, error = [], caught.value
        while error is not None:
            chain, error = [*chain, str(error)], error.__cause__ or error.__context__
        assert STRANGER not in "".join(chain), name


# Rows of what-if answers, of people whose table has passed.
BESIDE = {"scoring/scoring_pass.py", "reports/sensitivity.py"}


def test_nothing_but_the_pass_turns_a_cohort_into_a_models_rows():
    calls = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "features"
    }
    assert calls == BESIDE
