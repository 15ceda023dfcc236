"""Too few events for the folds are foretold by the check, and a run stops before it judges."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import predict as pr
from predict.appraisal.checks import Design, examine
from predict.cohort import read_cohort
from predict.cohort.labelling import label
from predict.errors import DesignError
from predict.evaluation.cross_validation import outer_folds, rivals
from predict.features.training_set import TrainingSet, assemble
from predict.pipeline import read_experiment
from predict.pipeline.run import judge_only, run
from predict.simulation.examples import shipped

QUESTION: dict[str, Any] = {
    "study": str(shipped("demo_study.toml")),
    "outcome": "phq9_response",
    "blocks": ["scales"],
    "recipe": {"family": "severity", "trials": 0},
    "evaluation": {"outer": 5, "repeats": 1, "families": ["prior"], "resamples": 10, "refits": 0},
}


def table_of(events: int) -> pd.DataFrame:
    """The simulated programme with so many people who reached the outcome, and 60 who did not."""
    whole = pr.simulate("demo", people=400, seed=1).table
    spec = read_experiment(QUESTION)
    answers = label(read_cohort(whole, spec.study), spec.outcome)["answer"].astype(str)
    kept = [*answers.index[answers == "yes"][:events], *answers.index[answers == "no"][:60]]
    return whole[whole[spec.study.id].astype(str).isin(kept)]


def examined(table: pd.DataFrame) -> tuple[TrainingSet, pd.Series]:
    spec = read_experiment(QUESTION)
    cohort = read_cohort(table, spec.study)
    training = assemble(cohort, **spec.question())
    checks = examine(Design(training, spec.recipe, spec.plan, cohort)).set_index("code")
    return training, checks.loc["TOO_FEW_EVENTS"]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (9, "9 people of the rarer outcome are too few to learn from"),
        (10, "each fold is left out in turn, and the people who then teach hold as few as "),
    ],
)
def test_a_run_stops_before_judging_with_what_the_check_foretold(
    events: int, said: str, tmp_path: Path
) -> None:
    table, steps = table_of(events), list[str]()
    training, foretold = examined(table)
    assert training.events == events
    assert foretold["state"] == "issue"
    assert said in foretold["text"]
    assert foretold["text"].startswith(f"{events} people of the rarer outcome are too few")
    with pytest.raises(DesignError) as stopped:
        run(QUESTION, table, tmp_path / "out", track=False, say=steps.append)
    assert stopped.value.code == "TOO_FEW_EVENTS"
    assert str(stopped.value).removeprefix("TOO_FEW_EVENTS: ") in foretold["text"]
    assert not any(step.startswith("Judging") for step in steps)
    with pytest.raises(DesignError, match="TOO_FEW_EVENTS"):
        pr.evaluate(training, read_experiment(QUESTION).recipe, read_experiment(QUESTION).plan)


@pytest.mark.parametrize(
    ("families", "said"),
    [
        (None, "Judging 5 families (prior, severity, totals, linear, boosted) on 70 people ..."),
        (["prior"], "Judging 2 families (prior, severity) on 70 people ..."),
        (["severity"], "Judging 1 family (severity) on 70 people ..."),
    ],
)
def test_a_run_says_whom_it_judges(
    families: list[str] | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean of linear and boosted wants a thousand people, so here it is none of them."""
    spec, told = {**QUESTION["evaluation"], "families": families}, list[str]()
    spec = {key: value for key, value in spec.items() if value is not None}

    def named(training: TrainingSet, recipe: Any, plan: Any, cohort: Any) -> tuple[str, ...]:
        return rivals(recipe, plan, training.n)

    monkeypatch.setattr(import_module("predict.pipeline.run"), "evaluate", named)
    names: Any = judge_only(
        read_experiment({**QUESTION, "evaluation": spec}), table_of(10), say=told.append
    )
    assert told == [said]
    assert f"({', '.join(names)})" in said


@pytest.mark.parametrize(("events", "left"), [(10, 8), (12, 9), (13, None)])
def test_five_folds_leave_the_teachers_four_fifths(events: int, left: int | None) -> None:
    spec = read_experiment(QUESTION)
    training, _ = examined(table_of(events))
    alone = replace(training, groups=training.groups.index.to_series())  # nobody shares a site
    if left is None:
        assert len(outer_folds(alone, spec.recipe, spec.plan)) == 5
        return
    message = f"{events} people of the rarer .* hold as few as {left} of them"
    with pytest.raises(DesignError, match=message):
        outer_folds(alone, spec.recipe, spec.plan)


def test_enough_events_pass_and_run(tmp_path: Path) -> None:
    table = table_of(40)
    assert examined(table)[1]["state"] == "passed"
    assert run(QUESTION, table, tmp_path / "out", track=False).counts["events"] == 40


def test_fewer_events_than_folds_are_foretold_too() -> None:
    question = pr.Plan(outer=20, repeats=1)
    spec = read_experiment(QUESTION)
    cohort = read_cohort(table_of(13), spec.study)
    training = assemble(cohort, **spec.question())
    design = Design(training, spec.recipe, question, cohort)
    found = examine(design).set_index("code").loc["TOO_FEW_EVENTS"]
    assert found["state"] == "issue"
    assert "20 folds need at least 20 people of each outcome" in found["text"]


def lost_at(visit: str, people: int) -> pd.DataFrame:
    """The table of 40 events, all but so many of whom have no answers at a visit."""
    table = table_of(40).reset_index(drop=True)
    spec = read_experiment(QUESTION)
    answers = label(read_cohort(table, spec.study), spec.outcome)["answer"].astype(str)
    events = table[spec.study.id].astype(str).isin(answers.index[answers == "yes"])
    columns = [name for name in table if name.endswith(f"_{visit}")]
    table[columns] = table[columns].astype(object).mask(events & (events.cumsum() > people), None)
    return table


@pytest.mark.parametrize("people", [4, 11])
def test_an_earlier_visit_with_enough_people_is_named(people: int, tmp_path: Path) -> None:
    """Who has no answers at the as-of visit is left out: an earlier one may have them."""
    table = lost_at("session_2", people)
    later = {**QUESTION, "as_of": "session_2"}
    with pytest.raises(DesignError, match="TOO_FEW_EVENTS") as stopped:
        run(later, table, tmp_path / "out", track=False)
    assert "At 'baseline' 40 of them have answers: as_of = 'baseline' may do." in str(stopped.value)
    # At the first visit there is no earlier one; some people of a set have none either.
    with pytest.raises(DesignError) as first:
        run(QUESTION, table_of(9), tmp_path / "out", track=False)
    assert "as_of" not in str(first.value)


def test_nobody_at_the_visit_is_told_with_the_visit_that_has_people() -> None:
    table = lost_at("session_2", 0)
    columns = [name for name in table if name.endswith("_session_2")]
    table[columns] = None
    spec = read_experiment({**QUESTION, "as_of": "session_2"})
    with pytest.raises(DesignError, match="NO_PEOPLE") as stopped:
        assemble(read_cohort(table, spec.study), **spec.question())
    assert "At 'baseline' 100 people have both." in str(stopped.value)
