"""A driver is stable only if refits use it, agree on it, and chance gives less; totals speak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import predict as pr
from predict.definitions.outcomes import read_outcome
from predict.definitions.study import read_study
from predict.explanation import driver_stability, reasons_of
from predict.features.columns import Column
from predict.features.training_set import TrainingSet
from predict.models.bootstrap import SUM, RefitResults
from predict.models.driver_groups import driver_groups, without_sign
from predict.models.driver_stability import carried
from predict.models.null_importance import beyond_shuffled, strength_by_chance
from predict.models.response_model import ResponseModel
from predict.scoring.reasons import strongest

STUDY = read_study(
    {
        "id": "person",
        "layout": "wide",
        "visits": ["baseline", "round_one_end"],
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": {
            name: {"columns": f"{name}_{{item}}_{{visit}}"} for name in ("phq9", "pcl5")
        },
    }
)


def column(source: str, item: str, role: str = "item", **more: object) -> Column:
    return Column(f"{source}_{item}", item, "number", role, source, "baseline", item, **more)  # type: ignore[arg-type]


def refits_of(
    alike: dict[str, list[float]], learned: dict[str, float], together: dict[str, list[float]]
) -> RefitResults:
    """Return refits that say so; shuffled outcomes give every column .1 to .2."""
    shuffled = pd.DataFrame({name: np.linspace(0.1, 0.2, 20) for name in learned})
    table = pd.DataFrame(alike)
    return RefitResults(
        pd.DataFrame(), table.notna() * 0.3, table, pd.DataFrame(), len(table), 0, 1,
        together=pd.DataFrame(together), learned=pd.Series(learned), shuffled=shuffled,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alike", "strength", "stable"),
    [
        ([0.9] * 10, 0.9, True),
        ([0.9] * 8 + [-0.5] * 2, 0.9, True),
        ([0.9] * 7 + [-0.5] * 3, 0.9, False),
        ([0.9] * 7 + [np.nan] * 3, 0.9, False),  # three refits never use it
        ([0.9] * 10, 0.21, False),  # no more than shuffled outcomes give
    ],
)
def test_stable_is_used_agreed_and_above_chance(
    alike: list[float], strength: float, stable: bool
) -> None:
    refits = refits_of({"age": alike}, {"age": strength}, {})
    assert driver_stability(pd.Series({"age": 0.3}), refits)["stable"].to_list() == [stable]


def test_where_outcomes_part_a_driver_needs_more() -> None:
    refits = refits_of({"age": [0.9] * 10}, {"age": 0.5}, {})
    stable = [
        driver_stability(pd.Series({"age": 0.3}), replace(refits, scatter=times))["stable"].item()
        for times in (1.0, 1.5, 3.0)
    ]
    assert stable == [True, True, False]


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=50))
def test_weights_scatter_by_the_root_of_information_where_estimates_are_true(
    margins: list[float],
) -> None:
    chance = 1 / (1 + np.exp(-np.array(margins)))
    # Every person a thousand times, with the outcome as often as the chance says.
    with_outcome = np.round(1000 * chance).astype(int)
    y = np.concatenate([np.repeat([1, 0], [k, 1000 - k]) for k in with_outcome])
    rate, inside = chance.mean(), (chance * (1 - chance)).mean()
    expected = max(np.sqrt(rate * (1 - rate) / inside), 1.0)
    assert beyond_shuffled(np.repeat(margins, 1000), y) == pytest.approx(expected, rel=0.03)


def test_nothing_learned_scatters_as_shuffled_outcomes_do() -> None:
    assert beyond_shuffled(np.zeros(40), np.arange(40) % 2) == 1.0
    assert beyond_shuffled(np.full(40, 400.0), np.ones(40)) >= 1.0


def test_chance_lifts_one_of_many_columns_above_it_in_few_cohorts() -> None:
    draw = np.random.default_rng(3)
    strong = [
        (np.abs(draw.normal(size=30)) > strength_by_chance(nulls)).any()
        for nulls in (pd.DataFrame(np.abs(draw.normal(size=(20, 30)))) for _ in range(300))
    ]
    assert np.mean(strong) <= 0.05
    assert (strength_by_chance(pd.DataFrame({"unused": [0.0] * 20})) < 1e-6).all()


def test_a_total_leads_its_items_and_no_group_holds_a_safety_item() -> None:
    columns = [
        column("phq9", "1"), column("phq9", "9", safety=True), column("phq9", "total", "total"),
        column("pcl5", "1"), column("pcl5", "intrusion", "total"), column("pcl5", "6"),
        column("pcl5", "avoidance", "total"), column("people", "age", "person"),
    ]  # fmt: skip
    assert driver_groups(columns, STUDY) == {
        "phq9_total": ("phq9_1", "phq9_total"),
        "pcl5_intrusion": ("pcl5_1", "pcl5_intrusion"),
        "pcl5_avoidance": ("pcl5_6", "pcl5_avoidance"),
    }
    whole = column("pcl5", "total", "total")
    assert list(driver_groups([*columns, whole], STUDY)) == ["phq9_total", "pcl5_total"]


@pytest.mark.parametrize(
    ("own", "sum_strength", "under"),
    [
        ((0.1, 0.1), 0.9, {"item": "total", "total": "total"}),  # each by chance, their sum not
        ((0.1, 0.9), 0.9, {"item": "total", "total": "total"}),  # the total speaks for the item
        ((0.9, 0.9), 0.9, {"total": "total"}),  # the item stands by itself
        ((0.9, 0.1), 0.9, {}),  # the sum is the item's, and says nothing of the total
        ((0.1, 0.1), 0.1, {}),
    ],
)
def test_items_count_under_their_total_where_the_sum_is_told_from_chance(
    own: tuple[float, float], sum_strength: float, under: dict[str, str]
) -> None:
    learned = {"item": own[0], "total": own[1], f"{SUM}total": sum_strength}
    agreed = [0.9] * 10
    refits = refits_of({"item": agreed, "total": agreed}, learned, {"total": agreed})
    table = driver_stability(pd.Series({"item": 0.3, "total": 0.2}), refits)
    assert carried(table, refits, {"total": ("item", "total")}) == under


def cohort(people: int = 900) -> TrainingSet:
    """Return simulated people whose PHQ-9 total and age tell the outcome; six columns do not."""
    draw = np.random.default_rng(11)
    mood = draw.normal(size=people)
    answers = np.clip(np.round(1.5 + 0.6 * mood[:, None] + draw.normal(size=(people, 9))), 0, 3)
    X = pd.DataFrame(answers, columns=[f"phq9_{k}_baseline" for k in range(1, 10)])
    X["phq9_total_baseline"] = answers.sum(axis=1)
    X["age"] = draw.normal(40, 12, people).round()
    for k in range(6):
        X[f"noise_{k}"] = draw.normal(size=people)
    line = 0.5 - 0.25 * (X["phq9_total_baseline"] - 13.5) + 0.05 * (X["age"] - 40)
    X.index = pd.Index([f"p{k}" for k in range(people)], name="id")
    chance = 1 / (1 + np.exp(-line.to_numpy()))
    y = pd.Series((draw.random(people) < chance).astype("int8"), X.index)
    columns = [
        Column(name, name, "number", "total" if "total" in name else "item", "phq9", "baseline",
               name.split("_")[1])
        if name.startswith("phq9")
        else Column(name, name, "number", "person", "people", "baseline", name)
        for name in X
    ]  # fmt: skip
    labels = pd.DataFrame(
        {"answer": np.where(y == 1, "yes", "no"), "why": "", "start": 9.0, "end": 3.0},
        index=X.index,
    )
    return TrainingSet(
        X=X, y=y, groups=pd.Series(X.index, X.index, dtype="str"), columns=tuple(columns),
        chosen=tuple(X), labels=labels, left_out=pd.DataFrame({"id": [], "why": []}), study=STUDY,
        outcome=read_outcome("phq9_response"), round="one", as_of="baseline",
        blocks=("items", "scales", "people"), extras=labels[["start", "end"]],
    )  # fmt: skip


@pytest.fixture(scope="module")
def training() -> TrainingSet:
    return cohort()


@pytest.fixture(scope="module", params=["linear", "boosted"])
def model(request: pytest.FixtureRequest, training: TrainingSet) -> ResponseModel:
    params = {"linear": {"strength": 0.01}, "boosted": {"rounds": 40, "eta": 0.1}}[request.param]
    return pr.train(training, pr.Recipe(family=request.param, params=params), refits=30)


def test_planted_drivers_lead_and_noise_is_no_reason(
    model: ResponseModel, training: TrainingSet
) -> None:
    named = set(model.named_under.values())
    assert {"phq9_total_baseline", "age"} <= named
    assert not any(name.startswith("noise") for name in named)
    drivers = model.facts["drivers"]
    assert len(drivers["unstable"]) + len(named) == len(model.columns)
    assert not set(drivers["unstable"]) & set(named)


def test_every_door_names_the_same_and_adds_up(model: ResponseModel, training: TrainingSet) -> None:
    some = training.X.iloc[:40]
    reasons = reasons_of(model, some)
    columns, sums = model.naming
    lowered, raised = strongest(reasons.points().to_numpy() @ sums, columns)
    allowed = {column.name for column in columns}
    for place, person in enumerate(some.index):
        ledger = reasons.person(person).set_index("step")["points"]
        assert ledger.drop("end").sum() == ledger["end"]
        assert set(ledger.index[1:-2]) <= allowed
        texts = filter(None, "; ".join([lowered[place], raised[place]]).split("; "))
        assert {text.split("=")[0] for text in texts} <= allowed


def test_neither_the_arm_nor_a_safety_item_is_a_reason_at_any_door(
    model: ResponseModel, training: TrainingSet
) -> None:
    assert "age" in model.named_under  # it leads, and so it would be named
    trial = replace(model.study, treatment=replace(model.study.treatment, arm="age"))
    columns = tuple(replace(c, safety=c.name == "noise_0") for c in model.columns)
    model = replace(model, study=trial, columns=columns)
    some = training.X.iloc[:40]
    reasons = reasons_of(model, some)
    named, sums = model.naming
    told = strongest(reasons.points().to_numpy() @ sums, named)
    assert without_sign(columns, trial) == {"age", "noise_0"}
    assert not any("age=" in text for texts in told for text in texts)
    for person in some.index:
        ledger = reasons.person(person).set_index("step")["points"]
        assert "age" not in ledger.index
        assert ledger.drop("end").sum() == ledger["end"]


def test_a_model_without_drivers_or_of_an_older_kind_still_names(model: ResponseModel) -> None:
    names = [column.name for column in model.columns]
    assert replace(model, facts={}).named_under == dict(zip(names, names, strict=True))
    older = replace(model, facts={"drivers": {"unstable": names[1:]}})
    assert older.named_under == {names[0]: names[0]}
    assert older.naming[1].sum() == 1
