"""`predict simulate` and `predict analyse`: from nothing to published.csv, as a user would."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from predict.cli.analyse import ANALYSES, app
from predict.cli.simulate import simulate
from predict.examples import shipped

RUN = CliRunner()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hull")
    simulate("hull-2022", folder / "t.csv", people=200, seed=1, truth=folder / "truth.csv")
    return folder / "t.csv"


def test_simulate_writes_the_truth_beside_the_table(table):
    truth = pd.read_csv(table.with_name("truth.csv"))
    assert list(truth.columns) == ["person", "round_one", "course"]
    assert truth["round_one"].between(0, 1).all()
    assert list(truth["person"]) == list(pd.read_csv(table)["person"])


def analyse(verb: str, table, out, *more: str):
    study = shipped("hull-2022_study.toml")
    return RUN.invoke(app, [verb, str(table), "--study", str(study), "-o", str(out), *more])


def test_outcomes_writes_published_and_computed_side_by_side(table, tmp_path):
    result = analyse("outcomes", table, tmp_path)
    assert result.exit_code == 0, result.output
    found = pd.read_csv(tmp_path / "published.csv")
    wanted = ["figure", "definition", "published", "source", "here", "low", "high", "n", "agrees"]
    assert list(found.columns[:9]) == wanted
    assert (tmp_path / "published.html").read_text().startswith("<!doctype html>")


def test_sharing_hides_small_cells_on_the_page_too(table, tmp_path):
    assert analyse("outcomes", table, tmp_path, "--share").exit_code == 0
    strata = pd.read_csv(tmp_path / "strata.csv")
    counts = strata[["yes", "n"]].stack()
    assert not counts.between(1, 10).any()
    assert "withheld" in (tmp_path / "published.html").read_text()


def test_attrition_draws_the_flow(table, tmp_path):
    assert analyse("attrition", table, tmp_path).exit_code == 0
    assert {"flow.svg", "flow.json", "flow.csv", "completers.csv", "rates.csv"} == {
        path.name for path in tmp_path.iterdir()
    }


def test_every_analysis_has_help():
    for name in ANALYSES:
        assert RUN.invoke(app, [name, "--help"]).exit_code == 0
