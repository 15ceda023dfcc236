"""`predict analyse network|courses` write their folders; real tables run end to end."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from predict.analysis.networks.planted import planted_panel
from predict.analysis.trajectories.planted import planted_courses
from predict.cli.analyse import app

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
VISITS = ("baseline", "session_2", "round_one_end")
STUDY = """
id = "person"
layout = "wide"
visits = ["baseline", "session_2", "round_one_end"]
[rounds.one]
start = "baseline"
end = "round_one_end"
[instruments.phq9]
{where}
"""
FEW = ["--resamples", "50", "--permutations", "0", "--quiet"]


def written(folder, frame, where):
    frame.insert(0, "person", [f"p{i}" for i in range(len(frame))])
    frame.to_csv(folder / "table.csv", index=False)
    (folder / "study.toml").write_text(STUDY.format(where=where))
    return [str(folder / "table.csv"), "--study", str(folder / "study.toml")]


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output + str(done.exception)
    return done


def test_network_writes_tables_figures_and_a_note(tmp_path):
    answers = planted_panel(200, 1).answers[:, :, :4]
    columns = {f"q{i}_{v}": answers[:, t, i] for t, v in enumerate(VISITS) for i in range(4)}
    where = "items = { " + ", ".join(f'"{i + 1}" = "q{i}_{{visit}}"' for i in range(4)) + " }"
    table = written(tmp_path, pd.DataFrame(columns), where)
    run("network", *table, "-o", tmp_path / "out", *FEW)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"edges.csv", "lagged.csv", "stability.csv", "network_lagged.svg", "note.md"} <= names
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["people"] == 200
    assert record["peak_mb"] > 0
    assert "comes before" in (tmp_path / "out" / "note.md").read_text()


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("courses")
    scores = planted_courses(300, 1, residual=1.0, processes=1).scores[:, 0]
    frame = pd.DataFrame({f"phq9_{v}": scores[:, t] for t, v in enumerate(VISITS)})
    return written(folder, frame, 'total = "phq9_{visit}"')


def test_courses_write_people_only_for_the_clinic(courses, tmp_path):
    quick = ["--classes", "2", "--starts", "4", "--resamples", "5", "--person", "p7", "--quiet"]
    run("courses", *courses, "-o", tmp_path / "own", *quick)
    run("courses", *courses, "-o", tmp_path / "shared", "--share", *quick)
    own = {path.name for path in (tmp_path / "own").iterdir()}
    shared = {path.name for path in (tmp_path / "shared").iterdir()}
    drawn = {"courses_phq9_people.svg", "courses_phq9_people_own_1.svg"}
    assert own - shared == {"people.csv", *drawn}
    people = pd.read_csv(tmp_path / "own" / "people.csv")
    assert people["probability"].between(0, 1).all()
    for name in shared:
        assert "p299" not in (tmp_path / "shared" / name).read_text()


@pytest.mark.realdata
def test_nlsy97_runs_end_to_end(tmp_path):
    table = DATA / "nlsy97" / "nlsy97depression.csv"
    if not table.exists():
        pytest.skip("the real tables are not beside the project")
    study = ["--study", ROOT / "experiments" / "nlsy97_study.toml"]
    run("network", table, *study, "-o", tmp_path / "n", *FEW)
    few = ["--classes", "3", "--starts", "5", "--resamples", "5", "--quiet"]
    run("courses", table, *study, "-o", tmp_path / "c", *few)
    lagged = pd.read_csv(tmp_path / "n" / "lagged.csv")
    assert len(lagged) == 25
    # Two years lie between waves: hardly anything carries over within a person.
    assert lagged["within_person"].abs().max() < 0.1
    assert "Floor at wave_1" in (tmp_path / "n" / "note.md").read_text()
    assert "Classes are not reliably found" in (tmp_path / "c" / "note.md").read_text()
