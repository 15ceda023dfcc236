"""Every check passes a sound design and catches its own planted fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from predict.appraisal.checks import CHECKS, DOMAINS, Design, examine
from predict.definitions.wording import load_catalogue
from predict.errors import ExperimentError
from predict.features.columns import Column
from predict.models.recipe import Recipe

Plant = Callable[[Any], Any]


def column(name: str, make: Callable[[Any], object], role: str = "person") -> Plant:
    """Plant a feature column."""

    def plant(design: Any) -> Any:
        training = design.training
        training.X = training.X.assign(**{name: make(training)})
        training.chosen = (*training.chosen, name)
        training.columns = (
            *training.columns,
            Column(name, name, "number", role, "people", "baseline", safety=role == "safety"),
        )
        return design

    return plant


def training(**changes: object) -> Plant:
    def plant(design: Any) -> Any:
        vars(design.training).update(changes)
        return design

    return plant


def study(**changes: object) -> Plant:
    def plant(design: Any) -> Any:
        vars(design.training.study).update(changes)
        return design

    return plant


def recipe(**changes: Any) -> Plant:
    return lambda design: replace(design, recipe=replace(design.recipe, **changes))


def plan(**changes: Any) -> Plant:
    return lambda design: replace(design, plan=replace(design.plan, **changes))


def few_people(n: int, **changes: Any) -> Plant:
    """Keep the first people only."""

    def plant(design: Any) -> Any:
        t = design.training
        for name in ("X", "y", "groups", "extras", "labels"):
            setattr(t, name, getattr(t, name).iloc[:n])
        t.n, t.events = n, int(t.y.sum())
        return design

    return plant


def metric(name: str, value: float) -> Plant:
    def plant(design: Any) -> Any:
        table = design.evaluation.metrics
        table.loc[table["metric"] == name, "estimate"] = value
        return design

    return plant


def verdict(**changes: object) -> Plant:
    def plant(design: Any) -> Any:
        design.evaluation.verdict.update(changes)
        return design

    return plant


def not_shown(rival: str) -> Plant:
    def plant(design: Any) -> Any:
        same = {"state": "not_shown", "metric": "brier", "difference": 0.0, "low": -0.01}
        same["high"] = 0.01
        design.evaluation.verdict["comparisons"][rival] = same
        return design

    return plant


def lost_people(design: Any) -> Any:
    design.training.labels = lost(design, 0.4, shift=0.0)
    return design


def lost_severe_people(design: Any) -> Any:
    design.training.labels = lost(design, 0.1, shift=6.0)
    return design


def lost(design: Any, share: float, *, shift: float) -> pd.DataFrame:
    labels = design.training.labels
    gone = labels.sample(frac=share / (1 - share), random_state=1).assign(
        answer="unknown", why="no_end_score"
    )
    gone["start"] += shift
    return pd.concat([labels, gone.set_axis([f"lost{i}" for i in range(len(gone))])])


def rejected(design: Any) -> Any:
    design.cohort.rows.loc[:300, "status"] = "rejected"
    return design


def copied_people(design: Any) -> Any:
    cohort = design.cohort

    def twice(table: pd.DataFrame) -> pd.DataFrame:
        copied = table.copy()
        copied.iloc[1000:1020] = table.iloc[:20].to_numpy()
        return copied

    visits = {visit: twice(table) for visit, table in cohort.visits.items()}
    return replace(design, cohort=replace(cohort, people=twice(cohort.people), visits=visits))


def site_coded_from_one(design: Any) -> Any:
    X = design.training.X.copy()
    X.loc[design.training.extras["site"] == "a", X.columns[:9]] += 1
    design.training.X = X
    return design


def one_place_for_all(design: Any) -> Any:
    y = design.training.y.copy()
    y[design.training.extras["site"] == "b"] = 1
    design.training.y = y
    return design


def below_the_floor(design: Any) -> Any:
    labels = design.training.labels
    low = labels.iloc[:1500].assign(answer="not_applicable", why="below_floor")
    design.training.labels = pd.concat([labels, low.set_axis([f"low{i}" for i in range(1500)])])
    return design


def ends_at_the_cut(design: Any) -> Any:
    extras = design.training.extras
    design.training.extras = extras.assign(end_score=np.floor(extras["start_score"] / 2))
    return design


def response_outcome(design: Any) -> Any:
    design.training.outcome.rule = "response"
    return design


def sorted_rows(design: Any) -> Any:
    order = np.argsort(design.training.y.to_numpy(), kind="stable")
    design.cohort.rows["row"] = np.argsort(order) + 1
    return design


def drifting(design: Any) -> Any:
    draw = np.random.default_rng(2)
    n = design.training.n
    later = draw.random(n) < np.linspace(0.2, 0.8, n)
    design.training.y = pd.Series(later.astype("int8"), index=design.training.X.index)
    return design


def narrow_start(design: Any) -> Any:
    extras = design.training.extras
    design.training.extras = extras.assign(start_score=20 + extras["start_score"] / 100)
    return design


def wandering_repeats(design: Any) -> Any:
    rows = design.evaluation.predictions.reset_index(drop=True)
    second = rows["repeat"] == 2
    rows.loc[second, "probability"] = np.random.default_rng(3).uniform(size=second.sum())
    return replace(design, evaluation=replace(design.evaluation, predictions=rows))


def certain_estimates(design: Any) -> Any:
    rows = design.evaluation.predictions.assign(probability=0.999)
    return replace(design, evaluation=replace(design.evaluation, predictions=rows))


def later_named(design: Any) -> Any:
    from types import SimpleNamespace

    design.training.study.people["disability"] = SimpleNamespace(column="bdq_6m")
    return column("disability", lambda t: t.X["age"] / 3)(design)


def random(t: Any, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=t.n)


def telling_gap(t: Any) -> np.ndarray:
    gone = (t.y.to_numpy() == 1) & (np.random.default_rng(6).random(t.n) < 0.5)
    return np.where(gone, np.nan, random(t))


def with_arm(design: Any) -> Any:
    design.training.study.treatment.arm = "treat"
    return column("treat", lambda t: (random(t) > 0).astype(float))(design)


PLANTS: dict[str, Plant] = {
    "ATTRITION": lost_people,
    "ATTRITION_SELECTIVE": lost_severe_people,
    "ROWS_REJECTED": rejected,
    "PEOPLE_DUPLICATE": copied_people,
    "CLUSTER_IGNORED": study(cluster=None),
    "CLUSTERS_FEW": lambda d: training(groups=d.training.groups.map(lambda s: s in "abc"))(d),
    "CLUSTER_DOMINANT": lambda d: training(
        groups=d.training.groups.where(d.training.groups.isin(["a", "b"]), "c")
    )(d),
    "CODING_SHIFT": site_coded_from_one,
    "RANGE_NARROW": narrow_start,
    "RATE_DRIFT": drifting,
    "COLUMN_CONSTANT": column("constant", lambda t: 1.0),
    "COLUMN_EMPTY": column("empty", lambda t: np.nan),
    "COLUMN_SPARSE": column("sparse", lambda t: np.where(np.arange(t.n) % 3, np.nan, random(t))),
    "MISSING_TELLS_OUTCOME": column("gap", telling_gap),
    "LEAK_SUSPECT": column("leak", lambda t: t.y * 1.5 + random(t)),
    "COLUMN_DUPLICATE": column("age_again", lambda t: t.X["age"]),
    "COLUMN_NEAR_COPY": column("months", lambda t: t.X["age"] * 12 + random(t)),
    "COLUMN_IDENTITY": column("number", lambda t: np.random.default_rng(1).permutation(t.n) * 1.0),
    "LEVEL_RARE": column("kind", lambda t: np.where(np.arange(t.n) < 5, "odd", t.X["route"])),
    "LEVELS_MANY": column("town", lambda t: [f"town{i % 200}" for i in range(t.n)]),
    "NAME_SPEAKS_LATER": later_named,
    "CODE_UNDECLARED": column(
        "visits", lambda t: np.where(np.arange(t.n) % 50, abs(random(t)), 99.0)
    ),
    "COLUMN_DATE": column("begun", lambda t: np.round(2015 + abs(random(t)))),
    "ARM_AS_FEATURE": with_arm,
    "SAFETY_ITEM_USED": column("harm", random, role="safety"),
    "SENSITIVE_COLUMN": column("ethnicity", random),
    "ROWS_SORTED": sorted_rows,
    "EVENTS_FEW": few_people(150),
    "OUTCOME_RARE": training(events=30),
    "OUTCOME_AMONG_PREDICTORS": column(
        "late_score", lambda t: t.extras["end_score"] + 0.1 * random(t)
    ),
    "OUTCOME_COUPLED": response_outcome,
    "FLOOR_EFFECT": below_the_floor,
    "OUTCOME_BY_PLACE": one_place_for_all,
    "NEAR_THE_CUT": ends_at_the_cut,
    "CLASS_WEIGHTS": recipe(params={"scale_pos_weight": 2.0}),
    "CALIBRATION_ABSENT": recipe(calibration="none"),
    "SAMPLE_SIZE": few_people(400),
    "EVENTS_PER_PARAMETER": few_people(150),
    "FOLDS_FEW": plan(outer=3),
    "REPEATS_ONE": plan(repeats=1),
    "EVENTS_PER_FOLD": few_people(60),
    "TOO_FEW_EVENTS": few_people(20),
    "RIVALS_MISSING": plan(families=("linear", "boosted")),
    "BOOSTING_ON_FEW": few_people(300),
    "TRIALS_MANY": recipe(trials=500),
    "RESAMPLES_FEW": plan(resamples=50),
    "INNER_FOLDS_FEW": recipe(inner=2),
    "AUROC_IMPLAUSIBLE": metric("auroc", 0.83),
    "SLOPE_OFF": metric("calibration_slope", 0.6),
    "OFF_IN_THE_LARGE": metric("o_e", 1.3),
    "NOT_ABOVE_PRIOR": not_shown("prior"),
    "NOT_ABOVE_SEVERITY": not_shown("severity"),
    "SIMPLER_AS_GOOD": verdict(simplest_within_one_standard_error="linear"),
    "REPEATS_DISAGREE": wandering_repeats,
    "FALLS_WITHIN_GROUPS": verdict(within={"arm": {"auroc": 0.55, "low": 0.5, "high": 0.6}}),
    "ESTIMATES_EXTREME": certain_estimates,
}


@pytest.mark.parametrize(
    ("slope", "ends", "state", "title", "words"),
    [
        (0.6, (0.4, 0.8), "issue", "Estimates are too extreme.",
         "Calibration slope 0.60: estimates are too extreme for new people."),
        (1.6, (1.2, 2.1), "issue", "Estimates are too timid.",
         "Calibration slope 1.60: estimates are too timid for new people."),
        # Fewer people have a wider interval, and must not be judged more mildly for it.
        (0.6, (0.2, 1.1), "issue", "Estimates may be too extreme.",
         "0.60 (0.20 to 1.10, which holds 1): estimates may be too extreme for new people."),
        (1.26, (0.8, 1.81), "note", "Estimates may be too timid.",
         "1.26 (0.80 to 1.81, which holds 1): estimates may be too timid for new people."),
        (1.6, (np.nan, np.nan), "issue", "Estimates are too timid.", "for new people."),
        (-0.4, (-2.0, 1.2), "issue",
         "The outcome does not become more frequent as estimates rise.",
         "the outcome does not become more frequent as estimates rise."),
        (np.nan, (np.nan, np.nan), "not_applicable", "Estimates are too extreme, or too timid.",
         "no slope can be told."),
        (1.0, (0.8, 1.2), "passed", "Estimates are too extreme, or too timid.", ""),
    ],
)  # fmt: skip
def test_the_slope_is_told_in_the_direction_it_has(fresh, slope, ends, state, title, words) -> None:
    design = metric("calibration_slope", slope)(fresh())
    table = design.evaluation.metrics.astype({"low": float, "high": float})
    table.loc[table["metric"] == "calibration_slope", ["low", "high"]] = ends
    vars(design.evaluation).update(metrics=table)
    found = examine(design).set_index("code").loc["SLOPE_OFF"]
    assert found["state"] == state
    assert found["title"] == title
    assert found["text"].endswith(words)
    assert load_catalogue("es").named(title) != title


@pytest.mark.parametrize(("ratio", "whom"), [(1.3, "More"), (0.7, "Fewer")])
def test_events_beside_expected_ones_are_told_in_the_direction_they_have(fresh, ratio, whom):
    found = CHECKS["OFF_IN_THE_LARGE"](metric("o_e", ratio)(fresh()))
    assert found.title == f"{whom} people reached the outcome than estimated."
    assert load_catalogue("es").named(found.title) != found.title


@pytest.mark.parametrize(
    ("family", "floor"), [("linear", False), ("boosted", True), ("best", True)]
)
def test_only_of_boosted_trees_the_people_needed_are_a_floor(fresh, family, floor) -> None:
    design = recipe(family=family)(few_people(400)(fresh()))
    told = CHECKS["SAMPLE_SIZE"](design).text
    assert told.endswith("For boosted trees this is a floor.") == floor


def test_the_fewest_people_of_an_outcome_in_a_fold_are_of_the_folds_as_dealt(fresh) -> None:
    """Half of 2,000 people respond, but of one site of five only seven do."""
    design = few_people(2000)(fresh())
    site = pd.Series([f"site {n % 5}" for n in range(2000)], index=design.training.y.index)
    y = pd.Series(np.arange(2000) // 5 % 2, index=site.index)
    y[(site == "site 0") & (np.arange(2000) >= 70)] = 0
    vars(design.training).update(groups=site, y=y, events=int(y.sum()))
    found = CHECKS["EVENTS_PER_FOLD"](plan(outer=5)(design))
    assert found.text.startswith("As few as 7 people of the rarer outcome in a fold:")
    # Where people are dealt one by one, shares are even: 59 of them in ten folds are five or six.
    few = few_people(2000)(fresh())
    y = pd.Series((np.arange(2000) < 59).astype(int), index=few.training.y.index)
    alone = pd.Series(y.index, index=y.index)
    vars(few.training).update(groups=alone, y=y, events=59)
    text = CHECKS["EVENTS_PER_FOLD"](plan(outer=10)(few)).text
    assert text.startswith("As few as 5 people")


def test_many_parameters_are_told_of_blocks_only_where_items_are_used(fresh) -> None:
    design = few_people(40)(fresh())
    said = CHECKS["EVENTS_PER_PARAMETER"](design).text
    assert 'Use blocks = ["scales", "people"], or a plain family.' in said
    held = design.training
    held.columns = tuple(c for c in held.columns if c.role != "item")
    held.chosen = tuple(c.name for c in held.columns)
    assert "wanted). Use a plain family." in CHECKS["EVENTS_PER_PARAMETER"](design).text


def test_there_are_thirty_checks_and_a_planted_fault_for_each() -> None:
    assert len(CHECKS) >= 30
    assert set(PLANTS) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_a_sound_design_raises_no_objection(sound: Design, code: str) -> None:
    result = CHECKS[code](sound)
    assert result.state in {"passed", "not_applicable"}, result.text


@pytest.mark.parametrize("code", CHECKS)
def test_a_planted_fault_is_caught(fresh: Callable[[], Design], code: str) -> None:
    result = CHECKS[code](PLANTS[code](fresh()))
    assert result.state in {"issue", "note"}, result
    assert len(result.text) > 20


@pytest.mark.parametrize("code", CHECKS)
def test_every_check_is_documented_in_one_line(code: str) -> None:
    title = (CHECKS[code].__doc__ or "").split("\n")[0]
    assert 20 < len(title) < 100
    assert title.endswith((".", "?"))


def test_a_muted_check_is_listed_with_its_reason(fresh: Callable[[], Design]) -> None:
    design = replace(PLANTS["REPEATS_ONE"](fresh()), muted={"REPEATS_ONE": "a pilot"})
    row = examine(design).set_index("code").loc["REPEATS_ONE"]
    assert row["state"] == "muted"
    assert row["text"].endswith("Muted: a pilot")


def test_muting_a_check_that_does_not_exist_is_refused(fresh: Callable[[], Design]) -> None:
    design = replace(fresh(), muted={"REPEAT_ONE": "a pilot"})
    with pytest.raises(ExperimentError, match="Did you mean 'REPEATS_ONE'"):
        examine(design)


def test_before_judging_results_are_not_applicable(sound: Design) -> None:
    table = examine(replace(sound, evaluation=None)).set_index("code")
    assert set(table.loc[list(DOMAINS["results"]), "state"]) == {"not_applicable"}


def test_issues_come_first(fresh: Callable[[], Design]) -> None:
    design = replace(fresh(), recipe=Recipe(calibration="none"))
    assert examine(design)["state"].iloc[0] == "issue"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("response", "the burden falls by a share of itself"),
        ("points", "the score improves by points"),
        ("worsening", "the score worsens by points"),
        ("reliable_improvement", "improves beyond measurement error"),
        ("remission", ""),
        ("leaves_entry", ""),
    ],
)
def test_coupling_names_the_rule_and_spares_those_that_look_at_the_end(
    fresh: Callable[[], Design], rule: str, told: str
) -> None:
    design = fresh()
    vars(design.training.outcome).update(rule=rule)
    found = examine(design).set_index("code").loc["OUTCOME_COUPLED"]
    assert "share" not in found["title"]
    assert found["state"] == ("note" if told else "passed")
    assert told in found["text"]
    assert ("share" in found["text"]) == (rule == "response")


def test_a_combination_is_coupled_by_those_of_its_parts_that_are(
    fresh: Callable[[], Design],
) -> None:
    ends, falls = (
        SimpleNamespace(rule="remission", parts=()),
        SimpleNamespace(rule="points", parts=()),
    )
    design = fresh()
    vars(design.training.outcome).update(rule="", parts=(ends, falls))
    found = examine(design).set_index("code").loc["OUTCOME_COUPLED"]
    assert "(the score improves by points)" in found["text"]
    vars(design.training.outcome).update(parts=(ends,))
    assert examine(design).set_index("code").loc["OUTCOME_COUPLED", "state"] == "passed"
