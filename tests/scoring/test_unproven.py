"""A model that is not shown to be better than giving everybody the rate shows no estimate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import predict as pr
from predict.cohort import Cohort
from predict.errors import DesignError, ExperimentError
from predict.model_folder import load_model, save_model
from predict.model_folder.card import card
from predict.model_folder.doctor import diagnose
from predict.models.response_model import ResponseModel
from predict.pipeline.experiment import read_experiment
from predict.pipeline.run import Run
from predict.scoring.settings import ScoringSettings
from predict.scoring.single import score_table
from predict.simulation.examples import demo

EMPTY = ["probability", "low", "high"]
KEY = b"a key of the tests, not a secret"


def judged(state: str, model: str = "severity") -> dict[str, Any]:
    """The part of a stored evaluation that says how a family stood against the prior."""
    verdict = {
        "sentence": "A sentence.",
        "model": model,
        "comparisons": {"prior": {"state": state}},
    }
    return {"evaluation": {"verdict": verdict, "metrics": [], "differences": [], "strata": []}}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    made = demo(tmp_path_factory.mktemp("demo"), people=300, seed=2)
    table = pd.read_csv(made.table, dtype="str", keep_default_na=False)
    # One person answered too little for any estimate.
    table.loc[7, [f"phq9_{item}_baseline" for item in range(1, 7)]] = ""
    return pr.read_cohort(table, made.study)


@pytest.fixture(scope="module")
def never_judged(cohort: Cohort) -> ResponseModel:
    training = pr.assemble(cohort, "phq9_response", blocks=("scales", "people"))
    return pr.train(training, pr.Recipe(family="severity"), refits=0, name="small")


@pytest.fixture(scope="module")
def unproven(never_judged: ResponseModel) -> ResponseModel:
    return replace(never_judged, facts={**never_judged.facts, **judged("not_shown")})


@pytest.mark.parametrize("state", ["not_shown", "worse", "no_different"])
def test_every_valid_row_is_without_estimate_and_says_so_first(
    never_judged: ResponseModel, cohort: Cohort, state: str
) -> None:
    model = replace(never_judged, facts={**never_judged.facts, **judged(state)})
    scores = pr.score(model, cohort, explain="all", conformal=True)
    before = pr.score(never_judged, cohort, explain="all", conformal=True)
    assert set(scores["status"]) == {"no_estimate"}
    assert set(scores["reliance"]) == {"stop"}
    assert scores["reason"].str.startswith("no_better_than_rate;").all()
    shares = [name for name in scores if name.startswith("contribution_")]
    assert shares
    assert scores[[*EMPTY, *shares]].isna().all(axis=None)
    assert (scores[["lowered_by", "raised_by", "outcome_set"]] == "").all(axis=None)
    assert scores["flags"].tolist() == before["flags"].tolist()
    assert before["flags"].str.len().max() > 0


def test_other_reasons_to_stop_stand_behind(
    never_judged: ResponseModel, unproven: ResponseModel, cohort: Cohort
) -> None:
    before, after = (pr.score(m, cohort).set_index("id") for m in (never_judged, unproven))
    stopped = before.index[before["status"] == "no_estimate"]
    assert len(stopped)
    for person in stopped:
        assert after.loc[person, "reason"].split(" | ", 1)[1] == before.loc[person, "reason"]


def test_a_model_that_was_shown_to_be_better_or_never_judged_scores_as_before(
    never_judged: ResponseModel, cohort: Cohort
) -> None:
    better = replace(never_judged, facts={**never_judged.facts, **judged("better")})
    assert (better.standing, never_judged.standing) == ("better", "not_judged")
    pd.testing.assert_frame_equal(pr.score(better, cohort), pr.score(never_judged, cohort))


def test_a_shipped_prior_is_never_better_than_itself(cohort: Cohort) -> None:
    training = pr.assemble(cohort, "phq9_response", blocks=("scales", "people"))
    prior = pr.train(
        training, pr.Recipe(family="prior"), refits=0, facts=judged("better", "linear")
    )
    assert prior.withheld
    assert set(pr.score(prior, cohort)["status"]) == {"no_estimate"}


def test_the_number_itself_can_still_be_read_and_judged(
    unproven: ResponseModel, cohort: Cohort
) -> None:
    X = unproven.features(cohort)
    assert np.isfinite(unproven.predict_proba(X)).all()
    found = pr.validate(unproven, cohort)
    assert found.verdict["counts"]["judged"] > 100


def test_reasons_are_refused_with_the_code(unproven: ResponseModel, cohort: Cohort) -> None:
    for people in (None, [cohort.ids[0]]):
        with pytest.raises(DesignError) as refused:
            pr.explain(unproven, cohort, people=people)
        assert refused.value.code == "no_better_than_rate"


def test_a_batch_ends_as_for_any_row_without_an_estimate(
    unproven: ResponseModel, cohort: Cohort, tmp_path: Path
) -> None:
    made = demo(tmp_path / "in", people=60, seed=5)
    folder = save_model(unproven, tmp_path / "model")
    batch = score_table(
        folder, str(made.table), tmp_path / "out.csv", ScoringSettings(conformal=True)
    )
    assert (batch.scored, batch.no_estimate) == (0, 60 - batch.rejected)
    scores = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert list(scores)[-1] == "outcome_set"
    assert set(scores[EMPTY].to_numpy().ravel()) == {""}


def test_the_sets_are_appended_only_where_asked_for(
    never_judged: ResponseModel, cohort: Cohort
) -> None:
    assert "outcome_set" not in pr.score(never_judged, cohort)
    scores = pr.score(never_judged, cohort, conformal=True)
    shown = scores["status"] == "scored"
    assert set(scores.loc[shown, "outcome_set"]) <= {"yes", "no", "both"}
    assert set(scores.loc[~shown, "outcome_set"]) <= {""}


def page_of(model: ResponseModel, cohort: Cohort) -> Any:
    made = pr.report([model], cohort, made="2026-03-21", key=KEY, pages=[cohort.ids[0]])
    return made, made.page(cohort.ids[0])


def test_the_page_gives_the_rate_and_no_reasons(unproven: ResponseModel, cohort: Cohort) -> None:
    made, page = page_of(unproven, cohort)
    assert "not shown to tell patients apart" in page.html
    assert "Few past patients cannot show more" in page.html
    assert f"{100 * unproven.facts['rate']:.0f}" in page.facts["sections"]["estimate"]["base_text"]
    assert "start" not in page.facts["sections"]["drivers"]
    told = str(made.model())
    assert "model.summary.withheld" in told
    assert "not_applicable" in str(made.model()["models"][0]["sections"]["drivers"])


def test_the_reason_to_show_estimates_is_kept_and_printed(
    unproven: ResponseModel, cohort: Cohort, tmp_path: Path
) -> None:
    shown = replace(unproven, show_unproven="A pilot, for training clinicians")
    folder = save_model(shown, tmp_path / "model")
    assert 'show_unproven = "A pilot' in (folder / "model.toml").read_text()
    stored = load_model(folder)
    assert stored.show_unproven == shown.show_unproven
    assert "scored" in set(pr.score(stored, cohort)["status"])
    assert len(pr.explain(stored, cohort).values)
    _, page = page_of(stored, cohort)
    assert "A pilot, for training clinicians" in page.html
    assert "A pilot, for training clinicians" in card(stored)
    assert "A pilot, for training clinicians" in "\n".join(diagnose(folder).lines())


def test_page_card_and_doctor_say_that_a_model_was_not_judged(
    never_judged: ResponseModel, cohort: Cohort, tmp_path: Path
) -> None:
    _, page = page_of(never_judged, cohort)
    assert "Not judged." in page.html
    assert "not judged" in card(never_judged)
    folder = save_model(never_judged, tmp_path / "model")
    assert "not judged" in "\n".join(diagnose(folder).lines())


def test_a_run_says_what_follows(unproven: ResponseModel) -> None:
    def notice(model: ResponseModel) -> str:
        return Run(Path(), None, None, model, None, pd.DataFrame(), {}).notice  # type: ignore[arg-type]

    assert "hold no estimate" in notice(unproven)
    assert "a pilot" in notice(replace(unproven, show_unproven="a pilot"))
    assert notice(replace(unproven, facts={"n": 3})) == ""


@pytest.mark.parametrize("reason", ["", "  ", True, 3])
def test_an_override_needs_a_reason_in_words(reason: object) -> None:
    spec = {
        "study": {"id": "person"},
        "outcome": "phq9_response",
        "reliance": {"show_unproven": reason},
    }
    with pytest.raises(ExperimentError, match="show_unproven"):
        read_experiment(spec)


@pytest.fixture(scope="module")
def in_python(cohort: Cohort) -> tuple[Any, pr.Recipe, Any]:
    """A training set of noise, a recipe, and what judging found of it."""
    training = pr.assemble(cohort, "phq9_response", blocks=("scales", "people"))
    noise = np.random.default_rng(4).permutation(training.y.to_numpy())
    shuffled = replace(training, y=pd.Series(noise, index=training.y.index, name=training.y.name))
    recipe = pr.Recipe(family="linear", trials=1)
    return shuffled, recipe, pr.evaluate(shuffled, recipe, pr.Plan(outer=3, repeats=1))


def test_from_python_a_judgement_goes_with_the_model(
    in_python: tuple[Any, pr.Recipe, Any], cohort: Cohort
) -> None:
    training, recipe, found = in_python
    model = pr.train(training, recipe, judged=found, refits=0)
    assert model.standing == "not_better"
    assert set(pr.score(model, cohort)["status"]) == {"no_estimate"}


def test_a_report_goes_by_the_judgement_that_it_prints(
    in_python: tuple[Any, pr.Recipe, Any], cohort: Cohort
) -> None:
    training, recipe, found = in_python
    model = pr.train(training, recipe, refits=0)
    rows = pr.score(model, cohort)
    assert "scored" in set(rows["status"])
    made = pr.report(model, cohort, scores=rows, evaluation=found, key=KEY, made="a day")
    [view] = made.context.views
    assert view.model.withheld
    assert {row["status"] for row in view.rows.values()} == {"no_estimate"}
    praised = replace(model, facts={**model.facts, **judged("better", recipe.family)})
    made = pr.report(praised, cohort, evaluation=found, key=KEY, made="a day")
    assert made.context.views[0].model.withheld
    free = pr.report(model, cohort, scores=rows, key=KEY, made="a day")
    assert not free.context.views[0].model.withheld


def test_a_judgement_of_others_is_refused(
    in_python: tuple[Any, pr.Recipe, Any],
) -> None:
    training, recipe, found = in_python
    fewer = training.take(np.arange(training.n - 5))
    turned = replace(training, y=1 - training.y)
    averaged = pr.Recipe(family="averaged")
    for people, asked in ((fewer, recipe), (turned, recipe), (training, averaged)):
        with pytest.raises(pr.PredictError, match="is of") as refused:
            pr.train(people, asked, judged=found, refits=0)
        assert refused.value.code == "JUDGED_OTHERS"
