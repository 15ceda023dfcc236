"""The verbs check and label: what they print, write, and exit with."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from predict.cli.check import check
from predict.cli.label import label
from predict.errors import PredictError, TableError, UsageError

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(check)
app.command()(label)

STUDY = """
id = "person"
layout = "wide"
visits = ["baseline", "round_one_end"]

[rounds.one]
start = "baseline"
end = "round_one_end"

[instruments.phq9]
total = "phq9_{visit}"
"""
TABLE = "person,phq9_baseline,phq9_round_one_end\na,20,9\nb,20,11\nc,44,1\nd,15,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, PredictError):
        raise result.exception
    return result.exit_code, result.stdout


def test_check_tells_every_problem_and_exits_7_where_rows_are_refused(folder: Path) -> None:
    problems = folder / "problems.csv"
    study = folder / "study.toml"
    code, said = run("check", folder / "t.csv", "--study", study, "--problems", problems)
    assert code == 7
    assert "OUT_OF_RANGE" in said
    assert "(rows 3)" in said
    found = pd.read_csv(problems)
    assert found[["level", "code", "row"]].values.tolist() == [["row", "OUT_OF_RANGE", 3]]
    assert "44" not in said + problems.read_text()


def test_check_of_a_clean_table_exits_0_also_as_json(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE.replace("44", "4"))
    code, said = run("check", folder / "t.csv", "--study", folder / "study.toml", "--json")
    facts = json.loads(said)
    assert (code, facts["problems"]) == (0, [])
    assert facts["flow"][0] == {"n": 4, "step": "rows of the table", "why": ""}


def test_a_header_alone_is_told_and_exits_0(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE.splitlines()[0] + "\n")
    code, said = run("check", folder / "t.csv", "--study", folder / "study.toml")
    assert code == 0
    assert "TABLE_NO_ROWS" in said


def test_a_table_that_does_not_fit_stops_with_4_and_its_problems_are_written(folder: Path) -> None:
    (folder / "t.csv").write_text("person,phq9_baselin\na,3\n")
    problems = folder / "problems.csv"
    with pytest.raises(TableError) as caught:
        run("check", folder / "t.csv", "--study", folder / "study.toml", "--problems", problems)
    assert caught.value.exit_code == 4
    assert pd.read_csv(problems)["code"].tolist() == ["COLUMN_MISSING"] * 2


def test_check_needs_one_question(folder: Path) -> None:
    with pytest.raises(UsageError, match="CHECK_WHAT"):
        run("check", folder / "t.csv")
    options = inspect.signature(check).parameters
    for name, other in (("study", "--design"), ("design", "--study")):
        told = options[name].annotation
        assert f"either this or {other}" in told, name


def test_label_writes_an_answer_and_its_reason_a_person(folder: Path) -> None:
    out, study = folder / "l.csv", folder / "study.toml"
    code, _ = run(
        "label", folder / "t.csv", "--study", study, "--outcome", "phq9_response", "-o", out
    )
    assert code == 0
    found = pd.read_csv(out, keep_default_na=False)
    assert found[["id", "answer", "why"]].values.tolist() == [
        ["a", "yes", ""],
        ["b", "no", ""],
        ["d", "unknown", "no_end_score"],
    ]
