"""A batch finds the study's second table of people where every other door does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import predict as pr
from predict.errors import OutputError, TableError
from predict.scoring.batch import score_folder
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.simulation.examples import shipped

MOVED = ("age", "sex")
TAKING_TABLES = ("score", "explain", "validate", "report", "label", "assemble")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model of a study with a people table, and the folder of the two tables."""
    place = tmp_path_factory.mktemp("clinic")
    whole = pr.simulate("demo", people=200, seed=4).table
    study: dict[str, Any] = pr.read_study(shipped("demo_study.toml")).to_dict()
    study |= {"people_table": "people.csv", "people_id": study["id"]}
    for name in MOVED:
        study["people"][name]["table"] = "people"
    (place / "data").mkdir()
    whole.drop(columns=[*MOVED]).to_csv(place / "data" / "visits.csv", index=False)
    whole[[study["id"], *MOVED]].to_csv(place / "data" / "people.csv", index=False)
    table = place / "data" / "visits.csv"
    training = pr.assemble(table, "phq9_response", study=study, blocks=["scales", "people"])
    model = pr.train(training, pr.Recipe("linear", trials=1), refits=0)
    return pr.save_model(model, place / "model"), place / "data"


def test_every_way_to_score_reads_people_beside_the_table(
    stored: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, data = stored
    by_hand = pr.score(pr.load_model(model), data / "visits.csv")["probability"]
    assert by_hand.nunique() > 100
    few = ScoringSettings(part_rows=50)
    for name, table in (("one", data / "visits.csv"), ("pattern", data / "visit*.csv")):
        out = tmp_path / f"{name}.csv"
        batch = score_table(model, str(table), out, few)
        assert (batch.rows, batch.parts, batch.scored) == (200, 1, by_hand.notna().sum())
        told = pd.read_csv(out)["probability"]
        assert told.to_numpy() == pytest.approx(by_hand.to_numpy(), abs=1e-9, nan_ok=True)
    monkeypatch.chdir(data)
    looked = ScoringSettings(dry_run=True)
    assert score_table(model, "visits.csv", tmp_path / "out.csv", looked).rows == 200


def test_an_absent_people_table_stops_before_anything_is_written(
    stored: tuple[Path, Path], tmp_path: Path
) -> None:
    model, data = stored
    (tmp_path / "t.csv").write_bytes((data / "visits.csv").read_bytes())
    with pytest.raises(TableError, match="main table's folder"):
        score_table(model, str(tmp_path / "t.csv"), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_another_people_table_is_another_run(stored: tuple[Path, Path], tmp_path: Path) -> None:
    """Parts of a run are kept with its key: facts of people decide what is in them."""
    model, data = stored
    for file in data.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = str(tmp_path / "visits.csv")
    score_folder(model, table, tmp_path / "parts")
    again = ScoringSettings(resume=True)
    assert score_folder(model, table, tmp_path / "parts", again).rows == 200
    people = pd.read_csv(tmp_path / "people.csv")
    people.assign(age=people["age"] + 1).to_csv(tmp_path / "people.csv", index=False)
    with pytest.raises(OutputError):
        score_folder(model, table, tmp_path / "parts", again)


def verbs(model: Any, place: Path) -> dict[str, Callable[[Any], object]]:
    study, plan = model.study, pr.Plan(resamples=2)
    return {
        "score": lambda table: pr.score(model, table),
        "explain": lambda table: pr.explain(model, table),
        "validate": lambda table: pr.validate(model, table, plan),
        "report": lambda table: pr.report(model, table).save(place / "pages"),
        "label": lambda table: pr.label(table, "phq9_response", study=study),
        "assemble": lambda table: pr.assemble(table, "phq9_response", study=study),
    }


@pytest.mark.parametrize("verb", TAKING_TABLES)
def test_a_frame_without_its_people_is_told_a_way_that_its_verb_has(
    stored: tuple[Path, Path], tmp_path: Path, verb: str
) -> None:
    model = pr.load_model(stored[0])
    table, people = (pd.read_csv(stored[1] / f"{name}.csv") for name in ("visits", "people"))
    call = verbs(model, tmp_path)[verb]
    with pytest.raises(TableError, match="PEOPLE_TABLE_MISSING") as told:
        call(table)
    remedy = "cohort = predict.read_cohort(table, study, people=people)"
    assert remedy in str(told.value)
    assert "people_table in the study" in str(told.value)
    call(pr.read_cohort(table, model.study, people=people))


def test_a_people_table_without_its_ids_is_told_so(stored: tuple[Path, Path]) -> None:
    model = pr.load_model(stored[0])
    table, people = (pd.read_csv(stored[1] / f"{name}.csv") for name in ("visits", "people"))
    with pytest.raises(TableError, match="The people table has no column 'person'"):
        pr.read_cohort(table, model.study, people=people.drop(columns="person"))
