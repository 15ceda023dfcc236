"""MLflow beside the work: opened first, nested, patient with nobody, and never in the way."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.types.schema import ColSpec, Schema

import predict as pr
from predict.definitions.outcomes import read_outcome
from predict.errors import DesignError, OutputError, TableError
from predict.pipeline.tracking import children, empty_store, records, tracked
from predict.pipeline.tracking.children import Child, write_children
from predict.pipeline.tracking.misfits import misfits
from predict.pipeline.tracking.question import data_card, floor_words
from predict.pipeline.tracking.store import store_for

STUDY = Path(__file__).parents[2] / "experiments" / "demo_study.toml"
PLAN = pr.Plan(outer=2, repeats=1, families=("prior",), resamples=5)
FLAT = "calibration_slope of prior: estimates are all alike, and one number has no slope"


@pytest.fixture(scope="module")
def training():
    table = pr.simulate("demo", people=200, seed=1).table
    return pr.assemble(table, "phq9_response", study=STUDY, blocks=["scales"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture
def store(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return f"sqlite:///{folder / 'mlflow.db'}"


@pytest.fixture
def client(store):
    return mlflow.MlflowClient(tracking_uri=store)


@pytest.fixture
def pointed(store):
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(store)
    yield mlflow
    mlflow.set_tracking_uri(before)


def judge(training, **choices):
    return pr.evaluate(training, pr.Recipe("severity"), PLAN, **{"progress": False, **choices})


def learned(run):
    return {
        name.removeprefix("learned."): value
        for name, value in run.data.params.items()
        if name.startswith("learned.")
    }


def newest(client):
    places = [e.experiment_id for e in client.search_experiments()]
    return client.search_runs(places, order_by=["attributes.start_time DESC"], max_results=500)


def test_evaluate_and_train_tell_only_when_asked_to(training, client, store):
    untold = judge(training)
    assert not [r for r in newest(client) if "severity" in r.info.run_name]
    told = judge(training, track=True, uri=store)
    assert told.predictions.equals(untold.predictions)
    parent = next(r for r in newest(client) if "/severity/" in r.info.run_name)
    assert parent.data.metrics["auroc"] == pytest.approx(told.value("severity", "auroc"))
    assert parent.info.status == "FINISHED"


def test_what_the_search_tried_folds_up_in_one_run(training, client, store):
    pr.train(training, pr.Recipe("linear", trials=3, inner=2), refits=0, track=True, uri=store)
    runs = newest(client)
    group = next(r for r in runs if r.info.run_name == "search")
    trials = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == group.info.run_id]
    assert sorted(r.info.run_name for r in trials) == ["trial 1", "trial 2", "trial 3"]
    steps = client.get_metric_history(group.info.run_id, "log_loss")
    assert [step.value for step in sorted(steps, key=lambda one: one.step)] == pytest.approx(
        [r.data.metrics["log_loss"] for r in sorted(trials, key=lambda r: r.info.run_name)]
    )
    assert {"strength", "l1_ratio"} == set(trials[0].data.params)


def test_a_model_told_alone_is_told_apart_by_name_counts_and_the_run_that_judged_it(
    training, client, store
):
    recipe, told = pr.Recipe("boosted", trials=1, inner=2), {"track": True, "uri": store}
    judged = pr.evaluate(training, recipe, PLAN, progress=False, **told)
    model = pr.train(training, recipe, judged=judged, refits=5, progress=False, **told)
    judging = client.get_run(judged.mlflow_run)
    run = next(r for r in newest(client) if "/train/boosted/" in r.info.run_name)
    question = "phq9_response_round_one"
    assert judging.info.run_name.startswith(f"{question}/boosted/20")
    assert run.info.run_name.startswith(f"{question}/train/boosted/20")
    assert run.data.metrics == {}
    assert learned(run) == {
        "people": str(training.n),
        "events": str(training.events),
        "refits": "5",
        "rounds": str(model.fitted.params["rounds"]),
    }
    assert run.data.tags["predict.evaluation_run"] == judged.mlflow_run
    assert run.data.tags["mlflow.note.content"] == judged.verdict.sentence


@pytest.mark.parametrize("judged", [False, True])
def test_a_model_whose_judgement_nobody_told_names_no_run_of_it(training, client, store, judged):
    found = judge(training) if judged else None
    pr.train(training, pr.Recipe("severity"), judged=found, refits=0, track=True, uri=store)
    run = next(r for r in newest(client) if "/train/severity/" in r.info.run_name)
    people, events = str(training.n), str(training.events)
    assert learned(run) == {"people": people, "events": events, "refits": "0"}
    assert "predict.evaluation_run" not in run.data.tags
    note = found.verdict.sentence if found else "No judgement was given to this model;"
    assert run.data.tags["mlflow.note.content"].startswith(note)


def test_an_open_run_of_the_callers_holds_ours_and_stays_open(training, client, pointed):
    with pointed.start_run(run_name="mine") as mine:
        judge(training, track=True)
        assert pointed.active_run().info.run_id == mine.info.run_id
    parent = next(r for r in newest(client) if "/severity/" in r.info.run_name)
    assert parent.data.tags["mlflow.parentRunId"] == mine.info.run_id
    assert pointed.active_run() is None


def test_a_run_named_by_the_environment_holds_ours(training, client, store, monkeypatch):
    mine = client.create_run("0", run_name="outer").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", mine)
    judge(training, track=True, uri=store)
    parent = next(r for r in newest(client) if "/severity/" in r.info.run_name)
    assert parent.data.tags["mlflow.parentRunId"] == mine
    assert client.get_run(mine).info.status == "RUNNING"
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    with pytest.raises(OutputError, match="RUN_UNKNOWN"):
        judge(training, track=True, uri=store)


def unlearned(monkeypatch):
    """Let whoever begins to learn fail the test."""
    monkeypatch.setattr("predict.pipeline.verbs.judge", lambda *_, **__: pytest.fail("it learned"))


def test_a_server_that_does_not_answer_stops_the_work_before_it_begins(training, monkeypatch):
    unlearned(monkeypatch)
    with pytest.raises(OutputError, match=r"STORE_UNREACHABLE.*--no-track"):
        judge(training, track=True, uri="http://127.0.0.1:9")
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to what is read-only")
def test_a_store_that_cannot_be_written_stops_the_work(training, folder, store, monkeypatch):
    unlearned(monkeypatch)
    (folder / "mlflow.db").chmod(0o400)
    try:
        with pytest.raises(OutputError, match="STORE_UNREACHABLE"):
            judge(training, track=True, uri=store)
    finally:
        (folder / "mlflow.db").chmod(0o600)


def test_a_store_that_only_reads_stops_the_work(training, client, folder, monkeypatch):
    client.search_experiments()
    unlearned(monkeypatch)
    with pytest.raises(OutputError, match="STORE_UNREACHABLE"):
        judge(training, track=True, uri=f"sqlite:///file:{folder}/mlflow.db?mode=ro&uri=true")


def shape(client, place, above):
    """Return what a run and those beneath it hold, in their order, without ids and times."""
    run = client.get_run(above)
    runs = client.search_runs(
        [place], f"tags.`mlflow.parentRunId` = '{above}'", order_by=["attributes.start_time ASC"]
    )
    way = [
        [(m.step, m.value) for m in client.get_metric_history(above, key)]
        for key in sorted(run.data.metrics)
    ]
    tags = {k: v for k, v in run.data.tags.items() if k != "mlflow.parentRunId"}
    files = run.info.artifact_uri.replace(above, "ID")
    own = (run.info.run_name, run.info.status, files, tags, run.data.params, run.data.metrics, way)
    return own, [shape(client, place, one.info.run_id) for one in runs]


def test_runs_written_at_once_are_those_that_calls_write(client, store, monkeypatch):
    trial = Child("trial 1", "trial", [{"log_loss": 0.25}], {"strength": "3"})
    way = [{"log_loss": 0.5}, {"log_loss": 0.25, "brier": float("nan")}]
    tree = [Child("search", "search", way, children=[trial]), Child("prior", "family")]
    shapes = []
    for at_once in (True, False):
        if not at_once:
            monkeypatch.setattr(empty_store, "WRITTEN_FOR", "0.0.1")  # another release is called
        with tracked("at once", "severity", on=True, uri=store) as session:
            assert (children._database(session.client) is not None) == at_once
            write_children(session, tree)
        shapes.append(shape(client, session.experiment, session.run_id))
    assert shapes[0] == shapes[1]
    assert [below[0][0] for below in shapes[0][1]] == ["search", "prior"]
    assert shapes[0][1][0][0][-1] == [[(0, 0.5), (1, 0.25)]]


def test_an_evaluation_told_at_once_and_told_again_is_what_calls_tell(
    training, client, store, monkeypatch
):
    judged, shapes = judge(training), []
    for at_once in (True, False):
        if not at_once:
            monkeypatch.setattr(empty_store, "WRITTEN_FOR", "0.0.1")
        with tracked("told at once", "severity", on=True, uri=store) as session:
            session.evaluation(judged, PLAN.at_rate(0.5))
            session.evaluation(judged, PLAN.at_rate(0.5))
        assert session.missing == [FLAT]
        own, _ = shape(client, session.experiment, session.run_id)
        shapes.append(own[:-1])
    assert shapes[0] == shapes[1]


def test_a_measure_that_a_family_has_none_of_is_told_with_its_reason(training, client, store):
    judged, said = judge(training), list[str]()
    with tracked("lacks", "severity", on=True, uri=store, say=said.append) as session:
        session.evaluation(judged, PLAN)
    threshold = "net_benefit of prior, severity: the plan names no threshold"
    assert session.missing == [FLAT, threshold]
    assert said[1:] == [f"MLflow holds no {FLAT}.", f"MLflow holds no {threshold}."]
    runs = {r.info.run_name: r.data.tags for r in newest(client)
            if r.info.experiment_id == session.experiment}  # fmt: skip
    assert runs["severity"]["predict.lacks"] == "net_benefit: the plan names no threshold"
    assert "calibration_slope: estimates are all alike" in runs["prior"]["predict.lacks"]
    assert client.get_run(session.run_id).data.tags["predict.lacks"].startswith("net_benefit")


def asked_otherwise():
    """Yield the demo's question and what else a clinic may ask of the same table."""
    study = pr.read_study(STUDY).to_dict()
    sooner = {**study, "rounds": {"one": {"start": "baseline", "end": "session_2"}}}
    response = {"instrument": "phq9", "rule": "response"}
    own = {"name": "phq9_response"}
    yield STUDY, {**response, **own, "floor": 10}
    yield STUDY, {**response, **own, "floor": 15}
    yield STUDY, {**response, **own, "floor": 10, "amount": 0.3}
    yield sooner, {**response, **own, "floor": 10}


def test_runs_of_one_table_tell_apart_by_their_words_and_by_their_data(client, store):
    table, plan = pr.simulate("demo", people=200, seed=1).table, replace(PLAN, families=("prior",))
    asked = [pr.assemble(table, outcome, study=study, blocks=["scales"])
             for study, outcome in asked_otherwise()]  # fmt: skip
    for training in asked:
        pr.evaluate(training, pr.Recipe("prior"), plan, progress=False, track=True, uri=store)
    tops = [r for r in newest(client) if "/prior/" in r.info.run_name][: len(asked)][::-1]
    words = [r.data.params for r in tops]
    assert [w["outcome.floor"] for w in words] == ["10", "15", "10", "10"]
    assert [w["outcome.rule"] for w in words] == ["response 0.5"] * 2 + ["response 0.3"] + [
        "response 0.5"
    ]
    assert [w["outcome.end"] for w in words] == ["round_one_end"] * 3 + ["session_2"]
    assert {w["outcome.start"] for w in words} == {"baseline"}
    assert {w["outcome.instrument"] for w in words} == {"phq9 total"}
    assert len({w["study.sha256"] for w in words}) == 2
    assert {w["recipe.family"] for w in words} == {"prior"}
    cards = [r.inputs.dataset_inputs[0].dataset for r in tops]
    assert len({card.digest for card in cards}) == len(asked)
    counts = [json.loads(card.profile) for card in cards]
    assert [c["trained_on"] for c in counts] == [training.n for training in asked]
    assert [c["events"] for c in counts] == [training.events for training in asked]


def test_the_same_training_set_has_one_card(training):
    again = pr.assemble(
        pr.simulate("demo", people=200, seed=1).table, "phq9_response", study=STUDY,
        blocks=["scales"],
    )  # fmt: skip
    assert data_card(again) == data_card(training)
    fewer = data_card(training, {"people": 199})
    assert fewer.digest != data_card(training).digest


def test_rules_and_floors_of_several_scores_are_said_whole():
    either = read_outcome({
        "any_of": ["phq9_response", {"instrument": "gad7", "rule": "remission", "end": 4}],
        "floor": {"phq9": 10, "gad7": 8},
    })  # fmt: skip
    assert either.rule_words == "any_of(phq9 response 0.5; gad7 remission end 4)"
    assert floor_words(either) == "phq9 10, gad7 8"
    entry = {"all_of": [{"instrument": "phq9", "scale": "total", "at_least": 10}]}
    leaves = read_outcome({"instrument": "phq9", "rule": "leaves_entry", "entry": entry})
    assert "at_least" in floor_words(leaves)
    assert floor_words(read_outcome({"instrument": "phq9", "rule": "response"})) == "none"


def test_what_is_no_store_stops_the_work(training, tmp_path, monkeypatch):
    unlearned(monkeypatch)
    (tmp_path / "note.db").write_text("this is no database, and long enough to look like one" * 40)
    with pytest.raises(OutputError, match="STORE_UNREACHABLE") as caught:
        judge(training, track=True, uri=f"sqlite:///{tmp_path / 'note.db'}")
    assert str(tmp_path) not in str(caught.value)


def test_nothing_out_there_fails_finished_work(training, client, store, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError("a secret place, P00001")

    monkeypatch.setattr(records, "written_at_once", broken)
    said: list[str] = []
    with tracked("question", "severity", on=True, uri=store, say=said.append) as session:
        judged = judge(training)
        session.evaluation(judged, PLAN)
    assert list(session.missing) == ["evaluation"]
    assert said[-1] == "MLflow was not told of evaluation (OSError); all else is written."
    assert client.get_run(session.run_id).info.status == "FINISHED"


def test_work_that_fails_is_marked_so(client, store):
    with (
        pytest.raises(ZeroDivisionError),
        tracked("question", "severity", on=True, uri=store) as session,
    ):
        raise ZeroDivisionError
    run = client.get_run(session.run_id)
    assert run.info.status == "FAILED"
    assert run.data.tags["predict.refused"] == "ZeroDivisionError"


def experiment(**evaluation):
    return {
        "name": "secret name",
        "study": str(STUDY),
        "outcome": "phq9_response",
        "blocks": ["scales"],
        "recipe": {"family": "severity", "trials": 0},
        "evaluation": {"outer": 3, "repeats": 1, "families": ["prior"], "resamples": 9, "refits": 0}
        | evaluation,
    }


def refused(client):
    (run,) = [r for r in newest(client) if "predict.refused" in r.data.tags]
    client.delete_run(run.info.run_id)
    assert run.info.status == "FAILED"
    return run


def test_a_refused_run_says_what_was_asked_and_the_code_of_its_refusal(client, store, tmp_path):
    for run in newest(client):
        client.delete_run(run.info.run_id)
    table = pr.simulate("demo", people=200, seed=1).table
    whole = pr.run(experiment(), table, tmp_path / "whole", uri=store)
    told = newest(client)[-1].data.params
    assert told["outcome.floor"] == "10"
    few = table.head(30)
    with pytest.raises(DesignError, match="TOO_FEW"):
        pr.run(experiment(), few, tmp_path / "few", uri=store)
    run = refused(client)
    assert run.data.params == told
    assert run.data.tags["predict.refused"] == run.data.tags["mlflow.note.content"]
    assert run.data.tags["predict.refused"] == "TOO_FEW_EVENTS"
    gone = table.drop(columns=[c for c in table if c.startswith("phq9_1_")])
    with pytest.raises(TableError) as stopped:
        pr.run(experiment(), gone, tmp_path / "gone", uri=store)
    codes = refused(client).data.tags["predict.refused"].split(", ")
    assert codes[1:] == list(dict.fromkeys(p.code for p in stopped.value.problems))
    assert whole.counts["people"] == 200
    assert client.get_run(whole.evaluation.mlflow_run).info.run_name.startswith("secret name/")


def test_no_message_reaches_a_refused_run(client, store, monkeypatch):
    """Not even of a foreign error, whose words may hold anything."""
    with (
        pytest.raises(KeyError),
        tracked("question", "severity", on=True, uri=store, asked={"outcome": "x"}),
    ):
        raise KeyError("patient 0042 of the clinic")
    run = refused(client)
    assert run.data.params == {"outcome": "x"}
    assert not [v for v in run.data.tags.values() if "0042" in v or "clinic" in v]


def test_python_verbs_that_stop_say_what_was_asked(training, client, store, monkeypatch):
    stop = DesignError("No.", code="TOO_FEW_FOR_FOLDS")

    def stopped(*_, **__):
        raise stop

    for verb, name in ((judge, "judge"), (lambda t, **c: pr.train(t, **c), "learn")):
        monkeypatch.setattr(f"predict.pipeline.verbs.{name}", stopped)
        with pytest.raises(DesignError):
            verb(training, track=True, uri=store)
        run = refused(client)
        assert run.data.tags["predict.refused"] == "TOO_FEW_FOR_FOLDS"
        assert {"outcome.floor", "recipe.family", "study.sha256"} <= set(run.data.params)


def test_where_it_is_told_is_said(store, folder):
    said: list[str] = []
    with tracked("question", "severity", on=True, uri=store, say=said.append) as session:
        pass
    page = f"/#/experiments/{session.experiment}/runs?workflowType=machine_learning"
    page += "&compareRunsMode=CHART"
    assert said == [
        "MLflow: mlflow.db of this folder will be told; look by: mlflow ui --backend-store-uri "
        f"sqlite:///mlflow.db, at http://127.0.0.1:5000{page}"
    ]


def test_python_says_where_and_what_was_not_told(training, store, folder, capsys, monkeypatch):
    monkeypatch.setenv("PREDICT_PROGRESS", "off")
    judge(training, track=True, uri=store)
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("PREDICT_PROGRESS")
    # No bar is wanted here, and the address is none.
    silent = {"progress": False, "track": True, "uri": store}
    judge(training, **silent)
    pr.train(training, pr.Recipe("severity"), refits=0, **silent)
    assert (
        capsys.readouterr().err.count("MLflow: mlflow.db of this folder will be told; look by:")
        == 2
    )

    def broken(*_: object) -> None:
        raise OSError("a secret place, P00001")

    monkeypatch.setattr(records, "written_at_once", broken)
    judge(training, track=True, uri=store, progress=None)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("MLflow: mlflow.db of this folder will be told; look by: mlflow ui")
    assert "MLflow was not told of evaluation (OSError)" in said.err
    assert "P00001" not in said.err


def test_the_callers_own_store_is_used_and_left(store, pointed, monkeypatch):
    assert store_for(None) == store
    assert store_for("sqlite:///other.db") == "sqlite:///other.db"
    pointed.set_tracking_uri(None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there")
    assert store_for(None) == "http://there"


def test_autologging_sleeps_inside_and_wakes_after(training, client, pointed):
    from sklearn.linear_model import LogisticRegression

    before = len(newest(client))
    pointed.sklearn.autolog(silent=True, log_models=False)
    try:
        pr.train(training, pr.Recipe("severity"), refits=2)
        judge(training)
        pr.ResponseClassifier("linear", trials=0).fit(training.numeric(), training.y)
        assert len(newest(client)) == before
        LogisticRegression().fit(training.numeric().fillna(0), training.y)
        assert len(newest(client)) == before + 1
    finally:
        pointed.sklearn.autolog(disable=True, silent=True)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"person": ["7"], "phq9_1": [2.0], "sex": ["CANARY"]}, ""),
        ({"person": ["7"], "phq9_1": pd.Series([2, None], dtype=object), "sex": [None]}, ""),
        ({"person": [220.5], "phq9_1": [1]}, "numbers where text is wanted: person"),
        ({"phq9_1": [1]}, "absent: person"),
        ({"person": ["7"], "phq9_1": ["CANARY"]}, "no numbers where numbers are wanted: phq9_1"),
        ({"person": ["7"], "phq9_1": [True]}, "no numbers where numbers are wanted: phq9_1"),
    ],
)
def test_columns_that_do_not_fit_a_signature_are_named_without_a_cell(columns, said):
    texts = [ColSpec("string", name, required=name == "person") for name in ("person", "sex")]
    taken = Schema([*texts, ColSpec("double", "phq9_1", required=False)])
    told = misfits(taken, pd.DataFrame({name: pd.Series(v) for name, v in columns.items()}))
    assert told == (f" Of this table, {said}." if said else "")


def test_of_many_columns_that_do_not_fit_the_first_are_named_and_the_rest_counted():
    taken = Schema([ColSpec("string", f"c{n}") for n in range(12)])
    assert misfits(taken, pd.DataFrame()).endswith(", c9 and 2 more.")
