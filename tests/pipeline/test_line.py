"""The line, end to end, on a small simulated programme: one run, many facts about it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from tests.english_words import english

from predict.cli import VERBS
from predict.cohort import read_cohort
from predict.definitions.outcomes import outcome_names
from predict.errors import TableError
from predict.evaluation.comparators import RULES
from predict.evaluation.schemes import SCHEMES
from predict.features import BLOCKS
from predict.features.training_set import assemble
from predict.files import read_json
from predict.model_folder import load_model
from predict.models.families import FAMILIES
from predict.models.training import train
from predict.pipeline import read_experiment, run
from predict.pipeline.run import objections
from predict.reports.from_models import table_report
from predict.reports.model_page import model_html
from predict.reports.worklist_page import worklist_html
from predict.scoring import score
from predict.simulation.examples import demo

ROOT = Path(__file__).parents[2]
SMALL = {
    "recipe": {"family": "boosted", "trials": 4},
    "evaluation": {"outer": 3, "inner": 2, "repeats": 1, "resamples": 50, "refits": 12},
}


def _small(example, number: int) -> dict:
    spec = tomllib.loads(example.experiments[number].read_text())
    spec["study"] = tomllib.loads(example.study.read_text())
    return {**spec, **SMALL, "name": example.experiments[number].stem}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory):
    return demo(tmp_path_factory.mktemp("input"), people=1000, seed=7)


@pytest.fixture(scope="module")
def done(example, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("tracked")
    return run(
        read_experiment(_small(example, 0), threads=1),
        example.table,
        out / "round_one",
        uri=f"sqlite:///{out}/mlflow.db",
        register="line",
    )


@pytest.fixture(scope="module")
def untracked(example, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("untracked")
    return [
        run(
            read_experiment(_small(example, number), threads=2),
            example.table,
            out / name,
            track=False,
        )
        for number, name in enumerate(("round_one", "round_two"))
    ]


def test_a_run_folder_holds_what_it_promises(done):
    listed = """experiment.toml model/manifest.json evaluation/metrics.csv
        evaluation/differences.csv evaluation/strata.csv evaluation/predictions.parquet
        verdict.json scores.csv report/index.html report/model.html report/report.json
        report/patients run.json"""
    missing = [name for name in listed.split() if not (done.folder / name).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "file", ["model/booster.json", "scores.csv", "evaluation/metrics.csv", "verdict.json"]
)
def test_same_seed_same_bytes_at_one_thread_and_two_tracked_or_not(done, untracked, file: str):
    assert (done.folder / file).read_bytes() == (untracked[0].folder / file).read_bytes()


def test_every_row_of_the_table_has_its_row_of_scores_in_order(example, done):
    table = pd.read_csv(example.table, dtype=str, keep_default_na=False)
    scores = pd.read_csv(done.folder / "scores.csv", dtype=str, keep_default_na=False)
    assert scores["id"].tolist() == table["person"].tolist()


def test_counts_add_up(done):
    counts = read_json(done.folder / "run.json")["counts"]
    assert counts["rows"] == counts["scored"] + counts["no_estimate"] + counts["rejected"]
    assert counts["trained_on"] + len(done.training.left_out) == counts["people"]


def test_patient_pages_are_of_people_whose_course_is_open(done):
    pages = list((done.folder / "report" / "patients").rglob("*.html"))
    assert len(pages) == done.counts["patient_pages"] > 0
    assert "in_training" not in "".join(page.read_text() for page in pages)


@pytest.mark.parametrize("number", [0, 1])
def test_no_page_in_spanish_holds_an_english_word(example, untracked, tmp_path, number: int):
    folder = untracked[number].folder
    made, fault = table_report(
        [folder],
        pd.read_csv(example.table, dtype=str, keep_default_na=False).head(120),
        made="2026-03-21T09:14:00Z",
        key=b"a key of the tests, not a secret",
        language="es",
    )
    assert fault is None
    pages = {patient.id: page.html for patient, page in made.pages()}
    pages |= {"worklist": worklist_html(made.worklist({}, {})), "model": model_html(made.model())}
    assert len(pages) == 122
    left = {text for page in pages.values() for text in english(page, names_of(untracked[number]))}
    assert left == set()


def names_of(run) -> set[str]:
    """Names and codes that stand on a page in every language."""
    study = run.model.study
    spec = run.model.fitted.recipe.to_dict()
    return {
        *study.visits, *study.rounds, *FAMILIES, *BLOCKS, *spec, *run.model.fitted.params,
        *run.evaluation.metrics["metric"], run.model.outcome.name, run.model.name, *SCHEMES,
        *run.model.blocks, *outcome_names(), *RULES,
    }  # fmt: skip


def test_training_people_are_flagged_and_no_one_else(done):
    flagged = done.scores.loc[done.scores["flags"].str.contains("in_training"), "id"]
    assert set(flagged) == set(done.training.X.index)


def test_the_stored_model_scores_as_the_run_did(example, done):
    again = score(load_model(done.folder / "model"), example.table)
    for column in ("id", "status", "lowered_by", "raised_by", "reason"):
        assert again[column].tolist() == done.scores[column].tolist()
    assert (again["probability"] - done.scores["probability"]).abs().max() < 1e-9


def test_training_alone_gives_the_interval_and_drivers_of_the_run(done):
    again = train(done.training, done.model.fitted.recipe, refits=SMALL["evaluation"]["refits"])
    assert again.interval == done.model.interval
    assert again.facts["drivers"] == done.model.facts["drivers"]


def test_round_two_makes_no_estimate_before_the_round_has_begun(example, untracked):
    two = untracked[1]
    scores = two.scores.set_index("id")
    cohort = read_cohort(example.table, example.study)
    absent = cohort.people.index[~cohort.present("round_two_start")]
    assert (scores.loc[absent, "status"] == "no_estimate").all()
    assert scores.loc[absent, "probability"].isna().all()


def _store(done) -> str:
    return f"sqlite:///{done.folder.parent}/mlflow.db"


def _told(done):
    """MLflow's client and the run that `run.json` names."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=_store(done))
    return client, client.get_run(read_json(done.folder / "run.json")["mlflow_run"])


def test_mlflow_holds_the_headline_in_columns_that_compare(done):
    client, run = _told(done)
    own = done.evaluation.verdict["model"]
    asked = {name: done.evaluation.value(own, name) for name in ("auroc", "brier")}
    assert {name: run.data.metrics[name] for name in asked} == pytest.approx(asked)
    assert {"calibration_slope", "net_benefit"} <= set(run.data.metrics)
    assert run.data.params["recipe.family"] == "boosted"
    assert run.info.run_name.startswith(f"{done.experiment.name}/boosted/20")
    runs = client.search_runs([run.info.experiment_id], max_results=500)
    above = {r.info.run_id: r.data.tags.get("mlflow.parentRunId") for r in runs}
    families = {r.info.run_name: r for r in runs if r.data.tags.get("predict.kind") == "family"}
    assert set(families) == set(done.evaluation.metrics["model"])
    for name, child in families.items():
        assert above[child.info.run_id] == run.info.run_id
        assert child.data.metrics["auroc"] == pytest.approx(done.evaluation.value(name, "auroc"))
    folds = [r for r in runs if r.data.tags.get("predict.kind") == "fold"]
    assert {above[r.info.run_id] for r in folds} == {families[own].info.run_id}
    tops = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
    assert [r.info.run_id for r in tops] == [run.info.run_id]
    assert {r.info.status for r in runs} == {"FINISHED"}


def test_mlflow_holds_verdict_table_pictures_and_data_by_digest(done):
    client, run = _told(done)
    listed = {file.path for folder in ("", "figures", "evaluation", "pages")
              for file in client.list_artifacts(run.info.run_id, folder)}  # fmt: skip
    wanted = "verdict.txt figures/calibration.svg evaluation/metrics.json pages/model.html"
    assert set(wanted.split()) <= listed
    assert run.data.tags["mlflow.note.content"] == done.sentence
    assert read_json(done.folder / "run.json")["mlflow_lacks"] == [
        "calibration_slope of prior: estimates are all alike, and one number has no slope",
        "calibration_slope of severity: in too many folds estimates lie within a point in 100 of "
        "each other",
    ]
    (data,) = run.inputs.dataset_inputs
    digest = read_json(done.folder / "run.json")["data_sha256"]
    assert json.loads(data.dataset.source) == {"sha256": digest}
    counts = {name: done.counts[name] for name in ("rows", "people", "trained_on", "events")}
    assert json.loads(data.dataset.profile) == counts
    asked = ("outcome.rule", "outcome.floor", "outcome.start", "outcome.end", "evaluation.outer")
    assert set(asked) <= set(run.data.params)
    experiment = client.get_experiment(run.info.experiment_id)
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"


def test_the_registered_model_scores_alike_and_says_what_it_takes(example, done):
    from predict.pipeline.tracking import load_tracked

    served = load_tracked("models:/line@candidate", store=_store(done))
    table = pd.read_csv(example.table, dtype={"person": str, "site": str}).head(40)
    expected = done.scores.head(40)
    scores = served.predict(table)
    assert scores["status"].tolist() == expected["status"].tolist()
    assert (scores["probability"] - expected["probability"]).abs().max() < 1e-9
    with pytest.raises(TableError, match="SIGNATURE") as caught:
        served.predict(table.assign(phq9_1_baseline="CANARY"))
    assert "CANARY" not in "".join(map(str, [caught.value, caught.value.__cause__]))
    assert "no numbers where numbers are wanted: phq9_1_baseline." in str(caught.value)
    taken = {column.name: column for column in served.metadata.signature.inputs}
    assert (taken["person"].type.name, taken["person"].required) == ("string", True)
    assert (taken["phq9_1_baseline"].type.name, taken["phq9_1_baseline"].required) == (
        "double",
        False,
    )
    assert "phq9_1_round_one_end" not in taken


def test_the_logged_model_asks_for_the_version_that_made_it_and_shows_invented_people(done):
    from predict import __version__

    where = _artifacts(done)
    asked = [line for p in where.rglob("requirements.txt") for line in p.open()]
    ours = {line.strip() for line in asked if line.startswith("predict-response")}
    assert ours == {f"predict-response=={__version__}"}
    (shown,) = where.rglob("input_example.json")
    stored = read_json(shown)
    rows = [dict(zip(stored["columns"], row, strict=True)) for row in stored["data"]]
    assert [row["person"] for row in rows] == ["invented-1", "invented-2", "invented-3"]
    assert all(0 <= row["phq9_1_baseline"] <= 3 for row in rows)
    assert not [p for p in where.rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib"}]


def _artifacts(done) -> Path:
    _, run = _told(done)
    return Path(urlsplit(run.info.artifact_uri).path).parents[1]


def test_no_id_and_no_path_of_the_table_reaches_mlflow(example, done):
    ids = pd.read_csv(example.table, dtype=str)["person"]
    files = [p for p in _artifacts(done).rglob("*") if p.is_file()]
    text = "\n".join(p.read_text(errors="replace") for p in files)
    assert files
    assert not [person for person in ids if person in text]
    assert str(example.table.parent) not in text


def test_assemble_writes_what_the_api_gives(example, tmp_path: Path):
    out = tmp_path / "t.parquet"
    _predict("assemble", str(example.experiments[0]), str(example.table), "-o", str(out))
    spec = read_experiment(example.experiments[0])
    expected = assemble(read_cohort(example.table, spec.study), **spec.question())
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected.frame(), check_dtype=False)
    dictionary = pd.read_csv(tmp_path / "t_dictionary.csv")
    assert set(dictionary["name"]) == set(expected.chosen)
    assert (dictionary["visit"] == "baseline").all()


def test_the_readme_scores_with_the_stored_example(tmp_path: Path):
    command = re.search(r"predict (score models/\S+ \S+) -o", (ROOT / "README.md").read_text())
    out = tmp_path / "scores.csv"
    _predict(*shlex.split(command.group(1)), "-o", str(out))
    scores = pd.read_csv(out)
    assert len(scores) == 10
    assert scores["probability"].between(0, 1).all()


def test_the_readme_names_every_verb_that_exists():
    named = set(re.findall(r"`predict ([a-z]+)", (ROOT / "README.md").read_text()))
    assert set(VERBS) == named


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str):
    said = _predict(verb, "--help").stdout
    assert len(said.split("\n\n")[1].strip()) > 20


def _predict(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "predict", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def test_objections_are_named_and_where_to_read_them_is_said():
    states = {"FEW_EVENTS": "issue", "CODING_SHIFT": "passed", "NO_GROUPS": "issue"}
    checks = pd.DataFrame({"code": list(states), "state": list(states.values())})
    said = objections(checks)
    assert said.startswith("2 objections to the design, of 3 checks: FEW_EVENTS, NO_GROUPS. Read")
    assert "evaluation/checks.csv" in said
    assert objections(checks.assign(state="passed")) == "0 objections to the design, of 3 checks"
