"""What clinicians expected: kept without ids, told of 50 people or more, and of nobody alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from predict.cli.expect import expect
from predict.cli.report import report
from predict.errors import TableError
from predict.reports.expectations import STORED, expectations_of, keep_expectations
from predict.simulation import simulate
from predict.statistics.metrics.ranking import auroc

ROOT = Path(__file__).parents[2]
KEY = b"a key of the tests, not a secret"
CANARY = "CANARY-7731"
app = typer.Typer(pretty_exceptions_enable=False)
app.command("expect")(expect)
app.command("report")(report)


def _run(*words: Any) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def _file(folder: Path, rows: list[tuple[Any, ...]], name: str = "expected.csv") -> Path:
    path = folder / name
    pd.DataFrame(rows, columns=["id", "number", "day"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """People with known outcomes whom the shipped example model has not seen."""
    table = simulate("demo", people=160, seed=21).table.head(140).copy()
    table.loc[table.index[0], "person"] = CANARY
    return table


@pytest.fixture(scope="module")
def made(people: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A report made after expectations of everybody were stored, and everything that was said."""
    top = tmp_path_factory.mktemp("clinic")
    people.to_csv(top / "table.csv", index=False)
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 101, len(people))
    rows = [(p, n, "2026-01-05") for p, n in zip(people["person"], numbers, strict=True)]
    out = top / "report"
    said = [_run("expect", _file(top, rows), "-o", out)]
    example = ROOT / "models" / "example"
    only = ("--person", CANARY, "--made", "2026-03-21")
    said.append(_run("report", example, top / "table.csv", "-o", out, *only))
    assert [done.exit_code for done in said] == [0, 0], [done.output for done in said]
    return {"top": top, "out": out, "said": said, "rows": rows}


def _section(made: Any) -> dict[str, Any]:
    facts = json.loads((made["out"] / "report.json").read_text("utf-8"))["model"]
    return dict(facts["models"][0]["sections"]["clinicians"])


def test_clinician_model_and_outcome_stand_beside_each_other(made: Any) -> None:
    how, beside, shown, thirds, _ = _section(made)["blocks"]
    assert int(how["n"]) >= 50
    assert [row[0] for row in beside["rows"]] == ["Clinician", "Model", "What happened"]
    assert shown["say"].startswith("model.clinicians.")
    assert [row[0] for row in thirds["rows"]] == ["0 to 33", "34 to 66", "67 to 100"]
    told = [int(row[1]) for row in thirds["rows"] if row[1].isdigit()]
    assert sum(told) <= int(how["n"])


def test_the_clinicians_figures_equal_those_of_the_raw_file(
    made: Any, people: pd.DataFrame
) -> None:
    from predict.cohort import read_cohort
    from predict.cohort.labelling import label

    study = ROOT / "models" / "example" / "study.toml"
    cohort = read_cohort(people.astype("str").replace("nan", ""), study)
    answer = label(cohort, "phq9_response", round="one")["answer"]
    y = answer.map({"yes": 1.0, "no": 0.0}).astype("float64").dropna()
    number = pd.Series({p: n / 100 for p, n, _ in made["rows"]}).reindex(y.index)
    how, beside, *_ = _section(made)["blocks"]
    assert int(how["n"]) == len(y)
    clinician = beside["rows"][0]
    assert clinician[2].startswith(f"{((number - y) ** 2).mean():.3f}")
    assert clinician[3].startswith(f"{auroc(y, number):.2f}")


def test_nobody_is_named_where_expectations_are_kept_or_told(made: Any) -> None:
    kept = made["top"] / STORED
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    places = [kept.read_text("utf-8"), *[done.output for done in made["said"]]]
    places += [(made["out"] / name).read_text("utf-8") for name in ("model.html",)]
    places.append(json.dumps(_section(made)))
    assert all(CANARY not in place for place in places)
    entries = json.loads(places[0])["expectations"]
    assert len(entries) == len(made["rows"])
    assert not {name for name, _, _ in made["rows"]} & set(entries)
    pages = {path.stem for path in (made["out"] / "patients").glob("*.html")}
    assert not pages & set(entries)


def test_fewer_than_fifty_tell_nothing(made: Any, tmp_path: Path) -> None:
    few = _file(tmp_path, made["rows"][:45])
    out = tmp_path / "report"
    assert _run("expect", few, "-o", out, "--quiet").exit_code == 0
    table, model = made["top"] / "table.csv", ROOT / "models" / "example"
    words = ("-o", out, "--person", CANARY, "--made", "2026-03-21")
    assert _run("report", model, table, *words).exit_code == 0
    facts = json.loads((out / "report.json").read_text("utf-8"))["model"]
    told = facts["models"][0]["sections"]["clinicians"]
    assert told == {"not_applicable": "few_expectations"}


def test_the_first_expectation_of_a_person_stays(tmp_path: Path) -> None:
    first = _file(tmp_path, [("a", 40, "2026-01-05"), ("b", 10, "2026-01-06")])
    later = _file(tmp_path, [("a", 90, "2026-02-01"), ("b", 20, "2026-01-02")], "later.csv")
    assert keep_expectations(first, tmp_path, KEY).all == 2
    kept = keep_expectations(later, tmp_path, KEY)
    assert (kept.read, kept.new, kept.all) == (2, 0, 2)
    found = expectations_of(tmp_path, KEY, ["a", "b", "c"])
    assert {name: told.number for name, told in found.items()} == {"a": 40.0, "b": 20.0}


def test_another_key_finds_nobody(tmp_path: Path) -> None:
    keep_expectations(_file(tmp_path, [("a", 40, "2026-01-05")]), tmp_path, KEY)
    assert expectations_of(tmp_path, b"another key of sixteen", ["a"]) == {}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((CANARY, 101, "2026-01-05"), "EXPECTATION_NUMBER"),
        ((CANARY, "plenty", "2026-01-05"), "EXPECTATION_NUMBER"),
        ((CANARY, 50, "yesterday"), "EXPECTATION_DAY"),
        (("", 50, "2026-01-05"), "EXPECTATION_ID"),
    ],
)
def test_a_wrong_row_is_named_by_its_place_and_nothing_is_kept(
    tmp_path: Path, row: tuple[Any, ...], code: str
) -> None:
    path = _file(tmp_path, [("fine", 50, "2026-01-05"), row])
    with pytest.raises(TableError, match=code) as caught:
        keep_expectations(path, tmp_path, KEY)
    assert CANARY not in str(caught.value)
    assert "plenty" not in str(caught.value)
    assert [problem.row for problem in caught.value.problems] == [2]
    assert not (tmp_path / STORED).exists()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a"], "number": [1]}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(TableError, match="day is not there"):
        keep_expectations(tmp_path / "x.csv", tmp_path, KEY)
