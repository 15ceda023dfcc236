"""One definition of who started and who was lost, by hand, and every place that tells a share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.analysis.rates import answers_of
from predict.appraisal.checks.participants import attrition
from predict.appraisal.study_groups import study_groups
from predict.cohort import Cohort, as_cohort
from predict.definitions.outcomes import read_outcome
from predict.definitions.wording import load_catalogue
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.lost_to_follow_up import beside_headline, lost_people, readings_table
from predict.features.follow_up import later_visit
from predict.features.training_set import TrainingSet, assemble
from predict.models.training import describe
from predict.reports.lost import lost_of
from predict.reports.people import report_people
from predict.reports.sections.patient.limits import bracket, lost_share

STUDY = {
    "id": "person", "layout": "wide", "visits": ["baseline", "mid", "end"],
    "rounds": {"one": {"start": "baseline", "end": "end"}},
    "instruments": {"phq9": {"total": "phq9_{visit}"}},
    "people": {"age": {"kind": "number", "range": [18, 110]}},
}  # fmt: skip
# Start, mid and end score. Nine started (the floor is 10), three of them were lost; five of the
# nine have answers at mid, of whom one was lost.
PEOPLE = {
    "a": ("16", "10", "8"),  # yes
    "b": ("16", "12", "7"),  # yes
    "c": ("16", "15", "15"),
    "d": ("18", "14", "13"),
    "e": ("17", "", "8"),  # yes, but no answers at mid
    "f": ("15", "", "14"),  # nor here
    "g": ("14", "12", ""),  # lost after mid
    "h": ("14", "", ""),  # lost before it
    "i": ("20", "", ""),
    "j": ("", "12", "8"),  # never started
    "k": ("", "", ""),
    "l": ("4", "3", "2"),  # below the floor
}


def by_hand() -> Cohort:
    names = [f"phq9_{visit}" for visit in STUDY["visits"]]
    table = pd.DataFrame.from_dict(PEOPLE, orient="index", columns=names)
    return as_cohort(table.assign(age="40").rename_axis("person").reset_index(), STUDY)


def asked(as_of: str) -> tuple[Cohort, TrainingSet]:
    cohort = by_hand()
    return cohort, assemble(cohort, "phq9_response", as_of=as_of, blocks=["scales"])


def view_of(training: TrainingSet) -> Any:
    model = SimpleNamespace(
        facts=describe(training), study=training.study, outcome=training.outcome,
        round=training.round, as_of=training.as_of,
    )  # fmt: skip
    return SimpleNamespace(model=model)


def readings(cohort: Cohort, training: TrainingSet) -> pd.DataFrame:
    """The table with estimates that are all one half: only who is counted is looked at."""
    flat = OutOfFold(
        ids=training.X.index, y=training.y.to_numpy(),
        groups=training.groups.to_numpy(dtype=object),
        folds=np.zeros((1, training.n), dtype=np.int64),
        probability={"flat": np.full((1, training.n), 0.5)},
    )  # fmt: skip
    fitted: Any = SimpleNamespace(probability=lambda rows: np.full(len(rows), 0.5))
    lost = lost_people(training, cohort)
    owners = pd.Series(lost.index, index=lost.index)
    return readings_table(flat, "flat", training, fitted, lost, groups=owners, seed=1)


@pytest.mark.parametrize(
    ("as_of", "known", "here", "reached"), [("baseline", 6, 3, 3), ("mid", 4, 1, 2)]
)
def test_every_place_counts_the_same_people(
    as_of: str, known: int, here: int, reached: int
) -> None:
    cohort, training = asked(as_of)
    assert (training.n, training.events) == (known, reached)

    facts = describe(training)["follow_up"]
    assert facts == {"started": 9, "lost": 3, "lost_as_of": here}
    text = attrition(SimpleNamespace(training=training)).text  # type: ignore[arg-type]
    assert text.startswith("3 of 9 people who started have no known outcome (33%).")
    assert ("1 of 5 (20%)" in text) == (as_of == "mid")

    counted = answers_of(cohort, read_outcome("phq9_response"), "one")
    assert (counted.started.sum(), counted.answered.sum(), counted.yes.sum()) == (9, 6, 3)

    table = readings(cohort, training).query("metric == 'rate'").set_index("reading")
    share, worst = here / (known + here), reached / (known + here)
    assert set(table["attrition"]) == {share}
    assert table.loc["lost_as_no", "n"] == known + here
    assert table.loc["lost_as_no", "estimate"] == pytest.approx(worst, abs=1e-6)

    view, say = view_of(training), load_catalogue()
    told = bracket(view, say)
    assert (told["lost"], told["worst"]) == (round(100 * share), round(100 * worst))
    assert told.get("when") == (None if as_of == "baseline" else "at mid")
    assert lost_share(view) == pytest.approx(3 / 9)

    groups = study_groups(cohort, training.outcome, round="one", as_of=as_of)
    assert (groups.follow_up.started.sum(), groups.follow_up.lost.sum()) == (9, 3)
    assert (groups.here.lost.sum(), groups.follow_up.as_no) == (here, pytest.approx(3 / 9))
    (learned,) = report_people(cohort, [view.model]).learned
    assert learned.here
    assert (learned.lost.sum(), learned.lost_here.sum()) == (3, here)


def test_of_a_model_from_elsewhere_the_numbers_stand_for_the_lost() -> None:
    view = view_of(asked("mid")[1])
    other = as_cohort(pd.DataFrame({"person": ["z"], "age": ["40"], **{
        f"phq9_{visit}": ["12"] for visit in STUDY["visits"]
    }}), STUDY)  # fmt: skip
    (learned,) = report_people(other, [view.model]).learned
    assert not learned.here
    assert (learned.lost.sum(), learned.lost_here.sum()) == (3, 1)


def test_an_older_model_after_the_start_tells_of_those_who_started_alone() -> None:
    view, say = view_of(asked("mid")[1]), load_catalogue()
    del view.model.facts["follow_up"]
    told = lost_of(view.model)
    assert told is not None
    assert (told.lost, told.started, told.share_here) == (3, 9, None)
    assert bracket(view, say) == {}
    early = view_of(asked("baseline")[1])
    del early.model.facts["follow_up"]
    assert bracket(early, say) == {"lost": 33, "worst": 33, "who": "who started"}


def test_whoever_has_neither_score_never_started_whatever_the_rule() -> None:
    below = {"instrument": "phq9", "rule": "remission", "amount": 5, "name": "well"}
    counted = answers_of(by_hand(), read_outcome(below), "one")
    # Of the twelve, k has neither score; j has no start score, and a known end.
    assert (counted.started.sum(), counted.answered.sum()) == (11, 8)


def test_the_sentence_says_which_people_are_counted() -> None:
    cohort, training = asked("mid")
    later = later_visit(training.study, training.as_of)
    said = beside_headline(readings(cohort, training), later)["lost_as_no"]["sentence"]
    assert said.startswith("20% of those with answers at mid were lost")
    assert "the rate would be 40%" in said
    cohort, training = asked("baseline")
    said = beside_headline(readings(cohort, training), later_visit(training.study, "baseline"))
    assert said["lost_as_no"]["sentence"].startswith("33% of those who started were lost")


def levelled(uncalibrated: bool) -> tuple[OutOfFold, Any]:
    """Eight people in two folds whose levels differ, and a model of the two lost."""
    y = np.array([1, 0, 1, 0, 1, 0, 0, 0], dtype=np.int8)
    p = np.array([[0.3, 0.2, 0.3, 0.4, 0.8, 0.7, 0.6, 0.9]])
    folds = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    owners = np.arange(8).astype(str).astype(object)
    margin = {"own": np.log(p / (1 - p))} if uncalibrated else {}
    judged = OutOfFold(pd.Index(owners), y, owners, folds, {"own": p}, margin=margin)
    lost = np.array([0.25, 0.85])
    fitted: Any = SimpleNamespace(
        probability=lambda rows: lost[: len(rows)],
        margin=lambda rows: np.log(lost / (1 - lost))[: len(rows)],
    )
    return judged, fitted


@pytest.mark.parametrize("uncalibrated", [True, False])
def test_readings_rank_within_the_fold_as_the_headline_does(uncalibrated: bool) -> None:
    """Fold one: .3 and .3 against .2 and .4 win 2 of 4; fold two: .8 against three wins 2.

    Half of each lost person stands beside each fold: .25 and .85 as half a pair each.
    """
    judged, fitted = levelled(uncalibrated)
    training: Any = SimpleNamespace(X=pd.DataFrame(index=judged.ids))
    lost, owners = pd.DataFrame(index=["x", "y"]), pd.Series(["x", "y"], index=["x", "y"])
    table = readings_table(judged, "own", training, fitted, lost, groups=owners, seed=1)
    area = table.query("metric == 'auroc'").set_index("reading")["estimate"]
    assert area["completers"] == pytest.approx((2 / 4 + 2 / 3) / 2)
    assert area["lost_as_no"] == pytest.approx(((2 + 1) / 6 + (2 + 0.5) / 4) / 2)
