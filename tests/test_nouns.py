"""One data argument for every verb, and a wrong noun answered by the way to the right one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import predict as pr
from predict.errors import UsageError

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "experiments" / "demo_study.toml"
SETTINGS = {"blocks": ["scales", "people"]}
QUICK = pr.Recipe("linear", trials=0, inner=2)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pr.simulate("demo", people=300, seed=4).table


@pytest.fixture(scope="module")
def path(frame, tmp_path_factory) -> Path:
    table = tmp_path_factory.mktemp("nouns") / "table.csv"
    frame.to_csv(table, index=False)
    return table


@pytest.fixture(scope="module")
def cohort(frame):
    return pr.read_cohort(frame, STUDY)


@pytest.fixture(scope="module")
def training(cohort):
    return pr.assemble(cohort, "phq9_response", **SETTINGS)


@pytest.fixture(scope="module")
def model(training):
    return pr.train(training, QUICK, refits=0)


@pytest.mark.parametrize("kind", ["frame", "path", "cohort"])
def test_every_verb_takes_a_frame_a_path_and_a_cohort(kind, request, model):
    table = request.getfixturevalue(kind)
    study = None if kind == "cohort" else STUDY
    assert pr.label(table, "phq9_response", study=study)["answer"].notna().all()
    training = pr.assemble(table, "phq9_response", study=study, **SETTINGS)
    assert training.n > 150
    assert len(pr.score(model, table, study=study)) == 300
    assert len(pr.explain(model, table, study=study).values) > 200
    assert pr.analysis.attrition_tables(table, study=study).tables
    judged = pr.validate(model, table, pr.Plan(resamples=2), study=study)
    assert set(judged.metrics["model"]) == {"linear", "recalibrated"}
    assert pr.report(model, table, study=study, pages=[]).fault is None


def test_a_report_needs_no_key_and_no_time(model, cohort, tmp_path):
    made = pr.report(model, cohort, tmp_path / "pages", pages=[cohort.ids[0]])
    assert (tmp_path / "pages" / "index.html").is_file()
    assert len(list((tmp_path / "pages" / "patients").glob("*.html"))) == 1
    # A second one names the same page the same.
    again = pr.report(model, cohort, tmp_path / "pages", pages=[cohort.ids[0]])
    assert again.key == made.key
    assert pr.report(model, cohort, pages=[]).key != made.key
    page = made.page(cohort.ids[0])
    assert (
        page.facts["sections"]["drivers"]["lowered"] or page.facts["sections"]["drivers"]["raised"]
    )


def test_a_model_saves_itself(model, training, tmp_path):
    folder = model.save(tmp_path / "mine")
    loaded = pr.load_model(folder)
    pd.testing.assert_frame_equal(
        pd.DataFrame(loaded.predict_proba(training.X)),
        pd.DataFrame(model.predict_proba(training.X)),
        atol=1e-9,
    )


def test_numbers_of_a_training_set_go_into_xgboost_as_they_are(training):
    import xgboost

    fitted = xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(training.numeric(), training.y)
    assert fitted.n_features_in_ == training.numeric().shape[1]


WRONG = {
    "a cohort for a training set": (
        lambda w: pr.train(w.cohort),
        r"Expected a training set, got a Cohort\. Use predict\.assemble\(cohort, outcome\)",
    ),
    "a frame for a training set": (
        lambda w: pr.evaluate(w.frame, QUICK),
        r"Expected a training set, got a DataFrame\. .*study=study.*ResponseClassifier",
    ),
    "an estimator for a recipe": (
        lambda w: pr.evaluate(w.training, LogisticRegression()),
        r"Expected a recipe, got a LogisticRegression\. .*\{'mine': it\}",
    ),
    "a word for a recipe": (
        lambda w: pr.train(w.training, "linear"),
        r"Expected a recipe, got a str\. Use predict\.Recipe\(family='linear'\)",
    ),
    "a model for a recipe": (
        lambda w: pr.evaluate(w.training, w.model),
        r"Expected a recipe, got a ResponseModel\. .*predict\.validate\(model, table\)",
    ),
    "a folder for a model": (
        lambda w: pr.score("models/example", w.frame),
        r"Expected a model, got a str\. Use predict\.load_model\(folder\)",
    ),
    "a recipe for a model": (
        lambda w: pr.report(QUICK, w.cohort),
        r"Expected a model, got a Recipe\. .*predict\.train\(training, recipe\)",
    ),
    "an unfitted kind for a model": (
        lambda w: pr.validate(LogisticRegression(), w.cohort),
        r"Expected a model, got a LogisticRegression\. .*\{'mine': it\}",
    ),
    "a table without its study": (
        lambda w: pr.assemble(w.frame, "phq9_response"),
        r"a table alone\. Add study=",
    ),
    "a list for a table": (
        lambda w: pr.label([1, 2], "phq9_response", study=STUDY),
        r"Expected a cohort, a table .*got a list",
    ),
    "a training set for a table": (
        lambda w: pr.explain(w.model, w.training),
        r"got a TrainingSet\. .*predict\.explain\(model, cohort\)",
    ),
    "scores for a folder": (
        lambda w: pr.report(w.model, w.cohort, pr.score(w.model, w.cohort)),
        r"got a DataFrame\. .*scores=scores",
    ),
    "a number for a model": (
        lambda w: pr.explain(3, w.cohort),
        r"Expected a model, got an int",
    ),
    "a folder to be saved": (
        lambda w: pr.save_model("model", "there"),
        r"Expected a model, got a str",
    ),
}


class _Nouns:
    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_noun_is_told_what_to_do(what, frame, cohort, training, model):
    call, said = WRONG[what]
    nouns = _Nouns(frame=frame, cohort=cohort, training=training, model=model)
    with pytest.raises(UsageError, match=said):
        call(nouns)


def test_what_can_be_named_is_listed():
    assert "phq9" in pr.list_instruments().index
    assert pr.list_families().loc["linear", "title"].startswith("Elastic net")
    assert "phq9_response" in pr.list_outcomes().index
    assert "phq9" in pr.list_instruments(STUDY).index
